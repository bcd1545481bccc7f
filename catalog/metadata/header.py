"""What a container holds of interest: the tag directories, the maker's note, the XMP packet and the picture's size."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.metadata.finding import Finding
from catalog.metadata.tiff import Block, Directory


@dataclass(frozen=True, slots=True)
class MakerNote:
    """A maker's private data: where it lies, and the block that its offsets may count in."""

    block: Block
    start: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """One opened container. Everything may be absent but its name."""

    container: str
    main: Directory | None = None
    exif: Directory | None = None
    note: MakerNote | None = None
    xmp: bytes = b""
    size: tuple[int, int] | None = None
    """Columns and rows of the picture as stored."""
    finding: Finding | None = None
    """What a container without Exif directories says itself."""
