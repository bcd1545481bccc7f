"""Layered files as another program reads them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from psd_tools import PSDImage

from develop.settings import NEUTRAL, DevelopSettings
from stackroom import layered
from stackroom.frames import FileFrames
from stackroom.fuse_request import FuseRequest
from stackroom.fusing import fuse
from tests import cards, orders
from watcher.worker import StackOrder

BAR_DB = 45.0
FOCUS = (0.30, 0.31, 0.32, 0.33)
SLABS = ["Slab 01 IMG_0001.JPG - IMG_0003.JPG", "Slab 02 IMG_0003.JPG - IMG_0004.JPG"]
NAMES = [f"IMG_{i + 1:04}.JPG {metres:.3f} m" for i, metres in enumerate(FOCUS)]


def _psnr(one: NDArray[Any], other: NDArray[Any]) -> float:
    return float(-10 * np.log10(np.mean((one.astype(np.float64) - other) ** 2)))


def _channels(layer: Any, which: str) -> NDArray[Any]:
    return np.asarray(layer.numpy(which), np.float64)


def _flattened(path: Path) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the frames' layers laid over each other (0..1), and the merged layer."""
    *layers, top = PSDImage.open(path)
    merged = _channels(top, "color")
    out = np.zeros(merged.shape)
    for layer in (each for each in layers if each.is_visible()):
        out += _channels(layer, "mask")[..., :1] * (_channels(layer, "color") - out)
    return out, merged


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    run = cards.Run(first=1, focus_m=FOCUS, start_s=0, orientation=6)
    return cards.write_run(tmp_path_factory.mktemp("card"), run)


def _order(frames: list[Path], out: Path, recipes: tuple[str, ...], settings: DevelopSettings = NEUTRAL) -> StackOrder:
    return orders.order(frames, out, recipes, settings, 6)


def test_fuse_writes_layers_that_give_the_stack_back(frames: list[Path], tmp_path: Path) -> None:
    done = fuse(FuseRequest(frames=tuple(frames), output=tmp_path / "out.psd", slab=3, overlap=1), orders.quiet)
    assert done["slabs"] == [], "they are layers"
    file = PSDImage.open(tmp_path / "out.psd")
    assert [layer.name for layer in file] == [*NAMES, *SLABS, layered.MERGED]
    assert [layer.mask is not None for layer in file] == [True] * 4 + [False] * 3
    assert [layer.is_visible() for layer in file] == [True] * 4 + [False] * 2 + [True]
    assert file.depth == 16
    assert file.size[0] < file.size[1]
    assert _psnr(*_flattened(tmp_path / "out.psd")) >= BAR_DB


@pytest.mark.parametrize("recipe", ["layers", "layers8"])
def test_a_look_and_a_crop_reach_every_layer(frames: list[Path], tmp_path: Path, recipe: str) -> None:
    look = replace(NEUTRAL, exposure=0.6, contrast=30, saturation=20, crop_left=0.1, crop_top=0.25, crop_angle=1.5)
    orders.built(_order(frames, tmp_path, (recipe, "tiff16"), look))
    flat, merged = _flattened(tmp_path / f"{recipe}.psd")
    alone = tifffile.imread(tmp_path / "tiff16.tif") / 65535
    assert merged.shape == alone.shape
    assert np.abs(merged - alone).max() < 1 / 200
    assert _psnr(flat, merged) >= BAR_DB


def test_layers_of_an_existing_master_leave_it_alone(frames: list[Path], tmp_path: Path) -> None:
    first = orders.built(_order(frames, tmp_path, ()))
    before = Path(first.master.path).stat()
    again = replace(_order(frames, tmp_path, ("layers", "dng")), have_master=first.master.digest)
    report = orders.built(again)
    after = Path(first.master.path).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert (report.fused, report.master.digest) == (False, first.master.digest)
    assert [Path(export.path).name for export in report.exports] == ["layers.psd", "dng.dng"]


def test_tiff_pages_are_the_stack_and_its_frames(frames: list[Path], tmp_path: Path) -> None:
    orders.built(_order(frames, tmp_path, ("layers-tiff",)))
    with tifffile.TiffFile(tmp_path / "layers-tiff.tif") as file:
        merged, *layers = [page.asarray() / 65535 for page in file.pages]
        pages_of_frames = [file.pages[n].aspage() for n in range(1, 5)]
        assert [page.tags["PageName"].value for page in pages_of_frames] == NAMES
    out = np.zeros(merged.shape)
    for layer in layers:
        out += layer[..., 3:] * (layer[..., :3] - out)
    assert _psnr(out, merged) >= BAR_DB


def test_every_frame_is_decoded_once_more_and_one_at_a_time(
    frames: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, decoded = FileFrames.frame, []

    def counted(self: FileFrames, index: int) -> Any:
        decoded.append(index)
        return plain(self, index)

    monkeypatch.setattr(FileFrames, "frame", counted)
    orders.built(_order(frames, tmp_path, ()))
    fusing = len(decoded)
    decoded.clear()
    orders.built(replace(_order(frames, tmp_path, ("layers",)), master=str(tmp_path / "other.tif")))
    assert decoded[fusing:] == [0, 1, 2, 3]
