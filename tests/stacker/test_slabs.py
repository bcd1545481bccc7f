from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacker import slabs
from stacker import stack as engine
from stacker.errors import SettingsError
from stacker.layers import AlignedFrames
from stacker.settings import StackSettings
from tests.stacker.scenes import Arrays, handheld, slope


@given(st.integers(1, 200), st.integers(2, 40), st.data())
def test_slabs_hold_every_frame_and_share_what_was_asked(count: int, size: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, size - 1))
    cut = slabs.cut(count, size, overlap)
    assert {frame for slab in cut for frame in slab} == set(range(count))
    assert all(len(slab) <= size for slab in cut)
    assert all(one.stop - other.start == overlap for one, other in pairwise(cut))


@pytest.mark.parametrize(("size", "overlap"), [(1, 0), (4, 4), (3, -1)])
def test_slabs_that_do_not_get_on_are_refused(size: int, overlap: int) -> None:
    with pytest.raises(SettingsError, match="slabs of"):
        slabs.cut(10, size, overlap)


def test_a_slab_is_sharp_where_its_frames_are_and_lies_as_the_stack() -> None:
    """Of a slope that is near at the bottom, the first slab matches the stack at the top and the last at the bottom."""
    source = Arrays(slope(6, (300, 260), handheld(6, (300, 260), 0.02, 2, 0.1)).frames)
    settings = StackSettings(dust=False)
    whole = engine.stack(source, settings)
    made = [slabs.fused(slab, settings) for slab in slabs.slabs_of(AlignedFrames(source, whole.laid), 3, 1)]
    assert [picture.shape for picture in made] == [whole.pixels.shape] * 3
    depth = whole.depth
    margin = np.zeros(depth.shape, bool)
    margin[12:-12, 12:-12] = True
    for picture, (first, last) in zip(made, [(0, 1.5), (2.5, 3.5), (4, 5)], strict=True):
        own = margin & (depth > first - 0.25) & (depth < last + 0.25)
        error = np.abs(picture.astype(float) - whole.pixels).mean(axis=2)
        assert error[own].mean() < 0.01 * 65535
        assert error[own].mean() < 0.5 * error[margin & ~own].mean()
