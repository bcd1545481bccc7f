"""Tell how much nearer to the truth noise reduction brings photographs that were laid through a noisy Bayer mosaic.

python -m benchmarks.noise [--json] [--noise 4e-3] PHOTO...

Lightness and colours (Oklab) of the developed file, in dB against the same file without noise, by the setting's amount.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import mosaics
from benchmarks.made_raw import write_mosaic
from develop import colour, pipeline, raw
from develop.image import Image
from develop.operations import oklab
from develop.operations.oklab import Lab
from develop.settings import DevelopSettings

_AMOUNTS = (0, 12, 25, 40, 60, 80, 100)


def pair(path: Path, noise: float) -> tuple[Image, Image]:
    """Return the middle of a photograph as a raw file gives it, with noise and without."""
    light = mosaics.middle(path)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "made.dng")

        def seen(amount: float) -> Image:
            write_mosaic(made, mosaics.mosaic_of(light, amount))
            return raw.read_raw(made)

        return seen(noise), seen(0.0)


def planes(image: Image) -> Lab:
    """Return a picture's lightness and colours."""
    return oklab.from_linear(colour.to_linear(image.pixels, image.space), image.space)


def nearness(found: Lab, truth: Lab, names: tuple[str, ...]) -> float:
    """Return the PSNR of planes in dB, their rims left out."""
    apart = [np.mean((getattr(found, name) - getattr(truth, name))[8:-8, 8:-8] ** 2) for name in names]
    return round(float(-10 * np.log10(np.mean(apart))), 2)


def measure(path: Path, noise: float) -> dict[str, dict[int, float]]:
    """Return dB of lightness and of colours by amount."""
    noisy, clean = pair(path, noise)
    truth = planes(clean)

    def made(**settings: float) -> Lab:
        return planes(pipeline.render(noisy, DevelopSettings(**settings)))

    return {
        "lightness": {at: nearness(made(luminance_noise=at), truth, ("lightness",)) for at in _AMOUNTS},
        "colours": {at: nearness(made(colour_noise=at), truth, ("a", "b")) for at in _AMOUNTS},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--noise", type=float, default=4e-3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    every = {path.name: measure(path, given.noise) for path in given.photos}
    every["mean"] = {
        kind: {at: round(float(np.mean([one[kind][at] for one in every.values()])), 2) for at in _AMOUNTS}
        for kind in ("lightness", "colours")
    }
    print(json.dumps(every) if given.json else "\n".join(f"{name}: {values}" for name, values in every.items()))


if __name__ == "__main__":
    main()
