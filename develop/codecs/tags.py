"""What goes into a file beside its pixels."""

from __future__ import annotations

from dataclasses import dataclass

from develop.codecs.exif import CarriedExif
from develop.codecs.xmp_packet import Provenance


@dataclass(frozen=True, slots=True)
class FileTags:
    """Exif and provenance of a result; either may be missing."""

    exif: CarriedExif | None = None
    provenance: Provenance | None = None


NO_TAGS = FileTags()
