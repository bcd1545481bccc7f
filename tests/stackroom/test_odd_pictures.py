"""Pictures of unusual kinds through the commands: each is developed, or is refused in one clear line."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import tifffile
from PIL import Image as Pillow

from tests.stackroom import here
from tests.stackroom.test_cli import run

_HIGH, _WIDE = 60, 90
REFUSED = {"cmyk": "CMYK", "separated": "separated", "cut": "cannot be read"}


def _write(folder: Path) -> None:
    ramp = np.tile(np.linspace(0, 255, _WIDE).astype(np.uint8), (_HIGH, 1))
    colours = np.dstack([ramp, ramp[:, ::-1], 255 - ramp // 2])
    Pillow.fromarray(colours[:1, :1]).save(folder / "one.png")
    Pillow.fromarray(ramp).save(folder / "grey.jpg")
    Pillow.fromarray(ramp.astype(np.uint16) * 257).save(folder / "grey16.png")
    Pillow.fromarray(np.dstack([colours, ramp])).save(folder / "alpha.png")
    tifffile.imwrite(folder / "deep.tif", colours.astype(np.uint16) * 257, photometric="rgb")
    tifffile.imwrite(folder / "linear.tif", (colours / 255).astype(np.float32), photometric="rgb")
    Pillow.fromarray(colours).convert("CMYK").save(folder / "cmyk.jpg")
    tifffile.imwrite(folder / "separated.tif", np.dstack([colours, ramp]), photometric="separated")
    whole = cv2.imencode(".png", np.random.default_rng(0).integers(0, 255, (_HIGH, _WIDE, 3), np.uint8))[1].tobytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])


def test_unusual_pictures_are_developed_or_refused_by_name_and_none_stops_the_others(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    _write(tmp_path / "in")
    library, out = tmp_path / "lib", tmp_path / "out"
    imported = here.run("import", str(tmp_path / "in"), library=library)
    assert imported.returncode == 0, imported.stderr
    numbers = [str(each["id"]) for each in json.loads(here.run("list", "--json", library=library).stdout)]
    looks = ("lens_profile=on", "luminance_noise=40", "colour_noise=25", "exposure=0.3", "clarity=20")
    words = [word for look in looks for word in ("--set", look)]
    assert here.run("develop", *numbers, *words, library=library).returncode == 0
    done = run("export", "--what", "frames", "--recipe", "tiff16", "--to", str(out), "--json", library=library)
    told = {Path(file["path"]).stem: file for file in json.loads(done.stdout)["files"]}
    refused = {name for name, file in told.items() if file["state"] == "failed"}
    assert refused <= REFUSED.keys()
    assert {"cmyk", "separated"} <= refused
    for name in refused:
        reason = told[name]["reason"]
        assert REFUSED[name] in reason
        assert "\n" not in reason
        assert name in reason
    made = {path.stem: cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in out.iterdir()}
    assert made.keys() == {"one", "grey", "grey16", "alpha", "deep", "linear"}
    for name, pixels in made.items():
        assert pixels is not None
        assert pixels.shape == ((1, 1, 3) if name == "one" else (_HIGH, _WIDE, 3))
    assert done.returncode == 1
