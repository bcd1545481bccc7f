from __future__ import annotations

import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from develop import colour, decode
from develop.codecs import icc, jpeg, png, tiff
from develop.errors import DecodeError, UnreadablePicture, UnsupportedPicture
from develop.image import SRGB, ColorSpace, Image
from tests.develop.made_pictures import TAGS, noise, scene

SCENE = scene()
FORMATS = ["a.jpg", "progressive.jpg", "a.png", "a.tif", "packed.tif", "lzw.tif", "a.webp", "a.avif"]


def _write(folder: Path, name: str) -> Path:
    path = folder / name
    match name:
        case "a.jpg":
            jpeg.write_jpeg(path, SCENE, quality=95, tags=TAGS)
        case "progressive.jpg":
            Pillow.fromarray(SCENE.pixels).save(path, progressive=True, quality=95)
        case "a.png":
            png.write_png(path, SCENE, tags=TAGS)
        case "a.tif" | "packed.tif":
            tiff.write_tiff(path, SCENE, packed=name == "packed.tif", tags=TAGS)
        case "lzw.tif":
            Pillow.fromarray(SCENE.pixels).save(path, compression="tiff_lzw")
        case _:
            Pillow.fromarray(SCENE.pixels).save(path, quality=95)
    return path


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_read_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    path = _write(tmp_path, name)
    path = path.rename(tmp_path / "IMG_1.xyz")
    image = decode.read_image(path)
    assert image.pixels.dtype == np.uint8
    assert image.pixels.flags.c_contiguous
    assert image.space == SRGB
    assert np.abs(image.pixels.astype(int) - SCENE.pixels).mean() < 1.5
    assert decode.read_size(path) == (SCENE.width, SCENE.height)
    assert not decode.is_raw(path)


@pytest.mark.parametrize("name", FORMATS)
def test_a_reduced_picture_is_the_same_picture_smaller(tmp_path: Path, name: str) -> None:
    path = _write(tmp_path, name)
    for max_side in (24, 60, 100, 191, 5000):
        small = decode.read_reduced(path, max_side).pixels
        longest = max(small.shape)
        assert longest == min(max_side, SCENE.width)
        assert np.abs(small.mean(axis=(0, 1)) - SCENE.pixels.mean(axis=(0, 1))).max() < 2


