"""Looking at pictures happens in another process; what cannot be seen is named."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from develop.settings import NEUTRAL
from stackroom import seeing
from stackroom.errors import PictureUnreadable


def test_automatic_settings_are_numbers_and_lie_over_those_there_were(tmp_path: Path) -> None:
    dark = np.random.default_rng(1).integers(0, 60, (80, 120, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "dark.png"), dark)
    [found] = seeing.auto_settings([seeing.Wish(str(tmp_path / "dark.png"), NEUTRAL)])
    assert found.exposure > 0.3


def test_a_picture_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff no picture")
    with pytest.raises(PictureUnreadable, match=r"broken\.jpg"):
        seeing.light_of(broken)
