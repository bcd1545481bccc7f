"""Choose the decoder of a maker's note by the camera's make."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from catalog.metadata.errors import BrokenHeaderError
from catalog.metadata.finding import Finding
from catalog.metadata.header import MakerNote
from catalog.metadata.makernotes import apple, canon, fujifilm, nikon, olympus, panasonic, pentax, sony

Decoder = Callable[[MakerNote, Finding], Finding | None]
# By the first word of the make, in capitals.
DECODERS: Mapping[str, Decoder] = {
    "APPLE": apple.decode,
    "ASAHI": pentax.decode,
    "CANON": canon.decode,
    "FUJIFILM": fujifilm.decode,
    "LEICA": panasonic.decode,
    "NIKON": nikon.decode,
    "OLYMPUS": olympus.decode,
    "OM": olympus.decode,
    "PANASONIC": panasonic.decode,
    "PENTAX": pentax.decode,
    "RICOH": pentax.decode,
    "SAMSUNG": pentax.decode,
    "SONY": sony.decode,
}


def _word(make: str | None) -> str:
    return (make or "").upper().split(" ")[0]


def is_known(make: str | None) -> bool:
    """Tell whether there is a decoder for the notes of a make."""
    return _word(make) in DECODERS


def read_note(note: MakerNote, standard: Finding) -> Iterator[Finding]:
    """Give what the maker's own decoder finds; a damaged note costs only what it would have told."""
    decoder = DECODERS.get(_word(standard.make))
    try:
        found = decoder(note, standard) if decoder else None
    except BrokenHeaderError:
        return
    if found:
        yield found
