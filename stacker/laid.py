"""How the frames of a finished stack were laid on its reference: enough to lay them there again without aligning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from stacker.equalise import Equalisation
from stacker.transforms import Rectangle, Transform


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """The transform (reference to frame, full size; None where left out) and the gains of each frame.

    `crop` is the part of the reference, whose (width, height) is `size`, that the result shows.
    """

    transforms: tuple[Transform | None, ...]
    equalisation: Equalisation
    crop: Rectangle
    size: tuple[int, int]

    @property
    def numbers(self) -> tuple[int, ...]:
        """Return the numbers of the frames that were used, in order."""
        return tuple(i for i, transform in enumerate(self.transforms) if transform is not None)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "transforms": [None if each is None else each.tolist() for each in self.transforms],
            "gains": [list(gain) for gain in self.equalisation.gains],
            "crop": list(self.crop),
            "size": list(self.size),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Laid:
        """Read what `to_json` wrote."""
        return cls(
            transforms=tuple(None if each is None else np.array(each, np.float64) for each in values["transforms"]),
            equalisation=Equalisation(gains=tuple((r, g, b) for r, g, b in values["gains"])),
            crop=Rectangle(*values["crop"]),
            size=(values["size"][0], values["size"][1]),
        )
