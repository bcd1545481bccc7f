"""What `fuse` refuses before it starts, and that what it writes depends on its frames alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import pytest
import tifffile

from stacker import stack as engine
from stacker.settings import StackSettings
from stackroom.errors import NothingToDo
from stackroom.fuse_request import FuseRequest
from stackroom.fusing import fuse
from tests import cards
from tests.synthetic import slope


def _quiet(stage: str, done: int, total: int) -> None:
    return None


@pytest.fixture
def frames(tmp_path: Path) -> tuple[Path, ...]:
    paths = (tmp_path / "a.png", tmp_path / "b.png")
    for path in paths:
        path.write_bytes(b"an original")
    return paths


@pytest.mark.parametrize("role", ["output", "depth_map", "explain"])
def test_a_frame_is_never_written_over(frames: tuple[Path, ...], tmp_path: Path, role: str) -> None:
    link = tmp_path / "another-name.png"
    link.symlink_to(frames[0])
    plain = FuseRequest(frames=frames, output=tmp_path / "out.tif")
    request = {
        "output": replace(plain, output=link),
        "depth_map": replace(plain, depth_map=link),
        "explain": replace(plain, explain=link),
    }[role]
    with pytest.raises(NothingToDo, match="is one of the frames"):
        fuse(request, _quiet)
    assert frames[0].read_bytes() == b"an original"


def test_two_results_cannot_have_one_name(frames: tuple[Path, ...], tmp_path: Path) -> None:
    place = tmp_path / "out.png"
    with pytest.raises(NothingToDo, match="named twice"):
        fuse(FuseRequest(frames=frames, output=place, depth_map=place), _quiet)


def test_a_map_is_called_what_it_is(frames: tuple[Path, ...], tmp_path: Path) -> None:
    with pytest.raises(NothingToDo, match=r"\.png"):
        fuse(FuseRequest(frames=frames, output=tmp_path / "out.tif", depth_map=tmp_path / "depth.jpg"), _quiet)


def test_the_same_frames_give_the_same_files(tmp_path: Path) -> None:
    paths = tuple(tmp_path / f"{i}.jpg" for i in range(4))
    for path, frame in zip(paths, slope(count=4, size=(200, 150)).frames, strict=True):
        cv2.imwrite(str(path), frame)
    names = ("out.tif", "depth.png", "why.png")
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        output, depth_map, why = (folder / name for name in names)
        fuse(FuseRequest(frames=paths, output=output, depth_map=depth_map, explain=why), _quiet)
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_slabs_are_written_beside_the_result(tmp_path: Path) -> None:
    (tmp_path / "card").mkdir()
    frames = cards.write_run(tmp_path / "card", cards.Run(first=1, focus_m=(0.30, 0.31, 0.32, 0.33), start_s=0))
    done = fuse(FuseRequest(frames=tuple(frames), output=tmp_path / "out.tif", slab=2, overlap=1), _quiet)
    assert [Path(path).name for path in done["slabs"]] == ["out_slab01.tif", "out_slab02.tif", "out_slab03.tif"]
    shapes = {tifffile.imread(path).shape for path in [tmp_path / "out.tif", *done["slabs"]]}
    assert len(shapes) == 1


@pytest.mark.parametrize(("focus", "front"), [((0.30, 0.31, 0.32), "first"), ((0.32, 0.31, 0.30), "last")])
def test_the_camera_says_which_end_is_near(
    focus: tuple[float, ...], front: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = tuple(cards.write_run(tmp_path, cards.Run(first=1, focus_m=focus, start_s=0)))
    real, asked = engine.stack, list[str]()

    def seen(files: Any, settings: StackSettings, *rest: Any) -> Any:
        asked.append(settings.front)
        return real(files, settings, *rest)

    monkeypatch.setattr(engine, "stack", seen)
    fuse(FuseRequest(frames=frames, output=tmp_path / "out.tif", front="auto"), _quiet)
    assert asked == [front]
