"""The stack so far, while it is being shot: each new frame is aligned and mixed in once, and nothing is done twice.

What it costs to add a frame does not grow with the stack. It works on proxies and aligns each frame on the one before
it: good enough to judge focus and framing by, not for the result.
"""

from __future__ import annotations

from collections.abc import Collection

import cv2
import numpy as np

from develop.image import Pixels
from stacker import proxies, quality, sharpness
from stacker.align import Alignment, is_trusted, why_left_out
from stacker.bands import Plane, band_pyramid, linear_luma
from stacker.canvas import Span, Tile
from stacker.equalise import Equalisation, equalise
from stacker.errors import NoFrames
from stacker.fusers.pyramid import Pyramid
from stacker.proxies import Proxy, Sketch
from stacker.pyramid import Mix, bands, collapse, gaussian
from stacker.quality import QualityReport
from stacker.registration import Registration, register
from stacker.transforms import Transform, compose, identity
from stacker.warp import brought, covered

LEVELS = Pyramid.levels
_BACK = 6
"""Frames before it that a new frame's exposure is compared with, and the first: enough to tell a flash that failed."""
_LEAST_WEIGHT = 1e-30


class LiveStack:
    """A stack that grows. `add` frames in the order they were shot; `picture` and `report` may be asked after each.

    Bands are mixed by their energy as the method `pyramid` does it (doi:10.1109/ICCV.1993.378222). The first frame is
    the reference. A frame that shows something else is left out, as in a finished stack, and the report says so.
    """

    def __init__(self) -> None:
        self._names: list[str] = []
        self._sketches: list[Sketch] = []
        self._transforms: list[Transform | None] = []
        self._likeness: list[Plane | None] = []
        self._left_out: dict[int, str] = {}
        self._gains: list[tuple[float, float, float]] = []
        self._misfired: dict[int, str] = {}
        self._last: Proxy | None = None
        self._last_transform = identity()
        self._mix: Mix | None = None

    def __len__(self) -> int:
        """Return how many frames were added."""
        return len(self._names)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the frames' names in order."""
        return tuple(self._names)

    def add(self, name: str, pixels: Pixels) -> None:
        """Add the next frame: its proxy, RGB uint8 or uint16, encoded, H x W x 3, of the first one's size."""
        proxy = Proxy(bands=band_pyramid(linear_luma(pixels)), sketch=proxies.sketch(pixels))
        index = len(self._names)
        self._names.append(name)
        self._sketches.append(proxy.sketch)
        transform, likeness = self._placed(index, proxy)
        self._transforms.append(transform)
        self._likeness.append(likeness)
        self._gains.append((1.0, 1.0, 1.0))
        if transform is None:
            return
        self._last, self._last_transform = proxy, transform
        self._compare_light(index)
        if index not in self._misfired:
            self._mix_in(pixels, transform)

    def _placed(self, index: int, proxy: Proxy) -> tuple[Transform | None, Plane | None]:
        """Return how a frame lies on the first, and how it matches the last that was used; None for another scene."""
        if self._last is None:
            return identity(), None
        if proxy.size != self._last.size:
            self._left_out[index] = "has another size than the first frame"
            return None, None
        found: Registration | None = register(self._last.bands, proxy.bands)
        if found is None or not is_trusted(found):
            self._left_out[index] = why_left_out(proxy, found)
            return None, None
        return compose(found.transforms["similarity"], self._last_transform), found.likeness

    def _compare_light(self, index: int) -> None:
        evened = equalise(self._alignment({0, *range(max(0, index - _BACK), index + 1)} - self._misfired.keys()))
        self._gains[index] = evened.gains[index]
        if index in evened.left_out:
            self._misfired[index] = evened.left_out[index]

    def _alignment(self, among: Collection[int]) -> Alignment:
        """Return the alignment of some of the frames, as if the others had been left out."""
        assert self._last is not None
        return Alignment(
            reference=0,
            model="similarity",
            size=self._last.size,
            transforms=tuple(t if i in among else None for i, t in enumerate(self._transforms)),
            residual_px=(None,) * len(self._names),
            likeness=tuple(self._likeness),
            sketches=tuple(self._sketches),
            left_out=dict(self._left_out),
        )

    def _mix_in(self, pixels: Pixels, transform: Transform) -> None:
        height, width = pixels.shape[:2]
        if self._mix is None:
            self._mix = Mix((width, height), LEVELS)
        moved = brought(pixels, transform, (width, height))
        picture = bands(np.multiply(moved, np.float32(1 / np.iinfo(pixels.dtype).max), dtype=np.float32), LEVELS)
        weights = Pyramid.band_weights(picture)
        inside = covered((width, height), transform, (width, height))
        if not inside.all():
            shares = gaussian(inside.astype(np.float32), LEVELS)
            weights = [cv2.multiply(weight, share) for weight, share in zip(weights, shares, strict=True)]
        self._mix.add(Tile(Span(0, height, 0, height), Span(0, width, 0, width)), picture, weights)

    def picture(self) -> Pixels:
        """Return the stack so far: H x W x 3 uint16, in the frames' colour space. Raises NoFrames before the first."""
        if self._mix is None:
            raise NoFrames("there are no frames to stack")
        pairs = zip(self._mix.sums, self._mix.weights, strict=True)
        mixed = collapse([sums / np.maximum(weights, _LEAST_WEIGHT)[..., None] for sums, weights in pairs])
        return np.asarray(np.clip(mixed * 65535 + 0.5, 0, 65535), np.uint16)

    def report(self) -> QualityReport:
        """Return the quality report of the stack so far; a focus gap is told as soon as the frame after it is there.

        Raises NoFrames before the first frame.
        """
        if self._last is None:
            raise NoFrames("there are no frames to stack")
        alignment = self._alignment(range(len(self._names)))
        evened = Equalisation(gains=tuple(self._gains), left_out=dict(self._misfired))
        return quality.assess(alignment, evened, sharpness.survey(alignment, evened), self._names)
