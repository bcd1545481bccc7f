from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from psd_tools import PSDImage

from develop import colour
from develop.codecs import psd, psd_limits, tiff
from develop.codecs.icc import make_profile
from develop.codecs.layer import Layer
from develop.image import Image, Pixels
from tests.develop.made_pictures import TAGS, noise

NAMES = ("IMG_1 0.31 m", "IMG_2 0.32 m", "Käfer ✓ 0.33 m")


def _frames(dtype: type[np.generic]) -> tuple[list[Pixels], list[Pixels], Image]:
    """Return three frames, masks that pass one of them to every pixel, and what they come to."""
    rng = np.random.default_rng(7)
    frames = [noise(61, 40 + 0 * n, dtype).pixels // (n + 1) for n in range(3)]
    index = rng.integers(0, 3, (40, 61))
    top = np.iinfo(np.dtype(dtype)).max
    masks = [np.where(index == n, top, 0).astype(dtype) for n in range(3)]
    merged = np.zeros_like(frames[0])
    for n in range(3):
        merged[index == n] = frames[n][index == n]
    return frames, masks, Image(merged, colour.DISPLAY_P3)


def _layers(frames: list[Pixels], masks: list[Pixels], merged: Image) -> list[Layer]:
    layers = [
        Layer(name=name, pixels=lambda n=n: frames[n], mask=lambda n=n: masks[n])  # type: ignore[misc]
        for n, name in enumerate(NAMES)
    ]
    return [*layers, Layer(name="Merged", pixels=lambda: merged.pixels, visible=False)]


def _raw_plane(plane: bytes, like: Pixels) -> Pixels:
    dtype = like.dtype.newbyteorder(">")
    return np.frombuffer(plane, dtype).reshape(like.shape[:2]).astype(like.dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("large", [False, True])
def test_another_reader_finds_every_layer_and_mask(
    tmp_path: Path, dtype: type[np.generic], large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if large:
        monkeypatch.setattr(psd_limits, "BYTES", 0)
    frames, masks, merged = _frames(dtype)
    path = tmp_path / "a.psd"
    calls: list[tuple[int, int]] = []
    psd.write_layers(
        path,
        merged,
        _layers(frames, masks, merged),
        tags=TAGS,
        progress=lambda done, total: calls.append((done, total)),
    )
    assert calls == [(n, 4) for n in range(5)]
    read = PSDImage.open(path)
    assert read.version == (2 if large else 1)
    assert (read.width, read.height, read.depth) == (61, 40, 8 * np.dtype(dtype).itemsize)
    assert [layer.name for layer in read] == [*NAMES, "Merged"]
    assert [layer.visible for layer in read] == [True, True, True, False]
    for layer, frame, mask in zip(read, frames, masks, strict=False):
        planes = [data.get_data(61, 40, read.depth, read.version) for data in layer._channels]
        for channel in range(3):
            assert np.array_equal(_raw_plane(planes[channel], frame), frame[..., channel])
        opaque = np.iinfo(np.dtype(dtype)).max
        assert (_raw_plane(planes[3], mask) == opaque).all(), "but for its mask a layer is opaque"
        assert np.array_equal(_raw_plane(planes[4], mask), mask)
        assert layer.mask is not None
        assert layer.mask.bbox == (0, 0, 61, 40)
    assert read.image_resources.get_data(1039) == make_profile(colour.DISPLAY_P3)
    assert b"IMG_1.JPG" in read.image_resources.get_data(1060)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_another_program_flattens_the_layers_to_the_stack(tmp_path: Path, dtype: type[np.generic]) -> None:
    frames, masks, merged = _frames(dtype)
    path = tmp_path / "a.psd"
    psd.write_layers(path, merged, _layers(frames, masks, merged))
    read = PSDImage.open(path)
    flat = read.numpy("color")
    assert np.abs(flat - merged.as_float()).max() < 1e-6
    built = np.asarray(read.composite(force=True, apply_icc=False).convert("RGB")).astype(int)
    expected = np.rint(merged.as_float() * 255).astype(int)
    error = ((built - expected) ** 2).mean()
    assert error < 255**2 / 10**4.5  # 45 dB


def test_a_layer_that_does_not_fit_leaves_no_file(tmp_path: Path) -> None:
    merged = noise(20, 10, np.uint8)
    layers = [Layer(name="wrong", pixels=lambda: noise(21, 10, np.uint8).pixels)]
    with pytest.raises(ValueError, match="wrong"):
        psd.write_layers(tmp_path / "a.psd", merged, layers)
    assert list(tmp_path.iterdir()) == []


def test_size_decides_between_psd_and_psb() -> None:
    wide = Image(np.broadcast_to(np.zeros(3, np.uint8), (2, 30_001, 3)))
    assert psd.needs_psb(wide, 1)
    frame = Image(np.broadcast_to(np.zeros(3, np.uint16), (4000, 6000, 3)))
    assert not psd.needs_psb(frame, 8)
    assert psd.needs_psb(frame, 20)


def test_a_layered_tiff_holds_the_same_as_pages(tmp_path: Path) -> None:
    frames, masks, merged = _frames(np.uint16)
    path = tmp_path / "a.tif"
    tiff.write_layers(path, merged, _layers(frames, masks, merged), tags=TAGS)
    with tifffile.TiffFile(path) as read:
        assert len(read.pages) == 5
        assert np.array_equal(read.pages[0].asarray(), merged.pixels)
        assert np.array_equal(read.pages[1].asarray(), merged.pixels), "the hidden one, which the others cover"
        for number, name in enumerate(NAMES):
            page: Any = read.pages[number + 2]
            assert page.tags[285].value == name
            assert np.array_equal(page.asarray(), np.dstack((frames[number], masks[number])))
