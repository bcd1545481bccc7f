"""Choose the decoder of a maker's note by the camera's make."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from catalog.metadata.errors import BrokenHeaderError
from catalog.metadata.finding import Finding
from catalog.metadata.header import MakerNote

Decoder = Callable[[MakerNote, Finding], Finding | None]
DECODERS: Mapping[str, Decoder] = {}


def read_note(note: MakerNote, standard: Finding) -> Iterator[Finding]:
    """Give what the maker's own decoder finds; a damaged note costs only what it would have told."""
    decoder = DECODERS.get((standard.make or "").upper().split(" ")[0])
    try:
        found = decoder(note, standard) if decoder else None
    except BrokenHeaderError:
        return
    if found:
        yield found
