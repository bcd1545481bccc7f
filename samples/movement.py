"""A watch movement, 26 mm across, lying aslant before the lens: plate, wheels, bridges, blued screws."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from samples.lens import Layer
from samples.light import Picture, diffuse, mirrored, normals, shadow, tint
from samples.texture import Map, clouds, grid, step

SIDE = 2400  # the drawing's side in pixels
UNIT = 1000.0  # pixels for one radius of the movement (13 mm)
GOLD = tint(1.00, 0.76, 0.38)
STEEL = tint(0.80, 0.83, 0.87)
NICKEL = tint(0.93, 0.90, 0.84)
BLUE = tint(0.06, 0.14, 0.62)
RUBY = tint(0.62, 0.03, 0.12)
HEIGHTS = (-3.0, -1.2, -0.5, 0.0, 0.5)  # of table, plate, wheels, bridges and what stands on them, in mm
STRIPES = 0.35  # their direction in radians
WORDS = (  # text, x, y in radii, size in pixels
    ("STACKROOM", -0.76, -0.64, 112),
    ("GENEVA", -0.60, -0.49, 78),
    ("No 1895", -0.77, -0.23, 56),
    ("17 JEWELS", 0.24, -0.62, 78),
    ("ADJUSTED", 0.26, -0.51, 60),
    ("5 POSITIONS", 0.26, -0.43, 50),
    ("F    S", -0.02, 0.78, 60),
)
SCREWS = {(-0.72, -0.36): 0.4, (-0.16, -0.72): 1.3, (-0.76, 0.08): 2.2, (0.28, -0.72): 0.9, (0.76, -0.30): 2.6}


EDGE = 1.2 / UNIT
Place = tuple[float, float]  # in radii of the movement, from its centre


@dataclass(slots=True, kw_only=True)
class Part:
    """One level of the movement while it is drawn: its light, its outline, its height in mm, its coordinates."""

    colour: Picture
    alpha: Map
    height: float
    x: Map
    y: Map

    def box(self, at: Place, reach: float) -> tuple[slice, slice]:
        """Return the rows and columns of the square around a place."""
        left, top = self.x[0, 0], self.y[0, 0]
        rows = slice(max(round((at[1] - reach - top) * UNIT), 0), max(round((at[1] + reach - top) * UNIT), 0))
        columns = slice(max(round((at[0] - reach - left) * UNIT), 0), max(round((at[0] + reach - left) * UNIT), 0))
        return rows, columns

    def near(self, at: Place, reach: float) -> Part:
        """Return the square around a place; drawing on it draws on this part."""
        box = self.box(at, reach)
        return Part(colour=self.colour[box], alpha=self.alpha[box], height=self.height, x=self.x[box], y=self.y[box])

    def away(self, at: Place) -> Map:
        """Return the distance of every pixel from a place."""
        return np.asarray(np.hypot(self.x - at[0], self.y - at[1]), np.float32)

    def angle(self, at: Place) -> Map:
        """Return the direction of every pixel from a place, in radians."""
        return np.asarray(np.arctan2(self.y - at[1], self.x - at[0]), np.float32)

    def disc(self, at: Place, radius: float) -> Map:
        """Return a disc's signed distance, negative inside."""
        return np.asarray(self.away(at) - radius, np.float32)


def _solid(distance: Map) -> Map:
    return step(distance, EDGE, -EDGE)


def _bevel(distance: Map, width: float, high: float) -> Map:
    """Return the height in pixels of a plate whose edge is chamfered over `width`."""
    return np.asarray(high * UNIT * np.clip(-distance / width, 0, 1), np.float32)


def _metal(height: Map, metal: Picture, rough: float = 0.2) -> Picture:
    """Return polished metal of a colour over a height field in pixels."""
    normal = normals(height)
    return np.asarray(metal * (0.62 * mirrored(normal, rough) + 0.10 * diffuse(normal))[..., None], np.float32)


def _paint(part: Part, colour: Picture, alpha: Map) -> None:
    """Lay a thing on the part."""
    part.colour += (colour - part.colour) * alpha[..., None]
    np.maximum(part.alpha, alpha, out=part.alpha)


