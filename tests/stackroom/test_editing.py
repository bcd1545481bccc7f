"""Editing from the command line: set, auto, sync, undo, sidecars."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests import cards
from tests.stackroom.here import run


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A library with two stacks of four frames imported, nothing stacked."""
    root = tmp_path_factory.mktemp("library")
    cards.write_card(root / "card", damaged=False)
    done = run("import", str(root / "card"), library=root / "lib")
    assert done.returncode == 0, done.stderr
    yield root / "lib"


def _settings(library: Path, *captures: int) -> list[dict[str, Any]]:
    done = run("develop", *map(str, captures), "--json", library=library)
    assert done.returncode == 0, done.stderr
    return [entry["settings"] for entry in json.loads(done.stdout)]


def _frames(library: Path) -> tuple[int, list[int]]:
    shown = run("sequences", "list", "--kind", "focus", "--json", library=library)
    sequence = json.loads(shown.stdout)[0]
    listed = json.loads(run("list", "--json", library=library).stdout)
    return sequence["id"], [c["id"] for c in listed if c["sequence"] == sequence["id"]]


def test_sync_says_what_it_would_do_does_it_and_reads_it_back(library: Path) -> None:
    number, frames = _frames(library)
    lead = frames[2]
    assert (
        run("develop", str(lead), "--set", "exposure=0.5", "--set", "sharpen_amount=40", library=library).returncode
        == 0
    )
    planned = run("sync", "--to", str(number), "--dry-run", library=library)
    assert "A  must match on every frame" in planned.stdout
    assert "exposure 0 -> 0.5" in planned.stdout
    assert "on the result: sharpen_amount" in planned.stdout
    assert "nothing was changed" in planned.stdout
    assert _settings(library, frames[0]) == [{}]
    done = run("sync", str(lead), "--to", str(number), library=library)
    assert "3 of 3 frames carry the settings" in done.stdout
    assert _settings(library, frames[0]) == [{"exposure": 0.5}], "sharpening waits for the result"
    again = run("sync", str(lead), library=library)
    assert "nothing to change" in again.stdout
    assert run("undo", library=library).returncode == 0
    assert _settings(library, frames[0]) == [{}]
    assert run("redo", library=library).returncode == 0
    assert _settings(library, frames[0]) == [{"exposure": 0.5}]
    assert run("undo", library=library).returncode == 0
    assert run("undo", library=library).returncode == 0


def test_auto_gives_numbers(library: Path) -> None:
    _, frames = _frames(library)
    assert run("develop", str(frames[0]), "--auto", library=library).returncode == 0
    [found] = _settings(library, frames[0])
    assert found
    assert all(isinstance(value, float) for value in found.values())
    assert run("undo", library=library).returncode == 0


def test_auto_does_what_it_can_and_tells_of_the_rest(tmp_path: Path) -> None:
    _, bad = cards.write_run(tmp_path / "card", cards.Run(first=1, focus_m=(0.3, 0.31), start_s=0))
    assert run("import", "--add", str(tmp_path / "card"), library=tmp_path / "lib").returncode == 0
    bad.write_bytes(bad.read_bytes()[:700])
    done = run("develop", "1", "2", "--auto", "--set", "clarity=10", "--json", library=tmp_path / "lib")
    assert done.returncode == 1
    assert done.stderr.startswith(f"stackroom: {bad}: ")
    assert done.stderr.count("\n") == 1
    told = json.loads(done.stdout)
    assert (told["captures"], [line.split(":")[0] for line in told["left"]]) == (1, [str(bad)])
    first, second = _settings(tmp_path / "lib", 1, 2)
    assert first["clarity"] == 10
    assert len(first) > 2
    assert second == {}


def test_a_lens_that_nobody_measured_is_told_and_told_once(tmp_path: Path) -> None:
    cards.write_run(tmp_path / "card", cards.Run(first=1, focus_m=(0.3, 0.31), start_s=0, model="Nobody Z1"))
    cards.write_run(tmp_path / "card", cards.Run(first=3, focus_m=(0.3,), start_s=90))
    assert run("import", str(tmp_path / "card"), library=tmp_path / "lib").returncode == 0
    chosen = ("1", "2", "3")
    done = run("develop", *chosen, "--set", "lens_profile=true", library=tmp_path / "lib")
    assert done.returncode == 0
    [line] = done.stderr.splitlines()
    assert "IMG_0001.JPG and 1 more: Macro 100mm F2.8 on Nobody Z1 has not been measured" in line
    assert run("develop", *chosen, "--set", "exposure=0.1", library=tmp_path / "lib").stderr == ""


