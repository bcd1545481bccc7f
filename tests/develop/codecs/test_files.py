"""TIFF, JPEG and PNG: what is written comes back, by our own readers and by others'."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from develop import colour, decode
from develop.codecs import jpeg, png, tiff, tiff_pages, web
from develop.codecs.ifd import Directory
from develop.codecs.tiff_pages import Page
from develop.errors import UnsupportedPicture, WriteError
from develop.image import Image
from tests.develop.made_pictures import PROVENANCE, TAGS, noise, scene


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (37, 23), (700, 300)])
def test_tiff_pixels_come_back_exactly(
    tmp_path: Path, dtype: type[np.generic], packed: bool, size: tuple[int, int]
) -> None:
    image = noise(*size, dtype, colour.REC2020)
    path = tmp_path / "a.tif"
    tiff.write_tiff(path, image, packed=packed, tags=TAGS)
    assert np.array_equal(tifffile.imread(path).reshape(image.pixels.shape), image.pixels)
    again = decode.read_image(path)
    assert np.array_equal(again.pixels, image.pixels)
    assert again.space == colour.REC2020
    if dtype is np.uint8:
        with Pillow.open(path) as other:
            assert np.array_equal(np.asarray(other), image.pixels)


def test_a_view_that_is_not_contiguous_is_written_as_it_looks(tmp_path: Path) -> None:
    image = noise(40, 30, np.uint16)
    path = tmp_path / "a.tif"
    tiff.write_tiff(path, Image(image.pixels[::-1, ::2]))
    assert np.array_equal(tifffile.imread(path), image.pixels[::-1, ::2])


@pytest.mark.parametrize("big", [False, True])
def test_pages_follow_each_other(tmp_path: Path, big: bool) -> None:
    pictures = [np.full((20 + n, 30, 3), n, np.uint16) for n in range(3)] + [np.full((9, 8, 4), 9, np.uint16)]
    path = tmp_path / "a.tif"
    with path.open("wb") as file:
        tiff_pages.write_pages(
            file, (Page(pixels, Directory(), packed=n == 1) for n, pixels in enumerate(pictures)), big=big
        )
    with tifffile.TiffFile(path) as read:
        assert read.is_bigtiff == big
        assert len(read.pages) == 4
        for page, pixels in zip(read.pages, pictures, strict=True):
            assert np.array_equal(page.asarray(), pixels)


def test_tiff_says_what_it_was_made_from(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tiff.write_tiff(path, scene(), tags=TAGS)
    with tifffile.TiffFile(path) as read:
        packet = bytes(read.pages.first.tags[700].value)
    for name, _ in PROVENANCE.sources:
        assert name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode() in packet


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_png_pixels_and_profile_come_back_exactly(tmp_path: Path, dtype: type[np.generic]) -> None:
    image = noise(37, 23, dtype, colour.DISPLAY_P3)
    path = tmp_path / "a.png"
    png.write_png(path, image, tags=TAGS)
    again = decode.read_image(path)
    assert again.pixels.dtype == dtype
    assert np.array_equal(again.pixels, image.pixels)
    assert again.space == colour.DISPLAY_P3
    with Pillow.open(path) as other:
        assert other.getexif()[0x0110] == "K 1"
        assert "IMG_1.JPG" in str(other.info)


def test_a_depth_map_comes_back_exactly(tmp_path: Path) -> None:
    depth = np.arange(0, 60000, 10, dtype=np.uint16).reshape(60, 100)
    path = tmp_path / "depth.png"
    png.write_grey(path, depth)
    with Pillow.open(path) as other:
        assert np.array_equal(np.asarray(other).astype(np.uint16), depth)


def test_jpeg_is_near_and_carries_its_space(tmp_path: Path) -> None:
    image = Image(scene().pixels, colour.ADOBE_RGB)
    path = tmp_path / "a.jpg"
    jpeg.write_jpeg(path, image, quality=95, tags=TAGS)
    again = decode.read_image(path)
    assert np.abs(again.pixels.astype(int) - image.pixels).mean() < 1.0
    assert again.space == colour.ADOBE_RGB


def test_many_sources_still_fit_a_jpeg(tmp_path: Path) -> None:
    from dataclasses import replace

    from develop.codecs.tags import FileTags

    many = replace(PROVENANCE, sources=tuple((f"IMG_{n:04}.JPG", f"{n:032x}") for n in range(1500)))
    path = tmp_path / "a.jpg"
    jpeg.write_jpeg(path, scene(), quality=80, tags=FileTags(TAGS.exif, many))
    assert b"SourcesNotListed" in path.read_bytes()
    assert decode.read_size(path) == (192, 128)


def test_a_picture_too_wide_for_a_jpeg_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedPicture, match="65500"):
        jpeg.write_jpeg(tmp_path / "a.jpg", Image(np.zeros((1, 65_501, 3), np.uint8)), quality=80)


@pytest.mark.parametrize("name", ["a.tif", "a.jpg", "a.png"])
def test_a_disk_that_fills_up_leaves_nothing(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    path = tmp_path / name
    with pytest.raises(WriteError, match="disk is full"):
        match path.suffix:
            case ".tif":
                tiff.write_tiff(path, scene())
            case ".jpg":
                jpeg.write_jpeg(path, scene(), quality=90)
            case _:
                png.write_png(path, scene())
    assert list(tmp_path.iterdir()) == []


def test_exiftool_finds_nothing_wrong(tmp_path: Path) -> None:
    tool = shutil.which("exiftool")
    if tool is None:
        pytest.skip("exiftool is not installed")
    tiff.write_tiff(tmp_path / "a.tif", scene(), tags=TAGS)
    jpeg.write_jpeg(tmp_path / "a.jpg", scene(), quality=90, tags=TAGS)
    png.write_png(tmp_path / "a.png", scene(), tags=TAGS)
    web.write_webp(tmp_path / "a.webp", scene(), quality=80, tags=TAGS)
    web.write_avif(tmp_path / "a.avif", scene(), quality=80, tags=TAGS)
    said = subprocess.run(
        [tool, "-validate", "-warning", "-a", *sorted(tmp_path.iterdir())], capture_output=True, text=True, check=True
    ).stdout
    assert said.count("Validate  ") == 5
    # It wants to know how a TIFF's place was found; nobody knows.
    left = [line for line in said.splitlines() if "Warning" in line and "GPSProcessingMethod" not in line]
    assert [line for line in left if not line.startswith("Validate")] == []
