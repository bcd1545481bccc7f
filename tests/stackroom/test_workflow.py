"""What a watch or a stack is refused for, before anything is touched."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from develop import presets
from stacker.settings import StackSettings
from stackroom import workflow
from stackroom.errors import NothingToDo, WatchedLibrary
from stackroom.library import Library
from stackroom.tasks import WatchRequest
from tests import cards
from watcher.events import nobody


def _request(folder: Path) -> WatchRequest:
    return WatchRequest(
        folders=(folder,), export=folder.parent / "out", recipes=(), preset=presets.load("neutral"),
        stack=StackSettings(), copy=True, once=True,
    )  # fmt: skip


@pytest.mark.parametrize("inside", ["", "originals", "link"])
def test_the_librarys_own_files_are_not_watched(tmp_path: Path, inside: str) -> None:
    library = Library(tmp_path / "lib")
    (library.root / "originals").mkdir(parents=True)
    (tmp_path / "lib" / "link").symlink_to(library.originals)
    with pytest.raises(WatchedLibrary, match="lies in the library"):
        workflow.watch(library, _request(library.root / inside), nobody, threading.Event())
    assert not (tmp_path / "out").exists()


def test_a_library_inside_a_watched_folder_is_passed_over(tmp_path: Path) -> None:
    card = tmp_path / "card"
    cards.write_run(card, cards.Run(first=1, focus_m=(5.0,), start_s=0))
    library = Library(card / "lib")
    for _ in range(2):
        result = workflow.watch(library, _request(card), nobody, threading.Event())
        assert (result["captures"], result["duplicates"], result["skipped"]) == (1, [], [])


def test_a_single_frame_is_no_stack(tmp_path: Path) -> None:
    cards.write_run(tmp_path / "card", cards.Run(first=1, focus_m=(5.0,), start_s=0))
    library = Library(tmp_path / "lib")
    result = workflow.watch(library, _request(tmp_path / "card"), nobody, threading.Event())
    [single] = result["sequences"]
    wanted = workflow.StackRequest(sequences=(single["id"],), export=None, recipes=())
    with pytest.raises(NothingToDo, match="a single frame"):
        workflow.stack(library, wanted, nobody, threading.Event())
