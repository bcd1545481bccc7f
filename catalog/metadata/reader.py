"""Read what a picture's header says: one value, or one clear error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from catalog.metadata.containers import open_header
from catalog.metadata.dng import read_dng
from catalog.metadata.errors import BrokenHeaderError, MetadataError, UnknownKindError
from catalog.metadata.exif import read_standard
from catalog.metadata.file_bytes import FileBytes, open_bytes
from catalog.metadata.finding import Finding
from catalog.metadata.header import Header
from catalog.metadata.makernotes.makers import is_known, read_note
from catalog.metadata.merge import merge
from catalog.metadata.record import Metadata
from catalog.metadata.xmp import read_xmp


class Fallback(Protocol):
    """Another reader, asked where ours make too little of a file."""

    def read(self, path: Path) -> Finding | None:
        """Give what it finds, or None."""
        ...


def _findings(header: Header) -> Iterable[Finding]:
    standard = header.finding or read_standard(header.main, header.exif)
    yield standard
    if header.note:
        yield from read_note(header.note, standard)
    if header.main and (own := read_dng(header.main)):
        yield own
    if header.xmp:
        yield from read_xmp(header.xmp)


def _is_poor(header: Header, findings: Sequence[Finding]) -> bool:
    """Tell whether a file may hold more than was read: neither camera nor time, or a note of a maker unknown here."""
    standard = findings[0]
    undecoded = header.note is not None and not is_known(standard.make)
    return undecoded or (standard.make is None and standard.taken_at is None)


def metadata_from(data: FileBytes) -> Metadata:
    """Read the header of a picture from its bytes; raises BrokenHeaderError."""
    header = open_header(data)
    return merge(header, tuple(_findings(header)))


def _read(path: Path, fallback: Fallback | None) -> Metadata:
    with open_bytes(path) as data:
        try:
            header = open_header(data)
        except UnknownKindError:
            more = fallback.read(path) if fallback else None
            if more is None or more.make is None:
                raise
            return merge(Header(container="unknown"), (more,))
        findings = tuple(_findings(header))
        more = fallback.read(path) if fallback and _is_poor(header, findings) else None
        return merge(header, (*findings, more) if more else findings)


def read_metadata(path: Path, fallback: Fallback | None = None) -> Metadata:
    """Read the header of one picture file; only the pages that hold it are touched.

    `fallback` is asked only where our own readers make nothing of the container, of the camera and time, or of the
    maker's note. Raises MetadataError, and nothing else, where the file is no picture, is damaged, or cannot be opened.
    """
    try:
        return _read(path, fallback)
    except OSError as error:
        raise MetadataError(path, f"cannot be read: {error.strerror or error}") from error
    except BrokenHeaderError as error:
        raise MetadataError(path, str(error)) from error
