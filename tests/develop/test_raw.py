from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import rawpy

from benchmarks.made_raw import write_mosaic, write_raw
from develop import bayer, colour, decode, raw
from develop.errors import DecodeError
from develop.image import SRGB, Image, Pixels
from tests.develop.test_demosaic import decibel, mosaic_of, scene

SHARED = Path(os.environ.get("STACKROOM_SHARED", Path(__file__).parents[3] / "shared")) / "data"
FRAMES = SHARED / "cards/card03-raw/card/DCIM/101CANON"

needs_samples = pytest.mark.skipif(not FRAMES.exists(), reason="the raw samples are not here; set STACKROOM_SHARED")


def _decibel(one: Pixels, other: Pixels) -> float:
    error = np.mean((one.astype(np.float64) - other) ** 2) / 65535**2
    return float(-10 * np.log10(error))


@needs_samples
def test_the_way_over_the_wide_space_ends_where_the_direct_way_does() -> None:
    """Our decode turned to sRGB and reduced, against LibRaw's own sRGB: levels, balance and colours are the same."""
    path = FRAMES / "IMG_0206.DNG"
    ours = colour.convert(raw.read_raw(path), SRGB).pixels
    with rawpy.imread(str(path)) as opened:
        direct = opened.postprocess(
            use_camera_wb=True,
            no_auto_bright=True,
            gamma=(2.4, 12.92),
            output_bps=16,
            user_flip=0,
            adjust_maximum_thr=0.0,
            demosaic_algorithm=rawpy.DemosaicAlgorithm.PPG,
        )
    reduced = [cv2.resize(each, None, fx=1 / 16, fy=1 / 16, interpolation=cv2.INTER_AREA) for each in (ours, direct)]
    inside = (reduced[1].max(axis=2) < 50000) & (reduced[1].min(axis=2) > 1500)
    apart = np.abs(reduced[0].astype(int) - reduced[1])[inside].max(axis=1)
    assert inside.mean() > 0.5
    assert np.percentile(apart, 95) < 257  # one part in 255; hot pixels are healed in ours alone


def test_a_phase_one_file_is_left_to_libraw_which_sets_its_counts_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blank = np.zeros((64, 96, 3), np.uint16)
    monkeypatch.setattr(bayer, "develop", lambda *_: blank)
    for name, here in (("made.dng", True), ("made.iiq", False)):
        write_mosaic(tmp_path / name, mosaic_of(scene(96, 64) ** 2, (0, 0)))
        assert (raw.read_raw(tmp_path / name).pixels is blank) == here


@needs_samples
def test_half_size_is_what_libraw_makes_of_it() -> None:
    path = FRAMES / "IMG_0206.DNG"
    ours = raw.read_raw(path, half=True).pixels
    with rawpy.imread(str(path)) as opened:
        direct = opened.postprocess(
            use_camera_wb=True, no_auto_bright=True, gamma=(1, 1), output_bps=16, user_flip=0, half_size=True,
            output_color=rawpy.ColorSpace(8), adjust_maximum_thr=0.0,
        )  # fmt: skip
    light = colour.to_linear(ours, colour.REC2020) * 65535
    inside = (direct.max(axis=2) < 50000) & (direct.min(axis=2) > 300)
    assert np.abs(light - direct)[inside].max() < 40


@needs_samples
def test_a_camera_without_a_matrix_in_its_files_has_libraw_s_colours() -> None:
    path = SHARED / "raw/real/imagemeta_CRW.CRW"
    ours = colour.to_linear(raw.read_raw(path).pixels, raw.RAW_SPACE)
    with rawpy.imread(str(path)) as opened:
        direct = opened.postprocess(
            user_wb=list(raw.as_shot_white_balance(path)), no_auto_bright=True, gamma=(1, 1), output_bps=16,
            user_flip=0, output_color=rawpy.ColorSpace(8), adjust_maximum_thr=0.0,
        )  # fmt: skip
    light = direct / 65535
    inside = light.max(axis=2) < 0.6
    np.testing.assert_allclose(ours[inside].mean(axis=0), light[inside].mean(axis=0), rtol=0.02)


def test_interpolation_comes_nearer_to_the_truth_than_libraw_s(tmp_path: Path) -> None:
    truth = scene(480, 320) ** 2 * np.float32(0.8)
    path = tmp_path / "made.dng"
    write_mosaic(path, mosaic_of(truth, (0, 0)))
    ours = raw.read_raw(path).pixels
    with rawpy.imread(str(path)) as opened:
        direct = opened.postprocess(
            use_camera_wb=True, no_auto_bright=True, gamma=(1, 1), output_bps=16, user_flip=0,
            output_color=rawpy.ColorSpace(8), adjust_maximum_thr=0.0, demosaic_algorithm=rawpy.DemosaicAlgorithm.AHD,
        )  # fmt: skip
    wide = colour.matrix(SRGB, colour.WORKING)
    with rawpy.imread(str(path)) as opened:
        turn = (wide @ opened.color_matrix[:, :3]).astype(np.float32)
    wanted = colour.encode_curve(np.asarray(cv2.transform(truth, turn), np.float32), colour.REC2020)
    theirs = colour.encode_curve(np.asarray(direct / 65535, np.float32), colour.REC2020)
    assert decibel(np.asarray(ours / 65535, np.float32), wanted) > decibel(theirs, wanted) + 1


