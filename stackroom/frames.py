"""Frames from files: decoded on demand, developed as far as must happen before fusing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from catalog.metadata.errors import MetadataError
from catalog.metadata.reader import read_metadata
from develop import decode, pipeline, raw
from develop.buffers import Buffers
from develop.image import ColorSpace, Image, Pixels
from develop.operations.lens_profile import Shot
from develop.settings import DevelopSettings
from stackroom import measured_lenses

WhiteBalance = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFrames:
    """A FrameSource over files. All raw frames are decoded with one white balance: the reference's.

    `settings` holds for every frame; only its pre-stack part is applied. Safe to call from several threads.
    """

    paths: tuple[Path, ...]
    names: tuple[str, ...]
    settings: DevelopSettings
    space: ColorSpace
    size: tuple[int, int]
    white_balance: WhiteBalance | None = None
    shot: Shot | None = None
    _buffers: Buffers = field(default_factory=Buffers, repr=False, compare=False)

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.paths)

    def name(self, index: int) -> str:
        """Return the frame's name for messages."""
        return self.names[index]

    def proxy(self, index: int, max_side: int) -> Pixels:
        """Return the frame reduced by its decoder where the format can."""
        path = self.paths[index]
        reduced = decode.read_reduced(path, max_side, white_balance=self.white_balance, buffers=self._buffers)
        return self._prestack(reduced)

    def frame(self, index: int) -> Pixels:
        """Return the frame at full size."""
        path = self.paths[index]
        whole = decode.read_image(path, white_balance=self.white_balance, buffers=self._buffers)
        return self._prestack(whole)

    def _prestack(self, image: Image) -> Pixels:
        return pipeline.prestack(image, self.settings, shot=self.shot).pixels


def _shot(path: Path) -> Shot | None:
    """Return what the lens profile goes by; None where the header does not name lens and body."""
    try:
        seen = read_metadata(path)
    except MetadataError:
        return None
    return measured_lenses.shot_of(seen)


def open_frames(
    paths: Sequence[Path], *, names: Sequence[str], reference: int, settings: DevelopSettings
) -> FileFrames:
    """Open files as frames of one stack; the reference gives size, colour space and white balance.

    Raises DecodeError where the reference cannot be read.
    """
    lead = paths[reference]
    white_balance = raw.as_shot_white_balance(lead) if decode.is_raw(lead) else None
    space = decode.read_reduced(lead, 512, white_balance=white_balance).space
    return FileFrames(
        paths=tuple(paths),
        names=tuple(names),
        settings=settings,
        space=space,
        size=decode.read_size(lead),
        white_balance=white_balance,
        shot=_shot(lead),
    )
