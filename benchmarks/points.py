"""Hot and stuck pixels found and filled: `python -m benchmarks.points [--scenes DIR]`.

Sixty pixels a scene are planted in every frame of the focus stacks in DIR (`*/frames/`), spread as demosaicing does and
through a JPEG: hot ones add 10 to 60 % of white to the light, stuck ones are white, dead ones black. One counts as
visible where it stands, in half of the frames at least, four times as high as its surroundings scatter by at the size
of a pixel, and 12 codes. The healed stack is held to the stack of sound frames, where the points were.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from benchmarks.dust import SHARED, Array, _decibel, _whole, scenes
from stacker import stack as engine
from stacker.align import align
from stacker.bands import linear_table
from stacker.energies import Energies
from stacker.layers import trails
from stacker.points import Pointed
from stacker.settings import StackSettings
from stacker.specks import Speck
from tests.stacker.scenes import Arrays, encoded

POINTS = 60
SPREAD = np.array([[0.12, 0.35, 0.12], [0.35, 1, 0.35], [0.12, 0.35, 0.12]])
Planted = tuple[int, int, int, str, float]


class Files(Arrays):
    """Frames from memory that are reduced as a decoder reduces them."""

    def proxy(self, index: int, max_side: int) -> Array:
        """Return frame `index` reduced."""
        whole = self.frames[index]
        factor = min(1.0, max_side / max(whole.shape))
        return cv2.resize(whole, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) if factor < 1 else whole


def placed(seed: int, size: tuple[int, int]) -> list[Planted]:
    """Return places, channels, kinds and strengths of failed pixels."""
    random, kinds = np.random.default_rng(seed), ("hot", "hot", "stuck", "dead")
    return [
        (
            int(random.integers(12, size[0] - 12)),
            int(random.integers(12, size[1] - 12)),
            int(random.integers(3)),
            kinds[number % 4],
            float(random.uniform(0.1, 0.6)),
        )
        for number in range(POINTS)
    ]


def soiled(frames: list[Array], points: list[Planted]) -> list[Array]:
    """Return the frames with failed pixels, through a JPEG as a camera writes it."""
    out = []
    for frame in frames:
        light = linear_table(frame.dtype)[frame].astype(float)
        for x, y, channel, kind, strength in points:
            part = light[y - 1 : y + 2, x - 1 : x + 2, channel]
            part += {"hot": strength * SPREAD, "stuck": SPREAD * (1 - part), "dead": -SPREAD * part}[kind]
        _, data = cv2.imencode(".jpg", encoded(light, np.uint8)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])
        out.append(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB))
    return out


def visible(clean: list[Array], dirty: list[Array], point: Planted) -> bool:
    """Say whether half of the frames show a point."""
    x, y, channel = point[:3]
    seen = []
    for sound, hot in zip(clean, dirty, strict=True):
        around = sound[y - 9 : y + 10, x - 9 : x + 10, channel].astype(np.float32)
        scatter = (around - cv2.GaussianBlur(around, (0, 0), 2)).std()
        seen.append(abs(int(hot[y, x, channel]) - int(sound[y, x, channel])) > max(12, 4 * scatter))
    return float(np.mean(seen)) >= 0.5


def searched(frames: list[Array]) -> tuple[Speck, ...]:
    """Return the points alone."""
    pointed = Pointed(Files(frames))
    alignment = align(Energies(pointed, 2000), len(frames) // 2, StackSettings())
    return pointed.specks(alignment.transforms)


def healed_line(frames: list[Array], dirty: list[Array]) -> str:
    """Stack the frames sound, soiled and healed, and tell how far the last two are from the first."""
    clean, bad = (engine.stack(Files(each), StackSettings(dust=False)) for each in (frames, dirty))
    good = engine.stack(Files(dirty), StackSettings())
    where, crop = np.zeros(good.frame_size[::-1], bool), good.crop
    where[crop.top : crop.top + crop.height, crop.left : crop.left + crop.width] = trails(good.laid, good.specks) > 0.5
    whole = [_whole(fused) for fused in (clean, bad, good)]
    return f"soiled {_decibel(whole[1], whole[0], where):.1f}, healed {_decibel(whole[2], whole[0], where):.1f} dB"


def main() -> None:
    """Print a line a scene, and the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=Path, default=SHARED / "data" / "synth")
    seen = found = wrong = 0
    for number, (name, (frames, _)) in enumerate(scenes(parser.parse_args().scenes).items()):
        points = placed(number, (frames[0].shape[1], frames[0].shape[0]))
        dirty = soiled(frames, points)
        specks, false = searched(dirty), len(searched(frames))
        shown = [point for point in points if visible(frames, dirty, point)]
        right = [p for p in shown if any(abs(s.x - p[0]) <= 1 and abs(s.y - p[1]) <= 1 for s in specks)]
        false += sum(not any(abs(s.x - p[0]) <= 2 and abs(s.y - p[1]) <= 2 for p in points) for s in specks)
        seen, found, wrong = seen + len(shown), found + len(right), wrong + false
        line = f"{name}: {len(right)} of {len(shown)} visible found, {len(specks)} in all, {false} false"
        print(f"{line}; to the clean stack: {healed_line(frames, dirty)}", flush=True)
    print(f"{found} of {seen} visible found = {found / max(1, seen):.0%}; {wrong} false finds")


if __name__ == "__main__":
    main()
