"""Dust found and taken out: `python -m benchmarks.dust [--scenes DIR] [--no-stack]`.

Specks of random place, size, depth and softness are rendered over every frame of focus stacks that are free of dust:
those in DIR (`*/frames/`), and a scene rendered here. Three sizes stand for wide, middle and small apertures: wide
ones soften and spread the same speck. A speck counts as visible where, in one frame at least, its dent is three times
what the scene scatters by around it at its own size. Healed stacks are held to the stack of the same frames without
specks, along the trails of those that were found: how far each is from the other, and each from the scene's truth
where there is one. `map` is what all scenes together found of the same specks, as of one body; `told` what each finds
that is told of what the others have shown, and whether it then finds any on a clean sensor.
"""

from __future__ import annotations

import argparse
import os
import resource
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

import benchmarks  # noqa: F401 - by its path or its name, the same `develop` is found
from stacker import stack as engine
from stacker.align import align
from stacker.bands import linear_luma, linear_table
from stacker.dust import Watched
from stacker.layers import trails
from stacker.settings import StackSettings
from stacker.specks import Mark, Speck
from tests.stacker.scenes import Arrays, encoded, handheld, slope

SHARED = Path(os.environ.get("STACKROOM_SHARED", Path(__file__).parents[2] / "shared"))
APERTURES = {"wide": (9, 30, 0.9), "middle": (5, 20, 0.6), "small": (3, 12, 0.3)}
"""Least and greatest radius (px) and the soft part of it."""
SPECKS = 40
VISIBLE = 3.0
MEGA = 1e6
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Grain:
    """A rendered speck: centre, radius (px), part of the light taken, soft part of the radius."""

    x: float
    y: float
    radius: float
    depth: float
    soft: float


def scattered(seed: int, size: tuple[int, int], aperture: str) -> list[Grain]:
    """Return specks that do not touch each other, nor the edge."""
    random, (least, most, soft) = np.random.default_rng(seed), APERTURES[aperture]
    grains: list[Grain] = []
    for _ in range(2000):
        radius = float(np.exp(random.uniform(np.log(least), np.log(most))))
        x, y = (float(random.uniform(2 * radius + 4, side - 2 * radius - 4)) for side in size)
        if all(np.hypot(x - g.x, y - g.y) > 3 * (radius + g.radius) for g in grains):
            grains.append(Grain(x, y, radius, float(random.uniform(0.05, 0.4)), soft))
        if len(grains) == SPECKS:
            break
    return grains


def kept_light(size: tuple[int, int], grains: Sequence[Grain]) -> Array:
    """Return the part of the light that specks leave to each pixel."""
    y, x = np.mgrid[: size[1], : size[0]].astype(np.float32)
    kept = np.ones(x.shape, np.float32)
    for g in grains:
        reach = int(g.radius + 3)
        part = np.s_[max(0, int(g.y) - reach) : int(g.y) + reach, max(0, int(g.x) - reach) : int(g.x) + reach]
        edge = np.clip((g.radius - np.hypot(x[part] - g.x, y[part] - g.y)) / max(g.soft * g.radius, 1), 0, 1)
        kept[part] *= 1 - g.depth * edge * edge * (3 - 2 * edge)
    return kept


def soiled(frames: Sequence[Array], kept: Array) -> list[Array]:
    """Return the frames with specks, through a JPEG as a camera writes it."""
    out = []
    for frame in frames:
        dark = encoded(linear_table(frame.dtype)[frame] * kept[..., None], np.uint8)
        _, data = cv2.imencode(".jpg", dark[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])
        out.append(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB))
    return out


