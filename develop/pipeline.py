"""From a picture and settings to a picture: what happens before fusing, and what happens to the result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import cv2
import numpy as np

from develop import auto, bands, colour, gamut
from develop.bands import Job, Step
from develop.colour import Matrix
from develop.image import ColorSpace, Image, Pixels
from develop.operations import curve, equalise, exposure, geometry, heal, lens, oklab, white_balance
from develop.operations.clarity import CLARITY
from develop.operations.defringe import DEFRINGE
from develop.operations.dehaze import DEHAZE
from develop.operations.grading import GRADING
from develop.operations.grain import GRAIN
from develop.operations.lens import Shot
from develop.operations.mixer import MIXER
from develop.operations.noise import NOISE
from develop.operations.oklab import Lab
from develop.operations.operation import Operation, Place, Survey, Table
from develop.operations.saturation import SATURATION
from develop.operations.sharpen import SHARPEN
from develop.operations.texture import TEXTURE
from develop.operations.tone import TONE
from develop.operations.vignette import VIGNETTE
from develop.settings import DevelopSettings
from develop.white_point import WhitePoint

OPERATIONS: Final[tuple[Operation, ...]] = (
    NOISE,
    DEFRINGE,
    DEHAZE,
    TONE,
    CLARITY,
    TEXTURE,
    SATURATION,
    MIXER,
    GRADING,
    SHARPEN,
    VIGNETTE,
    GRAIN,
)
"""In this order: noise before anything amplifies it, sharpening after all that is tone, grain on top."""

_SURVEY_EDGE = 448
_PIECE = 64
_SHARES = (0.1, 0.37, 0.63, 0.9)
_NOTHING = Lab(*(np.empty((0, 0), np.float32) for _ in range(3)))


def prestack(image: Image, settings: DevelopSettings, *, shot: Shot | None = None) -> Image:
    """Return a frame as it goes into alignment and fusing: dust healed, lens corrected, light evened out.

    Number type, size and colour space stay. The same object comes back where there is nothing to do. `shot` says what
    the frame was taken with; without it a lens profile has nothing to go by and is passed over.
    """
    if settings.dust:
        image = Image(heal.heal(image.pixels, settings.dust), image.space)
    image = lens.correct(image, settings, shot)
    return equalise.equalise(image, settings) if equalise.active(settings) else image


def render(
    image: Image,
    settings: DevelopSettings,
    *,
    as_shot: WhitePoint | None = None,
    scale: float = 1.0,
    space: ColorSpace | None = None,
) -> Image:
    """Return the picture toned and finished, uint16; the same object where there is nothing to do.

    `as_shot` is the light that the picture was decoded to hold white (daylight where it is not known); `scale` is how
    large the picture is against its full size, so that a preview shows radii as the export will; `space` is the colour
    space wanted, the picture's own if None. Works in bands: memory beyond source and result stays under 300 MB.
    """
    if settings.heal:
        image = Image(heal.heal(image.pixels, settings.heal), image.space)
    settings = resolved(image, settings, as_shot)
    view = geometry.view_of(settings, image.width, image.height)
    if not view.is_shift and image.pixels.dtype == np.uint8:
        # Turned in 8 bits, a picture would be rounded once more than the stack's master, which holds 16.
        image = Image(image.pixels.astype(np.uint16) * np.uint16(257), image.space)
    turn = white_balance.matrix(settings, as_shot)
    active = [operation for operation in OPERATIONS if operation.active(settings)]
    channels = curve.channel_tables(settings)
    if turn is None and channels is None and not active:
        if geometry.active(settings):
            image = Image(np.ascontiguousarray(view.rows(image.pixels, 0, view.height)), image.space)
        return image if space is None else colour.convert(image, space)
    gain = exposure.gain(settings)
    matrix = np.eye(3) * gain if turn is None else turn * gain
    work = _Work(image, settings, view, matrix, scale, space or image.space, channels)
    return _in_bands(work, active)


def _in_bands(work: _Work, active: Sequence[Operation]) -> Image:
    settings, view, pixels = work.settings, work.view, work.image.pixels
    # Even, since colour noise is worked out on every second row.
    reaches = [2 * -(-operation.reach(settings, work.scale) // 2) for operation in active]
    found: list[Future[Any]] = [Future() for _ in active]
    steps = [Step(*step) for step in zip(active, (each.result for each in found), reaches, strict=True)]
    job = Job(
        height=view.height,
        width=view.width,
        run=lambda step, lab, place: step.operation.apply(lab, settings, step.measured(), place),
        decoded=lambda top, bottom, into: work.decoded(view.rows(pixels, top, bottom), into),
        encoded=work.encoded,
        scale=work.scale,
        survey=lambda: _survey(work, active, found),
    )
    return Image(bands.render(job, steps), work.space)


def resolved(image: Image, settings: DevelopSettings, as_shot: WhitePoint | None) -> DevelopSettings:
    """Return the settings with an automatic white balance turned into this picture's numbers."""
    if settings.white_balance != "auto":
        return settings
    white = auto.white_point(image, as_shot or white_balance.DAYLIGHT)
    return replace(settings, white_balance="custom", temperature=white.temperature, tint=white.tint)


