"""Marking and finding from the command line: a sequence is rated as one object, and taken back as one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

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


def _said(library: Path, *words: str) -> str:
    done = run(*words, library=library)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _listed(library: Path, query: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(_said(library, "list", query, "--json"))
    return found


def test_a_sequence_is_rated_once_and_taken_back_at_once(library: Path) -> None:
    number = json.loads(_said(library, "list", "kind:focus", "--sequences", "--json"))[0]["id"]
    assert json.loads(_said(library, "rate", "4", "--sequence", str(number), "--json"))["captures"] == 4
    assert [entry["sequence"] for entry in _listed(library, "rating>=4 and kind:focus")] == [number] * 4
    assert "nothing to change" in _said(library, "rate", "4", "--sequence", str(number))
    assert "rate 4 (4 captures)" in _said(library, "undo")
    assert _listed(library, "rating>=4") == []


def test_every_mark_finds_its_pictures_again(library: Path) -> None:
    first = str(_listed(library, "kind:focus")[0]["id"])
    _said(library, "flag", "pick", first)
    _said(library, "label", "green", "--query", "picked")
    _said(library, "keyword", "add", "animal|insect, macro", first)
    _said(library, "collection", "add", "Best of", first)
    _said(library, "collection", "make", "Green ones", "--search", "label:green")
    for query in ("picked", "label:green", "keyword:animal", 'collection:"best of"', 'collection:"green ones"'):
        assert [str(entry["id"]) for entry in _listed(library, query)] == [first], query
    assert "animal|insect" in _said(library, "keyword", "list")
    assert "label:green" in _said(library, "collection", "list")
    for _ in range(5):
        _said(library, "undo")
    assert _listed(library, "picked or has:keyword or has:collection or has:label") == []
    assert _said(library, "collection", "list", "--json") == "[]"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("list", "ratng>=4"), 1, "query, column 1"),
        (("rate", "6", "1"), 2, "no rating"),
        (("rate", "5"), 1, "name captures"),
        (("rate", "5", "999"), 1, "capture 999"),
        (("flag", "maybe", "1"), 2, "no flag"),
        (("label", "pink", "1"), 2, "no label"),
        (("keyword", "add", "a||b", "1"), 1, "is empty"),
        (("collection", "delete", "none"), 1, "none of that name"),
        (("collection", "make", "x", "--search", "foo:1"), 1, "there is no field"),
        (("rate", "5", "--query", "iso:1"), 1, "no capture matches"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(library: Path, words: tuple[str, ...], code: int, told: str) -> None:
    done = run(*words, library=library)
    assert done.returncode == code
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    if code == 1:
        assert len(done.stderr.strip().splitlines()) == 1
