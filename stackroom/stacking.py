"""From files to a stack in memory: the part that a job and `fuse` share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

from develop.image import ColorSpace, Image, Pixels
from develop.orientation import upright
from stacker import stack as engine
from stacker.cleaning import CleanFrames
from stacker.frames import FrameSource
from stacker.known import Known
from stacker.laid import Laid
from stacker.layers import AlignedFrames, Depths, depths_of
from stacker.settings import StackSettings
from stacker.slabs import SlabFrames, slabs_of
from stacker.specks import Mark, Speck
from stackroom import focus_distances
from stackroom.frames import FileFrames
from stackroom.retouching import Sources

Progress = Callable[[str, int, int], None]

ALIGNED = "aligned"
"""Under which name the quality report keeps how the frames were found to lie."""
LAID = "laid"
"""Under which name the quality report keeps how the frames were laid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stacked:
    """A stack, just made or read back, with what its frames still have to go through to look like it.

    `image` is the stack upright and not yet toned; `fused` is None where it was read back. The `specks` are not on
    the image, but on the `files`' frames.
    """

    files: FileFrames
    laid: Laid
    image: Image
    orientation: int
    settings: StackSettings
    specks: tuple[Speck, ...]
    known: Known | None = None
    """How the frames were found to lie; None of stacks from before that was kept."""
    fused: engine.Fused | None = None

    @property
    def space(self) -> ColorSpace:
        """Return the frames' colour space."""
        return self.image.space

    @property
    def frames(self) -> FrameSource:
        """Return the frames as the engine fused them, without the specks."""
        return CleanFrames(self.files, self.specks) if self.specks else self.files

    @property
    def as_shot(self) -> AlignedFrames:
        """Return the frames laid on the reference, with the specks."""
        return AlignedFrames(self.files, self.laid)

    @property
    def sources(self) -> Sources:
        """Return the pictures that the retouching brush paints from."""
        return Sources(AlignedFrames(self.frames, self.laid), self.files.names, self.orientation, self._by_method)

    def _by_method(self, method: str) -> Pixels:
        """Fuse the frames by another method, as they were laid."""
        settings = replace(self.settings, method=StackSettings.parse_method(method), dust=False, front="off")
        return engine.stack(self.frames, settings, known=self.known).pixels

    def slabs(self, size: int, overlap: int) -> list[SlabFrames]:
        """Return runs of neighbouring frames, laid as the stack and without the specks."""
        return slabs_of(AlignedFrames(self.frames, self.laid), size, overlap)

    def depths(self, pool: Executor) -> Depths:
        """Return between which frames each place of the result lies; looked at anew where the stack was read back."""
        if self.fused is not None:
            return depths_of(self.fused)
        return AlignedFrames(self.frames, self.laid).depths(pool, self.settings.front)


def make_stack(
    files: FileFrames,
    settings: StackSettings,
    orientation: int,
    progress: Progress,
    known: Known | None = None,
    marks: Sequence[Mark] = (),
) -> Stacked:
    """Align, clean and fuse the files, and turn the result upright; not aligned where it is `known` how they lie.

    `marks` are what is said of the dust on the sensor. Raises DecodeError or StackError.
    """
    settings = _facing(files, settings)
    fused = engine.stack(files, settings, progress, known, marks)
    image = Image(upright(fused.pixels, orientation), files.space)
    return Stacked(
        files=files,
        laid=fused.laid,
        image=image,
        orientation=orientation,
        settings=settings,
        specks=fused.specks,
        known=fused.known,
        fused=fused,
    )


def _facing(files: FileFrames, settings: StackSettings) -> StackSettings:
    """Return settings that say which end of the sequence is near, where that was left to the camera."""
    if settings.front != "auto":
        return settings
    return replace(settings, front="first" if focus_distances.near_first(files.paths) else "last")


def quality_of(stacked: Stacked) -> dict[str, Any]:
    """Return the quality report as plain values, with the dust that was found."""
    report = stacked.fused.report.to_json() if stacked.fused else {}
    return {**report, "dust": [speck.to_json() for speck in stacked.specks]}


def read_back(
    files: FileFrames, master: Image, kept: Mapping[str, Any], settings: StackSettings, orientation: int
) -> Stacked:
    """Return the stack that `master` is, from what the quality report keeps of it, without fusing again."""
    return Stacked(
        files=files,
        laid=Laid.from_json(kept[LAID]),
        image=master,
        orientation=orientation,
        settings=_facing(files, settings),
        specks=tuple(Speck.from_json(each) for each in kept.get("dust", ())),
        known=Known.from_json(kept[ALIGNED]) if ALIGNED in kept else None,
    )
