"""What `fuse --json` says of stacks in which one thing went wrong, and that it has nothing to say of a good one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import pytest

from stacker.transforms import similarity
from stackroom.fuse_request import FuseRequest
from stackroom.fusing import fuse
from tests.stacker.scenes import Array, slope
from tests.stackroom.test_cli import run

STILL = slope(count=13).frames


@dataclass(frozen=True)
class Case:
    """A stack, the verdict it deserves, and what is to be found in which frames."""

    frames: list[Array]
    verdict: str
    found: list[tuple[str, tuple[int, ...]]]


def _shaken() -> list[Array]:
    return [cv2.blur(frame, (9, 1)) if place == 5 else frame for place, frame in enumerate(STILL)]


def _moved() -> list[Array]:
    """Return a sharp leaf of its own where frames 5 to 7 are sharp; it jumps once."""
    frames = [frame.copy() for frame in STILL]
    for place, frame in enumerate(frames):
        left = 200 if place < 6 else 260
        frame[130:230, left : left + 130] = STILL[6][250:350, 60:190]
    return frames


def _bumped() -> list[Array]:
    return slope(move=lambda place: similarity(1, 0, (0 if place < 4 else 12, 0), (300, 200))).frames


def _misfired() -> list[Array]:
    return slope(gains=[[0.3] * 3 if place == 2 else [1.0] * 3 for place in range(7)]).frames


CASES = {
    "a good stack": Case(STILL, "green", []),
    "camera bumped": Case(_bumped(), "amber", [("bumped", (4,))]),
    "frame shaken": Case(_shaken(), "amber", [("blurred", (5,))]),
    "focus repeated": Case([*STILL[:5:2], STILL[4], *STILL[6::2]], "green", [("same focus", (2, 3))]),
    "frames missing": Case(STILL[:4] + STILL[8:], "amber", [("focus gap", (3, 4))]),
    "subject moved": Case(_moved(), "amber", [("motion", (6,))]),
}


def _written(folder: Path, frames: list[Array]) -> tuple[Path, ...]:
    paths = tuple(folder / f"IMG_{place:04d}.png" for place in range(len(frames)))
    for path, frame in zip(paths, frames, strict=True):
        cv2.imwrite(str(path), frame[..., ::-1])
    return paths


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_went_wrong_is_said_of_the_frame_it_befell(tmp_path: Path, case: Case) -> None:
    paths = _written(tmp_path, case.frames)
    said = fuse(FuseRequest(frames=paths, output=tmp_path / "out.png"), lambda *_: None)
    quality = said["quality"]
    findings = quality["findings"]
    assert quality["verdict"] == case.verdict, findings
    assert [(each["kind"], tuple(each["frames"])) for each in findings] == case.found
    for finding in findings:
        assert all(paths[place].name in finding["words"] for place in finding["frames"]), finding
    assert not said["left_out"]


def test_the_command_says_which_flash_misfired_and_what_is_missing_for_it(tmp_path: Path) -> None:
    paths = _written(tmp_path, _misfired())
    done = run("fuse", *map(str, paths), "-o", str(tmp_path / "out.png"), "--json", library=tmp_path / "lib")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert "EV darker" in said["left_out"][paths[2].name]
    assert said["quality"]["verdict"] == "amber"
    findings = [(each["kind"], each["frames"]) for each in said["quality"]["findings"]]
    assert findings == [("left out", [2]), ("focus gap", [1, 3])]
