"""Catalogs and incoming files as the tests make them: real databases and real files in a temporary folder."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy.orm import Session

from catalog import copying, importing
from catalog.database import Catalog
from catalog.importing import Incoming, Role
from catalog.metadata.record import Metadata

NOON = datetime(2026, 5, 1, 12)
CARD = Path("/card/DCIM/100CANON")


@cache
def _empty() -> bytes:
    """The file of a catalog with nothing in it: every migration runs once for all of the tests."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalog.sqlite"
        Catalog.open(path).close()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.read_bytes()


@contextmanager
def opened(folder: Path) -> Iterator[Catalog]:
    path = folder / "catalog.sqlite"
    if not path.exists():
        path.write_bytes(_empty())
    catalog = Catalog.open(path)
    try:
        yield catalog
    finally:
        catalog.close()


def incoming(
    name: str,
    *,
    content: str | None = None,
    seconds: float = 0.0,
    folder: Path = CARD,
    model: str | None = "EOS R5",
    stored: Path | None = None,
    dated: bool = True,
) -> Incoming:
    """A file as it comes from a card; its content is what `content` says, its name unless given."""
    source = folder / name
    digest = content or f"{folder}/{name}"
    role: Role = "raw" if source.suffix in (".CR3", ".DNG") else "jpeg"
    return Incoming(
        source=source,
        size=1000,
        mtime_ns=1,
        digest=digest,
        signature=f"1000-{digest}",
        stored=stored or Path("/library") / name,
        role=role,
        metadata=Metadata(make="Canon", model=model, taken_at=NOON + timedelta(seconds=seconds) if dated else None),
    )


def on_disk(path: Path, content: bytes, *, stored: Path | None = None, role: Role = "jpeg") -> Incoming:
    """Write a file and return it as an incoming one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    status = path.stat()
    return Incoming(
        source=path,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        digest=copying.digest_file(path),
        signature=copying.signature(path),
        stored=stored or path,
        role=role,
        metadata=Metadata(model="EOS R5", taken_at=NOON),
    )


def limit_parameters(session: Session) -> None:
    """Take no more values in one statement than old builds of SQLite do; newer ones take 32,766."""
    raw = session.connection().connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    raw.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)


def captures(session: Session, count: int) -> list[int]:
    """Register `count` pictures, one second apart, and return their captures."""
    found = importing.register(session, [incoming(f"IMG_{n:04}.JPG", seconds=float(n)) for n in range(1, count + 1)])
    return [outcome.capture_id for outcome in found]