@pytest.mark.parametrize("name", ["a.jpg", "progressive.jpg", "a.png", "a.tif", "packed.tif", "lzw.tif"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(part=st.floats(0, 0.999))
def test_a_file_cut_short_is_an_error_and_never_half_grey(tmp_path: Path, name: str, part: float) -> None:
    path = tmp_path / name
    if not path.exists():
        _write(tmp_path, name)
    data = path.read_bytes()
    cut = tmp_path / f"cut-{name}"
    cut.write_bytes(data[: int(len(data) * part)])
    try:
        image = decode.read_image(cut)
    except DecodeError as error:
        assert str(cut) in str(error)
        assert "\n" not in str(error)
    else:
        # A TIFF may lose its last tags and still be the whole picture.
        assert name in ("a.tif", "packed.tif")
        assert np.array_equal(image.pixels, SCENE.pixels)
        assert image.space == SRGB


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_is_an_error_or_a_picture_and_nothing_else(tmp_path: Path, name: str, data: st.DataObject) -> None:
    path = tmp_path / name
    if not path.exists():
        _write(tmp_path, name)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        # The header is the harder half, so it is hit more often.
        end = data.draw(st.sampled_from((min(700, len(content)), len(content))))
        content[data.draw(st.integers(4, end - 1))] = data.draw(st.integers(0, 255))
    bad = tmp_path / f"bad-{name}"
    bad.write_bytes(content)
    for read in (decode.read_image, decode.read_size):
        try:
            read(bad)
        except DecodeError as error:
            assert str(bad) in str(error)


def test_a_finished_tiff_with_the_name_of_a_raw_file_is_read(tmp_path: Path) -> None:
    path = _write(tmp_path, "a.tif").rename(tmp_path / "IMG_1.DNG")
    assert not decode.is_raw(path)
    assert np.array_equal(decode.read_image(path).pixels, SCENE.pixels)


@pytest.mark.parametrize("predictor", [1, 2])
@pytest.mark.parametrize("grey", [False, True])
def test_sixteen_bit_lzw_keeps_every_value(tmp_path: Path, predictor: int, grey: bool) -> None:
    deep = SCENE.pixels.astype(np.uint16) * np.uint16(257)
    path = tmp_path / "lzw16.tif"
    options = [cv2.IMWRITE_TIFF_COMPRESSION, 5, cv2.IMWRITE_TIFF_PREDICTOR, predictor]
    cv2.imwrite(str(path), deep[..., 0] if grey else cv2.cvtColor(deep, cv2.COLOR_RGB2BGR), options)
    assert np.array_equal(decode.read_image(path).pixels, np.repeat(deep[..., :1], 3, axis=2) if grey else deep)


def test_a_jpeg_that_goes_on_as_another_is_damaged(tmp_path: Path) -> None:
    data = _write(tmp_path, "a.jpg").read_bytes()
    path = tmp_path / "joined.jpg"
    path.write_bytes(data[: len(data) // 2] + data)
    with pytest.raises(UnreadablePicture, match="middle of its pixel data"):
        decode.read_image(path)


def test_what_follows_a_jpeg_does_not_matter(tmp_path: Path) -> None:
    path = _write(tmp_path, "a.jpg")
    path.write_bytes(path.read_bytes() + b"\xff\xd8 a second picture, as phones append it")
    assert decode.read_image(path).width == SCENE.width


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"hello, this is a text", b"\xff\xd8\xff", b"II*\0", b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_no_picture_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "IMG_1.JPG"
    path.write_bytes(content)
    for read in (decode.read_image, decode.read_size):
        with pytest.raises(DecodeError, match=r"IMG_1\.JPG"):
            read(path)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.jpg"):
        with pytest.raises(UnreadablePicture):
            decode.read_image(path)


def test_sixteen_bits_stay_sixteen(tmp_path: Path) -> None:
    image = noise(30, 20, np.uint16, colour.PROPHOTO)
    tiff.write_tiff(tmp_path / "a.tif", image)
    png.write_png(tmp_path / "a.png", image)
    for name in ("a.tif", "a.png"):
        read = decode.read_image(tmp_path / name)
        assert np.array_equal(read.pixels, image.pixels)
        assert read.space == colour.PROPHOTO


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA"])
@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_grey_palette_and_opacity_become_rgb(tmp_path: Path, mode: str, name: str) -> None:
    picture = Pillow.fromarray(SCENE.pixels).convert(mode)
    picture.save(tmp_path / name)
    expected = np.asarray(picture.convert("RGB"))
    assert np.array_equal(decode.read_image(tmp_path / name).pixels, expected)


def test_floating_planar_and_white_is_zero_tiffs(tmp_path: Path) -> None:
    image = noise(31, 17, np.uint16)
    floating = image.pixels.astype(np.float32) / 65535
    tifffile.imwrite(tmp_path / "float.tif", floating, photometric="rgb")
    tifffile.imwrite(
        tmp_path / "planar.tif", np.moveaxis(image.pixels, 2, 0), photometric="rgb", planarconfig="separate"
    )
    tifffile.imwrite(tmp_path / "big.tif", image.pixels.astype(">u2"), photometric="rgb", byteorder=">")
    for name in ("float", "planar", "big"):
        assert np.array_equal(decode.read_image(tmp_path / f"{name}.tif").pixels, image.pixels), name
    grey = image.pixels[..., 0]
    tifffile.imwrite(tmp_path / "inverse.tif", grey, photometric="miniswhite")
    assert np.array_equal(decode.read_image(tmp_path / "inverse.tif").pixels[..., 1], 65535 - grey)


@pytest.mark.parametrize("name", ["a.jpg", "a.tif"])
def test_cmyk_is_refused_with_a_word(tmp_path: Path, name: str) -> None:
    Pillow.fromarray(SCENE.pixels).convert("CMYK").save(tmp_path / name)
    with pytest.raises(UnsupportedPicture, match="convert it"):
        decode.read_image(tmp_path / name)


def test_pixels_come_as_the_sensor_saw_them(tmp_path: Path) -> None:
    tags = Pillow.Exif()
    tags[0x0112] = 6
    for name in ("a.jpg", "a.png", "a.tif", "a.webp"):
        path = tmp_path / name
        Pillow.fromarray(SCENE.pixels).save(path, exif=tags)
        assert decode.read_image(path).width == SCENE.width, name
        assert decode.read_reduced(path, 64).width == 64, name
        assert decode.read_size(path) == (SCENE.width, SCENE.height), name


def test_adobe_rgb_by_exif_alone(tmp_path: Path) -> None:
    tags = Pillow.Exif()
    tags.get_ifd(0x8769)[0xA001] = 0xFFFF
    tags.get_ifd(0x8769)[0xA005] = {1: "R03"}
    path = tmp_path / "_IMG_1.JPG"
    Pillow.fromarray(SCENE.pixels).save(path, exif=tags)
    assert decode.read_image(path).space == colour.ADOBE_RGB


def test_a_profile_that_is_not_known_goes_on_unchanged(tmp_path: Path) -> None:
    profile = bytearray(icc.make_profile(SRGB))
    struct.pack_into(">4s", profile, 16, b"RGB ")
    profile[132:136] = b"A2B0"  # a table in the place of the description
    path = tmp_path / "a.jpg"
    Pillow.fromarray(SCENE.pixels).save(path, icc_profile=bytes(profile))
    space = decode.read_image(path).space
    assert space.icc == bytes(profile)
    again = tmp_path / "b.tif"
    tiff.write_tiff(again, Image(SCENE.pixels, space))
    assert decode.read_image(again).space.icc == bytes(profile)


def test_many_threads_read_the_same(tmp_path: Path) -> None:
    paths = [_write(tmp_path, name) for name in FORMATS] * 4

    def read(path: Path) -> tuple[bytes, ColorSpace]:
        image = decode.read_image(path)
        return image.pixels.tobytes(), image.space

    alone = [read(path) for path in paths]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read, paths)) == alone


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif"])
def test_a_header_that_claims_a_huge_picture_is_refused(tmp_path: Path, name: str) -> None:
    path = _write(tmp_path, name)
    content = bytearray(path.read_bytes())
    match name:
        case "a.png":
            content[16:24] = struct.pack(">II", 70000, 70000)
            content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
        case "a.jpg":
            start = content.index(b"\xff\xc0")
            content[start + 5 : start + 9] = struct.pack(">HH", 65000, 65000)
        case _:
            with tifffile.TiffFile(path, mode="r+") as file:
                tags = file.pages.first.tags
                tags[256].overwrite(60000)
                tags[257].overwrite(60000)
            content = bytearray(path.read_bytes())
    path.write_bytes(bytes(content))
    with pytest.raises(DecodeError, match=name.replace(".", r"\.")):
        decode.read_image(path)
    with pytest.raises(DecodeError):
        decode.read_reduced(path, 512)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.webp"])
def test_a_single_pixel_is_a_picture(tmp_path: Path, name: str) -> None:
    Pillow.new("RGB", (1, 1), (10, 20, 30)).save(tmp_path / name)
    image = decode.read_image(tmp_path / name)
    assert image.pixels.shape == (1, 1, 3)
    assert np.abs(image.pixels.ravel().astype(int) - (10, 20, 30)).max() <= 3
    assert decode.read_reduced(tmp_path / name, 512).pixels.shape == (1, 1, 3)