def test_fringes_are_measured_as_numbers(library: Path) -> None:
    _, frames = _frames(library)
    done = run("develop", str(frames[0]), "--fringes", "--set", "contrast=5", "--json", library=library)
    assert done.returncode == 0, done.stderr
    [found] = _settings(library, frames[0])
    assert found["contrast"] == 5.0
    assert abs(found.get("fringe_red_cyan", 0.0)) < 20, "the sample's lens has hardly any"
    assert run("undo", library=library).returncode == 0


def test_settings_go_out_to_a_sidecar_and_come_back(library: Path) -> None:
    _, frames = _frames(library)
    capture = str(frames[1])
    run("develop", capture, "--set", "exposure=0.5", "--set", "contrast=12", library=library)
    before = _settings(library, frames[1])
    originals = {path: path.read_bytes() for path in (library / "originals").rglob("*.JPG")}
    assert run("xmp", "write", capture, library=library).returncode == 0
    assert {path: path.read_bytes() for path in (library / "originals").rglob("*.JPG")} == originals
    assert run("develop", capture, "--reset", library=library).returncode == 0
    assert _settings(library, frames[1]) == [{}]
    assert run("xmp", "read", capture, library=library).returncode == 0
    assert _settings(library, frames[1]) == before


@pytest.mark.parametrize(
    "words", [("--set", "exposre=1"), ("--set", "exposure=99"), ("--set", "exposure"), ("--preset", "none such")]
)
def test_a_wrong_setting_is_one_clear_line(library: Path, words: tuple[str, ...]) -> None:
    done = run("develop", "1", *words, library=library)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_strokes_are_added_shown_and_undone(library: Path, tmp_path: Path) -> None:
    number, _ = _frames(library)
    strokes = tmp_path / "strokes.json"
    strokes.write_text(json.dumps([{"source": 0, "points": [[0.4, 0.3]], "radius": 0.02}]), encoding="utf-8")
    done = run("retouch", str(number), "--strokes", str(strokes), "--json", library=library)
    assert done.returncode == 0, done.stderr
    stroke = json.loads(done.stdout)["strokes"][0]
    assert stroke["source"].endswith(".JPG"), "a number is kept as the frame's name"
    assert run("undo", library=library).returncode == 0
    assert json.loads(run("retouch", str(number), "--json", library=library).stdout)["strokes"] == []


@pytest.mark.parametrize(
    "text", ["[{", '{"source": 0}', '[{"source": 99, "points": [[0, 0]], "radius": 0.1}]', '[{"source": 0}]']
)
def test_strokes_that_make_no_sense_are_one_clear_line(library: Path, tmp_path: Path, text: str) -> None:
    number, _ = _frames(library)
    (tmp_path / "strokes.json").write_text(text, encoding="utf-8")
    done = run("retouch", str(number), "--strokes", str(tmp_path / "strokes.json"), library=library)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1


def test_sync_from_a_picture_of_another_sequence_tells_json(library: Path) -> None:
    shown = json.loads(run("list", "kind:focus", "--json", library=library).stdout)
    numbers = sorted({entry["sequence"] for entry in shown})
    other = next(entry["id"] for entry in shown if entry["sequence"] == numbers[1])
    assert run("develop", str(other), "--set", "contrast=20", library=library).returncode == 0
    [told] = json.loads(
        run("sync", str(other), "--to", str(numbers[0]), "--groups", "tone", "--json", library=library).stdout
    )
    assert (told["frames"], told["confirmed"], told["not_confirmed"]) == (4, 4, [])
    assert told["changes"][0]["settings"] == [{"setting": "contrast", "before": 0.0, "after": 20.0, "class": "A"}]
    for _ in range(2):
        assert run("undo", library=library).returncode == 0


