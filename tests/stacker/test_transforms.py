import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacker import transforms
from stacker.transforms import Rectangle, Transform, similarity

SIZE = (301, 201)
CENTER = (150.0, 100.0)

similarities = st.builds(
    lambda scale, degrees, dx, dy: similarity(scale, degrees, (dx, dy), CENTER),
    st.floats(0.9, 1.1),
    st.floats(-3, 3),
    st.floats(-20, 20),
    st.floats(-20, 20),
)


@given(similarities)
def test_a_transform_and_its_inverse_move_nothing(transform: Transform) -> None:
    back = transforms.compose(transforms.invert(transform), transform)
    assert transforms.distance(back, transforms.identity(), SIZE).max() < 1e-9


@given(similarities, st.floats(0.2, 5))
def test_scaling_there_and_back_changes_nothing(transform: Transform, factor: float) -> None:
    back = transforms.rescaled(transforms.rescaled(transform, factor), 1 / factor)
    assert transforms.distance(back, transform, SIZE).max() < 1e-8


@given(similarities, st.sampled_from(transforms.MODELS[1:]))
def test_a_similarity_projects_onto_itself(transform: Transform, model: str) -> None:
    projected = transforms.project(transform, model, SIZE)
    assert transforms.distance(projected, transform, SIZE).max() < 1e-8


def test_a_proxy_pixel_covers_the_block_that_it_was_averaged_from() -> None:
    shift = similarity(1, 0, (2.0, 0.0), CENTER)
    scale = similarity(1.5, 0, (0, 0), (-0.5, -0.5))
    assert np.allclose(transforms.rescaled(shift, 4)[:2, 2], [8, 0])
    # A zoom about the outer corner of pixel (0, 0) is the same zoom at every size.
    assert np.allclose(transforms.rescaled(scale, 4), scale)


def test_projection_takes_the_shear_out_and_keeps_the_centre() -> None:
    sheared = similarity(1.01, 0.3, (3, -2), CENTER) @ np.array([[1, 0.01, -1.0], [0, 1, 0], [0, 0, 1]])
    projected = transforms.project(sheared, "similarity", SIZE)
    assert projected[0, 0] == pytest.approx(projected[1, 1])
    assert projected[0, 1] == pytest.approx(-projected[1, 0])
    center = np.array([CENTER])
    assert np.allclose(transforms.apply(projected, center), transforms.apply(sheared, center))


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(ValueError, match="no transform model 'wobble'"):
        transforms.project(transforms.identity(), "wobble", SIZE)


def test_valid_area_of_shifts_is_exact() -> None:
    moved = [similarity(1, 0, shift, CENTER) for shift in ((0, 0), (5.5, 0), (-3, 2), (0, -4.2))]
    area = transforms.valid_area(moved, SIZE)
    assert area == Rectangle(3, 5, SIZE[0] - 3 - 6, SIZE[1] - 5 - 2)


@given(st.lists(similarities, min_size=1, max_size=4))
def test_every_frame_covers_the_valid_area(moved: list[Transform]) -> None:
    left, top, width, height = transforms.valid_area(moved, SIZE)
    assert width > 0
    assert height > 0
    corners = np.array([(x, y) for x in (left, left + width - 1) for y in (top, top + height - 1)], float)
    for transform in moved:
        seen = transforms.apply(transform, corners)
        assert (seen > -1e-4).all()
        assert (seen < np.subtract(SIZE, 1) + 1e-4).all()


def test_valid_area_is_nearly_as_large_as_can_be() -> None:
    turned = similarity(1, 2, (0, 0), CENTER)
    _, _, width, height = transforms.valid_area([turned], SIZE)
    best = 0
    for top in range(100):
        tall = SIZE[1] - 2 * top
        for left in range(100):
            corners = np.array([(x, y) for x in (left, 300 - left) for y in (top, 200 - top)], float)
            seen = transforms.apply(turned, corners)
            if (seen >= 0).all() and (seen <= (300, 200)).all():
                best = max(best, tall * (SIZE[0] - 2 * left))
                break
    assert width * height >= 0.99 * best


def test_nothing_common_is_an_empty_rectangle() -> None:
    apart = [similarity(1, 0, (200, 0), CENTER), similarity(1, 0, (-200, 0), CENTER)]
    assert transforms.valid_area(apart, SIZE) == Rectangle(0, 0, 0, 0)
