from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import rawpy

from develop import colour, decode
from develop.codecs import dng
from develop.image import SRGB, ColorSpace, Image
from tests.develop.made_pictures import TAGS, scene


def _stack(space: ColorSpace) -> Image:
    return Image(scene(256, 192).pixels.astype(np.uint16) * 200 + 3000, space)


@pytest.mark.parametrize("space", [colour.REC2020, SRGB, colour.PROPHOTO], ids=lambda space: space.name)
def test_libraw_develops_it_to_the_same_colours(tmp_path: Path, space: ColorSpace) -> None:
    image = _stack(space)
    path = tmp_path / "a.dng"
    dng.write_dng(path, image, tags=TAGS)
    with rawpy.imread(str(path)) as raw:
        assert raw.num_colors == 3
        made = raw.postprocess(
            use_camera_wb=True,
            no_auto_bright=True,
            adjust_maximum_thr=0.0,
            gamma=(1, 1),
            output_bps=16,
            output_color=rawpy.ColorSpace(8),
            user_flip=0,
        )
    expected = colour.to_linear(image.pixels, space)
    turned = np.clip(expected.reshape(-1, 3) @ colour.matrix(space, colour.REC2020).T, 0, 1).reshape(expected.shape)
    error = np.mean((made / 65535 - turned) ** 2)
    assert -10 * np.log10(error) > 45


def test_our_own_decoder_reads_it_back(tmp_path: Path) -> None:
    image = _stack(colour.REC2020)
    path = tmp_path / "a.dng"
    dng.write_dng(path, image, tags=TAGS)
    again = decode.read_image(path)
    assert decode.is_raw(path)
    assert (again.width, again.height) == (image.width, image.height)
    error = np.mean((again.pixels / 65535 - image.pixels / 65535) ** 2)
    assert -10 * np.log10(error) > 50


def test_exiftool_finds_nothing_wrong(tmp_path: Path) -> None:
    tool = shutil.which("exiftool")
    if tool is None:
        pytest.skip("exiftool is not installed")
    path = tmp_path / "a.dng"
    dng.write_dng(path, _stack(colour.REC2020), tags=TAGS)
    said = subprocess.run(
        [tool, "-validate", "-warning", "-a", path], capture_output=True, text=True, check=True
    ).stdout
    left = [line for line in said.splitlines() if line.startswith(("Warning", "Error"))]
    assert [line for line in left if "GPSProcessingMethod" not in line] == []
