"""Every develop setting, declared once: storage, command line, page, sidecars and docs all read this."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

from develop.declaration import POSTSTACK, PRESTACK, Curve, Group, Setting, choice, flag, number, points, spots, strokes
from develop.errors import SettingsError
from develop.spot import Spot
from develop.stroke import Stroke

WB = Group("wb", "A")
TONE = Group("tone", "A")
LOCAL = Group("texture", "D")
COLOUR = Group("colour", "A")
CURVE = Group("curve", "A")
MIXER = Group("mixer", "A")
GRADING = Group("grading", "A")
DETAIL = Group("detail", "D")
LENS = Group("lens", "B", PRESTACK)
DEFRINGE = Group("defringe", "D")
GEOMETRY = Group("geometry", "C")
EFFECTS = Group("effects", "D")
EQUALISE = Group("equalise", "A'", PRESTACK)
DUST = Group("dust", "E", PRESTACK)
HEALING = Group("healing", "F")
RETOUCH = Group("retouch", "F")


@dataclass(frozen=True, slots=True, kw_only=True)
class DevelopSettings:
    """How a picture is to look. Every default is neutral: settings all at default change no pixel."""

    # fmt: off
    white_balance: str = choice(WB, "WhiteBalance", ("as-shot", "auto", "custom"), "As the camera set it, found from the picture, or by temperature and tint.")
    temperature: float = number(WB, "Temperature", 2000, 50000, 5500, unit="K", says="Light that is to look white (custom); higher is warmer.")
    tint: float = number(WB, "Tint", -150, 150, says="Green to magenta (custom).")
    temperature_shift: float = number(WB, "IncrementalTemperature", -100, 100, says="Cooler to warmer than shot, for pictures that are no RAW.")
    tint_shift: float = number(WB, "IncrementalTint", -100, 100, says="Greener to more magenta than shot.")

    exposure: float = number(TONE, "Exposure2012", -5, 5, unit="EV", says="Darker to brighter, in stops.")
    contrast: float = number(TONE, "Contrast2012", -100, 100, says="Flatter to steeper midtones.")
    highlights: float = number(TONE, "Highlights2012", -100, 100, says="Bright areas as a whole, detail kept.")
    shadows: float = number(TONE, "Shadows2012", -100, 100, says="Dark areas as a whole, detail kept.")
    whites: float = number(TONE, "Whites2012", -100, 100, says="The bright end of the curve.")
    blacks: float = number(TONE, "Blacks2012", -100, 100, says="The dark end of the curve.")

    texture: float = number(LOCAL, "Texture", -100, 100, says="Fine structure, smoother to stronger.")
    clarity: float = number(LOCAL, "Clarity2012", -100, 100, says="Local contrast of the midtones.")
    dehaze: float = number(LOCAL, "Dehaze", -100, 100, says="Add or take away a veil of haze.")
    vibrance: float = number(COLOUR, "Vibrance", -100, 100, says="Colourfulness of pale colours; spares skin.")
    saturation: float = number(COLOUR, "Saturation", -100, 100, says="Colourfulness of all colours; -100 is grey.")

    parametric_highlights: float = number(CURVE, "ParametricHighlights", -100, 100, says="Top region of the curve.")
    parametric_lights: float = number(CURVE, "ParametricLights", -100, 100, says="Upper region of the curve.")
    parametric_darks: float = number(CURVE, "ParametricDarks", -100, 100, says="Lower region of the curve.")
    parametric_shadows: float = number(CURVE, "ParametricShadows", -100, 100, says="Bottom region of the curve.")
    parametric_shadow_split: float = number(CURVE, "ParametricShadowSplit", 5, 90, 25, unit="%", says="Where shadows end and darks begin.")
    parametric_midtone_split: float = number(CURVE, "ParametricMidtoneSplit", 5, 95, 50, unit="%", says="Where darks end and lights begin.")
    parametric_highlight_split: float = number(CURVE, "ParametricHighlightSplit", 10, 95, 75, unit="%", says="Where lights end and highlights begin.")
    curve: Curve = points(CURVE, "ToneCurvePV2012", "Point curve of brightness; hue and saturation stay.")
    curve_red: Curve = points(CURVE, "ToneCurvePV2012Red", "Point curve of the red channel.")
    curve_green: Curve = points(CURVE, "ToneCurvePV2012Green", "Point curve of the green channel.")
    curve_blue: Curve = points(CURVE, "ToneCurvePV2012Blue", "Point curve of the blue channel.")

    grayscale: bool = flag(MIXER, "ConvertToGrayscale", "Black and white, mixed from the colours.")
    hue_red: float = number(MIXER, "HueAdjustmentRed", -100, 100, says="Hue of reds, towards magenta or orange.")
    hue_orange: float = number(MIXER, "HueAdjustmentOrange", -100, 100, says="Hue of oranges, towards red or yellow.")
    hue_yellow: float = number(MIXER, "HueAdjustmentYellow", -100, 100, says="Hue of yellows, towards orange or green.")
    hue_green: float = number(MIXER, "HueAdjustmentGreen", -100, 100, says="Hue of greens, towards yellow or aqua.")
    hue_aqua: float = number(MIXER, "HueAdjustmentAqua", -100, 100, says="Hue of aquas, towards green or blue.")
    hue_blue: float = number(MIXER, "HueAdjustmentBlue", -100, 100, says="Hue of blues, towards aqua or purple.")
    hue_purple: float = number(MIXER, "HueAdjustmentPurple", -100, 100, says="Hue of purples, towards blue or magenta.")
    hue_magenta: float = number(MIXER, "HueAdjustmentMagenta", -100, 100, says="Hue of magentas, towards purple or red.")
    saturation_red: float = number(MIXER, "SaturationAdjustmentRed", -100, 100, says="Colourfulness of reds.")
    saturation_orange: float = number(MIXER, "SaturationAdjustmentOrange", -100, 100, says="Colourfulness of oranges.")
    saturation_yellow: float = number(MIXER, "SaturationAdjustmentYellow", -100, 100, says="Colourfulness of yellows.")
    saturation_green: float = number(MIXER, "SaturationAdjustmentGreen", -100, 100, says="Colourfulness of greens.")
    saturation_aqua: float = number(MIXER, "SaturationAdjustmentAqua", -100, 100, says="Colourfulness of aquas.")
    saturation_blue: float = number(MIXER, "SaturationAdjustmentBlue", -100, 100, says="Colourfulness of blues.")
    saturation_purple: float = number(MIXER, "SaturationAdjustmentPurple", -100, 100, says="Colourfulness of purples.")
    saturation_magenta: float = number(MIXER, "SaturationAdjustmentMagenta", -100, 100, says="Colourfulness of magentas.")
    luminance_red: float = number(MIXER, "LuminanceAdjustmentRed", -100, 100, says="Brightness of reds.")
    luminance_orange: float = number(MIXER, "LuminanceAdjustmentOrange", -100, 100, says="Brightness of oranges.")
    luminance_yellow: float = number(MIXER, "LuminanceAdjustmentYellow", -100, 100, says="Brightness of yellows.")
    luminance_green: float = number(MIXER, "LuminanceAdjustmentGreen", -100, 100, says="Brightness of greens.")
    luminance_aqua: float = number(MIXER, "LuminanceAdjustmentAqua", -100, 100, says="Brightness of aquas.")
    luminance_blue: float = number(MIXER, "LuminanceAdjustmentBlue", -100, 100, says="Brightness of blues.")
    luminance_purple: float = number(MIXER, "LuminanceAdjustmentPurple", -100, 100, says="Brightness of purples.")
    luminance_magenta: float = number(MIXER, "LuminanceAdjustmentMagenta", -100, 100, says="Brightness of magentas.")
    gray_red: float = number(MIXER, "GrayMixerRed", -100, 100, says="Brightness of reds in black and white.")
    gray_orange: float = number(MIXER, "GrayMixerOrange", -100, 100, says="Brightness of oranges in black and white.")
    gray_yellow: float = number(MIXER, "GrayMixerYellow", -100, 100, says="Brightness of yellows in black and white.")
    gray_green: float = number(MIXER, "GrayMixerGreen", -100, 100, says="Brightness of greens in black and white.")
    gray_aqua: float = number(MIXER, "GrayMixerAqua", -100, 100, says="Brightness of aquas in black and white.")
    gray_blue: float = number(MIXER, "GrayMixerBlue", -100, 100, says="Brightness of blues in black and white.")
    gray_purple: float = number(MIXER, "GrayMixerPurple", -100, 100, says="Brightness of purples in black and white.")
    gray_magenta: float = number(MIXER, "GrayMixerMagenta", -100, 100, says="Brightness of magentas in black and white.")

    grade_shadow_hue: float = number(GRADING, "SplitToningShadowHue", 0, 360, unit="°", says="Hue laid over the shadows.")
    grade_shadow_saturation: float = number(GRADING, "SplitToningShadowSaturation", 0, 100, says="How much of it.")
    grade_shadow_luminance: float = number(GRADING, "ColorGradeShadowLum", -100, 100, says="Brightness of the shadows.")
    grade_midtone_hue: float = number(GRADING, "ColorGradeMidtoneHue", 0, 360, unit="°", says="Hue laid over the midtones.")
    grade_midtone_saturation: float = number(GRADING, "ColorGradeMidtoneSat", 0, 100, says="How much of it.")
    grade_midtone_luminance: float = number(GRADING, "ColorGradeMidtoneLum", -100, 100, says="Brightness of the midtones.")
    grade_highlight_hue: float = number(GRADING, "SplitToningHighlightHue", 0, 360, unit="°", says="Hue laid over the highlights.")
    grade_highlight_saturation: float = number(GRADING, "SplitToningHighlightSaturation", 0, 100, says="How much of it.")
    grade_highlight_luminance: float = number(GRADING, "ColorGradeHighlightLum", -100, 100, says="Brightness of the highlights.")
    grade_global_hue: float = number(GRADING, "ColorGradeGlobalHue", 0, 360, unit="°", says="Hue laid over everything.")
    grade_global_saturation: float = number(GRADING, "ColorGradeGlobalSat", 0, 100, says="How much of it.")
    grade_global_luminance: float = number(GRADING, "ColorGradeGlobalLum", -100, 100, says="Brightness of everything.")
    grade_blending: float = number(GRADING, "ColorGradeBlending", 0, 100, 50, says="How far the three ranges overlap.")
    grade_balance: float = number(GRADING, "SplitToningBalance", -100, 100, says="More room for shadows or highlights.")

    sharpen_amount: float = number(DETAIL, "Sharpness", 0, 150, crs_default=40, says="Strength of sharpening.")
    sharpen_radius: float = number(DETAIL, "SharpenRadius", 0.5, 3, 1, unit="px", says="Width of the edges sharpened.")
    sharpen_detail: float = number(DETAIL, "SharpenDetail", 0, 100, 25, says="Held back at edges (0) to full strength (100).")
    sharpen_masking: float = number(DETAIL, "SharpenEdgeMasking", 0, 100, says="Leave smooth areas alone.")
    luminance_noise: float = number(DETAIL, "LuminanceSmoothing", 0, 100, says="Smooth the grain of noise.")
    luminance_noise_detail: float = number(DETAIL, "LuminanceNoiseReductionDetail", 0, 100, 50, says="How much fine detail it keeps.")
    luminance_noise_contrast: float = number(DETAIL, "LuminanceNoiseReductionContrast", 0, 100, says="How much of coarser unevenness it keeps.")
    colour_noise: float = number(DETAIL, "ColorNoiseReduction", 0, 100, crs_default=25, says="Smooth blotches of colour.")
    colour_noise_detail: float = number(DETAIL, "ColorNoiseReductionDetail", 0, 100, 50, says="How much fine colour it keeps.")
    colour_noise_smoothness: float = number(DETAIL, "ColorNoiseReductionSmoothness", 0, 100, 50, says="How far it evens out coarse blotches.")

    lens_profile: bool = flag(LENS, "LensProfileEnable", "Correct by the measured profile of camera and lens.")
    lens_distortion_scale: float = number(LENS, "LensProfileDistortionScale", 0, 200, 100, unit="%", says="How much of the profile's distortion.")
    lens_vignetting_scale: float = number(LENS, "LensProfileVignettingScale", 0, 200, 100, unit="%", says="How much of its vignetting.")
    lens_colour_fringes: bool = flag(LENS, "AutoLateralCA", "Lay the colours over each other by the profile.")
    fringe_red_cyan: float = number(LENS, "ChromaticAberrationR", -100, 100, says="Size of the red picture, 0.01 % a step.")
    fringe_blue_yellow: float = number(LENS, "ChromaticAberrationB", -100, 100, says="Size of the blue picture, 0.01 % a step.")
    lens_distortion: float = number(LENS, "LensManualDistortionAmount", -100, 100, says="Correct barrel (+) or pincushion (-) by hand.")
    lens_vignetting: float = number(LENS, "VignetteAmount", -100, 100, says="Darken or lighten the corners of the frame.")
    lens_vignetting_midpoint: float = number(LENS, "VignetteMidpoint", 0, 100, 50, says="How far in that reaches; lower is further.")

    defringe_purple: float = number(DEFRINGE, "DefringePurpleAmount", 0, 20, says="Grey out purple edges.")
    defringe_green: float = number(DEFRINGE, "DefringeGreenAmount", 0, 20, says="Grey out green edges.")

    crop_left: float = number(GEOMETRY, "CropLeft", 0, 1, says="Left edge of the crop.")
    crop_top: float = number(GEOMETRY, "CropTop", 0, 1, says="Top edge of the crop.")
    crop_right: float = number(GEOMETRY, "CropRight", 0, 1, 1, says="Right edge of the crop.")
    crop_bottom: float = number(GEOMETRY, "CropBottom", 0, 1, 1, says="Bottom edge of the crop.")
    crop_angle: float = number(GEOMETRY, "CropAngle", -45, 45, unit="°", says="Straighten; positive turns the picture clockwise.")
    perspective_vertical: float = number(GEOMETRY, "PerspectiveVertical", -100, 100, says="Lean verticals back or forth.")
    perspective_horizontal: float = number(GEOMETRY, "PerspectiveHorizontal", -100, 100, says="Turn the picture's plane left or right.")
    perspective_rotate: float = number(GEOMETRY, "PerspectiveRotate", -10, 10, unit="°", says="Rotate within the frame.")
    perspective_aspect: float = number(GEOMETRY, "PerspectiveAspect", -100, 100, says="Wider or taller.")
    perspective_scale: float = number(GEOMETRY, "PerspectiveScale", 50, 150, 100, unit="%", says="Smaller or larger within the frame.")
    perspective_x: float = number(GEOMETRY, "PerspectiveX", -100, 100, unit="%", says="Shift sideways.")
    perspective_y: float = number(GEOMETRY, "PerspectiveY", -100, 100, unit="%", says="Shift up or down.")

    vignette_amount: float = number(EFFECTS, "PostCropVignetteAmount", -100, 100, says="Darken or lighten the corners of the crop.")
    vignette_midpoint: float = number(EFFECTS, "PostCropVignetteMidpoint", 0, 100, 50, says="How far in it reaches; lower is further.")
    vignette_feather: float = number(EFFECTS, "PostCropVignetteFeather", 0, 100, 50, says="How soft its edge is.")
    vignette_roundness: float = number(EFFECTS, "PostCropVignetteRoundness", -100, 100, says="From the crop's own shape to a circle.")
    vignette_highlights: float = number(EFFECTS, "PostCropVignetteHighlightContrast", 0, 100, says="Leave bright spots bright in darkened corners.")
    grain_amount: float = number(EFFECTS, "GrainAmount", 0, 100, says="Film grain.")
    grain_size: float = number(EFFECTS, "GrainSize", 0, 100, 25, says="How coarse it is.")
    grain_roughness: float = number(EFFECTS, "GrainFrequency", 0, 100, 50, says="How uneven it is.")

    exposure_delta: float = number(EQUALISE, None, -5, 5, unit="EV", says="Evens this frame's brightness out to the reference.")
    red_delta: float = number(EQUALISE, None, -2, 2, unit="EV", says="Evens this frame's red out to the reference.")
    blue_delta: float = number(EQUALISE, None, -2, 2, unit="EV", says="Evens this frame's blue out to the reference.")

    dust: tuple[Spot, ...] = spots(DUST, None, "Dust on the sensor, in sensor coordinates.")
    heal: tuple[Spot, ...] = spots(HEALING, "RetouchAreas", "Blemishes of the subject.")
    retouch: tuple[Stroke, ...] = strokes(RETOUCH, "Places of a stack painted from one of its frames, or from another method's result.")
    # fmt: on

    def __post_init__(self) -> None:
        """Check every value that is not the default. Raises SettingsError naming the setting."""
        for name, setting in SETTINGS.items():
            value = getattr(self, name)
            if value is not setting.default:
                object.__setattr__(self, name, setting.checked(name, value))
        if self.crop_left >= self.crop_right or self.crop_top >= self.crop_bottom:
            raise SettingsError("crop: nothing is left of the picture; left must be below right and top below bottom")
        splits = (self.parametric_shadow_split, self.parametric_midtone_split, self.parametric_highlight_split)
        if not splits[0] < splits[1] < splits[2]:
            raise SettingsError("parametric splits: shadow, midtone and highlight split must rise in this order")

    def in_words(self) -> str:
        """Return what is changed, on one line: 'exposure=0.5, contrast=10'."""
        return ", ".join(f"{name}={value}" for name, value in self.to_json().items()) or "neutral"

    def to_json(self) -> dict[str, Any]:
        """Return what is not at its default as plain values."""
        data: dict[str, Any] = {}
        for name in self.changed():
            value = getattr(self, name)
            if SETTINGS[name].kind in ("spots", "strokes"):
                value = [each.to_json() for each in value]
            elif SETTINGS[name].kind == "curve":
                value = [list(point) for point in value]
            data[name] = value
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> DevelopSettings:
        """Read settings; unknown keys are ignored. Raises SettingsError for a value out of range."""
        return cls(**{name: value for name, value in data.items() if name in SETTINGS})

    def changed(self) -> tuple[str, ...]:
        """Return the names of the settings that are not at their default."""
        return tuple(name for name, setting in SETTINGS.items() if getattr(self, name) != setting.default)

    def only(self, names: Iterable[str]) -> DevelopSettings:
        """Return these settings with everything but the named ones at default."""
        return replace(NEUTRAL, **{name: getattr(self, name) for name in names})

    def prestack_part(self) -> DevelopSettings:
        """Return what must happen on every frame before fusing."""
        return self.only(name for name in self.changed() if SETTINGS[name].stage == PRESTACK)

    def poststack_part(self) -> DevelopSettings:
        """Return what happens on the result."""
        return self.only(name for name in self.changed() if SETTINGS[name].stage == POSTSTACK)


SETTINGS: Mapping[str, Setting] = MappingProxyType({f.name: f.metadata["setting"] for f in fields(DevelopSettings)})
GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        group: tuple(name for name, setting in SETTINGS.items() if setting.group == group)
        for group in dict.fromkeys(setting.group for setting in SETTINGS.values())
    }
)
NEUTRAL = DevelopSettings()


def parse_assignment(text: str) -> tuple[str, Any]:
    """Read 'exposure=0.3', 'lens_profile=on' or 'curve=0,0 128,140 255,255'. Raises SettingsError."""
    name, equals, word = (part.strip() for part in text.partition("="))
    if not equals or not word:
        raise SettingsError(f"{text!r}: write a setting as name=value, for instance exposure=0.3")
    if name not in SETTINGS:
        raise SettingsError(f"{name}: there is no such setting; {_nearest(name)}")
    setting = SETTINGS[name]
    if setting.kind == "strokes":
        raise SettingsError(f"{name}: strokes are given to the command retouch, as JSON")
    return name, setting.checked(name, _parsed(setting, name, word))


def _parsed(setting: Setting, name: str, word: str) -> Any:
    if setting.kind == "flag":
        return {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}.get(
            word.lower(), word
        )
    if setting.kind == "choice":
        return word.lower()
    try:
        if setting.kind == "number":
            return float(word)
        pairs = [tuple(float(number) for number in pair.split(",")) for pair in word.split()]
    except ValueError as error:
        raise SettingsError(f"{name}: {word!r} is not a number") from error
    if setting.kind == "curve":
        return pairs
    keys = ("x", "y", "radius", "source_x", "source_y")
    return [dict(zip(keys, pair, strict=False)) for pair in pairs]


def _nearest(name: str) -> str:

    near = difflib.get_close_matches(name, SETTINGS, n=3)
    return f"did you mean {', '.join(near)}?" if near else "see docs/develop.md"
