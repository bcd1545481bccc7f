"""Layered files as ImageMagick reads them, where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from develop.codecs import psd
from develop.codecs.layer import Layer
from develop.image import Image

IDENTIFY = shutil.which("identify")


@pytest.mark.skipif(IDENTIFY is None, reason="ImageMagick is not installed")
@pytest.mark.parametrize("ending", ["psd", "psb"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_imagemagick_finds_every_layer_by_its_name(tmp_path: Path, ending: str, dtype: type[np.generic]) -> None:
    pixels = np.full((30, 40, 3), np.iinfo(np.dtype(dtype)).max, dtype)
    names = ["IMG_1.JPG 0.300 m", "IMG_2.JPG 0.310 m", "Merged"]
    path = tmp_path / f"a.{ending}"
    layers = [Layer(name=name, pixels=lambda: pixels, mask=lambda: pixels[..., 0]) for name in names]
    psd.write_layers(path, Image(pixels), layers)
    command = [str(IDENTIFY), "-quiet", "-format", "%[label]\\n", f"{ending.upper()}:{path}"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    assert said[-3:] == names
