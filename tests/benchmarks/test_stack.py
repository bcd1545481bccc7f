from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from benchmarks.engines import BARE, OURS
from benchmarks.process import Run
from benchmarks.stack import compared
from tests.synthetic import slope

ROOT = Path(__file__).parents[2]


def test_ratios_are_of_the_clock_and_of_the_processors() -> None:
    results: dict[str, Run | str] = {
        BARE.name: Run(1, 2, 100),
        OURS.name: Run(4, 7, 900),
        "slow": Run(30, 70, 5000),
        "fast": Run(20, 35, 4000),
        "broken": "no GPU",
    }
    report = compared(results)
    assert (report["fastest_other"], report["faster_than_it"], report["faster_by_cpu"]) == ("fast", 5, 5)
    assert (report["times_decode"], report["times_decode_by_cpu"], report["peak_mb"]) == (4, 3.5, 900)
    assert report["engines"][-1] == {"name": "broken", "failed": "no GPU"}


def test_nothing_is_compared_where_ours_fails() -> None:
    with pytest.raises(SystemExit, match="out of luck"):
        compared({BARE.name: Run(1, 2, 100), OURS.name: "out of luck"})


def test_a_stack_is_measured_and_told_as_json(tmp_path: Path) -> None:
    for i, frame in enumerate(slope(count=3, size=(240, 160)).frames):
        cv2.imwrite(str(tmp_path / f"{i}.jpg"), frame)
    (tmp_path / "notes.txt").write_text("no picture")
    command = [
        sys.executable,
        str(ROOT / "benchmarks/stack.py"),
        str(tmp_path),
        "--rounds",
        "1",
        "--peers",
        "",
        "--json",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    assert report["frames"] == {"count": 3, "megapixels": pytest.approx(0.0384)}
    assert [row["name"] for row in report["engines"]] == [BARE.name, OURS.name]
    assert all(row["wall_s"] > 0 and row["peak_mb"] > 10 for row in report["engines"])
    assert report["fastest_other"] is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.jpg", "1.jpg", "2.jpg", "notes.txt"]
