"""What was photographed that morning: every shot of the card, in the order of each body's counter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction

import numpy as np

from samples.camera import Exposure
from samples.lens import Pose

DAY = datetime(2026, 5, 16)
MACRO_A = Exposure(lens="RF100mm F2.8 L MACRO IS USM", focal=100, f_number=2.8, time=Fraction(1, 125), iso=200)
MACRO_B = Exposure(lens="NIKKOR Z MC 105mm f/2.8 VR S", focal=105, f_number=11, time=Fraction(1, 60), iso=400)
NORMAL_A = Exposure(lens="RF50mm F1.8 STM", focal=50, f_number=5.6, time=Fraction(1, 125), iso=100)
NORMAL_B = Exposure(lens="NIKKOR Z MC 50mm f/2.8", focal=50, f_number=5.6, time=Fraction(1, 200), iso=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One press of the shutter; focus in mm, gain as a factor of light."""

    file: str
    body: str
    at: datetime
    scene: str
    kind: str
    focus: float
    exposure: Exposure
    pose: Pose = field(default_factory=Pose)
    gain: float = 1.0
    orientation: int = 1
    sequence: str | None = None
    index: int = 0


def _moment(clock: str, seconds: float = 0.0) -> datetime:
    return datetime.fromisoformat(f"{DAY:%Y-%m-%d}T{clock}") + timedelta(seconds=round(seconds, 2))


def _breath(index: int, count: int, share: float) -> float:
    """Return the magnification of a frame where focus breathing changes it by `share` over the sequence."""
    return 1 + share * (index / (count - 1) - 0.5)


def _canon(number: int) -> str:
    return f"DCIM/100CANON/IMG_{number:04d}.JPG" if number > 9000 else f"DCIM/101CANON/IMG_{number:04d}.JPG"


def _nikon(number: int) -> str:
    return f"DCIM/100NCZ_8/DSC_{number:04d}.JPG"


def beetle_shots(rng: np.random.Generator) -> Iterator[Shot]:
    """Yield what was taken of the beetle: a single, a focus sequence over the counter's end, a burst."""
    small = replace(MACRO_A, f_number=16.0, time=Fraction(1, 4))
    yield Shot(
        file=_canon(9993), body="A", at=_moment("09:02:10.350"), scene="beetle", kind="single", focus=313.0,
        exposure=small, pose=Pose(turn=180, scale=0.97),
    )  # fmt: skip
    numbers = [*range(9994, 10000), *range(1, 7)]
    at = 0.20
    for i, (number, focus) in enumerate(zip(numbers, np.linspace(307.6, 322.6, 12), strict=True)):
        yield Shot(
            file=_canon(number), body="A", at=_moment("09:10:00", at), scene="beetle", kind="sequence",
            focus=float(focus), exposure=MACRO_A, pose=Pose(scale=_breath(i, 12, -0.012)), sequence="A1", index=i,
        )  # fmt: skip
        at += rng.uniform(1.9, 2.2)
    drift = rng.normal(0, 3.0, (3, 2)).cumsum(0)
    for i, (dx, dy) in enumerate(drift):
        yield Shot(
            file=_nikon(51 + i), body="B", at=_moment("09:14:30.120", 0.11 * i), scene="beetle", kind="burst",
            focus=312.0, exposure=replace(MACRO_B, f_number=5.6, time=Fraction(1, 250)),
            pose=Pose(turn=-8, dx=float(dx), dy=float(dy)),
        )  # fmt: skip


def movement_shots(rng: np.random.Generator) -> Iterator[Shot]:
    """Yield what was taken of the watch movement: a handheld focus sequence from far to near, a single."""
    at = 1.55
    shake = rng.normal(0, 1.6, (10, 2)).cumsum(0)
    turns = rng.normal(0, 0.06, 10).cumsum()
    for i, focus in enumerate(np.linspace(206.6, 192.4, 10)):
        pose = Pose(scale=_breath(i, 10, 0.018), dx=float(shake[i, 0]), dy=float(shake[i, 1]), turn=float(turns[i]))
        yield Shot(
            file=_nikon(41 + i), body="B", at=_moment("09:10:00", at), scene="movement", kind="sequence",
            focus=float(focus), exposure=MACRO_B, pose=pose, sequence="B1", index=i,
        )  # fmt: skip
        at += rng.uniform(1.35, 1.6)
    wide = replace(MACRO_B, f_number=22.0, time=Fraction(1, 15))
    yield Shot(
        file=_nikon(64), body="B", at=_moment("09:41:05.480"), scene="movement", kind="single", focus=199.0,
        exposure=wide, pose=Pose(scale=1.2, turn=12, dx=40),
    )  # fmt: skip


def shore_shots(_: np.random.Generator) -> Iterator[Shot]:
    """Yield what was taken at the shore: an exposure bracket, and a focus bracket in portrait."""
    for i, (bias, time) in enumerate(((0, Fraction(1, 125)), (-2, Fraction(1, 500)), (2, Fraction(1, 30)))):
        yield Shot(
            file=_canon(7 + i), body="A", at=_moment("09:20:15.400", 0.33 * i), scene="shore", kind="bracket",
            focus=1200.0, exposure=replace(NORMAL_A, time=time, bias=bias, bracketed=True),
            gain=2.0**bias, orientation=8,
        )  # fmt: skip
    for i, dioptres in enumerate(np.linspace(1000 / 430, 1000 / 5000, 10)):
        yield Shot(
            file=_nikon(54 + i), body="B", at=_moment("09:25:40.070", 0.1 * i), scene="shore", kind="sequence",
            focus=float(1000 / dioptres), exposure=NORMAL_B, pose=Pose(scale=_breath(i, 10, -0.007)), orientation=6,
            sequence="B2", index=i,
        )  # fmt: skip


def cut_shot() -> Shot:
    """Return the shot whose file is cut off in the middle."""
    return Shot(
        file=_canon(10), body="A", at=_moment("09:31:00.610"), scene="shore", kind="invalid", focus=2500.0,
        exposure=NORMAL_A, orientation=8,
    )  # fmt: skip


EMPTY = _canon(11)
DUPLICATE = ("DCIM/101CANON/IMG_0003 (1).JPG", _canon(3))
