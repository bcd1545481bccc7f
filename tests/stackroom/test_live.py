"""A preview on disk of the frames so far; each frame is decoded once."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from stackroom import live
from stackroom.frames import FileFrames
from tests import cards
from watcher.worker import Json


def _order(frames: list[Path], target: Path, number: int = 1) -> Json:
    return {
        "sequence": number,
        "frames": [{"path": str(path), "name": path.name} for path in frames],
        "orientation": 6,
        "warnings": ["a step is missing after IMG_0002"],
        "target": str(target),
    }


@pytest.fixture
def frames(tmp_path: Path) -> list[Path]:
    return cards.write_run(tmp_path, cards.Run(first=1, focus_m=(0.3, 0.31, 0.32, 0.33), start_s=0))


def test_it_grows_and_each_frame_is_decoded_once(
    frames: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[int] = []
    proxy = FileFrames.proxy

    def noted(self: FileFrames, index: int, side: int) -> object:
        decoded.append(index)
        return proxy(self, index, side)

    monkeypatch.setattr(FileFrames, "proxy", noted)
    target, sharp = tmp_path / "live/sequence-1.jpg", 0.0
    for count in range(1, 5):
        made = live.update(_order(frames[:count], target, 11))
        assert made["frames"] == count
        assert made["words"][-1] == "a step is missing after IMG_0002"
        picture = cv2.imread(str(target), cv2.IMREAD_GRAYSCALE)
        assert picture is not None
        assert picture.shape == (240, 160), "upright"
        before, sharp = sharp, float(cv2.Laplacian(picture, cv2.CV_32F).var())
        assert sharp > before
    assert decoded == [0, 1, 2, 3]


def test_a_frame_that_comes_in_between_starts_it_anew(frames: list[Path], tmp_path: Path) -> None:
    target = tmp_path / "preview.jpg"
    live.update(_order([frames[0], frames[2]], target, 12))
    assert live.update(_order(frames[:3], target, 12))["frames"] == 3


def test_a_frame_that_cannot_be_read_is_an_error_in_words(frames: list[Path], tmp_path: Path) -> None:
    frames[1].write_bytes(b"\xff\xd8\xff torn")
    made = live.update(_order(frames, tmp_path / "preview.jpg", 13))
    assert "IMG_0002.JPG" in made["error"]
