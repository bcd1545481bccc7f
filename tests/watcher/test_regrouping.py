"""Pictures are asked where headers leave it open, and a cut in between is made good."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from catalog import importing, queries
from catalog.database import Catalog
from catalog.metadata.record import Metadata
from catalog.models import Capture
from tests.catalog import made
from watcher import regrouping
from watcher.regrouping import Regrouping, Stop, never
from watcher.worker import Json


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with made.opened(tmp_path) as opened:
        with opened.writer() as session:
            importing.register(session, [_incoming(tmp_path, number) for number in range(6)])
        yield opened


def _incoming(folder: Path, number: int) -> importing.Incoming:
    """Return a frame whose header says when, and nothing of where the lens was."""
    path = folder / f"IMG_{number:04}.JPG"
    taken = datetime(2026, 3, 7, 10) + timedelta(seconds=number)
    header = Metadata(
        make="Canon", model="R6", body_serial="1", taken_at=taken, time_resolution_s=0.01, exposure_s=0.01
    )
    return importing.Incoming(
        source=path, size=1, mtime_ns=1, digest=f"{number:032x}", signature=str(number), stored=path, role="jpeg",
        metadata=header,
    )  # fmt: skip


def _moving(previews: Mapping[int, Path], stop: Stop = never) -> Mapping[int, Json]:
    """Show one scene whose sharp tiles move along from frame to frame."""
    first = min(previews)
    light = [(7 * tile) % 200 for tile in range(24 * 16)]

    def detail(frame: int) -> list[int]:
        return [max(0, 160 - 40 * abs(tile % 24 // 4 - frame)) for tile in range(24 * 16)]

    return {capture: {"light": light, "detail": detail(capture - first)} for capture in previews}


def _kinds(catalog: Catalog) -> list[str]:
    with catalog.reader() as session:
        return [view.kind for view in queries.sequence_views(session)]


def test_headers_alone_leave_it_open(catalog: Catalog) -> None:
    regrouping.regroup(catalog, None)
    assert _kinds(catalog) == ["review"]


def test_pictures_decide(catalog: Catalog) -> None:
    done = regrouping.regroup(catalog, None, _moving)
    assert _kinds(catalog) == ["focus"]
    assert len(done.created) == 1
    assert not done.unmeasured


def test_a_cut_while_measuring_is_made_good_by_the_next_run(catalog: Catalog) -> None:
    def killed(previews: Mapping[int, Path], stop: Stop = never) -> Mapping[int, Json]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        regrouping.regroup(catalog, None, killed)
    regrouping.regroup(catalog, (), _moving)
    assert _kinds(catalog) == ["focus"]


def test_a_picture_that_cannot_be_measured_leaves_its_group_open(catalog: Catalog) -> None:
    def most(previews: Mapping[int, Path], stop: Stop) -> Mapping[int, Json]:
        return dict(list(_moving(previews).items())[1:])

    regrouping.regroup(catalog, None, most)
    assert _kinds(catalog) == ["review"]


def test_a_few_frames_that_hardly_differ_are_no_focus_stack(catalog: Catalog) -> None:
    def trembling(previews: Mapping[int, Path], stop: Stop = never) -> Mapping[int, Json]:
        """Show three frames whose sharp tiles wander by half a stop of detail: a hand that shakes."""
        shown = _moving(previews)
        return {
            capture: {"light": value["light"], "detail": [min(10, detail) + 60 for detail in value["detail"]]}
            for capture, value in shown.items()
        }

    with catalog.writer() as session:
        session.execute(delete(Capture).where(Capture.id > 3))
    regrouping.regroup(catalog, None, trembling)
    assert "focus" not in _kinds(catalog)


def _work_off(work: Regrouping) -> list[int]:
    sizes = []
    while work.is_busy:
        done = work.step()
        if done is not None:
            sizes.append(len(done.created))
    return sizes


def test_other_work_goes_on_while_pictures_are_measured(catalog: Catalog) -> None:
    free = threading.Event()

    def slowly(previews: Mapping[int, Path], stop: Stop) -> Mapping[int, Json]:
        assert free.wait(30)
        return _moving(previews)

    work = Regrouping(catalog, never, slowly)
    work.ask(range(1, 7))
    assert work.step() is None
    assert work.step() is None, "it must not wait"
    assert work.is_busy
    free.set()
    assert _work_off(work) == [1]
    assert _kinds(catalog) == ["focus"]


def test_what_was_measured_before_a_stop_is_kept(catalog: Catalog) -> None:
    stopping = threading.Event()

    def half(previews: Mapping[int, Path], stop: Stop) -> Mapping[int, Json]:
        stopping.set()
        assert stop()
        return dict(list(_moving(previews).items())[:3])

    work = Regrouping(catalog, stopping.is_set, half)
    work.ask(range(1, 7))
    assert _work_off(work) == []
    assert _kinds(catalog) == [], "a stop came before the grouping"
    asked: list[int] = []

    def rest(previews: Mapping[int, Path], stop: Stop) -> Mapping[int, Json]:
        asked.extend(previews)
        return {capture: value for capture, value in _moving({n: Path() for n in range(1, 7)}).items() if capture > 3}

    after = Regrouping(catalog, never, rest)
    assert _work_off(after) == [1]
    assert sorted(asked) == [4, 5, 6]
    assert _kinds(catalog) == ["focus"]
