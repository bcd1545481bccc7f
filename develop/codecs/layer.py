"""One layer of a layered file: pixels and a mask, decoded only when its turn has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from develop.image import Image, Pixels

Progress = Callable[[int, int], None]
"""Called with how many layers are done, and how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer, as large as the picture and decoded only when its turn has come.

    `pixels` gives H x W x 3 of the picture's own type; `mask` gives H x W of the same type, 0 hides and full shows.
    """

    name: str
    pixels: Callable[[], Pixels]
    mask: Callable[[], Pixels] | None = None
    visible: bool = True

    def load(self, like: Image) -> tuple[Pixels, Pixels | None]:
        """Return pixels and mask. Raises ValueError where they do not fit the picture `like`."""
        pixels = self.pixels()
        mask = None if self.mask is None else self.mask()
        for plane in (pixels[..., 0], pixels[..., 1], pixels[..., 2], mask):
            if plane is not None and (plane.shape != like.pixels.shape[:2] or plane.dtype != like.pixels.dtype):
                raise ValueError(f"layer {self.name}: {plane.shape} {plane.dtype} does not fit the picture")
        return pixels, mask


def silent(done: int, total: int) -> None:
    """Tell nobody how far it is."""
    del done, total
