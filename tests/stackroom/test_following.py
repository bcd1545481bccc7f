"""Sidecars that follow edits by themselves: only where asked, never over another program's, told once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from catalog import copies, edits, history, importing, marks
from catalog.database import Catalog
from develop import sidecar
from develop.settings import NEUTRAL
from stackroom import following
from stackroom.following import Following
from stackroom.library import Library
from tests.catalog import made
from watcher.events import Event, Warned


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """Two JPEGs that lie on the disk."""
    with made.opened(tmp_path) as opened:
        with opened.writer() as session:
            importing.register(session, [made.on_disk(tmp_path / f"IMG_{n}.JPG", bytes([n])) for n in (1, 2)])
        yield opened


def _edit(catalog: Catalog, capture: int, exposure: float) -> int:
    with catalog.writer() as session:
        batch = edits.apply(session, {capture: replace(NEUTRAL, exposure=exposure)}, "edit")
    assert batch is not None
    return batch


def _exposure(path: Path) -> float:
    return sidecar.read(path).settings.exposure


def test_nothing_is_written_unless_the_settings_file_asks(catalog: Catalog, tmp_path: Path) -> None:
    library, path = Library(tmp_path), tmp_path / "IMG_1.JPG.xmp"
    assert following.after(library, catalog, _edit(catalog, 1, 0.5)) == []
    assert not path.exists()
    (tmp_path / "stackroom.toml").write_text("sidecars = true\n", encoding="utf-8")
    assert following.after(library, catalog, _edit(catalog, 1, 0.7)) == []
    assert _exposure(path) == 0.7
    assert not (tmp_path / "IMG_2.JPG.xmp").exists(), "nobody edited it"
    with catalog.writer() as session:
        undone = history.undo(session)
    following.after(library, catalog, undone.id)
    assert _exposure(path) == 0.5


def test_the_daemon_writes_what_was_left_over_and_what_comes(catalog: Catalog, tmp_path: Path) -> None:
    _edit(catalog, 1, 0.5)
    said: list[Event] = []
    follow = Following(catalog, said.append)
    follow.step()
    assert _exposure(tmp_path / "IMG_1.JPG.xmp") == 0.5
    with catalog.writer() as session:
        marks.change(session, [2], lambda had: replace(had, rating=3), "rate")
    follow.step()
    assert sidecar.read(tmp_path / "IMG_2.JPG.xmp").described.rating == 3
    assert said == []


def test_another_program_s_change_is_told_of_once_and_kept(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "IMG_1.JPG.xmp"
    said: list[Event] = []
    follow = Following(catalog, said.append)
    _edit(catalog, 1, 0.5)
    follow.step()
    path.write_bytes(path.read_bytes() + b"\n")
    theirs = path.read_bytes()
    for exposure in (0.6, 0.7):
        _edit(catalog, 1, exposure)
        follow.step()
    assert path.read_bytes() == theirs
    assert [type(event) for event in said] == [Warned]
    assert str(path) in said[0].message  # type: ignore[union-attr]


def test_a_virtual_copy_has_no_sidecar(catalog: Catalog, tmp_path: Path) -> None:
    with catalog.writer() as session:
        [copy] = copies.add(session, [1], "grey")
    _edit(catalog, copy, 0.5)
    Following(catalog, lambda event: pytest.fail(str(event))).step()
    assert list(tmp_path.glob("*.xmp")) == []
