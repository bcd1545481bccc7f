"""A walk through every setting: neutral is the very same picture, both ends of its range do something, and rightly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from develop import colour, pipeline
from develop.image import SRGB, Image, Pixels
from develop.operations import oklab
from develop.operations.oklab import Lab
from develop.settings import NEUTRAL, SETTINGS, DevelopSettings
from tests.develop.test_operations import FULL, rendered, solid

COLOURS = {
    "red": (0.7, 0.2, 0.2), "orange": (0.7, 0.45, 0.2), "yellow": (0.7, 0.7, 0.2), "green": (0.2, 0.6, 0.2),
    "aqua": (0.2, 0.65, 0.65), "blue": (0.2, 0.2, 0.7), "purple": (0.45, 0.2, 0.7), "magenta": (0.7, 0.2, 0.7),
}  # fmt: skip
RANGES = ("shadow", "midtone", "highlight", "global")
NUMBERS = [name for name, setting in SETTINGS.items() if setting.kind == "number"]
COMPANIONS: dict[str, dict[str, Any]] = {
    "temperature": {"white_balance": "custom"}, "tint": {"white_balance": "custom"},
    "parametric_shadow_split": {"parametric_shadows": 60.0}, "parametric_midtone_split": {"parametric_darks": 60.0},
    "parametric_highlight_split": {"parametric_highlights": 60.0},
    **{f"gray_{name}": {"grayscale": True} for name in COLOURS},
    **{f"grade_{name}_hue": {f"grade_{name}_saturation": 60.0} for name in RANGES},
    "grade_blending": {"grade_shadow_saturation": 60.0, "grade_shadow_hue": 240.0},
    "grade_balance": {"grade_shadow_saturation": 60.0, "grade_shadow_hue": 240.0},
    "sharpen_radius": {"sharpen_amount": 80.0}, "sharpen_detail": {"sharpen_amount": 80.0},
    "sharpen_masking": {"sharpen_amount": 80.0}, "luminance_noise_detail": {"luminance_noise": 60.0},
    "luminance_noise_contrast": {"luminance_noise": 60.0}, "colour_noise_detail": {"colour_noise": 60.0},
    "colour_noise_smoothness": {"colour_noise": 60.0},
    "lens_vignetting_midpoint": {"lens_vignetting": 60.0},
    "vignette_midpoint": {"vignette_amount": -60.0}, "vignette_feather": {"vignette_amount": -60.0},
    "vignette_roundness": {"vignette_amount": -60.0}, "vignette_highlights": {"vignette_amount": -60.0},
    "grain_size": {"grain_amount": 60.0}, "grain_roughness": {"grain_amount": 60.0},
}  # fmt: skip
WITH_A_LENS = {"lens_distortion_scale", "lens_vignetting_scale"}
"""What scales a measured lens's profile: `test_a_measured_lens_is_corrected_as_lensfun_says` tries it."""
OPPOSITE = {"crop_left": 0.4, "crop_top": 0.4, "crop_right": 0.6, "crop_bottom": 0.6, "parametric_shadow_split": 49.0,
            "parametric_midtone_split": 70.0, "parametric_highlight_split": 55.0}  # fmt: skip
"""Where an end of the range leaves nothing of the picture, or crosses another setting, something on the way there."""


def picture(width: int = 240, height: int = 180) -> Image:
    """All hues, from dark to bright, with fine structure, coloured noise, hard edges and purple and green rims."""
    rng = np.random.default_rng(5)
    hsv = np.empty((height, width, 3), np.float32)
    hsv[..., 0] = np.linspace(0, 359, width)
    hsv[..., 1] = 0.55
    hsv[..., 2] = np.linspace(0.06, 0.97, height)[:, None]
    shown = np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))
    shown = shown + 0.05 * cv2.GaussianBlur(rng.standard_normal((height, width)), (0, 0), 1.5)[..., None]
    shown = shown + 0.015 * rng.standard_normal(shown.shape)
    shown[:, 100:104], shown[:, 104:107], shown[:, 97:100] = 0.03, (0.55, 0.2, 0.8), (0.2, 0.7, 0.35)
    return Image((np.clip(shown, 0, 1) * FULL).astype(np.uint16))


