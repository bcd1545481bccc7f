"""How much noise a picture holds: by brightness, since light's own noise grows with it, and by frequency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from develop.colour import Floats
from develop.operations import blocks

_LEVELS: Final = 8
_ACROSS: Final = 16
"""Blocks along a piece's side, so that small ones tell enough."""
_STRUCTURE: Final = 3.0
"""Frequencies up to here (half waves a block) tell more of the picture than of its noise."""
_MIDDLE: Final = (4.0, 6.5)
_ORDER: Final = np.argsort(blocks.FREQUENCIES)
_BLACK: Final = 0.15
_STEEPEST: Final = 2.0
_QUIET_LEVEL, _QUIET = 0.1, 0.2
"""Parts of the blocks that are taken for noise alone: of those of a brightness, and of all."""
_MEDIAN_SQUARE: Final = 0.455
"""Median of the square of a normally distributed number of variance 1."""


@dataclass(frozen=True, slots=True)
class Noise:
    """Standard deviations: `sigmas` at `levels` of lightness, to be multiplied by `spectrum` (64 frequencies)."""

    levels: Floats
    sigmas: Floats
    spectrum: Floats

    def at(self, level: Floats) -> Floats:
        """Return what `spectrum` is to be multiplied by at levels of lightness."""
        return np.interp(level, self.levels, self.sigmas).astype(np.float32)


def measure(planes: Sequence[Floats], lightness: Sequence[Floats], coarse: float) -> Noise | None:
    """Measure the noise of unreduced pieces of a plane; None where they are too small to tell.

    The quietest blocks of each brightness tell how much noise there is, and those that are quietest against that, by
    the median of their squares, of which frequencies (after Colom, Buades, Morel 2014, doi:10.1364/JOSAA.31.000863).
    Frequencies below the middle ones, where structure is never wholly absent, get `coarse` times their noise at most.
    """
    pairs = [(plane, level) for plane, level in zip(planes, lightness, strict=True) if min(plane.shape) >= blocks.EDGE]
    if not pairs:
        return None
    step = max(1, min(pairs[0][0].shape) // _ACROSS)
    found = np.concatenate([blocks.coefficients(plane, step) for plane, _ in pairs])
    level = np.concatenate([blocks.means(level, step) for _, level in pairs])
    energy = (found[:, blocks.FREQUENCIES > _STRUCTURE] ** 2).mean(axis=1)
    groups = np.array_split(np.argsort(level), min(_LEVELS, len(level)))
    levels = np.array([level[group].mean() for group in groups])
    floors = np.array([np.quantile(energy[group], _QUIET_LEVEL) for group in groups])
    sigmas = _held(levels, np.sqrt([np.median(floors[max(0, i - 1) : i + 2]) for i in range(len(floors))]))
    noise = Noise(levels.astype(np.float32), np.maximum(sigmas, 1e-9).astype(np.float32), np.ones(1, np.float32))
    relative = noise.at(level)
    clean = energy / relative**2
    quiet = clean <= np.quantile(clean, _QUIET)
    squares = (found[quiet] / relative[quiet, None]) ** 2
    spectrum = np.sqrt(np.median(squares, axis=0) / _MEDIAN_SQUARE)
    low, high = np.searchsorted(blocks.FREQUENCIES[_ORDER], _MIDDLE)
    capped = np.minimum(spectrum, coarse * np.median(spectrum[_ORDER[low:high]]))
    return Noise(noise.levels, noise.sigmas, capped.astype(np.float32))


def _held(levels: Floats, sigmas: Floats) -> Floats:
    """Return sigmas with those of brightnesses that show structure only held by what the darker ones have.

    Light's own noise falls with lightness, which is a root of light; a camera's curve steepens middle tones by less
    than twice. What is nearly black tells nothing: it may have been cut off.
    """
    darker = np.where(levels < _BLACK, np.inf, sigmas)
    least = np.minimum.accumulate(np.concatenate([[np.inf], darker[:-1]]))
    return np.asarray(np.minimum(sigmas, _STEEPEST * least))
