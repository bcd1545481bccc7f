"""How much a PSD holds; beyond that it has to be a PSB. Imports no pixels."""

from __future__ import annotations

SIDE, BYTES = 30_000, 1_900_000_000


def passes_psd(size: tuple[int, int], *, bytes_a_sample: int, layers: int) -> bool:
    """Say whether this many layers with masks, of `size` (width, height), pass 30,000 pixels a side or about 2 GB."""
    return max(size) > SIDE or size[0] * size[1] * bytes_a_sample * (4 * layers + 3) > BYTES