def _plate(part: Part, rng: np.random.Generator) -> None:
    """Draw the main plate: overlapping ground spots in rows, inside a gilt rim."""
    angle, out = np.zeros_like(part.x), np.zeros_like(part.x)
    for row in range(-22, 23):
        for column in range(-22, 23):
            at = (0.058 * (column + 0.5 * (row % 2)), 0.050 * row)
            if np.hypot(*at) > 1.05:
                continue
            spot, box = part.near(at, 0.042), part.box(at, 0.042)
            away = spot.away(at)
            angle[box] = np.where(away < 0.040, spot.angle(at), angle[box])
            out[box] = np.where(away < 0.040, away / 0.040, out[box])
    sheen = 0.27 + 0.13 * np.cos(2 * (angle - 0.9)) * np.clip(out * 3, 0, 1) - 0.06 * step(out, 0.85, 1.0)
    rings = 0.03 * np.cos(out * 48) + 0.012 * clouds(rng, part.x.shape, 4, 1)
    colour = NICKEL * tint(1.0, 0.90, 0.70) * (sheen + rings)[..., None]
    _paint(part, np.asarray(colour, np.float32), _solid(part.disc((0, 0), 1.0)))
    rim = np.asarray(np.abs(part.away((0, 0)) - 0.985) - 0.022, np.float32)
    _paint(part, _metal(_bevel(rim, 0.02, 0.02), GOLD), _solid(rim))


def _wheel(part: Part, at: Place, radius: float, teeth: int, spokes: int, metal: Picture) -> None:
    """Draw a toothed wheel with spokes."""
    part = part.near(at, radius + 0.06)
    away, angle = part.away(at), part.angle(at)
    rim = away - radius - np.clip(1.6 * np.cos(teeth * angle), -1, 1) * 0.017
    ring = np.maximum(rim, radius * 0.80 - away)
    across = np.abs(np.sin((angle - 0.5) * spokes / 2)) * away * 2 / spokes
    spoke = np.maximum(across - 0.028 * radius**0.5, away - radius * 0.85)
    shape = np.asarray(np.minimum(np.minimum(ring, spoke), away - radius * 0.24), np.float32)
    height = _bevel(shape, 0.012, 0.006) + 0.9 * np.cos(away * UNIT / 3.2)
    _paint(part, _metal(height, metal, 0.3), _solid(shape))
    pinion = np.asarray(away - radius * 0.11 - 0.012 * np.cos(10 * angle), np.float32)
    _paint(part, _metal(_bevel(pinion, 0.02, 0.02), STEEL), _solid(pinion))


def _screw(part: Part, at: Place, radius: float, turn: float) -> None:
    """Draw a blued screw in a polished countersink."""
    part = part.near(at, radius * 1.5)
    sink, head = part.disc(at, radius * 1.32), part.disc(at, radius)
    _paint(part, _metal(-_bevel(sink, radius * 0.3, 0.03), NICKEL), _solid(sink))
    slot = np.abs((part.x - at[0]) * np.sin(turn) - (part.y - at[1]) * np.cos(turn)) - radius * 0.16
    slot = np.asarray(slot, np.float32)
    dome = _bevel(head, radius * 0.28, 0.018) + 6 * np.clip(-head / radius, 0, 1)
    colour = _metal(dome - 14 * step(slot, 0.008, -0.004), BLUE, 0.35)
    colour = colour + 0.10 * mirrored(normals(dome), 0.1)[..., None]
    colour = colour * (1 - 0.75 * step(slot, 0.003, -0.003))[..., None]
    _paint(part, np.asarray(colour, np.float32), _solid(head))


