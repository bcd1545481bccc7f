"""Align a stack: how does each frame lie on the reference?

Outward from the reference every frame is registered on its neighbour (adjacent focus steps look alike), then on the
frame four steps back and on the reference itself, and all links together are settled at once. Each frame is decoded
once, reduced; what is kept of it is a sketch, so that memory does not grow with the stack.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import cv2
import numpy as np

from stacker import proxies
from stacker.bands import Plane
from stacker.errors import AlignmentError
from stacker.frames import FrameSource
from stacker.ordered import ordered
from stacker.proxies import Proxy, Sketch
from stacker.refine import Link, disagreement, settle
from stacker.registration import Registration, is_large_enough, register
from stacker.settings import StackSettings
from stacker.transforms import MODELS, Transform, compose, identity, invert, project, rescaled

Progress = Callable[[str, int, int], None]

_BLOCK = 8
_STRIDE = 4
_LEAST_SHARE = 0.25
_LEAST_CORRELATION = 0.55
# A model of more freedom must move the picture by a tenth of a proxy pixel a pair (defocus alone feigns 0.06), and
# by that explain a tenth of what the tiles still want.
_LEAST_GAIN = 0.1**2
_LEAST_EXPLAINED = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """How the frames of a stack lie on its reference.

    `transforms` maps reference pixels to each frame's, at full size; None for a frame left out, whose reason is in
    `left_out`. `residual_px` (full-size pixels) is how far a frame's measurements disagree, None where there is
    none; `likeness` (tile rows x columns, -1..1, NaN without detail) is how a frame matches the neighbour that it was
    joined by. `sketches` is the little that was kept of every frame. `notes` are words for the report.
    """

    reference: int
    model: str
    size: tuple[int, int]
    transforms: tuple[Transform | None, ...]
    residual_px: tuple[float | None, ...]
    likeness: tuple[Plane | None, ...]
    sketches: tuple[Sketch, ...]
    left_out: dict[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def used(self) -> tuple[int, ...]:
        """Return the frames that are aligned."""
        return tuple(i for i, transform in enumerate(self.transforms) if transform is not None)

    def to_json(self) -> dict[str, Any]:
        """Return the alignment without its sketches as plain values."""
        return {
            "reference": self.reference,
            "model": self.model,
            "size": list(self.size),
            "transforms": [None if t is None else t.tolist() for t in self.transforms],
            "residual_px": list(self.residual_px),
            "left_out": {str(index): reason for index, reason in self.left_out.items()},
            "notes": list(self.notes),
        }


def align(frames: FrameSource, reference: int, settings: StackSettings, progress: Progress | None = None) -> Alignment:
    """Align `frames` to the frame `reference` with the model that `settings.align` asks for.

    Frames that show something else, or nothing, are left out with a reason. Raises AlignmentError where too few
    frames are left, or the reference itself is the odd one.
    """
    with _one_thread_a_call(), ThreadPoolExecutor(settings.threads or os.cpu_count() or 1) as pool:
        chain = _Chain(frames, reference, pool, progress, plain=settings.align == "none")
        chain.run()
    return chain.conclude(settings.align)


@contextmanager
def _one_thread_a_call() -> Iterator[None]:
    """Keep OpenCV from cutting a picture among threads of its own: the cuts change the last digits."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


