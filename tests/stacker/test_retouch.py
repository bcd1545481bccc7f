from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stacker.retouch import Brush, coverage, paint

SIZE = (90, 60)
place = st.tuples(st.floats(-20, 110), st.floats(-20, 80))


@settings(deadline=None, max_examples=40)
@given(st.lists(place, min_size=1, max_size=5), st.floats(0.5, 30), st.floats(0, 1))
def test_a_stroke_covers_what_lies_near_its_line(
    points: list[tuple[float, float]], radius: float, hardness: float
) -> None:
    """Against the distance to 150 points of each piece: full within the core, nothing beyond the radius."""
    cover = coverage(points, Brush(radius=radius, hardness=hardness, opacity=1), SIZE)
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    away = np.full(x.shape, np.inf)
    for one, other in zip(points, [*points[1:], points[-1]], strict=True):
        for share in np.linspace(0, 1, 150):
            away = np.minimum(
                away, np.hypot(x - one[0] - share * (other[0] - one[0]), y - one[1] - share * (other[1] - one[1]))
            )
    shown = np.zeros(x.shape)
    if cover is not None:
        shown[cover.rows, cover.columns] = cover.share
    assert (shown[away > radius + 0.6] == 0).all()
    assert (shown[away < radius * hardness - 0.6] > 0.99).all()


def test_a_stroke_that_misses_the_picture_is_none() -> None:
    assert coverage([(-50, -50), (-40, -60)], Brush(radius=5, hardness=1, opacity=1), SIZE) is None


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_paint_lays_the_source_over_by_opacity(dtype: type[np.generic]) -> None:
    picture, source = np.full((60, 90, 3), 40, dtype), np.full((60, 90, 3), 200, dtype)
    cover = coverage([(20, 30), (60, 30)], Brush(radius=6, hardness=0.5, opacity=0.5), SIZE)
    assert cover is not None
    paint(picture, source, cover)
    assert (picture[30, 20:61] == 120).all()
    assert (picture[:20] == 40).all() and (picture[45:] == 40).all()
    column = picture[30:45, 40, 0].astype(int)
    assert (np.diff(column) <= 0).all() and len(set(column)) > 3


def test_paint_refuses_another_size() -> None:
    cover = coverage([(5, 5)], Brush(radius=2, hardness=1, opacity=1), (10, 10))
    assert cover is not None
    with pytest.raises(ValueError, match="cannot be painted"):
        paint(np.zeros((10, 10, 3), np.uint8), np.zeros((10, 11, 3), np.uint8), cover)
