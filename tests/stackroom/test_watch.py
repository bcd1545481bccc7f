"""The main job, whole: real files, a real catalog, real worker processes, killed for real."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from tests import cards
from tests.stackroom import here
from tests.stackroom.test_cli import run


def _card(root: Path, *, damaged: bool = False) -> tuple[Path, dict[str, list[Path]]]:
    card = root / "card"
    return card, cards.write_card(card, damaged=damaged)


def _digests(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def _words(card: Path, out: Path) -> list[str]:
    return ["watch", str(card), "--export", str(out), "--once", "--json"]


def _watch(card: Path, root: Path) -> dict[str, Any]:
    done = run(*_words(card, root / "out"), library=root / "lib")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path, dict[str, Any]]]:
    """A card worked through once without a fault: (card, root, result)."""
    root = tmp_path_factory.mktemp("undisturbed")
    card, _ = _card(root, damaged=True)
    yield card, root, _watch(card, root)


Worked = tuple[Path, Path, dict[str, Any]]


def test_every_stack_is_found_and_built(undisturbed: Worked) -> None:
    _, root, result = undisturbed
    stacks = [s for s in result["sequences"] if s["kind"] == "focus"]
    names = [[Path(frame).name for frame in s["frames"]] for s in stacks]
    assert names == [[f"IMG_{i:04}.JPG" for i in range(1, 5)], [f"IMG_{i:04}.JPG" for i in range(5, 9)]]
    for stack in stacks:
        assert stack["state"] == "done"
        for path in (stack["master"], *stack["exports"]):
            assert Path(path).stat().st_size > 1000
            assert Path(path).parent == root / "out"


def test_results_are_never_taken_in_wherever_they_lie(tmp_path: Path) -> None:
    card, _ = _card(tmp_path)
    first = json.loads(run(*_words(card, card), library=tmp_path / "lib").stdout)
    moved = shutil.copy(first["sequences"][0]["exports"][0], card / "PICT0001.JPG")
    again = json.loads(run(*_words(card, tmp_path / "elsewhere"), library=tmp_path / "lib").stdout)
    assert again["captures"] == first["captures"]
    assert [Path(s["path"]) for s in again["skipped"]] == [moved]
    assert "a result made here" in again["skipped"][0]["reason"]


def test_what_is_no_picture_is_listed_with_its_reason(undisturbed: Worked) -> None:
    _, _, result = undisturbed
    reasons = {Path(entry["path"]).name: entry["reason"] for entry in result["skipped"]}
    assert set(reasons) == {"IMG_0030.JPG", "IMG_0031.JPG"}
    assert "empty" in reasons["IMG_0031.JPG"]
    assert [Path(d["path"]).name for d in result["duplicates"]] == ["IMG_0002 (1).JPG"]
    assert result["captures"] == 9


def test_the_stack_is_sharper_than_its_frames(undisturbed: Worked) -> None:
    _, _, result = undisturbed
    near = next(s for s in result["sequences"] if s["kind"] == "focus")
    truth = cv2.cvtColor(cards.scene(1), cv2.COLOR_RGB2GRAY).astype(np.float32)

    def error(path: str) -> float:
        """Mean squared difference of the light to the truth, at the best shift."""
        picture = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
        assert picture is not None
        middle = picture[12:-12, 12:-12].astype(np.float32)
        return float(cv2.matchTemplate(truth, middle, cv2.TM_SQDIFF).min() / middle.size)

    frames = [error(frame) for frame in near["frames"]]
    assert error(near["exports"][0]) < 0.3 * min(frames)


def test_the_result_stands_upright_and_says_what_it_is(undisturbed: Worked) -> None:
    _, _, result = undisturbed
    far = [s for s in result["sequences"] if s["kind"] == "focus"][1]
    with Image.open(far["exports"][0]) as image:
        assert image.height > image.width, "the frames were taken upright"
        exif = image.getexif()
        assert (exif[0x0112], exif[0x0110]) == (1, "Canon EOS R6")
        assert exif.get_ifd(0x8769)[0x9003] == "2026:03:07 10:02:01"
        assert image.info["icc_profile"]
        assert b"IMG_0005.JPG" in image.info["xmp"]


def test_the_card_is_as_it_was(tmp_path: Path) -> None:
    card, _ = _card(tmp_path)
    before = _digests(card)
    stamps = {path: path.stat().st_mtime_ns for path in card.rglob("*")}
    _watch(card, tmp_path)
    assert _digests(card) == before
    assert {path: path.stat().st_mtime_ns for path in card.rglob("*")} == stamps


def test_a_second_run_does_nothing(undisturbed: Worked) -> None:
    card, root, result = undisturbed
    before = _digests(root / "out") | _digests(root / "lib" / "originals")
    again = _watch(card, root)
    result, again = ({**r, "elapsed_s": 0} for r in (result, again))
    assert again == result
    assert _digests(root / "out") | _digests(root / "lib" / "originals") == before


def test_a_deleted_result_comes_back_the_same(tmp_path: Path) -> None:
    card, _ = _card(tmp_path)
    result = _watch(card, tmp_path)
    before = _digests(tmp_path / "out")
    lost = next(s for s in result["sequences"] if s["kind"] == "focus")
    Path(lost["exports"][0]).unlink()
    Path(lost["master"]).unlink()
    _watch(card, tmp_path)
    assert _digests(tmp_path / "out") == before


def test_in_place_copies_nothing(tmp_path: Path) -> None:
    card, _ = _card(tmp_path)
    done = run(*_words(card, tmp_path / "out"), "--add", library=tmp_path / "lib")
    assert done.returncode == 0, done.stderr
    assert not list((tmp_path / "lib").rglob("*.JPG"))


def _left_over(root: Path) -> list[Path]:
    return list(root.rglob("*.stackroom-part"))


def test_killed_at_any_moment_it_simply_goes_on(tmp_path: Path, undisturbed: Worked) -> None:
    _, _, whole = undisturbed
    card, _ = _card(tmp_path)
    moments = random.Random(7)
    environment = {**os.environ, "STACKROOM_LIBRARY": str(tmp_path / "lib")}
    command = [sys.executable, "-m", "stackroom", *_words(card, tmp_path / "out")]
    for _ in range(4):
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
            time.sleep(moments.uniform(0.3, 5))
            child.send_signal(signal.SIGKILL)
    result = _watch(card, tmp_path)
    assert not _left_over(tmp_path)

    def results(of: dict[str, Any]) -> dict[str, tuple[str, ...]]:
        return {
            Path(s["master"]).name: tuple(
                hashlib.sha256(Path(p).read_bytes()).hexdigest() for p in (s["master"], *s["exports"])
            )
            for s in of["sequences"]
            if s["master"]
        }

    assert results(result) == results(whole)
    assert sorted(p.name for p in (tmp_path / "lib/originals").rglob("*.JPG")) == [
        *(f"IMG_{i:04}.JPG" for i in range(1, 9)),
        "IMG_0020.JPG",
    ]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(
        p.name for p in Path(whole["sequences"][0]["master"]).parent.iterdir()
    )


def test_interrupted_by_the_user_it_says_so(tmp_path: Path) -> None:
    card, _ = _card(tmp_path)
    environment = {**os.environ, "STACKROOM_LIBRARY": str(tmp_path / "lib")}
    command = [sys.executable, "-m", "stackroom", *_words(card, tmp_path / "out")]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        deadline = time.monotonic() + 60
        while not (tmp_path / "lib/catalog.sqlite").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "Traceback" not in said
    assert "run the same command again" in said
    _watch(card, tmp_path)


def _one_stack(root: Path) -> dict[str, Any]:
    shown = here.run("sequences", "list", "--kind", "focus", "--json", library=root / "lib")
    result: dict[str, Any] = json.loads(shown.stdout)[0]
    return result


def test_a_new_look_renders_again_in_place_and_undo_takes_it_back(tmp_path: Path) -> None:
    card, _ = _card(tmp_path)
    _watch(card, tmp_path)
    before, first = _digests(tmp_path / "out"), _one_stack(tmp_path)
    number = str(first["id"])
    assert here.run("develop", "--sequence", number, "--set", "exposure=1", library=tmp_path / "lib").returncode == 0
    assert run("stack", number, library=tmp_path / "lib").returncode == 0
    after = _digests(tmp_path / "out")
    assert set(after) == set(before), "the export is replaced in its place"
    [changed] = [name for name in after if after[name] != before[name]]
    assert changed == Path(first["exports"][0]).name, "the master is not fused again"
    assert here.run("check", "--verify", library=tmp_path / "lib").returncode == 0
    assert here.run("undo", library=tmp_path / "lib").returncode == 0
    assert run("stack", number, library=tmp_path / "lib").returncode == 0
    assert _digests(tmp_path / "out") == before


def test_a_retouched_result_is_kept_beside_the_new_one(tmp_path: Path) -> None:
    card, _ = _card(tmp_path)
    _watch(card, tmp_path)
    first = _one_stack(tmp_path)
    export = Path(first["exports"][0])
    export.write_bytes(export.read_bytes()[:-2] + b"xx")
    here.run("develop", "--sequence", str(first["id"]), "--set", "exposure=1", library=tmp_path / "lib")
    assert run("stack", str(first["id"]), library=tmp_path / "lib").returncode == 0
    assert export.read_bytes().endswith(b"xx")
    assert export.with_name(f"{export.stem}-2.jpg").exists()


def test_a_late_frame_makes_a_new_version(tmp_path: Path) -> None:
    card, stacks = _card(tmp_path)
    late = stacks["near"][-1]
    content, stamp = late.read_bytes(), late.stat().st_mtime_ns
    late.unlink()
    first = _watch(card, tmp_path)
    late.write_bytes(content)
    os.utime(late, ns=(stamp, stamp))
    second = _watch(card, tmp_path)
    counts = [[len(s["frames"]) for s in r["sequences"] if s["kind"] == "focus"] for r in (first, second)]
    assert counts == [[3, 4], [4, 4]]
    assert [s["id"] for s in first["sequences"]] == [s["id"] for s in second["sequences"]]
    assert all(s["state"] == "done" for s in second["sequences"] if s["kind"] == "focus")
