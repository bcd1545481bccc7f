"""Draw the pictures of docs/develop.md: one sheet a group of operations, each tile by the program itself.

python -m benchmarks.develop_pictures [--to docs/images]

The scenes are the sample card's, all sharp, and a lamp's light laid through a Bayer mosaic that clips.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import rawpy
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from benchmarks import mosaics
from benchmarks.made_raw import write_mosaic
from develop import colour, decode, pipeline, raw
from develop.image import SRGB, Image, Pixels
from develop.settings import DevelopSettings

_TRUTH: Final = Path(__file__).parents[1] / "samples" / "truth"
_TILE: Final = (228, 152)
_ACROSS: Final = 4
_BAR: Final = 18
Looks = Mapping[str, Mapping[str, Any]]

_TONE: Final[Looks] = {
    "as shot": {}, "exposure 0.8": {"exposure": 0.8}, "contrast 60": {"contrast": 60},
    "highlights -80": {"highlights": -80},
    "shadows 80": {"shadows": 80}, "whites 60": {"whites": 60}, "blacks -60": {"blacks": -60},
    "curve": {"curve": ((0, 0), (64, 40), (192, 220), (255, 255))},
}  # fmt: skip
_COLOUR: Final[Looks] = {
    "temperature_shift 50": {"temperature_shift": 50}, "vibrance 80": {"vibrance": 80},
    "saturation -60": {"saturation": -60}, "hue_green 80": {"hue_green": 80},
    "luminance_green -80": {"luminance_green": -80}, "grayscale": {"grayscale": True},
    "grade shadows 240, 60": {"grade_shadow_hue": 240, "grade_shadow_saturation": 60},
    "curve_blue": {"curve_blue": ((0, 40), (255, 220))},
}  # fmt: skip
_LOCAL: Final[Looks] = {
    "as shot": {}, "texture 80": {"texture": 80}, "clarity 80": {"clarity": 80}, "dehaze 50": {"dehaze": 50},
    "sharpen_amount 120": {"sharpen_amount": 120},
    "sharpened, masking 60": {"sharpen_amount": 120, "sharpen_masking": 60},
    "grain_amount 60": {"grain_amount": 60, "grain_size": 40}, "vignette_amount -80": {"vignette_amount": -80},
}  # fmt: skip
_FORM: Final[Looks] = {
    "as shot": {}, "crop_angle 8": {"crop_angle": 8}, "perspective_vertical 60": {"perspective_vertical": 60},
    "perspective_horizontal -60": {"perspective_horizontal": -60}, "lens_distortion 100": {"lens_distortion": 100},
    "lens_vignetting 60": {"lens_vignetting": 60}, "perspective_aspect 60": {"perspective_aspect": 60},
    "crop": {"crop_left": 0.3, "crop_right": 0.8, "crop_top": 0.2, "crop_bottom": 0.7},
}  # fmt: skip


def developed(image: Image, look: Mapping[str, Any]) -> Pixels:
    """Return a picture with a look, 8 bits."""
    settings = DevelopSettings(**look)
    done = pipeline.render(pipeline.prestack(image, settings), settings).pixels
    return np.asarray(done >> 8 if done.dtype == np.uint16 else done, np.uint8)


def sheet(tiles: Sequence[tuple[str, Pixels]]) -> Pillow.Image:
    """Lay tiles beside and below each other, each with its words under it."""
    wide, high = _TILE
    rows = -(-len(tiles) // _ACROSS)
    page = Pillow.new("RGB", (_ACROSS * wide, rows * (high + _BAR)), "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(12)
    for number, (words, pixels) in enumerate(tiles):
        scale = min(wide / pixels.shape[1], high / pixels.shape[0])
        size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST)
        left, top = number % _ACROSS * wide, number // _ACROSS * (high + _BAR)
        page.paste(Pillow.fromarray(np.asarray(small, np.uint8)), (left + (wide - size[0]) // 2, top + high - size[1]))
        draw.text((left + 4, top + high + 2), words, fill="black", font=font)
    return page


def scene(name: str) -> Image:
    """Return a scene of the sample card."""
    return decode.read_image(next(_TRUTH.glob(f"{name}*")))


def middle(image: Image, part: float) -> Image:
    """Return the middle of a picture."""
    high, wide = (round(size * part) for size in image.pixels.shape[:2])
    top, left = (image.height - high) // 2, (image.width - wide) // 2
    return Image(np.ascontiguousarray(image.pixels[top : top + high, left : left + wide]), image.space)


def noisy() -> list[tuple[str, Pixels]]:
    """Return a part of a scene as a raw file of a high ISO gives it, as noise reduction leaves it, and the truth."""
    part = middle(scene("A1"), 0.66)
    part = Image(np.ascontiguousarray(part.pixels[:152, -228:]), part.space)
    light = colour.to_linear(part.pixels, SRGB) * np.float32(0.6)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "noisy.dng")

        def shown(noise: float, **look: Any) -> Pixels:
            write_mosaic(path, mosaics.mosaic_of(light, noise))
            done = pipeline.render(raw.read_raw(path), DevelopSettings(exposure=0.6, **look), space=SRGB).pixels
            return np.asarray(done >> 8, np.uint8)

        both = "luminance_noise {}, colour_noise 25"
        made = [(both.format(at), shown(4e-3, luminance_noise=at, colour_noise=25)) for at in (0, 50)]
        return [("much noise", shown(4e-3)), *made, ("no noise", shown(0.0))]


def lamps() -> list[tuple[str, Pixels]]:
    """Return coloured lamps that clip: as they are, as the sensor held them, cut at white by LibRaw, and as we do."""
    y, x = np.mgrid[-1:1:304j, -1.5:1.5:456j]
    light = np.full((304, 456, 3), 0.02)
    for centre, hue in ((-1.0, (1.5, 1.1, 0.7)), (0.0, (1.0, 1.0, 1.0)), (1.0, (0.7, 1.0, 1.4))):
        light += 2.6 * np.exp(-((x - centre) ** 2 + y**2) / 0.12)[..., None] * np.array(hue)
    neutral = (0.5, 1.0, 0.625)
    held = np.minimum(light * np.array(neutral), 1.0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "lamps.dng")

        def shown(sensor: Any) -> Pixels:
            mosaic = sensor[..., 1].astype(np.float32)
            mosaic[::2, ::2], mosaic[1::2, 1::2] = sensor[::2, ::2, 0], sensor[1::2, 1::2, 2]
            write_mosaic(path, mosaic, neutral)
            return np.asarray(colour.convert(raw.read_raw(path), SRGB).pixels >> 8, np.uint8)

        dark, half, ours = shown(light * np.array(neutral) / 4), shown(held / 2), shown(held)
        with rawpy.imread(str(path)) as opened:
            cut = opened.postprocess(
                use_camera_wb=True, no_auto_bright=True, gamma=(2.4, 12.92), adjust_maximum_thr=0.0
            )
    words = ("the light, 2 stops darker", "what the sensor held, 1 darker", "cut at white", "rebuilt")
    return list(zip(words, (dark, half, np.asarray(cut, np.uint8), ours), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=Path("docs/images"))
    folder: Path = parser.parse_args().to
    folder.mkdir(parents=True, exist_ok=True)
    beetle, works = scene("A1"), scene("B1")
    sheets = {
        "tone": [(words, developed(beetle, look)) for words, look in _TONE.items()],
        "colour": [(words, developed(beetle, look)) for words, look in _COLOUR.items()],
        "local": [(words, developed(middle(beetle, 0.4), look)) for words, look in _LOCAL.items()],
        "form": [(words, developed(works, look)) for words, look in _FORM.items()],
        "noise": noisy(),
        "highlights": lamps(),
    }
    for name, tiles in sheets.items():
        sheet(tiles).save(folder / f"develop_{name}.jpg", quality=84)


if __name__ == "__main__":
    main()