def _jewel(part: Part, at: Place, radius: float) -> None:
    """Draw a ruby bearing in its gold ring, with the steel pivot in the middle."""
    part = part.near(at, radius * 1.6)
    ring, stone, pivot = (part.disc(at, radius * share) for share in (1.45, 1.0, 0.26))
    _paint(part, _metal(_bevel(ring, radius * 0.35, 0.02), GOLD, 0.15), _solid(ring))
    bowl = np.asarray(40 * np.clip(part.away(at) / radius, 0, 1) ** 2, np.float32)
    glow = step(part.away((at[0] + 0.25 * radius, at[1] + 0.35 * radius)), radius * 1.1, 0)
    colour = RUBY * (0.18 + 0.8 * glow[..., None]) + 0.22 * mirrored(normals(bowl), 0.06)[..., None]
    _paint(part, np.asarray(colour, np.float32), _solid(stone))
    _paint(part, _metal(_bevel(pivot, radius * 0.26, 0.01), STEEL), _solid(pivot))


def _engraving() -> Map:
    """Return how deep words are cut into the metal, 0 to 1."""
    sheet = Image.new("L", (SIDE, SIDE), 0)
    pen = ImageDraw.Draw(sheet)
    for text, x, y, size in WORDS:
        at = (x * UNIT + SIDE / 2, y * UNIT + SIDE / 2)
        pen.text(at, text, fill=255, font=ImageFont.load_default(size), stroke_width=size // 40)
    return np.asarray(np.asarray(sheet, np.float32) / np.float32(255))


def _bridge(part: Part, rng: np.random.Generator, shape: Map, words: Map) -> None:
    """Draw a bridge: Geneva stripes, a polished bevel, gilt engraving."""
    along = (part.x * np.cos(STRIPES) + part.y * np.sin(STRIPES)) / 0.085
    wave = along - np.floor(along)
    grain = cv2.blur(rng.standard_normal(part.x.shape).astype(np.float32), (1, 161))
    light = 0.26 + 0.34 * wave + 0.06 * np.cos(wave * 40) * wave + 0.6 * grain
    chamfer = _metal(_bevel(shape, 0.022, 0.02), NICKEL, 0.12) * 1.15
    colour = np.where((shape > -0.022)[..., None], chamfer, NICKEL * light[..., None])
    cut = np.asarray(cv2.GaussianBlur(words, (0, 0), 1.5), np.float32)
    gilt = tint(0.62, 0.36, 0.09) * (0.25 + 0.55 * mirrored(normals(-7 * cut), 0.3))[..., None]
    colour = colour + (gilt - colour) * (0.95 * words)[..., None]
    _paint(part, np.asarray(colour, np.float32), _solid(shape))


def _balance(part: Part, at: Place) -> None:
    """Draw the balance wheel with its weights and the hairspring."""
    part = part.near(at, 0.42)
    away = part.away(at)
    arm = np.abs((part.x - at[0]) * np.sin(0.5) - (part.y - at[1]) * np.cos(0.5)) - 0.02
    shape = np.minimum(np.minimum(np.abs(away - 0.33) - 0.028, np.maximum(arm, away - 0.32)), away - 0.06)
    shape = np.asarray(shape, np.float32)
    _paint(part, _metal(_bevel(shape, 0.028, 0.018) + 0.8 * np.cos(away * UNIT / 2.6), GOLD, 0.3), _solid(shape))
    for turn in np.arange(12) * np.pi / 6 + 0.2:
        spot = (at[0] + 0.372 * np.cos(turn), at[1] + 0.372 * np.sin(turn))
        weight = part.disc(spot, 0.022)
        _paint(part, _metal(_bevel(weight, 0.02, 0.02), GOLD, 0.15), _solid(weight))
    turns = (away - 0.07) / 0.0165 - part.angle(at) / (2 * np.pi)
    coil = np.maximum(np.maximum((np.abs(turns - np.rint(turns)) - 0.17) * 0.0165, away - 0.255), 0.075 - away)
    coil = np.asarray(coil, np.float32)
    _paint(part, np.asarray(BLUE * 0.5 + 0.45 * _metal(_bevel(coil, 0.004, 0.003), STEEL), np.float32), _solid(coil))
    _jewel(part, at, 0.034)


def _outlines(part: Part) -> tuple[Map, Map, Map]:
    """Return the shapes of the barrel bridge, the train bridge and the balance cock, as signed distances."""
    barrel = np.minimum(part.disc((-0.42, -0.44), 0.47), part.disc((-0.72, 0.02), 0.2))
    train = np.minimum(part.disc((0.46, -0.42), 0.40), part.disc((0.72, 0.04), 0.16))
    train = np.maximum(train, -part.disc((0.13, -0.05), 0.16))
    arm = np.maximum(np.abs(part.x - 0.06) - 0.12, np.abs(part.y - 0.66) - 0.24)
    cock = np.minimum(part.disc((0.05, 0.86), 0.19), arm)
    inside = part.disc((0, 0), 0.955)
    return np.maximum(barrel, inside), np.maximum(train, inside), np.maximum(cock, inside)


def _levels(rng: np.random.Generator) -> list[Part]:
    x, y = ((c - SIDE / 2) / UNIT for c in grid((SIDE, SIDE)))
    table, plate, wheels, bridges, top = (
        Part(colour=np.zeros((SIDE, SIDE, 3), np.float32), alpha=np.zeros_like(x), height=h, x=x, y=y) for h in HEIGHTS
    )
    cloth = 0.02 + 0.004 * clouds(rng, x.shape, 500, 3) + 0.0012 * clouds(rng, x.shape, 3, 1)
    _paint(table, tint(0.75, 0.9, 1.25) * cloth[..., None], np.ones_like(x))
    _plate(plate, rng)
    _wheel(wheels, (-0.10, -0.08), 0.30, 60, 5, GOLD)
    _wheel(wheels, (0.34, 0.18), 0.25, 48, 4, GOLD)
    _wheel(wheels, (-0.42, 0.40), 0.22, 40, 5, STEEL)
    barrel, train, cock = _outlines(table)
    words = _engraving()
    _bridge(bridges, rng, barrel, words)
    _bridge(bridges, rng, train, words)
    _balance(bridges, (0.02, 0.47))
    _bridge(top, rng, cock, words)
    _wheel(top, (-0.36, -0.16), 0.17, 36, 6, STEEL)
    for at, turn in SCREWS.items():
        _screw(bridges, at, 0.052, turn)
    for at in ((0.52, -0.20), (0.30, -0.28), (0.74, 0.06)):
        _jewel(bridges, at, 0.034)
    _screw(top, (0.06, 0.66), 0.05, 0.7)
    _screw(top, (-0.36, -0.16), 0.055, 1.9)
    _jewel(top, (0.02, 0.50), 0.042)
    return [table, plate, wheels, bridges, top]


def _view(shape: tuple[int, int]) -> np.ndarray:
    """Return the homography from the drawing to the canvas: the far side of the movement is smaller."""
    height, width = shape
    corner = np.array([[0, 0], [SIDE, 0], [SIDE, SIDE], [0, SIDE]], np.float32)
    onto = np.array(
        [
            [width * 0.045, -height * 0.20],
            [width * 0.955, -height * 0.20],
            [width * 1.10, height * 1.18],
            [-width * 0.10, height * 1.18],
        ],
        np.float32,
    )
    return np.asarray(cv2.getPerspectiveTransform(corner, onto))


def movement(shape: tuple[int, int], rng: np.random.Generator) -> list[Layer]:
    """Draw the movement on a canvas of `shape` (height, width), from the table up to the balance cock."""
    fine = (shape[1] * 2, shape[0] * 2)
    view = np.diag([2.0, 2.0, 1.0]) @ _view(shape)
    parts = _levels(rng)
    layers = []
    for i, part in enumerate(parts):
        colour = part.colour
        for above in parts[i + 1 :]:
            gap = (above.height - part.height) * 16
            colour = colour * shadow(above.alpha, 0.8 * gap, gap, 0.6 * gap + 2)[..., None]
        sheet = np.dstack([colour * part.alpha[..., None], part.alpha])
        warped = cv2.warpPerspective(sheet, view, fine, flags=cv2.INTER_LINEAR)
        small = cv2.resize(warped, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
        rows = np.linspace(7.0, -7.0, shape[0], dtype=np.float32)[:, None] * np.ones((1, shape[1]), np.float32)
        depth = np.float32(200.0) + rows - np.float32(part.height)
        layers.append(
            Layer(colour=np.ascontiguousarray(small[..., :3]), alpha=np.ascontiguousarray(small[..., 3]), depth=depth)
        )
    return layers
