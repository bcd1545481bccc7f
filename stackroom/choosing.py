"""Choose the frame to edit first: the one with most of the picture in focus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from catalog.queries import SequenceView
from stackroom import previews
from stackroom.errors import PictureUnreadable

# Detail is 20 log2 of energy: ten steps are the factor of 0.7 within which a frame counts as sharp as the sharpest.
_AS_SHARP: Final = 10
_ANY_DETAIL: Final = 40
"""Below it there is nothing in a tile but noise: energy of 3 on the scale of 0..255."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A capture, and the part (0..1) of all that is sharp in some frame that is sharp in it."""

    capture: int
    share: float


def most_in_focus(details: Mapping[int, Sequence[int]]) -> Choice | None:
    """Return the frame that is as sharp as any in most tiles; of equals the one nearest to the middle.

    `details` gives, by capture in shooting order, the detail of each tile (20 log2 of energy). None without frames.
    """
    if not details:
        return None
    best = [max(tile) for tile in zip(*details.values(), strict=True)]
    counted = [place for place, value in enumerate(best) if value >= _ANY_DETAIL]
    order = list(details)
    middle = (len(order) - 1) / 2
    sharp = {c: sum(tiles[p] >= best[p] - _AS_SHARP for p in counted) for c, tiles in details.items()}
    chosen = max(order, key=lambda capture: (sharp[capture], -abs(order.index(capture) - middle)))
    return Choice(chosen, sharp[chosen] / max(1, len(counted)))


def sharpest(view: SequenceView) -> Choice:
    """Look at the frames of a sequence and choose. Raises PictureUnreadable where none can be read."""
    paths = {frame.capture_id: Path(frame.path) for frame in view.frames}
    measured = previews.measure(paths, lambda: False)
    in_order = {capture: measured[capture]["detail"] for capture in paths if capture in measured}
    choice = most_in_focus(in_order)
    if choice is None:
        raise PictureUnreadable(f"sequence {view.id}: none of its frames can be read; name the reference by hand")
    return choice
