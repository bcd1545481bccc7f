"""Tell of the disk that a place is on: how much room it has, and whether it is a network share.

SQLite's locks and shared memory do not hold there.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import NamedTuple

# https://www.sqlite.org/useovernet.html and https://www.sqlite.org/wal.html: WAL needs shared memory on one host.
NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "9p", "ceph", "glusterfs", "lustre", "davfs"}
    | {"fuse.sshfs", "fuse.rclone", "fuse.davfs2", "fuse.glusterfs", "fuse.smbnetfs"}
)
MOUNTS = Path("/proc/self/mountinfo")

_OCTAL = re.compile(r"\\([0-7]{3})")


def _mounts(text: str) -> list[tuple[Path, str]]:
    """Return mount point and type of every mount, the latest last: https://man7.org/linux/man-pages/man5/proc.5.html"""
    found = []
    for line in text.splitlines():
        before, separator, after = line.partition(" - ")
        if separator and len(before.split(" ")) > 4:
            point = _OCTAL.sub(lambda code: chr(int(code[1], 8)), before.split(" ")[4])
            found.append((Path(point), after.split(" ")[0]))
    return found


def network_filesystem(path: Path, *, mounts: Path = MOUNTS) -> str | None:
    """Return the type of the network file system that `path` lies on, None where it is local or cannot be told."""
    try:
        table = _mounts(mounts.read_text(encoding="utf-8", errors="surrogateescape"))
    except OSError:
        return None  # only Linux says it so
    real = path.resolve()
    holding = [
        (len(point.parts), number, kind) for number, (point, kind) in enumerate(table) if real.is_relative_to(point)
    ]
    kind = max(holding)[2] if holding else ""
    return kind if kind in NETWORK else None


class Room(NamedTuple):
    """Bytes of a disk."""

    total: int
    free: int


def room_at(place: Path) -> Room:
    """Return the room on the disk that `place`, which need not be there yet, is or will be on. Raises OSError."""
    existing = next(folder for folder in (place, *place.parents) if folder.exists())
    usage = shutil.disk_usage(existing)
    return Room(usage.total, usage.free)