def visible(frames: Sequence[Array], grains: Sequence[Grain]) -> list[bool]:
    """Say of each speck whether a frame shows it."""
    size = frames[0].shape[1], frames[0].shape[0]
    dents, seen = np.log(kept_light(size, grains)), [False] * len(grains)
    for frame in frames:
        light = np.log(np.maximum(linear_luma(frame), 0.002))
        for k, g in enumerate(grains):
            reach = int(3 * g.radius + 2)
            part = np.s_[max(0, int(g.y) - reach) : int(g.y) + reach, max(0, int(g.x) - reach) : int(g.x) + reach]
            usable = np.log(0.01) < np.median(light[part]) < np.log(0.93)
            own, scene = (_band(plane[part], g.radius) for plane in (dents, light))
            seen[k] |= bool(usable and -own.min() > VISIBLE * scene.std())
    return seen


def _band(plane: Array, radius: float) -> Array:
    return cv2.GaussianBlur(plane, (0, 0), 0.5 * radius) - cv2.GaussianBlur(plane, (0, 0), 1.3 * radius)


def hits(found: Sequence[Speck], grains: Sequence[Grain]) -> tuple[set[int], int]:
    """Return which specks were found, and how many finds are none."""
    right, wrong = set(), 0
    for speck in found:
        away = [np.hypot(speck.x - g.x, speck.y - g.y) / g.radius for g in grains]
        nearest = int(np.argmin(away)) if away else -1
        if nearest >= 0 and away[nearest] * grains[nearest].radius < max(2, 0.7 * grains[nearest].radius):
            right.add(nearest)
        elif nearest < 0 or away[nearest] >= 1.6:
            wrong += 1
    return right, wrong


