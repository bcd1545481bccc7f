"""One capture as grouping sees it."""

from __future__ import annotations

import msgspec

from catalog.grouping.evidence import PreviewEvidence
from catalog.grouping.header import Header
from catalog.metadata.merge import STACKERS
from catalog.metadata.record import Metadata

_PHONES = frozenset({"apple", "google", "samsung"})


class Shot(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A capture's header, its place on the card, and what its preview shows where that was measured."""

    id: int
    metadata: Metadata | Header = msgspec.field(default_factory=Metadata)
    counter: int | None = None
    """The number in the file name, which wraps from 9999 to 1."""
    folder: str = ""
    """Where the file came from, such as 'DCIM/100CANON'."""
    name: str = ""
    evidence: PreviewEvidence | None = None

    @property
    def is_result(self) -> bool:
        """Whether it was made of other pictures; what a phone joins at every press of the button is a picture."""
        known = self.metadata
        if not known.composite or (known.make or "").lower() not in _PHONES:
            return known.composite
        return bool(STACKERS.search(known.software or ""))
