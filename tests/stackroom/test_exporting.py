"""Bulk export, whole: a real library, real files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow
from sqlalchemy import select

from catalog import dust, edits, sequences, staleness
from catalog.models import DustMark, Sequence
from develop import pipeline
from develop.recipe import RECIPES, TOKENS, ExportRecipe
from develop.settings import DevelopSettings
from stacker.choice import StackChoice
from stackroom import export_plan
from stackroom.errors import NameTaken
from stackroom.library import Library
from tests.stackroom.exports import JPEG, WEB, export, files, states


@pytest.mark.usefixtures("here")
def test_several_recipes_develop_each_picture_once(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[int] = []
    real = pipeline.render

    def counted(*words: Any, **named: Any) -> Any:
        rendered.append(1)
        return real(*words, **named)

    monkeypatch.setattr(pipeline, "render", counted)
    items = export(library, tmp_path / "out", JPEG, WEB, RECIPES["print"], RECIPES["avif"])
    assert states(items) == ["made"] * 8
    assert len(rendered) == 2
    assert states(export(library, tmp_path / "out", JPEG, WEB, RECIPES["print"], RECIPES["avif"])) == ["kept"] * 8
    assert len(rendered) == 2
    assert not list((tmp_path / "out").glob(".*"))


@pytest.mark.usefixtures("here")
def test_results_frames_and_both_are_found_by_queries(library: Library, tmp_path: Path) -> None:
    for what, query, count in (
        ("results", None, 2), ("results", "kind:focus", 2), ("frames", None, 9), ("both", None, 11),
        ("frames", "date:2026-03-07 kind:focus", 8), ("results", "rating>=4", 0),
    ):  # fmt: skip
        items = export(library, tmp_path, JPEG, what=what, query=query, dry_run=True)
        assert len(items) == count, (what, query)
        assert set(states(items)) <= {"to make"}
    assert list(tmp_path.iterdir()) == [], "looking writes nothing"
    frames = export(library, tmp_path, WEB, what="frames", query="kind:focus")
    with Pillow.open(frames[4].delivered.path) as picture:
        assert picture.size == (160, 240), "frames are turned upright"
        assert picture.getexif()[0x0110] == "Canon EOS R6"


@pytest.mark.usefixtures("here")
def test_only_what_is_missing_or_stale_is_made(library: Library, tmp_path: Path) -> None:
    first = export(library, tmp_path, JPEG, what="frames")
    before = files(tmp_path)
    Path(first[3].delivered.path).unlink()
    assert states(export(library, tmp_path, JPEG, what="frames")).count("made") == 1
    assert files(tmp_path) == before
    capture = first[0].subject.order.frames[0].capture_id
    with library.catalog() as catalog, catalog.writer() as session:
        edits.apply(session, {capture: DevelopSettings(exposure=0.7)}, "brighter")
    again = export(library, tmp_path, JPEG, what="frames")
    assert [item.state for item in again].count("made") == 1
    with library.catalog() as catalog, catalog.writer() as session:
        edits.apply(session, {capture: DevelopSettings()}, "as it was")
    assert states(export(library, tmp_path, replace(JPEG, quality=60), what="frames")) == ["made"] * 9
    assert files(tmp_path).keys() == before.keys(), "our own files are replaced in place"


@pytest.mark.usefixtures("here")
def test_a_retouched_export_is_not_written_over(library: Library, tmp_path: Path) -> None:
    [one, _] = export(library, tmp_path, JPEG)
    Path(one.delivered.path).write_bytes(b"somebody's work")
    [again, other] = export(library, tmp_path, JPEG)
    assert (again.state, other.state) == ("made", "kept")
    assert Path(again.delivered.path).stem.endswith("-2")
    assert Path(one.delivered.path).read_bytes() == b"somebody's work"


@pytest.mark.usefixtures("here")
def test_names_come_from_a_template(library: Library, tmp_path: Path) -> None:
    template = "{year}/{date}_{original}_{sequence:3}_{frames}f_{focus}_{camera}_{counter:3}"
    recipe = ExportRecipe(name="own", format="webp", name_template=template, name_suffix="_x")
    names = [Path(i.delivered.path).relative_to(tmp_path).as_posix() for i in export(library, tmp_path, recipe)]
    numbers = [item.subject.naming.sequence for item in export(library, tmp_path, recipe)]
    assert names == [
        f"2026/2026-03-07_IMG_0003_{numbers[0]:03}_4f_0.300-0.330m_Canon EOS R6_001_x.webp",
        f"2026/2026-03-07_IMG_0007_{numbers[1]:03}_4f_0.500-0.600m_Canon EOS R6_002_x.webp",
    ]
    other = {**recipe.to_json(), "name_template": "{camera}_{counter}", "name": "few"}
    few = ExportRecipe.from_json(other)
    [second] = export(library, tmp_path, few, sequences=(numbers[1],))
    assert Path(second.delivered.path).name == "Canon EOS R6_1_x.webp"
    both = export(library, tmp_path, few)
    assert states(both) == ["made", "kept"], "a file keeps its number"
    every = ExportRecipe(name="every", name_template="+".join(f"{{{token}}}" for token in TOKENS))
    [told] = export(library, tmp_path, every, sequences=(numbers[0],), dry_run=True)
    values = dict(zip(TOKENS, Path(told.delivered.path).stem.split("+"), strict=True))
    assert values == {
        "name": told.subject.naming.name, "original": "IMG_0003", "sequence": str(numbers[0]), "frames": "4",
        "focus": "0.300-0.330m", "date": "2026-03-07", "time": "100101", "year": "2026", "month": "03", "day": "07",
        "camera": "Canon EOS R6", "lens": "Macro 100mm F2.8", "counter": "1", "recipe": "every",
    }  # fmt: skip
    assert Path(both[0].delivered.path).name == "Canon EOS R6_2_x.webp"


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("collision", "ends", "names"),
    [("number", ["made", "made"], ["a.jpg", "a-2.jpg"]), ("skip", ["made", "skipped"], ["a.jpg"]),
     ("replace", ["made", "skipped"], ["a.jpg"])],
)  # fmt: skip
def test_two_equal_names_never_hide_each_other(
    library: Library, tmp_path: Path, collision: str, ends: list[str], names: list[str]
) -> None:
    recipe = ExportRecipe(name="same", name_template="a", collision=collision)
    items = export(library, tmp_path, recipe)
    assert states(items) == ends
    assert sorted(files(tmp_path)) == sorted(names)
    assert ends == ["made", "made"] or "{counter}" in items[1].reason


def test_many_equal_names_are_numbered_without_asking_for_all_before(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []
    obstacle = export_plan.Plan._obstacle

    def counted(self: export_plan.Plan, path: Path, me: tuple[str, str]) -> str | None:
        asked.append(path)
        return obstacle(self, path, me)

    monkeypatch.setattr(export_plan.Plan, "_obstacle", counted)
    items = export(library, tmp_path, replace(WEB, name_template="a"), what="frames", dry_run=True)
    names = [Path(item.delivered.path).name for item in items]
    assert names == ["a_web.jpg", *(f"a_web-{number}.jpg" for number in range(2, len(items) + 1))]
    assert len(asked) == len(items)


@pytest.mark.usefixtures("here")
def test_somebodys_file_is_numbered_around_left_replaced_or_stops_everything(library: Library, tmp_path: Path) -> None:
    theirs = tmp_path / "a.jpg"
    outcomes = {}
    number = export(library, tmp_path, JPEG, dry_run=True)[0].subject.naming.sequence
    for collision in ("number", "skip", "replace"):
        theirs.write_bytes(b"theirs")
        recipe = ExportRecipe(name=collision, name_template="a", collision=collision)
        [item] = export(library, tmp_path, recipe, sequences=(number,))
        outcomes[collision] = (item.state, theirs.read_bytes() == b"theirs")
    assert outcomes == {"number": ("made", True), "skip": ("left", True), "replace": ("made", False)}
    before = files(tmp_path)
    with pytest.raises(NameTaken, match=r"a\.jpg"):
        export(library, tmp_path, ExportRecipe(name="stop", name_template="a", collision="stop"))
    assert files(tmp_path) == before


@pytest.mark.usefixtures("here")
def test_an_original_is_never_replaced(library: Library) -> None:
    originals = library.originals
    before = files(originals)
    folder = next(path for path in originals.rglob("*.JPG")).parent
    recipe = ExportRecipe(name="over", name_template="{original}", collision="replace")
    # Another ending in other letters: file systems that do not tell them apart must be safe as well.
    items = export(library, folder, recipe, what="frames", dry_run=True)
    assert set(states(items)) == {"skipped"}
    assert files(originals) == before


@pytest.mark.usefixtures("here")
def test_an_offline_original_is_a_skip_and_the_rest_is_made(library: Library, tmp_path: Path) -> None:
    [near, _] = export(library, tmp_path, JPEG, dry_run=True)
    frame = Path(near.subject.order.frames[0].path)
    frame.rename(tmp_path / "away")
    try:
        items = export(library, tmp_path / "out", JPEG, RECIPES["depth"], what="both")
    finally:
        (tmp_path / "away").rename(frame)
    skipped = [(item.subject.is_stack, item.recipe.name, item.reason) for item in items if item.state == "skipped"]
    offline = f"original offline: {frame}; connect its volume"
    assert skipped[0] == (True, "depth", offline)
    assert (False, "jpeg", offline) in skipped
    assert len([item for item in items if item.state == "made"]) == 3 + 8
    assert sum(reason == offline for _, _, reason in skipped) == 2


@pytest.mark.usefixtures("here")
def test_what_is_said_of_sensor_or_stack_makes_stacks_out_of_date(library: Library, tmp_path: Path) -> None:
    def refused() -> None:
        items = export(library, tmp_path, JPEG)
        assert {item.state for item in items} == {"skipped"}
        assert all("out of date; run `stackroom stack" in item.reason for item in items)

    with library.catalog() as catalog, catalog.writer() as session:
        body = next(iter(dust.bodies(session)))
        mark = dust.mark(session, body, (30, 20), 4, dust.DUST)
    refused()
    with library.catalog() as catalog, catalog.writer() as session:
        session.delete(session.get_one(DustMark, mark))
        stacked = session.scalars(select(Sequence.id).where(Sequence.kind == "focus")).all()
        assert staleness.stale_sequences(session) == set()
        sequences.choose_stack(session, dict.fromkeys(stacked, StackChoice(method="depth")))
        assert staleness.stale_sequences(session) == set(stacked)
    refused()
    with library.catalog() as catalog, catalog.writer() as session:
        sequences.choose_stack(session, dict.fromkeys(stacked, StackChoice(method="auto", slab=2)))
        assert staleness.stale_sequences(session) == set()
    made = export(library, tmp_path, JPEG, RECIPES["layers"])
    assert states(made) == ["made"] * 4
    assert [item.recipe.slab for item in made] == [0, 2, 0, 2]
