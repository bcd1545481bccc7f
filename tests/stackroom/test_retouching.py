"""The retouching brush: painted from a frame, replayed, undone, and a layer of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from psd_tools import PSDImage

from develop.settings import NEUTRAL, DevelopSettings
from develop.stroke import Stroke
from stacker import align as aligning
from stacker import reference
from stacker.align import Alignment
from stackroom import build, layered
from tests import cards, orders
from watcher.worker import StackOrder, StackReport

STROKE = Stroke(source="IMG_0001.JPG", points=((0.4, 0.3), (0.6, 0.35)), radius=0.05, hardness=0.8)


@pytest.fixture(scope="module", params=[1, 6])
def frames(request: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], int]:
    run = cards.Run(first=1, focus_m=(0.30, 0.31, 0.32, 0.33), start_s=0, orientation=request.param)
    return cards.write_run(tmp_path_factory.mktemp("card"), run), request.param


def _order(frames: tuple[list[Path], int], out: Path, recipes: tuple[str, ...], look: DevelopSettings) -> StackOrder:
    return orders.order(frames[0], out, recipes, look, frames[1])


def _read(path: Path) -> NDArray[Any]:
    return np.asarray(tifffile.imread(path), np.float64)


def _upright(path: Path) -> NDArray[Any]:
    """Return a frame as a viewer shows it, turned by OpenCV after its header."""
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR_RGB), np.float64) * 257


def test_the_place_shows_the_chosen_frame(frames: tuple[list[Path], int], tmp_path: Path) -> None:
    """Painted from the frame that is most out of focus there; the master and all around stay as they were."""
    plain = orders.built(_order(frames, tmp_path, ("tiff16",), NEUTRAL))
    before, master = _read(tmp_path / "tiff16.tif"), Path(plain.master.path).read_bytes()
    again = replace(
        _order(frames, tmp_path, ("tiff16",), replace(NEUTRAL, retouch=(STROKE,))),
        have_master=plain.master.digest,
        kept=plain.quality,
    )
    report = orders.built(again)
    assert not report.fused
    assert Path(report.master.path).read_bytes() == master
    after, frame = _read(tmp_path / "tiff16.tif"), _upright(frames[0][0])
    changed = np.argwhere(np.abs(after - before).max(axis=2) > 300)
    middle = (changed.min(axis=0) + changed.max(axis=0)) / 2 / after.shape[:2]
    assert np.abs(middle - (0.325, 0.5)).max() < 0.05
    y, x = (int(share * side) for share, side in zip((0.325, 0.5), after.shape[:2], strict=True))
    here = slice(y - 6, y + 7), slice(x - 6, x + 7)
    # Within the crop of a few pixels the frame lies as the camera took it; a tenth of the difference may stay.
    candidates = [
        np.abs(after[here] - frame[y - 6 + dy : y + 7 + dy, x - 6 + dx : x + 7 + dx]).mean()
        for dy in range(-12, 13)
        for dx in range(-12, 13)
    ]
    assert min(candidates) < 0.02 * 65535


def test_a_rebuild_replays_the_strokes(frames: tuple[list[Path], int], tmp_path: Path) -> None:
    look = replace(NEUTRAL, retouch=(STROKE,))
    first = orders.built(_order(frames, tmp_path, ("tiff16",), look))
    fresh = (tmp_path / "tiff16.tif").read_bytes()
    orders.built(
        replace(_order(frames, tmp_path, ("tiff16",), look), have_master=first.master.digest, kept=first.quality)
    )
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "tiff16.tif"), _pixels(fresh, tmp_path))


def _pixels(data: bytes, folder: Path) -> NDArray[Any]:
    (folder / "again.tif").write_bytes(data)
    return np.asarray(tifffile.imread(folder / "again.tif"))


def test_another_method_can_be_painted_from(
    frames: tuple[list[Path], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aligned: list[int] = []

    def align(*words: Any) -> Alignment:
        aligned.append(words[1])
        return aligning.align(*words)

    monkeypatch.setattr(reference, "align", align)
    stroke = replace(STROKE, source="method:weighted", radius=0.5, points=((0.0, 0.5), (1.0, 0.5)), hardness=1.0)
    orders.built(_order(frames, tmp_path, ("tiff16",), replace(NEUTRAL, retouch=(stroke,))))
    assert len(aligned) == 1, "the second method takes the alignment of the first"
    weighted = _order(frames, tmp_path, (), NEUTRAL)
    weighted = replace(weighted, stack={**weighted.stack, "method": "weighted"}, master=str(tmp_path / "other.tif"))
    orders.built(weighted)
    painted, other = _read(tmp_path / "tiff16.tif"), _read(tmp_path / "other.tif")
    middle = painted.shape[0] // 2
    assert np.abs(painted[middle] - other[middle]).max() <= 1


def test_a_frame_that_is_gone_is_named(frames: tuple[list[Path], int], tmp_path: Path) -> None:
    look = replace(NEUTRAL, retouch=(replace(STROKE, source="IMG_9999.JPG"),))
    failed = build.attempt(_order(frames, tmp_path, ("tiff16",), look), orders.quiet)
    assert not isinstance(failed, StackReport)
    assert "IMG_9999.JPG" in failed.message


def test_layers_hold_the_strokes_apart(frames: tuple[list[Path], int], tmp_path: Path) -> None:
    first = orders.built(_order(frames, tmp_path, ("layers",), replace(NEUTRAL, retouch=(STROKE,))))
    names = [layer.name for layer in PSDImage.open(tmp_path / "layers.psd")]
    assert names[-2:] == [layered.RETOUCH, layered.MERGED]
    again = _order(frames, tmp_path, ("layers",), replace(NEUTRAL, retouch=(STROKE,)))
    report = orders.built(replace(again, have_master=first.master.digest, kept=first.quality))
    assert not report.fused
    *layers, top = PSDImage.open(tmp_path / "layers.psd")
    merged = np.asarray(top.numpy("color"), np.float64)
    out = np.zeros(merged.shape)
    for layer in layers:
        out += np.asarray(layer.numpy("mask"), np.float64)[..., :1] * (np.asarray(layer.numpy("color")) - out)
    assert -10 * np.log10(np.mean((out - merged) ** 2)) >= 45.0
