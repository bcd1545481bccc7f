"""An alignment that was found before, kept as plain values: the frames are looked at again, and not aligned again."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from develop.image import Pixels
from stacker import proxies
from stacker.align import Alignment
from stacker.bands import Plane
from stacker.frames import FrameSource
from stacker.proxies import PROXY_SIDE, Sketch
from stacker.settings import StackSettings
from stacker.transforms import Transform

Progress = Callable[[str, int, int], None]

_STEPS: Final = 100
"""A likeness of -1..1 is kept in hundredths: it is only ever compared with a threshold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What there is to know of an alignment but the looks of the frames, each as in `Alignment`."""

    reference: int
    model: str
    transforms: tuple[Transform | None, ...]
    residual_px: tuple[float | None, ...]
    likeness: tuple[Plane | None, ...]
    left_out: Mapping[int, str]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, alignment: Alignment) -> Known:
        """Return what is worth keeping of an alignment."""
        return cls(
            reference=alignment.reference,
            model=alignment.model,
            transforms=alignment.transforms,
            residual_px=alignment.residual_px,
            likeness=alignment.likeness,
            left_out=alignment.left_out,
            notes=alignment.notes,
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "reference": self.reference,
            "model": self.model,
            "transforms": [None if each is None else each.tolist() for each in self.transforms],
            "residual_px": list(self.residual_px),
            "likeness": [None if each is None else _in_steps(each) for each in self.likeness],
            "left_out": {str(index): reason for index, reason in self.left_out.items()},
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Known:
        """Read what `to_json` wrote."""
        return cls(
            reference=values["reference"],
            model=values["model"],
            transforms=tuple(None if each is None else np.array(each, np.float64) for each in values["transforms"]),
            residual_px=tuple(values["residual_px"]),
            likeness=tuple(None if each is None else _from_steps(each) for each in values["likeness"]),
            left_out={int(index): reason for index, reason in values["left_out"].items()},
            notes=tuple(values["notes"]),
        )

    def fits(self, frames: FrameSource, reference: int) -> bool:
        """Whether it can be that of these frames."""
        return self.reference == reference and len(self.transforms) == len(frames)


def laid_again(
    frames: FrameSource, known: Known, settings: StackSettings, progress: Progress | None = None
) -> Alignment:
    """Return the alignment with the looks that the frames have now. Each frame is decoded once, reduced."""
    tell = progress or (lambda stage, done, total: None)
    sketches: list[Sketch] = []
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with ThreadPoolExecutor(settings.threads or os.cpu_count() or 1) as pool:
            for found in pool.map(lambda index: _sketch(frames, index), range(len(frames))):
                sketches.append(found)
                tell("look", len(sketches), len(frames))
    finally:
        cv2.setNumThreads(before)
    return Alignment(
        reference=known.reference,
        model=known.model,
        size=frames.size,
        transforms=known.transforms,
        residual_px=known.residual_px,
        likeness=known.likeness,
        sketches=tuple(sketches),
        left_out=dict(known.left_out),
        notes=known.notes,
    )


def _sketch(frames: FrameSource, index: int) -> Sketch:
    pixels: Pixels = frames.proxy(index, PROXY_SIDE)
    return proxies.sketch(pixels)


def _in_steps(plane: Plane) -> list[list[int | None]]:
    rows = np.rint(plane * _STEPS)
    return [[None if np.isnan(value) else int(value) for value in row] for row in rows]


def _from_steps(rows: list[list[int | None]]) -> Plane:
    return np.array([[np.nan if v is None else v / _STEPS for v in row] for row in rows], np.float32)
