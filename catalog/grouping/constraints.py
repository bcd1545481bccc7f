"""What a person said of the grouping; it stands above all evidence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """Corrections by capture, so that they outlive every regrouping; later entries win over earlier ones."""

    must_link: tuple[frozenset[int], ...] = ()
    """Each set is one sequence, with whatever the evidence adds to it."""
    cannot_link: tuple[tuple[int, int], ...] = ()
    """Each pair is cut apart, just before whichever of the two was taken later; also inside a `must_link` set."""
    locked: tuple[frozenset[int], ...] = ()
    """Each set is a sequence as it is: nothing joins or leaves."""
    excluded: frozenset[int] = frozenset()
    """Captures that are in no sequence."""
    kinds: tuple[tuple[frozenset[int], str], ...] = ()
    """The kind of the sequence that is mostly made of the set."""

    @property
    def captures(self) -> frozenset[int]:
        """All captures of which anything was said."""
        sets = (*self.must_link, *self.cannot_link, *self.locked, *(members for members, _ in self.kinds))
        return self.excluded.union(*sets)

    def __bool__(self) -> bool:
        """Tell whether anything was said."""
        return bool(self.must_link or self.cannot_link or self.locked or self.excluded or self.kinds)
