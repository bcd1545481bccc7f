"""Find a cluster's scheduler by the words that a person names it with."""

from __future__ import annotations

import socket
import time
from typing import Any

from stackroom.errors import StackroomError

PORT = 8786
REACH_S = 5
_PAUSE_S = 0.2


class BadEngine(StackroomError):
    """The words name no engine."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r}: no engine; give local, or dask://HOST:PORT of a running scheduler")


class ClusterUnreachable(StackroomError):
    """The scheduler does not answer."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"{address}: the cluster's scheduler does not answer ({why}); start it with `dask scheduler`")


class ClusterMissing(StackroomError):
    """The libraries for a cluster are not installed."""

    def __init__(self) -> None:
        super().__init__("a cluster needs more than is installed; install it with `pip install 'stackroom[cluster]'`")


class ClusterEmpty(StackroomError):
    """The scheduler has no workers."""

    def __init__(self, address: str) -> None:
        named = address.replace("tcp://", "dask://")
        super().__init__(f"{named}: no worker; start some with `stackroom worker {named}`")


def scheduler_address(text: str) -> str:
    """Return the address that Dask knows of `dask://HOST[:PORT]`. Raises BadEngine."""
    scheme, mark, place = text.partition("://")
    host, colon, port = place.rpartition(":") if not place.endswith("]") else (place, "", "")
    host, port = (host, port) if colon else (place, str(PORT))
    if scheme != "dask" or not mark or not host or not port.isdigit():
        raise BadEngine(text)
    return f"tcp://{host}:{port}"


def wait_for(address: str, patience_s: float) -> None:
    """Return when something listens at `address`, which may start later than this. Raises ClusterUnreachable."""
    host, _, port = address.removeprefix("tcp://").rpartition(":")
    deadline = time.monotonic() + patience_s
    while True:
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=REACH_S).close()
            return
        except (OSError, OverflowError) as error:
            if time.monotonic() >= deadline:
                raise ClusterUnreachable(address, getattr(error, "strerror", None) or str(error)) from error
        time.sleep(_PAUSE_S)


def reach(address: str) -> Any:
    """Return a client of the scheduler at `address`. Raises ClusterUnreachable, ClusterMissing."""
    try:
        from distributed import Client  # noqa: PLC0415 - an extra, and slow to load
    except ModuleNotFoundError as error:
        raise ClusterMissing from error
    try:
        return Client(address, timeout=REACH_S, set_as_default=False, name="stackroom")
    except (OSError, TimeoutError) as error:
        raise ClusterUnreachable(address, str(error) or type(error).__name__) from error
