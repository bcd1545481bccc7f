"""The demo keeps its hands off folders that it did not make, and names what it found."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackroom import demo


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo-out").mkdir()
    (tmp_path / "demo-out" / "mine.txt").write_text("mine")
    assert demo.main() == demo.CLEAR_ERROR
    assert (tmp_path / "demo-out" / "mine.txt").read_text() == "mine"


def test_its_own_earlier_folder_is_made_anew(tmp_path: Path) -> None:
    out = tmp_path / "demo-out"
    demo._fresh(out)
    (out / "old.txt").touch()
    demo._fresh(out)
    assert [path.name for path in out.iterdir()] == [demo.MARK]


def test_without_a_card_it_says_where_it_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "CARD", tmp_path / "card")
    assert demo.main() == demo.CLEAR_ERROR
    assert str(tmp_path / "card") in capsys.readouterr().out


def test_the_report_names_every_result_and_every_skip() -> None:
    result = {
        "captures": 3,
        "duplicates": ["b.jpg"],
        "skipped": [{"path": "c.jpg", "reason": "empty file"}],
        "sequences": [
            {"id": 7, "kind": "focus", "frames": ["1", "2"], "state": "done", "master": "m.tif", "exports": ["m.jpg"]},
            {"id": 8, "kind": "burst", "frames": ["3"], "state": "done", "master": None, "exports": []},
        ],
        "elapsed_s": 4.2,
    }
    text = "\n".join(demo.report(result, Path("out")))
    for words in (
        "3 captures",
        "1 duplicate left out",
        "1 focus",
        "c.jpg: empty file",
        "stack 7",
        "m.tif",
        "m.jpg",
        "out/library",
    ):
        assert words in text
    assert "stack 8" not in text
