"""How large an exported picture becomes: by an edge, by its number of pixels, or by the size of a print."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from develop.errors import SettingsError

_CM_AN_INCH: Final = 2.54
_PRINT: Final = re.compile(r"(\d+(?:\.\d+)?) ?x ?(\d+(?:\.\d+)?) ?(cm|in)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resize:
    """Limits of a picture's size; 0 or '' sets none, and where several are set all of them hold.

    `long_edge` and `short_edge` in pixels; `megapixels`; `print_size` like '30x20 cm' or '12x8 in' at `dpi`, in
    either direction. A picture is never blown up.
    """

    long_edge: int = 0
    short_edge: int = 0
    megapixels: float = 0.0
    print_size: str = ""
    dpi: int = 300

    def scale_for(self, width: int, height: int) -> float:
        """Return by how much a picture of `width` x `height` pixels is made smaller: above 0, and at most 1."""
        factors = [1.0]
        if self.long_edge:
            factors.append(self.long_edge / max(width, height))
        if self.short_edge:
            factors.append(self.short_edge / min(width, height))
        if self.megapixels:
            factors.append(math.sqrt(self.megapixels * 1e6 / (width * height)))
        if self.print_size:
            long, short = print_pixels(self.print_size, self.dpi)
            factors += [long / max(width, height), short / min(width, height)]
        return min(factors)

    def size_for(self, width: int, height: int) -> tuple[int, int]:
        """Return the size (width, height) that a picture of `width` x `height` pixels gets."""
        scale = self.scale_for(width, height)
        return max(1, round(width * scale)), max(1, round(height * scale))


def print_pixels(print_size: str, dpi: int) -> tuple[float, float]:
    """Return the (long, short) edge of a print in pixels. Raises SettingsError for what is no size."""
    match = _PRINT.fullmatch(print_size.strip())
    if match is None or not float(match[1]) * float(match[2]):
        raise SettingsError(f"{print_size!r} is no print size; write it like '30x20 cm' or '12x8 in'")
    inches = [float(value) / (_CM_AN_INCH if match[3] == "cm" else 1.0) for value in (match[1], match[2])]
    return max(inches) * dpi, min(inches) * dpi
