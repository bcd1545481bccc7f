"""A stack of frames whose alignment is known is the same stack, and nothing is registered for it."""

from __future__ import annotations

import json
from typing import NoReturn

import numpy as np
import pytest

from stacker import align as aligning
from stacker.known import Known
from stacker.settings import StackSettings
from stacker.stack import stack
from tests.synthetic import ArrayFrames, slope

SETTINGS = StackSettings(threads=2)


def test_what_is_known_is_not_found_again_and_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = ArrayFrames(slope().frames)
    first = stack(frames, SETTINGS)
    kept = Known.from_json(json.loads(json.dumps(first.known.to_json(), allow_nan=False)))

    def never(*_: object) -> NoReturn:
        raise AssertionError("a frame was registered")

    monkeypatch.setattr(aligning, "register", never)
    again = stack(frames, SETTINGS, known=kept)
    assert np.array_equal(again.pixels, first.pixels)
    assert again.report.to_json() == first.report.to_json()
    with pytest.raises(AssertionError, match="was registered"):
        stack(ArrayFrames(frames.frames[:-1]), SETTINGS, known=kept)