PICTURE = picture()


def made(settings: DevelopSettings) -> Pixels:
    return pipeline.render(pipeline.prestack(PICTURE, settings), settings).pixels


def value_of(name: str, high: bool) -> float:
    setting = SETTINGS[name]
    if name.startswith("grade_") and name.endswith("_hue"):
        return 120.0 if high else 240.0  # both ends of a circle are one place
    if name in OPPOSITE:
        return OPPOSITE[name]
    end, other = (setting.high, setting.low) if high else (setting.low, setting.high)
    return float(end if end != setting.default else other)


@pytest.mark.parametrize("name", [name for name in NUMBERS if name not in WITH_A_LENS])
def test_both_ends_of_a_setting_do_something_and_nothing_goes_mad(name: str) -> None:
    beside = DevelopSettings(**COMPANIONS.get(name, {}))
    plain = made(beside)
    for high in (False, True):
        change: dict[str, Any] = {name: value_of(name, high)}
        pixels = made(replace(beside, **change))
        assert pixels.dtype == np.uint16
        assert pixels.shape != plain.shape or np.abs(pixels.astype(int) - plain).max() > 257, f"{name} does nothing"


@pytest.mark.parametrize("name", list(SETTINGS))
def test_at_its_default_a_setting_is_the_very_same_picture(name: str) -> None:
    default: dict[str, Any] = {name: SETTINGS[name].default}
    settings = replace(NEUTRAL, **default)
    assert pipeline.prestack(PICTURE, settings) is PICTURE
    assert pipeline.render(PICTURE, settings) is PICTURE


def _lab(pixels: Pixels) -> Lab:
    return oklab.from_linear(colour.to_linear(np.ascontiguousarray(pixels), SRGB), SRGB)


def lightness(pixels: Pixels) -> float:
    return float(_lab(pixels).lightness.mean())


def chroma(pixels: Pixels) -> float:
    return float(_lab(pixels).chroma().mean())


def spread(pixels: Pixels) -> float:
    return float(_lab(pixels).lightness.std())


def warmth(pixels: Pixels) -> float:
    return float(pixels[..., 0].mean() / max(pixels[..., 2].mean(), 1.0))


def magenta(pixels: Pixels) -> float:
    return float((pixels[..., 0].mean() + pixels[..., 2].mean()) / max(2 * pixels[..., 1].mean(), 1.0))


def grey(value: float) -> Image:
    return solid(value, value, value)


def steps(low: float, high: float) -> Image:
    image = grey(low)
    image.pixels[:, 32:] = round(high * FULL)
    return image


RISES: list[tuple[str, Image, Callable[[Pixels], float]]] = [
    ("exposure", grey(0.3), lightness), ("contrast", steps(0.3, 0.7), spread), ("highlights", grey(0.8), lightness),
    ("shadows", grey(0.2), lightness), ("whites", grey(0.9), lightness), ("blacks", grey(0.1), lightness),
    ("clarity", PICTURE, spread), ("texture", PICTURE, spread),
    ("vibrance", solid(0.5, 0.45, 0.42), chroma), ("saturation", solid(0.5, 0.4, 0.3), chroma),
    ("temperature_shift", grey(0.5), warmth), ("tint_shift", grey(0.5), magenta),
    ("parametric_shadows", grey(0.12), lightness), ("parametric_darks", grey(0.37), lightness),
    ("parametric_lights", grey(0.62), lightness), ("parametric_highlights", grey(0.85), lightness),
    ("grade_shadow_luminance", grey(0.15), lightness), ("grade_midtone_luminance", grey(0.4), lightness),
    ("grade_highlight_luminance", grey(0.85), lightness), ("grade_global_luminance", grey(0.5), lightness),
    *((f"saturation_{name}", solid(*rgb), chroma) for name, rgb in COLOURS.items()),
    *((f"luminance_{name}", solid(*rgb), lightness) for name, rgb in COLOURS.items()),
    *((f"gray_{name}", solid(*rgb), lightness) for name, rgb in COLOURS.items()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "image", "measure"), RISES, ids=[name for name, *_ in RISES])
