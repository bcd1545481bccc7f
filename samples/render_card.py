"""Render the sample card: `python -m samples.render_card` writes it and its truth anew, the same bytes each time.

Nothing but numpy, OpenCV and Pillow goes in: no photograph, so the pictures are under this project's licence.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from samples import beetle, camera, movement, roll, shore
from samples.lens import Layer, Lens, Scene, exposed, framed
from samples.light import Picture
from samples.roll import Shot

SEED = 1895
LANDSCAPE, PORTRAIT = (856, 1280), (1280, 856)  # canvases: a little more than a frame, for breathing and shake
Draw = Callable[[tuple[int, int], np.random.Generator], list[Layer]]
SCENES: dict[str, tuple[Draw, tuple[int, int], Callable[[np.random.Generator], Iterator[Shot]]]] = {
    "beetle": (beetle.beetle, LANDSCAPE, roll.beetle_shots),
    "movement": (movement.movement, LANDSCAPE, roll.movement_shots),
    "shore": (shore.shore, PORTRAIT, roll.shore_shots),
}
QUARTER_TURNS = {
    1: 0,
    6: 1,
    8: -1,
}  # counter-clockwise, from the picture as seen to the picture as it lies on the sensor
NOTES = {
    "A1": "jewel beetle, near to far, over the file counter's end; every other second a frame of B1 lies between",
    "B1": "watch movement, far to near, from the hand",
    "B2": "pebble shore in portrait, ten frames a second: only the parts of a second tell the order",
}
MIDDLE = {"A1": 6, "B1": 5, "B2": 5}  # the frame whose geometry the all-sharp picture of a sequence has
JUNK = {
    "DCIM/.DS_Store": b"\x00\x00\x00\x01Bud1" + bytes(4088),
    "DCIM/101CANON/Thumbs.db": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1528),
}


def _generator(name: str) -> np.random.Generator:
    return np.random.default_rng([SEED, zlib.crc32(name.encode())])


def _picture(shot: Shot, canvas: Picture, noise: float) -> NDArray[np.uint8]:
    """Return the 8-bit picture of a shot as it lies on the sensor."""
    size = (1200, 800) if canvas.shape[1] > canvas.shape[0] else (800, 1200)
    seen = exposed(framed(canvas, size, shot.pose), _generator(shot.file), noise, shot.gain)
    return np.ascontiguousarray(np.rot90(seen, QUARTER_TURNS[shot.orientation]))


def _file(shot: Shot, canvas: Picture) -> bytes:
    """Return the JPEG of a shot from what its lens shows on the canvas."""
    picture = _picture(shot, canvas, (shot.exposure.iso / 100) ** 0.5)
    body = camera.BODIES[shot.body]
    return camera.stored(picture, camera.header(body, shot.exposure, shot.at, shot.focus, shot.orientation))


def _taken(name: str, extra: list[Shot]) -> Iterator[tuple[Shot, bytes]]:
    """Draw a scene once and yield every shot of it with its file."""
    draw, shape, shots = SCENES[name]
    scene = Scene(draw(shape, _generator(name)))
    for shot in [*shots(_generator(name + " shots")), *extra]:
        lens = Lens(focal=shot.exposure.focal, f_number=shot.exposure.f_number)
        yield shot, _file(shot, scene.through(lens, shot.focus))
        if shot.sequence and shot.index == MIDDLE[shot.sequence]:
            sharp = _picture(shot, scene.all_sharp(), 0.0)
            wanted = replace(shot, file=f"{shot.sequence}.jpg", kind="truth")
            yield wanted, camera.stored(sharp, b"")


def _entry(shot: Shot, data: bytes) -> dict[str, object]:
    entry: dict[str, object] = {
        "kind": shot.kind,
        "camera": shot.body,
        "time": shot.at.isoformat(timespec="milliseconds"),
        "focus_m": round(shot.focus / 1000, 4),
    }
    if shot.sequence:
        entry |= {"sequence": shot.sequence, "index": shot.index}
    return entry | _digest(data)


def _digest(data: bytes) -> dict[str, object]:
    return {"bytes": len(data), "sha1": hashlib.sha1(data, usedforsecurity=False).hexdigest()}


def _sequences(shots: list[Shot]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, note in NOTES.items():
        frames = sorted((s for s in shots if s.sequence == name), key=lambda s: s.index)
        found[name] = {
            "camera": frames[0].body,
            "serial": camera.BODIES[frames[0].body].serial,
            "files": [s.file for s in frames],
            "times": [s.at.isoformat(timespec="milliseconds") for s in frames],
            "focus_m": [round(s.focus / 1000, 4) for s in frames],
            "note": note,
            "traps": [],
        }
    return found


def _card() -> tuple[dict[str, bytes], dict[str, bytes], dict[str, object]]:
    """Return every file of the card, each sequence all sharp, and what is true of the files."""
    files: dict[str, bytes] = {}
    truths: dict[str, bytes] = {}
    entries: dict[str, dict[str, object]] = {}
    shots: list[Shot] = []
    cut = roll.cut_shot()
    for name in SCENES:
        for shot, data in _taken(name, [cut] if cut.scene == name else []):
            if shot.kind == "truth":
                truths[shot.file] = data
                continue
            kept = data[: len(data) * 2 // 5] if shot is cut else data
            files[shot.file], entries[shot.file] = kept, _entry(shot, kept)
            shots.append(shot)
    copy, original = roll.DUPLICATE
    files[copy] = files[original]
    entries[copy] = {"kind": "duplicate", "of": original} | _digest(files[copy])
    files[roll.EMPTY] = b""
    entries[roll.EMPTY] = {"kind": "invalid"} | _digest(b"")
    for path, data in JUNK.items():
        files[path], entries[path] = data, {"kind": "junk"} | _digest(data)
    cameras = {k: {"make": b.make, "model": b.model, "serial": b.serial} for k, b in camera.BODIES.items()}
    return files, truths, {"cameras": cameras, "sequences": _sequences(shots), "files": dict(sorted(entries.items()))}


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Write a folder anew."""
    shutil.rmtree(folder, ignore_errors=True)
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def main() -> None:
    """Write card, truth and truth.json beside this program, or into the folder named."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    cv2.setNumThreads(1)
    files, truths, truth = _card()
    _write(target / "card", files)
    _write(target / "truth", truths)
    (target / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")
    print(f"{len(files)} files, {sum(map(len, [*files.values(), *truths.values()])) / 1e6:.2f} MB in {target}")


if __name__ == "__main__":
    main()
