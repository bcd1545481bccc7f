"""One capture as grouping sees it."""

from __future__ import annotations

from dataclasses import dataclass, field

from catalog.grouping.evidence import PreviewEvidence
from catalog.grouping.header import Header
from catalog.metadata.record import Metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A capture's header, its place on the card, and what its preview shows where that was measured."""

    id: int
    metadata: Metadata | Header = field(default_factory=Metadata)
    counter: int | None = None
    """The number in the file name, which wraps from 9999 to 1."""
    folder: str = ""
    """Where the file came from, such as 'DCIM/100CANON'."""
    name: str = ""
    evidence: PreviewEvidence | None = None
