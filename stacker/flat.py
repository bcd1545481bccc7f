"""Tell the sensor's own shading from the scene by frames that are shifted against each other.

Two frames of a moved scene differ, once one is laid on the other, by what the sensor does at the two places. All such
differences together determine the shading but for a constant; they are solved for by relaxation. Kuhn, Lin and Loranz,
"Gain calibrating nonuniform image-array data using only the image data" (1991), doi:10.1086/132932. Where the scene
hardly moved, the frames themselves are taken, each the more the smoother it is there: dust shows on a blurred ground.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from stacker.ordered import ordered
from stacker.transforms import Transform, compose, invert
from stacker.warp import Plane, warped

NOISE = 0.004
"""What a place's logarithm of light scatters by, at the least."""

_APART = (1, 3)
"""How many frames apart a pair is: neighbours look alike, and further ones have moved on."""
_ROUNDS = 3
_COARSE = 4
_WIDE = 25.0
_AROUND = 6.0
_SELF = 0.5
_PRIOR = 30.0


@dataclass(frozen=True, slots=True)
class Shading:
    """What the sensor does to the light (natural logarithm, h x w float32), without what is wider than 50 px.

    `by_motion` is what the frames' motion tells; `by_calm` the mean of the frames, each as far as the scene is calm in
    it: it sees more where nothing moved, and takes more of the scene for dust.
    """

    by_motion: Plane
    by_calm: Plane


def shading(lights: Sequence[NDArray[np.float16]], moves: Sequence[Transform], pool: Executor) -> Shading:
    """Return the sensor's shading.

    `lights` are frames as logarithms of linear light, `moves` how each lies: reference to frame, in their pixels.
    """
    details = list(pool.map(_detail, lights))
    own, calm = np.zeros_like(details[0]), np.zeros_like(details[0])
    for index, sure in ordered(pool, lambda i: _enlarged(_certainty(details[i]), details[i]), range(len(details)), 2):
        cv2.accumulateProduct(details[index], sure, own)
        cv2.add(calm, sure, dst=calm)
    differences = _Differences.of(details, moves, pool)
    told = differences.told + own * np.float32(_SELF)
    weight = differences.weight + calm * np.float32(_SELF) + np.float32(_PRIOR)
    field = cv2.divide(told, weight)
    for _ in range(_ROUNDS - 1):
        field = cv2.divide(differences.carried(field, told, pool), weight)
    return Shading(np.asarray(field, np.float32), cv2.divide(own, calm))


@dataclass(frozen=True, slots=True)
class _Differences:
    """How pairs of frames differ: summed up, and how sure each is, for carrying the shading from one to the other."""

    onto: list[Transform]
    sure: list[Plane]
    told: Plane
    weight: Plane

    @staticmethod
    def of(details: Sequence[Plane], moves: Sequence[Transform], pool: Executor) -> _Differences:
        size = details[0].shape[1], details[0].shape[0]
        count = len(details)
        # One way and the other in turn: the other way round a pair says the same.
        steps = [(i, by if (i // by) % 2 else -by) for by in _APART for i in range(count)]
        pairs = [(i, i + by if 0 <= i + by < count else i - by) for i, by in steps if count > abs(by)]
        pairs = [(i, j) for i, j in pairs if 0 <= j < count]
        onto = [compose(moves[j], invert(moves[i])) for i, j in pairs]

        def compared(place: int) -> tuple[Plane, Plane]:
            i, j = pairs[place]
            off = cv2.subtract(details[i], warped(details[j], onto[place], size))
            return off, _certainty(off)

        found = _Differences(onto, [], np.zeros_like(details[0]), np.zeros_like(details[0]))
        for _, (off, coarse) in ordered(pool, compared, range(len(pairs)), 2):
            sure = _enlarged(coarse, off)
            cv2.accumulateProduct(off, sure, found.told)
            cv2.add(found.weight, sure, dst=found.weight)
            found.sure.append(coarse)
        return found

    def carried(self, field: Plane, told: Plane, pool: Executor) -> Plane:
        """Return `told` and what each place's partners have of `field`, weighed."""
        size, total = (field.shape[1], field.shape[0]), told.copy()

        def partner(place: int) -> Plane:
            return cv2.multiply(warped(field, self.onto[place], size), _enlarged(self.sure[place], field))

        for _, part in ordered(pool, partner, range(len(self.onto)), 2):
            cv2.add(total, part, dst=total)
        return total


def _detail(light: NDArray[np.float16]) -> Plane:
    plane = light.astype(np.float32)
    smooth = cv2.GaussianBlur(_reduced(plane), (0, 0), _WIDE / _COARSE, borderType=cv2.BORDER_REFLECT)
    return cv2.subtract(plane, _enlarged(smooth, plane))


def _certainty(off: Plane) -> Plane:
    """Return one over the variance around each place, reduced."""
    power = cv2.GaussianBlur(_reduced(cv2.multiply(off, off)), (0, 0), _AROUND / _COARSE, borderType=cv2.BORDER_REFLECT)
    return np.asarray(1 / (power + np.float32(NOISE**2)), np.float32)


def _reduced(plane: Plane) -> Plane:
    size = (max(1, plane.shape[1] // _COARSE), max(1, plane.shape[0] // _COARSE))
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)


def _enlarged(plane: Plane, like: Plane) -> Plane:
    return cv2.resize(plane, (like.shape[1], like.shape[0]), interpolation=cv2.INTER_LINEAR)