def searched(frames: list[Array], marks: Sequence[Mark] = ()) -> tuple[tuple[Speck, ...], float]:
    """Return the specks and the processor time of the search alone; `marks` is what other stacks have shown."""
    watched = Watched(Arrays(frames))
    alignment = align(watched, len(frames) // 2, StackSettings())
    began = _seconds()
    with ThreadPoolExecutor(2) as pool:
        return watched.specks(alignment.transforms, pool, marks), _seconds() - began


def _seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _whole(fused: engine.Fused) -> Array:
    """Return the picture where it lies in the reference, not-a-number outside."""
    out = np.full((fused.frame_size[1], fused.frame_size[0], 3), np.nan)
    crop = fused.crop
    out[crop.top : crop.top + crop.height, crop.left : crop.left + crop.width] = fused.pixels / 257
    return out


def _decibel(one: Array, other: Array, where: Array) -> float:
    error = ((one - other) ** 2)[where]
    return float(10 * np.log10(255**2 / max(1e-9, np.nanmean(error))))


def healed_line(frames: list[Array], dirty: list[Array], truth: Array | None) -> str:
    """Stack the frames clean, soiled and healed; tell how they differ along the trails, and what the search costs."""
    # A camera writes both: a JPEG's own loss is not the specks'.
    clean = engine.stack(Arrays(soiled(frames, np.ones(frames[0].shape[:2], np.float32))), StackSettings(dust=False))
    began = _seconds()
    bad = engine.stack(Arrays(dirty), StackSettings(dust=False))
    cost = _seconds() - began
    began = _seconds()
    good = engine.stack(Arrays(dirty), StackSettings())
    more = (_seconds() - began) / cost - 1
    if not good.specks:
        return "nothing healed"
    where = np.zeros(good.frame_size[::-1], bool)
    crop = good.crop
    where[crop.top : crop.top + crop.height, crop.left : crop.left + crop.width] = trails(good.laid, good.specks) > 0.5
    whole = [_whole(fused) for fused in (clean, bad, good)]
    line = f"to the clean stack: soiled {_decibel(whole[1], whole[0], where):.1f}, "
    line += f"healed {_decibel(whole[2], whole[0], where):.1f} dB"
    if truth is not None:
        words = ("clean", "soiled", "healed")
        line += "; to the truth: " + ", ".join(
            f"{word} {_decibel(picture, truth, where):.2f}" for word, picture in zip(words, whole, strict=True)
        )
    return f"{line}; {more:+.0%} processor time"


def scenes(folder: Path) -> dict[str, tuple[list[Array], Array | None]]:
    """Return the stacks by name, with their truth where there is one."""
    found: dict[str, tuple[list[Array], Array | None]] = {}
    for place in sorted(folder.glob("*/frames")):
        files = sorted(p for p in place.iterdir() if p.suffix.lower() in (".jpg", ".png"))
        truth = cv2.imread(str(place.parent / "truth_mid.png"), cv2.IMREAD_COLOR_RGB)
        found[place.parent.name] = [cv2.imread(str(p), cv2.IMREAD_COLOR_RGB) for p in files], truth
    size = (1500, 1000)
    rendered = slope(12, size, handheld(12, size, 0.03, 12, 0.3), blur=20.0, noise=0.004)
    return {**found, "rendered slope": (rendered.frames, None)}


def told_line(stacks: dict[str, tuple[list[Array], Array | None]]) -> str:
    """Search each stack once more, told of what the others have shown, with the specks and on a clean sensor."""
    seen = found = wrong = 0
    for number, aperture in enumerate(APERTURES):
        dirty: dict[str, list[Array]] = {}
        shown: dict[str, tuple[Speck, ...]] = {}
        for name, (frames, _) in stacks.items():
            size = frames[0].shape[1], frames[0].shape[0]
            dirty[name] = soiled(frames, kept_light(size, scattered(number, size, aperture)))
            shown[name] = searched(dirty[name])[0]
        for name, (frames, _) in stacks.items():
            size = frames[0].shape[1], frames[0].shape[0]
            grains = scattered(number, size, aperture)
            marks = [Mark.where_met(speck.to_json()) for each in stacks if each != name for speck in shown[each]]
            right, false = hits(searched(dirty[name], marks)[0], grains)
            mine = {k for k, apparent_here in enumerate(visible(frames, grains)) if apparent_here}
            clean = len(searched(frames, marks)[0])
            seen, found, wrong = seen + len(mine), found + len(mine & right), wrong + false + clean
            line = f"  {len(mine & right)} of {len(mine)} visible found, {len(right)} in all, {false} false"
            print(f"{name}, {aperture}, told of the others: {line}; {clean} on a clean sensor", flush=True)
    return f"told: {found} of {seen} visible found, {wrong} false finds"


def main() -> None:
    """Print a line a scene and aperture, and the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=Path, default=SHARED / "data" / "synth")
    parser.add_argument("--no-stack", action="store_true", help="only look for specks")
    wanted = parser.parse_args()
    seen = found = wrong = 0
    pixels = 0.0
    together: dict[str, list[set[int]]] = {name: [] for name in APERTURES}
    apparent: dict[str, set[int]] = {name: set() for name in APERTURES}
    for name, (frames, truth) in scenes(wanted.scenes).items():
        size = frames[0].shape[1], frames[0].shape[0]
        pixels += size[0] * size[1] / MEGA
        clean, seconds = searched(frames)
        wrong += len(clean)
        print(f"{name}: without dust {len(clean)} finds, search {seconds:.1f} s", flush=True)
        for number, aperture in enumerate(APERTURES):
            grains = scattered(number, size, aperture)
            dirty, shown = soiled(frames, kept_light(size, grains)), visible(frames, grains)
            right, false = hits(searched(dirty)[0], grains)
            mine = {k for k, apparent_here in enumerate(shown) if apparent_here}
            seen, found, wrong = seen + len(mine), found + len(mine & right), wrong + false
            pixels += size[0] * size[1] / MEGA
            together[aperture].append(right)
            apparent[aperture] |= mine
            line = f"  {aperture}: {len(mine & right)} of {len(mine)} visible found, {len(right)} in all, {false} false"
            print(line if wanted.no_stack else f"{line}; {healed_line(frames, dirty, truth)}", flush=True)
    mapped = sum(len(apparent[a] & set().union(*together[a])) for a in APERTURES)
    every = sum(len(each) for each in apparent.values())
    print(f"single stacks: {found} of {seen} visible found = {found / seen:.0%}; map: {mapped} of {every}", end="; ")
    print(f"{wrong} false finds in {pixels:.0f} megapixels")
    print(told_line(scenes(wanted.scenes)))


if __name__ == "__main__":
    main()
