"""What goes into a file beside its pixels."""

from __future__ import annotations

from dataclasses import dataclass

from develop.codecs.exif import CarriedExif
from develop.codecs.xmp_packet import Provenance


@dataclass(frozen=True, slots=True)
class FileTags:
    """Exif and provenance of a result, either of which may be missing, and how many pixels print as an inch."""

    exif: CarriedExif | None = None
    provenance: Provenance | None = None
    dpi: int = 300


NO_TAGS = FileTags()
