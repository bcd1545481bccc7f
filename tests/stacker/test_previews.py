"""Tile maps of a preview: light where it is bright, detail where it is sharp."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from catalog.grouping.evidence import COLUMNS, ROWS, PreviewEvidence
from stacker.previews import measure
from tests.cards import scene

PICTURE = scene(3, (480, 320))


def test_the_maps_have_the_size_that_grouping_expects() -> None:
    signature = measure(PICTURE)
    assert len(signature.light) == len(signature.detail) == COLUMNS * ROWS
    stored = PreviewEvidence(light=signature.light, detail=signature.detail)
    assert PreviewEvidence.from_json(stored.to_json()) == stored
    assert PreviewEvidence.from_json({"light": [1], "detail": [1]}) is None


def test_light_is_the_mean_of_each_tile() -> None:
    picture = np.full((320, 480, 3), 40, np.uint8)
    picture[:, 240:] = 200
    light = np.array(measure(picture).light).reshape(ROWS, COLUMNS)
    assert (light[:, : COLUMNS // 2] == 40).all()
    assert (light[:, COLUMNS // 2 :] == 200).all()


def test_blur_takes_detail_where_it_is_and_leaves_light() -> None:
    half = PICTURE.copy()
    half[:, :240] = cv2.GaussianBlur(PICTURE, (0, 0), 3)[:, :240]
    before, after = measure(PICTURE), measure(half)
    lost = (np.array(before.detail) - np.array(after.detail)).reshape(ROWS, COLUMNS) / 20
    assert lost[:, : COLUMNS // 2 - 1].min() > 2
    assert abs(lost[:, COLUMNS // 2 + 1 :]).max() < 0.1
    assert np.corrcoef(before.light, after.light)[0, 1] > 0.98


def test_the_size_of_a_preview_hardly_matters() -> None:
    large = scene(3, (960, 640))
    small = cv2.resize(large, (512, 341), interpolation=cv2.INTER_AREA).astype(np.uint8)
    a, b = np.array(measure(large).detail), np.array(measure(small).detail)
    assert abs(a - b).mean() / 20 < 0.3


@pytest.mark.parametrize("bad", [PICTURE[..., 0], PICTURE.astype(np.float32), PICTURE[:10]])
def test_what_is_no_preview_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="RGB uint8"):
        measure(bad)
