"""Write moving pictures: MP4, or an endless WebP."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import Image as Pillow

from develop.codecs import atomic
from develop.errors import UnsupportedPicture
from develop.image import Pixels

PER_SECOND: Final = 24
# VP9 plays in every browser; the other is what is left where a build of OpenCV cannot write it.
_CODECS: Final = ("vp09", "mp4v")


def _even(pixels: Pixels) -> Pixels:
    """Return the picture with even sides, as these codecs want them."""
    height, width = pixels.shape[:2]
    return pixels[: max(2, height - height % 2), : max(2, width - width % 2)]


def _writer(path: Path, size: tuple[int, int]) -> cv2.VideoWriter:
    for codec in _CODECS:
        writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*codec), PER_SECOND, size)
        if writer.isOpened():
            return writer
    raise UnsupportedPicture(path, "no codec for MP4 is here", "choose rocking-webp")


def write_mp4(path: Path, views: Iterable[Pixels], *, turns: int = 1) -> None:
    """Write uint8 RGB views one after the other, all of it `turns` times. Raises WriteError or UnsupportedPicture."""
    pictures = [np.ascontiguousarray(_even(view)[..., ::-1]) for view in views]
    # The writer knows the kind of a file by its ending only, and says nothing of a full disk.
    with tempfile.TemporaryDirectory(prefix="stackroom-") as folder:
        made = Path(folder) / "made.mp4"
        writer = _writer(made, (pictures[0].shape[1], pictures[0].shape[0]))
        for _ in range(turns):
            for picture in pictures:
                writer.write(picture)
        writer.release()
        with atomic.write_beside(path) as partial:
            shutil.copyfile(made, partial)


def write_webp_animation(path: Path, views: Iterable[Pixels], *, quality: int) -> None:
    """Write uint8 RGB views as an animation without end, one picture in memory at a time. Raises WriteError."""
    pictures: Iterator[Pillow.Image] = (Pillow.fromarray(np.ascontiguousarray(view), "RGB") for view in views)
    first = next(pictures)
    with atomic.write_beside(path) as partial, partial.open("wb") as file:
        first.save(
            file,
            "WEBP",
            save_all=True,
            append_images=pictures,
            duration=round(1000 / PER_SECOND),
            loop=0,
            quality=quality,
            method=2,
        )
