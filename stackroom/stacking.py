"""From files to a stack in memory: the part that a job and `fuse` share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from develop.image import ColorSpace, Image
from develop.orientation import upright
from stacker import dust
from stacker import stack as engine
from stacker.cleaning import CleanFrames
from stacker.frames import FrameSource
from stacker.settings import StackSettings
from stacker.specks import Speck
from stackroom.frames import FileFrames

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stacked:
    """A stack that was just made, with what its frames still have to go through to look like it.

    `frames` are those of `files` as the engine saw them, without the `specks`; `image` is the stack upright and not
    yet toned.
    """

    files: FileFrames
    frames: FrameSource
    fused: engine.Fused
    image: Image
    orientation: int
    specks: tuple[Speck, ...]

    @property
    def space(self) -> ColorSpace:
        """Return the frames' colour space."""
        return self.image.space

    @property
    def quality(self) -> dict[str, Any]:
        """Return the quality report as plain values, with the dust that was found."""
        return {**self.fused.report.to_json(), "dust": [speck.to_json() for speck in self.specks]}


def make_stack(files: FileFrames, settings: StackSettings, orientation: int, progress: Progress) -> Stacked:
    """Clean, align and fuse the files, and turn the result upright. Raises DecodeError or StackError."""
    specks = dust.find(files, settings, progress) if settings.dust else ()
    frames: FrameSource = CleanFrames(files, specks) if specks else files
    fused = engine.stack(frames, settings, progress)
    image = Image(upright(fused.pixels, orientation), files.space)
    return Stacked(files=files, frames=frames, fused=fused, image=image, orientation=orientation, specks=specks)