def test_a_paste_and_a_snapshot_and_back(library: Path) -> None:
    _, frames = _frames(library)
    one, two = str(frames[0]), str(frames[3])
    run("develop", one, "--set", "exposure=1", "--set", "crop_left=0.2", library=library)
    assert run("snapshot", "take", "before", two, library=library).returncode == 0
    assert run("paste", one, two, library=library).returncode == 0
    assert _settings(library, frames[3]) == [{"exposure": 1.0}], "the crop is the picture's own"
    assert run("paste", one, two, "--groups", "geometry", library=library).returncode == 0
    assert _settings(library, frames[3]) == [{"exposure": 1.0, "crop_left": 0.2}]
    assert '"before"' in run("snapshot", "list", two, "--json", library=library).stdout
    assert run("snapshot", "restore", "before", two, library=library).returncode == 0
    assert _settings(library, frames[3]) == [{}]
    for _ in range(4):
        assert run("undo", library=library).returncode == 0
    assert run("snapshot", "remove", "before", two, library=library).returncode == 0
    gone = run("snapshot", "restore", "before", two, library=library)
    assert (gone.returncode, "has no snapshot 'before'" in gone.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("sync",), "name the frame to copy from"),
        (("sync", "999"), "capture 999"),
        (("sync", "--to", "999"), "sequence 999"),
        (("sync", "1", "--to", "1", "--groups", "tones"), "sync group tones"),
        (("paste", "999", "1"), "capture 999"),
        (("develop", "999"), "capture 999"),
    ],
)
def test_what_cannot_be_carried_over_is_one_clear_line(library: Path, words: tuple[str, ...], told: str) -> None:
    done = run(*words, library=library)
    assert (done.returncode, len(done.stderr.strip().splitlines())) == (1, 1), done.stderr
    assert told in done.stderr


def test_a_picture_s_look_becomes_a_preset_and_is_used(library: Path, tmp_path: Path) -> None:
    _, frames = _frames(library)
    run("develop", str(frames[0]), "--set", "exposure=0.25", "--set", "crop_left=0.1", library=library)
    done = run("presets", "save", "mine", str(frames[0]), "--json", library=library)
    assert json.loads(done.stdout) == {"name": "mine", "settings": {"exposure": 0.25}}, "its crop stays its own"
    assert json.loads(run("presets", "list", "--json", library=library).stdout)["mine"]["own"] is True
    assert run("develop", str(frames[1]), "--reset", "--preset", "mine", library=library).returncode == 0
    assert _settings(library, frames[1]) == [{"exposure": 0.25}]
    told = json.loads(run("undo", "--json", library=library).stdout)
    assert (told["captures"], told["undone"]) == (1, True)
    assert json.loads(run("redo", "--json", library=library).stdout)["undone"] is False
    assert run("presets", "remove", "mine", library=library).returncode == 0
    refused = run("presets", "remove", "mine", library=library)
    assert (refused.returncode, len(refused.stderr.strip().splitlines())) == (1, 1)


def test_a_copy_is_exported_beside_its_original(library: Path, tmp_path: Path) -> None:
    _, frames = _frames(library)
    [told] = json.loads(run("copies", "add", "grey", str(frames[2]), "--json", library=library).stdout)
    copy = told["capture"]
    run("develop", str(copy), "--set", "grayscale=on", library=library)
    done = run(
        "export", "--what", "frames", "--recipe", "jpeg", "--to", str(tmp_path / "out"), "--json", library=library
    )
    assert done.returncode == 0, done.stderr
    made = {Path(file["path"]).name for file in json.loads(done.stdout)["files"]}
    stem = Path(json.loads(run("list", "--json", library=library).stdout)[0]["files"][0]).stem[:-4]
    assert sum(name.endswith("-grey.jpg") for name in made) == 1, (made, stem)
    [grey] = [tmp_path / "out" / name for name in made if name.endswith("-grey.jpg")]
    pixels = np.asarray(cv2.imread(str(grey)), int)
    assert abs(pixels[..., 0] - pixels[..., 2]).max() <= 2
    assert grey.with_name(grey.name.replace("-grey", "")).exists()
    assert run("copies", "remove", str(copy), library=library).returncode == 0
    assert json.loads(run("copies", "list", "--json", library=library).stdout) == []
    kept = json.loads(run("snapshot", "list", str(frames[2]), "--json", library=library).stdout)
    assert kept[0]["name"] == "grey"


def test_sidecars_follow_every_edit_where_the_settings_file_says_so(library: Path) -> None:
    _, frames = _frames(library)
    capture = str(frames[3])
    settings = library / "stackroom.toml"
    settings.write_text("sidecars = true\n", encoding="utf-8")
    try:
        run("rate", "4", capture, library=library)
        [state] = json.loads(run("xmp", "status", capture, "--json", library=library).stdout)
        assert state["state"] == "same"
        path = Path(state["sidecar"])
        assert b'xmp:Rating="4"' in path.read_bytes()
        run("undo", library=library)
        assert b'xmp:Rating="4"' not in path.read_bytes()
        path.write_bytes(path.read_bytes().replace(b"</x:xmpmeta>", b"</x:xmpmeta>\n"))
        done = run("develop", capture, "--set", "exposure=0.7", library=library)
        assert done.returncode == 0
        assert str(path) in done.stderr, "what another program changed is told of and left"
        assert b"0.7" not in path.read_bytes()
        assert run("undo", library=library).returncode == 0
        path.unlink()
    finally:
        settings.unlink()
