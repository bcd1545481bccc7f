"""Looking at pictures happens in another process; what cannot be seen is named."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from develop.settings import NEUTRAL, DevelopSettings
from stackroom import seeing
from stackroom.errors import PictureUnreadable
from stackroom.seeing import Unseen, Wish


def test_automatic_settings_are_numbers_and_lie_over_those_there_were(tmp_path: Path) -> None:
    dark = np.random.default_rng(1).integers(0, 60, (80, 120, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "dark.png"), dark)
    [found] = seeing.auto_settings([seeing.Wish(str(tmp_path / "dark.png"), NEUTRAL)])
    assert isinstance(found, DevelopSettings)
    assert found.exposure > 0.3


def test_a_picture_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff no picture")
    with pytest.raises(PictureUnreadable, match=r"broken\.jpg"):
        seeing.light_of(broken)


def _crash_on_some(wish: Wish) -> DevelopSettings | Unseen:
    """Stand in for a decoder that some files take down."""
    if wish.path.startswith("crash"):
        os.kill(os.getpid(), signal.SIGSEGV)
    return wish.settings


@pytest.mark.parametrize("at", [{0}, {2, 3}, {0, 5}, set(range(6))], ids=str)
def test_pictures_that_crash_a_decoder_cost_the_others_nothing(monkeypatch: pytest.MonkeyPatch, at: set[int]) -> None:
    monkeypatch.setattr(seeing, "_auto", _crash_on_some)
    names = [f"{'crash' if number in at else 'good'}{number}.dng" for number in range(6)]
    wishes = [Wish(name, replace(NEUTRAL, exposure=number / 10)) for number, name in enumerate(names)]
    found = seeing.auto_settings(wishes)
    assert {number for number, seen in enumerate(found) if isinstance(seen, Unseen)} == at
    for name, wish, seen in zip(names, wishes, found, strict=True):
        if isinstance(seen, Unseen):
            assert seen.why.startswith(f"{name}: crashes its decoder")
        else:
            assert seen == wish.settings
