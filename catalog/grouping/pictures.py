"""What the previews of a run show together: one scene or several, and whether focus moves through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.grouping.groups import Kind
from catalog.grouping.placed import Placed
from catalog.grouping.rules import Rules


@dataclass(frozen=True, slots=True)
class Shown:
    """What the pictures of a run show; no kind where they leave it open."""

    kind: Kind | None
    confidence: float
    reasons: tuple[str, ...] = ()


def look(run: Sequence[Placed], rules: Rules) -> Shown | None:
    """Judge a run by its pictures; None where some were not measured."""
    return None


def new_scenes(run: Sequence[Placed], rules: Rules) -> list[tuple[int, str]]:
    """Find the frames at which the pictures begin anew, with the reason."""
    return []
