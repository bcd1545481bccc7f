"""What a process of its own does for `fuse`, in a module that loads nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stackroom.fuse_request import FuseRequest


def fuse_work(request: FuseRequest, progress: Callable[[str, int, int], None]) -> dict[str, Any]:
    """Return what `stackroom.fusing.fuse` returns."""
    from stackroom import fusing  # noqa: PLC0415 - loads the pixels' libraries, which the command does without

    return fusing.fuse(request, progress)
