"""Make the frames of a stack equally exposed and coloured: one gain a channel and frame, in linear light.

Blur moves light about but keeps its amount, so that smoothed sketches of the aligned frames can be divided by each
other whatever is in focus. Neighbours are compared with neighbours and all with the reference, clipped pixels and
those that changed do not count, and all comparisons are settled at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from stacker.align import Alignment
from stacker.bands import linear_table
from stacker.proxies import Sketch, sketch_size
from stacker.tiles import Floats
from stacker.transforms import Transform, identity, rescaled

Table: TypeAlias = NDArray[Any]
"""Channel x code: what each code of the frame becomes."""

MISFIRE_EV = 1.0
"""A frame this far (EV) from the rest is no flicker: a flash that did not fire, or a bracket."""

# In pixels of the sketch: blur moves light by less than this, so that a smoothed pixel keeps its amount.
_SMOOTH = 6.0
_EVERY = 3
_DARKEST = 0.002
_LEAST_USABLE = 0.98
# 0.4 % of the light is less than half a code of 255.
_WITHIN_NOISE = 0.004
_WHITE = 0.97


@dataclass(frozen=True, slots=True, kw_only=True)
class Equalisation:
    """The gains (frames x 3, linear light) that bring each frame to the reference: pixel / gain.

    `left_out` names the frames that no gain should mend, with the reason; `odd_reference` says in words how the
    reference itself differs from the usual frame, None where it does not.
    """

    gains: tuple[tuple[float, float, float], ...]
    left_out: dict[int, str] = field(default_factory=dict)
    odd_reference: str | None = None

    def is_identity(self, index: int) -> bool:
        """Return whether frame `index` is left as it is."""
        return self.gains[index] == (1.0, 1.0, 1.0)

    def lut(self, index: int, dtype: np.dtype[Any] | type, out: np.dtype[Any] | type | None = None) -> Table:
        """Return the table (3 x codes) that equalises encoded pixels of integer `dtype`, as type `out`.

        White stays white: the last 3 % of the codes fade to no change, so that a clipped highlight gets no colour.
        """
        source = np.dtype(dtype)
        target = source if out is None else np.dtype(out)
        code = np.arange(int(np.iinfo(source).max) + 1) / np.iinfo(source).max
        linear = linear_table(source).astype(np.float64)
        rows = [_row(code, linear, gain) for gain in self.gains[index]]
        return np.rint(np.stack(rows) * np.iinfo(target).max).astype(target)

    def to_json(self) -> dict[str, Any]:
        """Return the equalisation as plain values."""
        return {
            "gains": [list(gain) for gain in self.gains],
            "left_out": {str(index): reason for index, reason in self.left_out.items()},
        }


def equalise(alignment: Alignment) -> Equalisation:
    """Measure the gain of every aligned frame against the reference; frames left out keep 1."""
    views = {i: _View.of(alignment.sketches[i], alignment.transforms[i], alignment.size) for i in alignment.used}
    order = list(views)
    pairs = set(pairwise(order))
    pairs |= {(alignment.reference, i) for i in order if i != alignment.reference}
    measured = {pair: found for pair in sorted(pairs) if (found := _ratio(views[pair[0]], views[pair[1]])) is not None}
    logs = _settled(measured, order, alignment.reference)
    left_out = _misfires(logs)
    odd_reference = left_out.pop(alignment.reference, None)
    gains = [(1.0, 1.0, 1.0)] * len(alignment.transforms)
    for i, (log, spread) in logs.items():
        if i not in left_out and (np.abs(log) > np.maximum(_WITHIN_NOISE, 2 * spread)).any():
            gains[i] = (float(np.exp(log[0])), float(np.exp(log[1])), float(np.exp(log[2])))
    return Equalisation(gains=tuple(gains), left_out=left_out, odd_reference=odd_reference and f"is {odd_reference}")


def _row(code: Floats, linear: Floats, gain: float) -> Floats:
    mended = _encoded(np.clip(linear / gain, 0, 1))
    fade = np.clip((1 - code) / (1 - _WHITE), 0, 1) if gain > 1 else 1.0
    return code + fade * (mended - code)


def _encoded(linear: Floats) -> Floats:
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055)


@dataclass(frozen=True, slots=True)
class _View:
    """A sketch brought onto the reference and smoothed over what blur may move."""

    light: NDArray[Any]
    usable: NDArray[Any]

    @staticmethod
    def of(sketch: Sketch, transform: Transform | None, size: tuple[int, int]) -> _View:
        small = sketch_size(size)
        place = rescaled(identity() if transform is None else transform, (small[0] / size[0], small[1] / size[1]))
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        light = cv2.GaussianBlur(sketch.light, (0, 0), _SMOOTH)
        # Blur spreads a clipped highlight's missing light, so its surroundings do not count either.
        usable = cv2.erode(sketch.usable, np.ones((3, 3), np.uint8))
        return _View(
            cv2.warpPerspective(light, place, small, flags=flags, borderMode=cv2.BORDER_REPLICATE)[::_EVERY, ::_EVERY],
            cv2.warpPerspective(usable, place, small, flags=flags, borderMode=cv2.BORDER_CONSTANT)[::_EVERY, ::_EVERY],
        )


def _ratio(first: _View, second: _View) -> tuple[Floats, Floats] | None:
    """Return the log ratio second / first and its standard error (3 each), or None where nothing can be compared."""
    good = (first.usable > _LEAST_USABLE) & (second.usable > _LEAST_USABLE)
    good &= (first.light.min(axis=-1) > _DARKEST) & (second.light.min(axis=-1) > _DARKEST)
    if good.sum() < 30:
        return None
    logs = np.log(second.light[good].astype(np.float64) / first.light[good])
    center = np.median(logs, axis=0)
    for _ in range(4):
        off = np.abs(logs - center)
        scale = 1.4826 * np.median(off, axis=0) + 1e-6
        weight = 1 / (1 + (off / (2.385 * scale)) ** 2)
        center = (weight * logs).sum(axis=0) / weight.sum(axis=0)
    # Smoothing leaves about one independent value in ten of these.
    return center, scale / np.sqrt(good.sum() / 10)


def _settled(
    measured: dict[tuple[int, int], tuple[Floats, Floats]], order: list[int], reference: int
) -> dict[int, tuple[Floats, Floats]]:
    """Return each frame's log gain and its standard error from all comparisons, by least squares a channel."""
    free = [i for i in order if i != reference and any(i in pair for pair in measured)]
    place = {i: k for k, i in enumerate(free)}
    settled = {reference: (np.zeros(3), np.zeros(3))}
    if not free:
        return settled
    matrix, vector = np.zeros((3, len(free), len(free))), np.zeros((3, len(free)))
    for pair, (log, error) in measured.items():
        weight = 1 / (error**2 + 1e-8)
        ends = [(place[i], sign) for i, sign in zip(pair, (-1.0, 1.0), strict=True) if i in place]
        for k, sign in ends:
            vector[:, k] += sign * weight * log
            for other, other_sign in ends:
                matrix[:, k, other] += sign * other_sign * weight
    covariance = np.linalg.pinv(matrix)
    logs = np.einsum("ckj,cj->kc", covariance, vector)
    errors = np.sqrt(np.einsum("ckk->kc", covariance))
    return settled | {i: (logs[k], errors[k]) for i, k in place.items()}


def _misfires(logs: dict[int, tuple[Floats, Floats]]) -> dict[int, str]:
    """Return the frames that lie a whole stop or more from the usual frame."""
    stops = {i: float(log.mean()) / np.log(2) for i, (log, _) in logs.items()}
    usual = float(np.median(list(stops.values())))
    return {
        i: f"{abs(ev - usual):.1f} EV {'darker' if ev < usual else 'brighter'} than the others"
        + (" (did the flash fire?)" if ev < usual else " (another exposure)")
        for i, ev in stops.items()
        if abs(ev - usual) >= MISFIRE_EV
    }
