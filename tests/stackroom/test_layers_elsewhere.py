"""Layered files with healed dust, a brush stroke and slabs, as other programs read, show and flatten them."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from psd_tools import PSDImage
from psd_tools.composite import composite

from develop.recipe import RECIPES
from develop.settings import NEUTRAL
from develop.stroke import Stroke
from stackroom import layered
from tests import cards, orders
from watcher.worker import ExportOrder

BAR_DB = 45.0
FOCUS = (0.30, 0.31, 0.32, 0.33)
STROKE = Stroke(source="IMG_0001.JPG", points=((0.4, 0.3), (0.6, 0.35)), radius=0.05, hardness=0.8)
MASKED = [*(f"IMG_{i + 1:04}.JPG {metres:.3f} m" for i, metres in enumerate(FOCUS)), layered.DUST, layered.RETOUCH]
SLABS = ["Slab 01 IMG_0001.JPG - IMG_0003.JPG", "Slab 02 IMG_0003.JPG - IMG_0004.JPG"]
WITHOUT_MASK = [*SLABS, layered.MERGED]

CONVERT, IDENTIFY, GIMP = (shutil.which(name) for name in ("convert", "identify", "gimp-console"))
_TELL = """
(define (tell layer) (gimp-message (string-append "LAYER|" (car (gimp-item-get-name layer))
  (if (= -1 (car (gimp-layer-get-mask layer))) "|" "|mask")
  (if (= TRUE (car (gimp-item-get-visible layer))) "|" "|hidden"))))
(define (flatten in out)
  (let* ((image (car (gimp-file-load RUN-NONINTERACTIVE in in)))
         (layers (vector->list (cadr (gimp-image-get-layers image)))))
    (gimp-message "FILE")
    (for-each tell layers)
    (if (string=? (car (gimp-item-get-name (car layers))) "Merged") (gimp-image-remove-layer image (car layers)))
    (file-png-save RUN-NONINTERACTIVE image (car (gimp-image-flatten image)) out out 0 1 0 0 0 0 0)))
"""


@dataclass(frozen=True)
class Made:
    folder: Path
    stack: NDArray[np.float64]
    """The toned and retouched stack from a file of one layer, 0..1."""

    def db(self, flat: NDArray[Any]) -> float:
        return float(-10 * np.log10(np.mean((flat - self.stack) ** 2)))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("layers")
    run = cards.Run(first=1, focus_m=FOCUS, start_s=0, orientation=6)
    frames = cards.write_run(tmp_path_factory.mktemp("card"), run)
    wanted = orders.order(frames, folder, ("tiff16",), replace(NEUTRAL, retouch=(STROKE,)), 6)
    forms = {"16.psd": "layers", "8.psd": "layers8", "16.psb": "layers", "16.tif": "layers-tiff"}
    exports = [
        ExportOrder(key=name, recipe=replace(RECIPES[recipe], slab=3, overlap=1).to_json(), path=str(folder / name))
        for name, recipe in forms.items()
    ]
    marks = [["dust", 150.0, 60.0, 6.0]]
    orders.built(replace(wanted, stack={**wanted.stack, "dust_marks": marks}, exports=(*wanted.exports, *exports)))
    return Made(folder, tifffile.imread(folder / "tiff16.tif") / 65535)


def _ran(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return done.stdout + done.stderr


def _read(path: Path) -> NDArray[Any]:
    pixels: Any = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert pixels is not None, f"{path.name} was not written"
    return np.asarray(pixels[..., 2::-1] / np.iinfo(pixels.dtype).max)


@pytest.mark.parametrize("name", ["16.psd", "8.psd", "16.psb"])
def test_psd_tools(made: Made, name: str) -> None:
    file = PSDImage.open(made.folder / name)
    found = [(layer.name, layer.mask is not None, layer.is_visible()) for layer in file]
    slabs = [(slab, False, False) for slab in SLABS]
    assert found == [*((each, True, True) for each in MASKED), *slabs, (layered.MERGED, False, True)]
    flat, _, _ = composite(
        file, layer_filter=lambda each: each.is_visible() and each.name != layered.MERGED, force=True
    )
    assert made.db(flat) >= BAR_DB


@pytest.mark.skipif(CONVERT is None or IDENTIFY is None, reason="ImageMagick is not installed")
@pytest.mark.parametrize("name", ["16.psd", "8.psd", "16.psb", "16.tif"])
def test_imagemagick(made: Made, name: str, tmp_path: Path) -> None:
    """It shows a mask as opacity: a layer that has one is not opaque throughout."""
    file, tiff = str(made.folder / name), name.endswith("tif")
    said = _ran(str(IDENTIFY), "-quiet", "-format", "%[label]|%[opaque]\\n", file).strip().splitlines()[1:]
    opaque = {label: word.lower() == "true" for label, word in (line.split("|") for line in said)}
    assert list(opaque) == ([*SLABS, *MASKED] if tiff else [*MASKED, *WITHOUT_MASK])
    assert [label for label, whole in opaque.items() if not whole] == MASKED[1:], "the lowest shows everywhere"
    layers = f"{file}[{len(SLABS) + 1}-{len(SLABS) + len(MASKED)}]" if tiff else f"{file}[1-{len(MASKED)}]"
    flat = tmp_path / "flat.png"
    _ran(str(CONVERT), "-quiet", layers, "-background", "none", "-flatten", "-alpha", "off", "-depth", "16", str(flat))
    assert made.db(_read(flat)) >= BAR_DB


@pytest.mark.skipif(GIMP is None, reason="GIMP is not installed")
def test_gimp(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its topmost layer comes first; of a TIFF it makes a layer a page, with opacity for a mask."""
    monkeypatch.setenv("GIMP2_DIRECTORY", str(tmp_path / "gimp"))
    names = ("16.psd", "8.psd", "16.tif")
    flats = [tmp_path / f"{name}.png" for name in names]
    calls = [f'(flatten "{made.folder / name}" "{flat}")' for name, flat in zip(names, flats, strict=True)]
    said = _ran(str(GIMP), "-idf", "-b", _TELL + "".join(calls), "-b", "(gimp-quit 0)")
    files = ["".join(part.splitlines(keepends=True)[1:]) for part in said.split("FILE")[1:]]
    found = [[line.split("LAYER|")[1].split("|") for line in part.splitlines() if "LAYER|" in line] for part in files]
    slabs = [[slab, "", "hidden"] for slab in SLABS]
    for file in found[:2]:
        assert file[::-1] == [*([each, "mask", ""] for each in MASKED), *slabs, [layered.MERGED, "", ""]]
    assert [each[0] for each in found[2][-2::-1]] == [*SLABS, *MASKED]
    assert min(made.db(_read(flat)) for flat in flats) >= BAR_DB