class _Chain:
    """The state of one alignment as it walks outward from the reference."""

    def __init__(
        self, frames: FrameSource, reference: int, pool: Executor, progress: Progress | None, *, plain: bool
    ) -> None:
        self.frames, self.reference, self.pool, self.plain = frames, reference, pool, plain
        self.progress = progress or (lambda stage, done, total: None)
        self.sketches: dict[int, Sketch] = {}
        self.detailed: dict[int, bool] = {}
        self.links: list[Link] = []
        self.transforms: dict[int, Transform] = {reference: identity()}
        self.left_out: dict[int, str] = {}
        self.notes: list[str] = []
        count = len(frames)
        self.arms = [list(_blocks(range(reference + 1, count))), list(_blocks(range(reference - 1, -1, -1)))]
        # The next block is decoded while one is in use.
        order = [reference, *(index for arm in self.arms for block in arm for index in block)]
        self.loaded = ordered(pool, self._load, order, _BLOCK)
        self.origin = next(self.loaded)[1]
        if not self.plain and not is_large_enough(self.origin.bands):
            self.plain = True
            self.notes.append("the frames are too small to be aligned: they are taken as they lie")

    def run(self) -> None:
        """Walk both ways; each block of frames is decoded, linked to its neighbours, then linked further."""
        count, loaded = len(self.frames), self.loaded
        for arm in self.arms:
            kept: dict[int, Proxy] = {self.reference: self.origin}
            for block in arm:
                self._link(block, kept, dict(islice(loaded, len(block))))
                kept = {i: kept[i] for i in list(kept)[-_STRIDE:]}
                self.progress("align", len(self.sketches), count)

    def _load(self, index: int) -> Proxy:
        proxy = proxies.load(self.frames, index)
        self.sketches[index], self.detailed[index] = proxy.sketch, _textured(proxy)
        return proxy

    def _link(self, block: list[int], kept: dict[int, Proxy], loaded: dict[int, Proxy]) -> None:
        if self.plain or not _textured(self.origin):
            self.transforms |= dict.fromkeys(block, identity())
            return
        before = [list(kept)[-1], *block[:-1]]
        nearest = self.pool.map(lambda pair: self._register(kept | loaded, *pair), zip(before, block, strict=True))
        for previous, index, found in zip(before, block, nearest, strict=True):
            self._accept(index, previous, found, kept, loaded)
        far = [(a, i) for i in block if i in kept for a in self._far_ends(i, list(kept))]
        seen = kept | {self.reference: self.origin}
        for (a, i), found in zip(far, self.pool.map(lambda pair: self._far(seen, *pair), far), strict=True):
            if found is not None and is_trusted(found):
                self.links.append(Link(template=a, moving=i, registration=found))

    def _register(self, proxy: dict[int, Proxy], template: int, moving: int) -> Registration | None:
        return register(proxy[template].bands, proxy[moving].bands)

    def _accept(
        self, index: int, previous: int, found: Registration | None, kept: dict[int, Proxy], loaded: dict[int, Proxy]
    ) -> None:
        """Join frame `index` to the chain; where its neighbour is missing or unlike, bridge to the last good one."""
        last = list(kept)[-1]
        if last != previous:
            found = self._register(kept | loaded, last, index)
        if found is None or not is_trusted(found):
            found = self._register({self.reference: self.origin, **loaded}, self.reference, index)
            last = self.reference
        if found is None or not is_trusted(found):
            self.left_out[index] = why_left_out(loaded[index], found)
            return
        kept[index] = loaded[index]
        self.links.append(Link(template=last, moving=index, registration=found))
        self.transforms[index] = compose(found.transforms["similarity"], self.transforms[last])

    def _far_ends(self, index: int, kept: list[int]) -> list[int]:
        """Return the further frames to link `index` to: the one four back, and the reference."""
        place = kept.index(index)
        ends = {kept[place - _STRIDE]} if place >= _STRIDE else set()
        return sorted((ends | {self.reference}) - {kept[place - 1] if place else index, index})

    def _far(self, proxy: dict[int, Proxy], template: int, moving: int) -> Registration | None:
        start = compose(self.transforms[moving], invert(self.transforms[template]))
        return register(proxy[template].bands, proxy[moving].bands, start)

    def conclude(self, wanted: str) -> Alignment:
        """Settle the links and bring everything to full size."""
        count, size = len(self.frames), self.origin.size
        self._check()
        model = _model(self.links, wanted)
        rich = "similarity" if model == "translation" else model
        settled = settle(self.links, self.transforms, self.reference, rich, size)
        misfit = disagreement(self.links, settled, rich, size)
        likeness = {link.moving: link.registration.likeness for link in reversed(self.links)}
        full = self.frames.size
        factor = (full[0] / size[0], full[1] / size[1])
        return Alignment(
            reference=self.reference,
            model=model,
            size=full,
            transforms=tuple(
                project(rescaled(settled[i], factor), model, full) if i in settled else None for i in range(count)
            ),
            residual_px=tuple(misfit[i] * factor[0] if i in settled else None for i in range(count)),
            likeness=tuple(likeness.get(i) for i in range(count)),
            sketches=tuple(self.sketches[i] for i in range(count)),
            left_out=dict(sorted(self.left_out.items())),
            notes=tuple(self.notes),
        )

    def _check(self) -> None:
        """Raise where the reference is the odd one; say so where there is nothing to align by."""
        name, count = self.frames.name(self.reference), len(self.frames)
        if not self.plain and not self.detailed[self.reference]:
            if any(self.detailed.values()):
                raise AlignmentError(f"{name}: the reference shows no detail; choose another reference")
            self.notes.append("no frame shows any detail to align by: they are taken as they lie")
        if len(self.left_out) * 2 > count:
            raise AlignmentError(
                f"{name}: {len(self.left_out)} of {count} frames do not match it; "
                "choose another reference or split the sequence"
            )


def _blocks(arm: range) -> Iterator[list[int]]:
    for start in range(0, len(arm), _BLOCK):
        yield list(arm[start : start + _BLOCK])


def _textured(proxy: Proxy) -> bool:
    return bool(np.abs(proxy.bands[0]).mean() > 0.05)


def is_trusted(found: Registration) -> bool:
    """Return whether enough of two frames agrees for their registration to count."""
    return found.share >= _LEAST_SHARE and found.correlation >= _LEAST_CORRELATION


def why_left_out(proxy: Proxy, found: Registration | None) -> str:
    """Say in words why a frame cannot be joined to its neighbours."""
    if not _textured(proxy):
        return "shows no detail: black, blank or lens cap"
    if found is None or found.share < _LEAST_SHARE:
        return "shows something else than the reference and its neighbours"
    return "does not match its neighbours: moved or blurred too much"


def _model(links: list[Link], wanted: str) -> str:
    """Return the model to use: the asked one, or the poorest that no richer one beats by enough."""
    if wanted in MODELS:
        return wanted
    model = "similarity"
    near = [link.registration for link in links if abs(link.moving - link.template) == 1]
    for richer in ("affine", "homography"):
        gained = [found.gains[richer] for found in near]
        explained = [found.gains[richer] / (found.residual_px**2 + 1e-9) for found in near]
        if near and np.median(gained) > _LEAST_GAIN and np.median(explained) > _LEAST_EXPLAINED:
            model = richer
    return model
