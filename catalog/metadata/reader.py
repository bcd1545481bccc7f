"""Read what a picture's header says: one value, or one clear error."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from catalog.metadata.containers import open_header
from catalog.metadata.dng import read_dng
from catalog.metadata.errors import BrokenHeaderError, MetadataError
from catalog.metadata.exif import read_standard
from catalog.metadata.file_bytes import FileBytes, of_file
from catalog.metadata.finding import Finding
from catalog.metadata.header import Header
from catalog.metadata.makernotes.makers import read_note
from catalog.metadata.merge import merge
from catalog.metadata.record import Metadata
from catalog.metadata.xmp import read_xmp


def _findings(header: Header) -> Iterable[Finding]:
    standard = read_standard(header.main, header.exif)
    yield standard
    if header.note:
        yield from read_note(header.note, standard)
    if header.main and (own := read_dng(header.main)):
        yield own
    if header.xmp:
        yield from read_xmp(header.xmp)


def metadata_from(data: FileBytes) -> Metadata:
    """Read the header of a picture from its bytes; raises BrokenHeaderError."""
    header = open_header(data)
    return merge(header, tuple(_findings(header)))


def read_metadata(path: Path) -> Metadata:
    """Read the header of one picture file; only the pages that hold it are touched.

    Raises MetadataError, and nothing else, where the file is no picture, is damaged, or cannot be opened.
    """
    try:
        with path.open("rb") as file:
            return metadata_from(of_file(file))
    except OSError as error:
        raise MetadataError(path, f"cannot be read: {error.strerror or error}") from error
    except BrokenHeaderError as error:
        raise MetadataError(path, str(error)) from error
