"""Name a lens whose name the file does not hold."""

from __future__ import annotations

import math


def lens_by_range(short_mm: float, long_mm: float, wide_f: float, tele_f: float) -> str | None:
    """Name a lens by what it can do, '24-70 mm f/2.8'; 0 stands for what is unknown."""
    if not (0 < short_mm < math.inf and 0 < long_mm < math.inf):
        return None
    focal = f"{short_mm:.4g}" if short_mm == long_mm else f"{short_mm:.4g}-{long_mm:.4g}"
    if not 0 < wide_f < math.inf:
        return f"{focal} mm"
    stop = f"{wide_f:.2g}" if wide_f == tele_f or not 0 < tele_f < math.inf else f"{wide_f:.2g}-{tele_f:.2g}"
    return f"{focal} mm f/{stop}"
