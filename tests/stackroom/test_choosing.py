"""The reference is the frame with most of the picture in focus."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from stackroom.choosing import Choice, most_in_focus
from tests import cards
from tests.stackroom.here import run


def test_the_frame_that_is_sharp_in_most_tiles() -> None:
    details = {11: [200, 100, 100, 0], 12: [100, 195, 200, 0], 13: [100, 200, 100, 5]}
    assert most_in_focus(details) == Choice(12, 2 / 3)


def test_equals_give_the_middle_one_and_nothing_gives_nothing() -> None:
    assert most_in_focus({n: [100, 100] for n in (1, 2, 3)}) == Choice(2, 1.0)
    assert most_in_focus({1: [0], 2: [0], 3: [0]}) == Choice(2, 0.0)
    assert most_in_focus({}) is None


@given(st.lists(st.lists(st.integers(0, 300), min_size=4, max_size=4), min_size=1, max_size=5))
def test_what_is_chosen_is_a_frame_and_its_share_a_share(tiles: list[list[int]]) -> None:
    chosen = most_in_focus(dict(enumerate(tiles)))
    assert chosen is not None
    assert chosen.capture in range(len(tiles))
    assert 0 <= chosen.share <= 1


def test_the_sharp_frame_of_a_card_is_found_overridden_and_undone(tmp_path: Path) -> None:
    paths = cards.write_run(tmp_path / "card", cards.Run(first=1, focus_m=(0.3, 0.31, 0.32, 0.33), start_s=0))
    with Image.open(paths[0]) as first:
        exif = first.info["exif"]
    Image.fromarray(cards.scene(1)).save(paths[0], quality=95, exif=exif)
    library = tmp_path / "lib"
    assert run("import", str(tmp_path / "card"), library=library).returncode == 0
    [sequence] = json.loads(run("list", "kind:focus", "--sequences", "--json", library=library).stdout)
    number = str(sequence["id"])

    def reference() -> str:
        shown = json.loads(run("sequences", "show", number, "--json", library=library).stdout)
        return Path(shown["reference"]).name

    before = reference()
    assert run("sequences", "reference", number, "--auto", library=library).returncode == 0
    assert reference() == paths[0].name
    listed = json.loads(run("list", "--json", library=library).stdout)
    [last] = [entry["id"] for entry in listed if Path(entry["files"][0]).name == paths[-1].name]
    assert run("sequences", "reference", number, str(last), library=library).returncode == 0
    assert reference() == paths[-1].name
    for _ in range(2):
        assert run("undo", library=library).returncode == 0
    assert reference() == before
    assert run("redo", library=library).returncode == 0
    assert reference() == paths[0].name
    assert run("sequences", "reference", number, library=library).returncode == 2