@needs_samples
def test_sizes_reductions_and_balance() -> None:
    path = FRAMES / "IMG_0206.DNG"
    assert decode.is_raw(path)
    image = decode.read_image(path)
    assert image.pixels.dtype == np.uint16
    assert image.space == colour.REC2020
    assert decode.read_size(path) == (image.width, image.height)
    small = decode.read_reduced(path, 500)
    assert max(small.width, small.height) == 500
    assert np.abs(small.pixels.mean(axis=(0, 1)) / image.pixels.mean(axis=(0, 1)) - 1).max() < 0.01
    balance = raw.as_shot_white_balance(path)
    assert balance[1] == 1.0
    assert np.array_equal(decode.read_image(path, white_balance=balance).pixels, image.pixels)
    warm = decode.read_image(path, white_balance=(balance[0] * 1.2, 1.0, balance[2] / 1.2, balance[3]))
    assert warm.pixels[..., 0].mean() > image.pixels[..., 0].mean()


@needs_samples
@pytest.mark.parametrize("name", ["imageio_Blackmagic.dng", "imagemeta_CRW.CRW", "photoprism_canon_eos_6d.dng"])
def test_other_cameras(name: str) -> None:
    path = SHARED / "raw/real" / name
    image = decode.read_image(path)
    assert decode.read_size(path) == (image.width, image.height)
    values = image.pixels[::8, ::8].reshape(-1, 3)
    assert values.std(axis=0).min() > 2000
    # Planes of a real scene go together; junk does not.
    assert np.corrcoef(values.T).min() > 0.4


@needs_samples
@pytest.mark.parametrize(
    "name",
    (
        "real/IMG_1361.dng",
        "headers-only/Panasonic.rw2",
        "headers-only/DNG.dng",
        "headers-only/Nikon.nef",
        "headers-only/CanonRaw.cr3",
        "headers-only/SigmaDP2.x3f",
        "headers-only/mimick_sample.dng",
    ),
)
def test_a_raw_file_without_its_pixels_is_refused(name: str) -> None:
    path = SHARED / "raw" / name
    with pytest.raises(DecodeError, match=path.name):
        decode.read_image(path)


@needs_samples
@pytest.mark.parametrize("part", [0.0001, 0.02, 0.3, 0.6, 0.9])
def test_a_raw_file_cut_short_is_refused(tmp_path: Path, part: float) -> None:
    data = (FRAMES / "IMG_0206.DNG").read_bytes()
    path = tmp_path / "cut.dng"
    path.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(DecodeError, match=r"cut\.dng"):
        decode.read_image(path)


@needs_samples
def test_a_raw_file_with_an_empty_tail_is_refused(tmp_path: Path) -> None:
    """A copy that broke off on a card that had reserved the room."""
    data = (FRAMES / "IMG_0206.DNG").read_bytes()
    path = tmp_path / "hollow.dng"
    path.write_bytes(data[: len(data) // 2].ljust(len(data), b"\0"))
    with pytest.raises(DecodeError, match=r"hollow\.dng"):
        decode.read_image(path)


@needs_samples
def test_all_frames_have_one_white() -> None:
    """A frame with one bright speck less must not come out brighter."""
    means = []
    for number in (200, 205, 211):
        path = FRAMES / f"IMG_0{number}.DNG"
        balance = raw.as_shot_white_balance(FRAMES / "IMG_0206.DNG")
        means.append(
            colour.to_linear(decode.read_reduced(path, 256, white_balance=balance).pixels, raw.RAW_SPACE).mean()
        )
    assert max(means) / min(means) < 1.04


def _damaged(folder: Path, part: float) -> Path:
    path = folder / "IMG_7.DNG"
    write_raw(path, 320, 240)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    return path


@pytest.mark.parametrize("part", [0.02, 0.3, 0.95])
@pytest.mark.parametrize("read", [raw.read_raw, raw.as_shot_white_balance, raw.as_shot_white_point, raw.raw_size])
def test_a_raw_file_cut_short_gives_its_numbers_or_a_clear_error(tmp_path: Path, read: Any, part: float) -> None:
    path = _damaged(tmp_path, part)
    try:
        found = read(path)
    except DecodeError as error:
        assert "IMG_7.DNG" in str(error)
    else:
        assert not isinstance(found, Image)


def test_a_made_raw_file_shows_grey_as_grey_and_clips_to_white(tmp_path: Path) -> None:
    path = tmp_path / "IMG_1.DNG"
    write_raw(path, 640, 480)
    image = raw.read_raw(path)
    assert (image.width, image.height) == (640, 480)
    bright = image.pixels[:40, :60].reshape(-1, 3)
    white = bright[(bright > 65000).all(axis=1)]
    assert len(white) > 100
    light = raw.as_shot_white_point(path)
    assert light is None or 2000 < light.temperature < 50000


HEADERS = SHARED / "raw/headers-only"


@pytest.mark.skipif(not HEADERS.exists(), reason="the headers are not here; set STACKROOM_SHARED")
def test_files_that_hold_a_header_alone_are_refused_by_name() -> None:
    for path in sorted(HEADERS.iterdir()):
        for read in (decode.read_image, raw.as_shot_white_balance, raw.as_shot_white_point, decode.read_size):
            try:
                read(path)
            except DecodeError as error:
                assert path.name in str(error)