@dataclass(frozen=True, slots=True)
class _Work:
    """One rendering: what goes in, and how pixels become planes and planes pixels."""

    image: Image
    settings: DevelopSettings
    view: geometry.View
    matrix: Matrix
    scale: float
    space: ColorSpace
    channels: tuple[Table, Table, Table] | None

    def decoded(self, pixels: Pixels, into: Lab | None = None) -> Lab:
        linear = colour.to_linear(pixels, self.image.space)
        return oklab.from_linear(linear, self.image.space, self.matrix, into=into)

    def encoded(self, lab: Lab, into: Pixels) -> None:
        if self.channels is None:
            linear = oklab.to_linear(lab, self.space)
        else:
            working = curve.apply_channels(oklab.to_linear(lab, colour.WORKING), self.channels)
            turn = colour.matrix(colour.WORKING, self.space).astype(np.float32)
            linear = np.asarray(cv2.transform(working, turn), np.float32)
        luminance = colour.to_xyz(self.space)[1].astype(np.float32)
        colour.from_linear(gamut.fit(linear, luminance), self.space, np.uint16, spent=True, into=into)


def _survey(work: _Work, active: Sequence[Operation], found: Sequence[Future[Any]]) -> None:
    """Let each operation look at the picture as it stands when its turn comes, reduced; tell what they measured."""
    try:
        for value, each in zip(_measured(work, active), found, strict=True):
            each.set_result(value)
    except BaseException as error:
        # Whoever waits for what is not found any more is told, and does not wait for good.
        for each in found:
            if not each.done():
                each.set_exception(error)
        raise


def _measured(work: _Work, active: Sequence[Operation]) -> Iterator[Any]:
    """Give what each operation measured, as soon as it is known: noise first, which shows in unreduced pieces alone."""
    last = max((i for i, operation in enumerate(active) if operation.measures), default=-1)
    full = Place(top=0, height=work.view.height, width=work.view.width, scale=work.scale)
    lab, place = None, full
    for index, operation in enumerate(active):
        if operation is NOISE:
            pieces = _pieces(work)
            yield operation.measure(Survey(pieces[0], pieces, full), work.settings)
            continue
        if index > last:
            yield _unlooking(operation, full, work.settings)
            continue
        if lab is None:
            small = _reduced(work.image.pixels, work.view)
            lab, shrunk = work.decoded(small), small.shape[1] / work.view.width
            place = Place(top=0, height=small.shape[0], width=small.shape[1], scale=work.scale * shrunk)
        value = operation.measure(Survey(lab, (), full), work.settings)
        yield value
        # What reaches a few pixels far shows nothing at this size.
        if index < last and not operation.reach(work.settings, 1.0):
            lab = operation.apply(lab, work.settings, value, place)


@lru_cache(maxsize=4)
def _unlooking(operation: Operation, place: Place, settings: DevelopSettings) -> Any:
    """Measure without a picture: the same for every picture of this size, and so for a preview that is drawn again."""
    return operation.measure(Survey(_NOTHING, (), place), settings)


def _reduced(pixels: Pixels, view: geometry.View) -> Pixels:
    """Return the whole view, reduced for the survey."""
    factor = min(1.0, _SURVEY_EDGE / max(view.width, view.height))
    size = (max(1, round(view.width * factor)), max(1, round(view.height * factor)))
    if view.is_shift:
        shown = view.rows(pixels, 0, view.height)
        # Every second row of many says as much, in half the time.
        return np.asarray(cv2.resize(shown[:: 2 if factor < 0.23 else 1], size, interpolation=cv2.INTER_AREA))
    coarse = min(1.0, 2 * factor)
    small = cv2.resize(pixels, None, fx=coarse, fy=coarse, interpolation=cv2.INTER_AREA)
    x, y = view.width / size[0], view.height / size[1]
    enlarge = np.array([[x, 0, 0.5 * x - 0.5], [0, y, 0.5 * y - 0.5], [0, 0, 1]])
    across, down = small.shape[1] / pixels.shape[1], small.shape[0] / pixels.shape[0]
    reduce = np.array([[across, 0, 0.5 * across - 0.5], [0, down, 0.5 * down - 0.5], [0, 0, 1]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    turned = cv2.warpPerspective(
        small, reduce @ view.projection @ enlarge, size, flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(turned)


def _pieces(work: _Work) -> list[Lab]:
    """Return places spread over the picture, unreduced, for what shows only there: some are likely to be calm."""
    pixels = work.image.pixels
    height, width = pixels.shape[:2]
    high, wide = min(height, _PIECE), min(width, _PIECE)
    tops, lefts = (
        sorted({round((length - size) * share) for share in _SHARES})
        for length, size in ((height, high), (width, wide))
    )
    # Beside each other, so that they are decoded at once.
    beside = np.concatenate([pixels[top : top + high, left : left + wide] for top in tops for left in lefts])
    whole = work.decoded(beside)
    return [whole.rows(first, first + high) for first in range(0, len(beside), high)]