def test_more_of_it_is_more_and_less_is_less(name: str, image: Image, measure: Callable[[Pixels], float]) -> None:
    beside = COMPANIONS.get(name, {})
    reach = min(60.0, SETTINGS[name].high)
    less, plain, more = (
        measure(rendered(image, {**beside, **({name: amount} if amount else {})})) for amount in (-reach, 0.0, reach)
    )
    assert less < plain < more


@pytest.mark.parametrize(("name", "value"), [("shadow", 0.12), ("midtone", 0.42), ("highlight", 0.88), ("global", 0.5)])
@pytest.mark.parametrize(("hue", "channel"), [(0.0, 0), (120.0, 1), (240.0, 2)])
def test_grading_lays_the_hue_that_is_asked_for(name: str, value: float, hue: float, channel: int) -> None:
    settings = {f"grade_{name}_hue": hue, f"grade_{name}_saturation": 80.0}
    mean = rendered(grey(value), settings).reshape(-1, 3).mean(axis=0)
    assert int(np.argmax(mean)) == channel
    assert mean[channel] > 1.03 * np.delete(mean, channel).mean()


def test_every_number_of_the_field_is_there_by_its_lightroom_name() -> None:
    adjustments = ("HueAdjustment", "SaturationAdjustment", "LuminanceAdjustment")
    wanted = {
        "Exposure2012": (-5, 5), "Contrast2012": (-100, 100), "Highlights2012": (-100, 100), "Texture": (-100, 100),
        "Shadows2012": (-100, 100), "Whites2012": (-100, 100), "Blacks2012": (-100, 100), "Clarity2012": (-100, 100),
        "Dehaze": (-100, 100), "Vibrance": (-100, 100), "Saturation": (-100, 100), "Temperature": (2000, 50000),
        "Tint": (-150, 150), "Sharpness": (0, 150), "SharpenRadius": (0.5, 3), "SharpenDetail": (0, 100),
        "SharpenEdgeMasking": (0, 100), "LuminanceSmoothing": (0, 100), "ColorNoiseReduction": (0, 100),
        "LuminanceNoiseReductionDetail": (0, 100), "LuminanceNoiseReductionContrast": (0, 100),
        "ColorNoiseReductionDetail": (0, 100), "ColorNoiseReductionSmoothness": (0, 100),
        "LensProfileDistortionScale": (0, 200), "LensProfileVignettingScale": (0, 200), "VignetteAmount": (-100, 100),
        "LensManualDistortionAmount": (-100, 100), "DefringePurpleAmount": (0, 20), "DefringeGreenAmount": (0, 20),
        "CropAngle": (-45, 45), "PerspectiveVertical": (-100, 100), "PerspectiveHorizontal": (-100, 100),
        "PerspectiveAspect": (-100, 100), "PerspectiveX": (-100, 100), "PerspectiveY": (-100, 100),
        "PerspectiveRotate": (-10, 10), "PerspectiveScale": (50, 150), "GrainAmount": (0, 100),
        "PostCropVignetteAmount": (-100, 100), "SplitToningBalance": (-100, 100), "ColorGradeBlending": (0, 100),
        **{f"{kind}{name.title()}": (-100, 100) for kind in adjustments for name in COLOURS},
        **{f"GrayMixer{name.title()}": (-100, 100) for name in COLOURS},
        **{f"Parametric{name}": (-100, 100) for name in ("Highlights", "Lights", "Darks", "Shadows")},
    }  # fmt: skip
    declared = {setting.crs: (setting.low, setting.high) for setting in SETTINGS.values()}
    assert {name: declared.get(name) for name in wanted} == wanted
