"""Make captures that have nothing but their pictures, and the pictures that fool other programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import cv2
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from catalog.grouping.evidence import PreviewEvidence
from catalog.grouping.shots import Shot
from catalog.metadata.record import Metadata
from stacker.previews import measure
from tests.cards import focused, scene
from tests.catalog.grouping.made import card, frames

Picture = NDArray[np.uint8]
SIZE = (480, 320)
_NOISE = np.random.default_rng(11)


def evidence(picture: Picture) -> PreviewEvidence:
    """Measure a picture as the application does."""
    signature = measure(picture)
    return PreviewEvidence(light=signature.light, detail=signature.detail)


def shots(pictures: Iterable[Picture], cadence: float = 2.0, focus: Any = None, **known: Any) -> list[Shot]:
    """Make dated captures of pictures; `focus` is one distance for all, or one each."""
    measured = [evidence(picture) for picture in pictures]
    distances = focus if isinstance(focus, Sequence) else [focus] * len(measured)
    made = card(frames(0, cadence, distances, **known))
    return [replace(shot, evidence=seen) for shot, seen in zip(made, measured, strict=True)]


def stripped(pictures: Iterable[Picture]) -> list[Shot]:
    """Make captures of pictures that lost their headers: nothing but names that run on."""
    return [replace(shot, metadata=Metadata()) for shot in shots(pictures)]


def noisy(picture: Picture) -> Picture:
    """Take a picture again: other noise, the same view."""
    return np.clip(picture + _NOISE.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)


def rendered(count: int = 8, seed: int = 1) -> list[Picture]:
    """Render a focus stack."""
    sharp = scene(seed, SIZE)
    return [noisy(focused(sharp, i, count)) for i in range(count)]


def burst(picture: Picture, count: int = 6) -> list[Picture]:
    """Repeat a picture."""
    return [noisy(picture) for _ in range(count)]


def bracket(picture: Picture, stops: Sequence[float] = (0, -2, 2)) -> list[Picture]:
    """Expose a picture anew."""
    linear = (picture / 255.0) ** 2.2
    return [noisy((255 * np.clip(linear * 2.0**ev, 0, 1) ** (1 / 2.2)).astype(np.uint8)) for ev in stops]


def panorama(picture: Picture, count: int = 4, overlap: float = 0.4) -> list[Picture]:
    """Walk over a picture from left to right."""
    height, width = picture.shape[:2]
    across = int(width / (1 + (count - 1) * (1 - overlap)))
    down = min(height, across * 2 // 3)
    top = (height - down) // 2
    starts = [int(i * across * (1 - overlap)) for i in range(count)]
    views = [picture[top : top + down, left : left + across] for left in starts]
    return [noisy(cv2.resize(view, SIZE, interpolation=cv2.INTER_AREA).astype(np.uint8)) for view in views]


def followed(picture: Picture, count: int = 6) -> list[Picture]:
    """Follow something across a picture from the hand, a tenth of the width at a time."""
    height, width = picture.shape[:2]
    views = [
        picture[int(height * 0.1) : int(height * 0.6), int(width * 0.1 * i) : int(width * (0.1 * i + 0.45))]
        for i in range(count)
    ]
    return [noisy(cv2.resize(view, SIZE, interpolation=cv2.INTER_AREA).astype(np.uint8)) for view in views]
