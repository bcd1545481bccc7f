"""What is wanted against what lies on disk."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import xxhash

from catalog.copying import digest_file
from catalog.metadata.record import Metadata
from catalog.queries import FrameView, ResultFile, SequenceView, StackView
from develop.recipe import recipe_named
from develop.settings import NEUTRAL
from stacker.choice import StackChoice
from stacker.settings import StackSettings
from watcher import planner
from watcher.planner import Promised, Wanted, order_for
from watcher.worker import StackOrder

MADE = xxhash.xxh3_128(b"picture").hexdigest()


def _view(frames: int = 5, stacks: tuple[StackView, ...] = ()) -> SequenceView:
    return SequenceView(
        id=1, kind="focus", confidence=1.0, reasons=(), warnings=(), complete=True, idle_s=10.0, expected_count=None,
        changed_at=datetime(2026, 3, 7), reference_capture_id=None, stacks=stacks, job_state=None, job_error=None,
        frames=tuple(
            FrameView(
                capture_id=i, file_id=i, path=f"/lib/IMG_{i:04}.JPG", source=f"/card/IMG_{i:04}.JPG", digest=f"d{i}",
                metadata=Metadata(taken_at=datetime(2026, 3, 7, 10, 1, i), orientation=6),
            )
            for i in range(frames)
        ),
    )  # fmt: skip


def _wanted(folder: Path) -> Wanted:
    return Wanted(folder=folder, recipes=(recipe_named("jpeg"),), stack=StackSettings())


def _nobody_else(path: str, number: int) -> bool:
    return False


def _plan(view: SequenceView, folder: Path) -> StackOrder | None:
    return order_for(view, NEUTRAL, _wanted(folder), _nobody_else)


def _carried_out(order: StackOrder) -> StackView:
    """Write the files of an order and return the stack as the catalog would show it."""
    files = []
    for path, key in ((order.master, order.key), *((e.path, e.key) for e in order.exports)):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(b"picture")
        files.append(ResultFile(path, 7, digest_file(Path(path)), key))
    return StackView(
        id=1, key=order.key, master=files[0], exports=tuple(files[1:]), method="auto", engine_version="1", settings={},
        quality={}, current=True, created_at=datetime(2026, 3, 7),
    )  # fmt: skip


def test_a_new_sequence_is_ordered_whole(tmp_path: Path) -> None:
    order = _plan(_view(), tmp_path)
    assert order is not None
    assert [frame.digest for frame in order.frames] == ["d0", "d1", "d2", "d3", "d4"]
    assert (order.reference, order.orientation, order.have_master) == (2, 6, None)
    assert Path(order.master).name == "20260307-100102_IMG_0000-0004_master.tif"
    assert [Path(e.path).name for e in order.exports] == ["20260307-100102_IMG_0000-0004.jpg"]


def test_an_order_says_how_much_room_its_master_takes(tmp_path: Path) -> None:
    view = _view()
    frames = [replace(f, metadata=replace(f.metadata, width=600, height=400)) for f in view.frames]
    order = _plan(replace(view, frames=tuple(frames)), tmp_path)
    assert order is not None
    assert order.room == 600 * 400 * 3 * 2
    unknown = _plan(view, tmp_path)
    assert unknown is not None
    assert unknown.room == 0


def test_what_is_there_is_not_ordered_again(tmp_path: Path) -> None:
    order = _plan(_view(), tmp_path)
    assert order is not None
    assert _plan(_view(stacks=(_carried_out(order),)), tmp_path) is None


def test_a_deleted_export_is_rendered_from_the_master_that_holds(tmp_path: Path) -> None:
    order = _plan(_view(), tmp_path)
    assert order is not None
    made = _carried_out(order)
    Path(order.exports[0].path).unlink()
    again = _plan(_view(stacks=(made,)), tmp_path)
    assert again is not None
    assert (again.have_master, again.key) == (MADE, order.key)
    assert again.exports == order.exports


def test_a_deleted_master_is_fused_again(tmp_path: Path) -> None:
    order = _plan(_view(), tmp_path)
    assert order is not None
    made = _carried_out(order)
    Path(order.master).unlink()
    again = _plan(_view(stacks=(made,)), tmp_path)
    assert again is not None
    assert (again.have_master, again.master) == (None, order.master)


def test_a_late_frame_makes_another_stack(tmp_path: Path) -> None:
    order = _plan(_view(5), tmp_path)
    assert order is not None
    later = _plan(_view(6, (_carried_out(order),)), tmp_path)
    assert later is not None
    assert later.key != order.key


def test_a_change_of_tone_renders_and_does_not_fuse(tmp_path: Path) -> None:
    order = _plan(_view(), tmp_path)
    assert order is not None
    view = _view(stacks=(_carried_out(order),))
    again = order_for(view, replace(NEUTRAL, exposure=0.5), _wanted(tmp_path), _nobody_else)
    assert again is not None
    assert again.have_master == MADE
    assert again.exports[0].key != order.exports[0].key


def test_a_file_of_somebody_else_is_never_written_over(tmp_path: Path) -> None:
    order = _plan(_view(), tmp_path)
    assert order is not None
    Path(order.exports[0].path).write_bytes(b"a stranger's")
    again = _plan(_view(), tmp_path)
    assert again is not None
    assert Path(again.exports[0].path).name == "20260307-100102_IMG_0000-0004-2.jpg"


def test_our_own_file_that_somebody_edited_is_kept(tmp_path: Path) -> None:
    order = _plan(_view(5), tmp_path)
    assert order is not None
    made = _carried_out(order)
    Path(order.exports[0].path).write_bytes(b"touched")
    again = order_for(_view(stacks=(made,)), replace(NEUTRAL, exposure=0.5), _wanted(tmp_path), _nobody_else)
    assert again is not None
    assert again.exports[0].path != order.exports[0].path
    assert Path(order.exports[0].path).read_bytes() == b"touched"


def test_another_folder_gets_exports_from_the_same_master(tmp_path: Path) -> None:
    order = _plan(_view(), tmp_path / "one")
    assert order is not None
    again = _plan(_view(stacks=(_carried_out(order),)), tmp_path / "two")
    assert again is not None
    assert again.have_master == MADE
    assert again.master == order.master
    assert Path(again.exports[0].path).parent == tmp_path / "two"


def test_undated_frames_have_a_name_too(tmp_path: Path) -> None:
    view = _view()
    bare = tuple(replace(frame, metadata=Metadata()) for frame in view.frames)
    order = _plan(replace(view, frames=bare), tmp_path)
    assert order is not None
    assert Path(order.master).name.startswith("undated_")


def test_the_names_of_a_sequence_over_two_folders_are_whole(tmp_path: Path) -> None:
    view = _view(2)
    frames = (replace(view.frames[0], source="/c/IMG_9999.JPG"), replace(view.frames[1], source="/c/IMG_0001.JPG"))
    assert planner.result_name(view.reference.metadata, frames).endswith("_IMG_9999-0001")


def test_a_result_has_a_name_that_every_file_system_takes(tmp_path: Path) -> None:
    view = _view(2)
    first, last = (
        replace(f, source=f"/card/{name}.JPG") for f, name in zip(view.frames, ("a\nb", "x" * 250), strict=True)
    )
    order = _plan(replace(view, frames=(first, last)), tmp_path)
    assert order is not None
    for path in order.paths:
        assert "\n" not in path
        assert len(Path(path).name.encode()) <= 220


def test_results_may_stay_where_the_earlier_ones_are(tmp_path: Path) -> None:
    order = _plan(_view(5), tmp_path / "first")
    assert order is not None
    later = _view(6, (_carried_out(order),))
    stay = replace(_wanted(tmp_path / "library"), stay=True)
    again = order_for(later, NEUTRAL, stay, _nobody_else)
    assert again is not None
    assert {Path(path).parent for path in again.paths} == {tmp_path / "first"}


def test_an_earlier_version_that_is_wanted_again_is_made_the_current_one(tmp_path: Path) -> None:
    order = _plan(_view(), tmp_path)
    assert order is not None
    again = _plan(_view(stacks=(replace(_carried_out(order), current=False),)), tmp_path)
    assert again is not None
    assert again.have_master is not None


def test_what_a_killed_run_wrote_and_could_not_record_is_written_again_in_its_place(tmp_path: Path) -> None:
    order = _plan(_view(), tmp_path)
    assert order is not None
    _carried_out(order)
    unrecorded = order_for(_view(), NEUTRAL, _wanted(tmp_path), _nobody_else, Promised(order.paths))
    assert unrecorded == order
    strangers = _plan(_view(), tmp_path)
    assert strangers is not None
    assert not set(strangers.paths) & set(order.paths), "a file that nobody promised is somebody's"


def test_a_version_that_a_killed_run_wrote_over_is_written_again_and_a_retouched_one_is_not(tmp_path: Path) -> None:
    order = _plan(_view(5), tmp_path)
    assert order is not None
    later, other = _view(5, (_carried_out(order),)), replace(_wanted(tmp_path), stack=StackSettings(method="depth"))
    anew = order_for(later, NEUTRAL, other, _nobody_else)
    assert anew is not None
    assert anew.paths == order.paths, "an untouched earlier version gives way"
    Path(anew.master).write_bytes(b"what nobody has recorded")
    assert order_for(later, NEUTRAL, other, _nobody_else, Promised(anew.paths, anew.paths)) == anew
    retouched = order_for(later, NEUTRAL, other, _nobody_else, Promised(anew.paths))
    assert retouched is not None
    assert retouched.master != anew.master


def test_stacks_of_before_a_setting_came_hold_until_it_is_used() -> None:
    before = {name: value for name, value in StackSettings().to_json().items() if name != "front"}
    asked = StackSettings().to_json()
    assert planner.key_of(_view(), NEUTRAL, asked) == planner.key_of(_view(), NEUTRAL, before)
    assert planner.key_of(_view(), NEUTRAL, {**asked, "front": "first"}) != planner.key_of(_view(), NEUTRAL, before)


def test_what_was_chosen_for_a_sequence_holds_over_what_is_wanted_of_all(tmp_path: Path) -> None:
    wanted = replace(_wanted(tmp_path), recipes=(recipe_named("jpeg"), recipe_named("layers")))
    chosen = replace(_view(), choice=StackChoice(method="depth", dust=False, slab=3, overlap=1))
    order = order_for(chosen, NEUTRAL, wanted, _nobody_else)
    assert order is not None
    assert (order.stack["method"], order.stack["dust"]) == ("depth", False)
    assert [(each.recipe["slab"], each.recipe["overlap"]) for each in order.exports] == [(0, 0), (3, 1)]
    made = (replace(_carried_out(order), settings={"stack": order.stack}),)
    assert order_for(replace(chosen, stacks=made), NEUTRAL, wanted, _nobody_else) is None
    changed = replace(chosen, stacks=made, choice=StackChoice(method="weighted"))
    later = order_for(changed, NEUTRAL, wanted, _nobody_else)
    assert later is not None
    assert later.stack["method"] == "weighted"


def test_a_sequence_that_nobody_chose_for_is_stacked_as_it_was_where_that_is_asked(tmp_path: Path) -> None:
    first = order_for(_view(), NEUTRAL, replace(_wanted(tmp_path), stack=StackSettings(method="depth")), _nobody_else)
    assert first is not None
    view = _view(stacks=(replace(_carried_out(first), settings={"stack": first.stack}),))
    assert order_for(view, NEUTRAL, replace(_wanted(tmp_path), as_before=True), _nobody_else) is None
    general = order_for(view, NEUTRAL, _wanted(tmp_path), _nobody_else)
    assert general is not None
    assert general.stack["method"] == "auto"
