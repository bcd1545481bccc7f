from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from develop.errors import SettingsError
from develop.resize import Resize, print_pixels


@pytest.mark.parametrize(
    ("resize", "size"),
    [
        (Resize(), (6000, 4000)),
        (Resize(long_edge=3000), (3000, 2000)),
        (Resize(short_edge=1000), (1500, 1000)),
        (Resize(megapixels=6), (3000, 2000)),
        (Resize(print_size="15x10 cm", dpi=254), (1500, 1000)),
        (Resize(print_size="10x15 cm", dpi=254), (1500, 1000)),
        (Resize(print_size="6 x 4 in", dpi=100), (600, 400)),
        (Resize(print_size="6x3 in", dpi=100), (450, 300)),
        (Resize(long_edge=3000, short_edge=1000, megapixels=20), (1500, 1000)),
        (Resize(long_edge=9000), (6000, 4000)),
    ],
)
def test_sizes_of_a_24_megapixel_picture(resize: Resize, size: tuple[int, int]) -> None:
    assert resize.size_for(6000, 4000) == size
    assert resize.size_for(4000, 6000) == size[::-1]


@pytest.mark.parametrize("word", ["big", "30x20", "30x20 mm", "0x20 cm", "x cm"])
def test_what_is_no_print_size_is_refused(word: str) -> None:
    with pytest.raises(SettingsError, match="print size"):
        print_pixels(word, 300)


@given(st.integers(1, 70_000), st.integers(1, 70_000), st.integers(16, 9000), st.floats(0.01, 100))
def test_no_limit_is_passed_by_more_than_rounding(width: int, height: int, edge: int, megapixels: float) -> None:
    made = Resize(long_edge=edge, megapixels=megapixels).size_for(width, height)
    assert made[0] <= width
    assert made[1] <= height
    assert max(made) <= edge
    assert max(made[0] - 1, 0.5) * max(made[1] - 1, 0.5) <= megapixels * 1e6 + 1
