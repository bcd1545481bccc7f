from __future__ import annotations

from pathlib import Path

import pytest

from develop import sidecar
from develop.errors import SettingsError
from develop.settings import DevelopSettings
from tests.develop.test_xmp import LIGHTROOM

LOOK = DevelopSettings(exposure=0.25, grayscale=True)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "IMG_1.xmp"
    assert sidecar.write(path, LOOK)
    assert sidecar.read(path).settings == LOOK
    assert [entry.name for entry in tmp_path.iterdir()] == ["IMG_1.xmp"]


def test_writing_the_same_again_touches_nothing(tmp_path: Path) -> None:
    path = tmp_path / "IMG_1.xmp"
    sidecar.write(path, LOOK)
    before = path.stat().st_mtime_ns
    assert not sidecar.write(path, LOOK)
    assert path.stat().st_mtime_ns == before


def test_a_rating_of_lightroom_stays(tmp_path: Path) -> None:
    path = tmp_path / "IMG_1.xmp"
    path.write_bytes(LIGHTROOM)
    sidecar.write(path, LOOK)
    assert b'xmp:Rating="4"' in path.read_bytes()


def test_a_broken_sidecar_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "IMG_1.xmp"
    path.write_bytes(b"<broken")
    with pytest.raises(SettingsError, match=r"IMG_1\.xmp"):
        sidecar.write(path, LOOK)
    assert path.read_bytes() == b"<broken"


def test_nothing_is_written_into_a_picture(tmp_path: Path) -> None:
    raw = tmp_path / "IMG_1.DNG"
    raw.write_bytes(b"raw")
    with pytest.raises(SettingsError, match="never into a picture"):
        sidecar.write(raw, LOOK)
    assert raw.read_bytes() == b"raw"


@pytest.mark.parametrize("name", ["IMG_1.xmp", "IMG_1.CR3.xmp"])
def test_a_pictures_sidecar_is_found(tmp_path: Path, name: str) -> None:
    picture = tmp_path / "IMG_1.CR3"
    assert sidecar.sidecar_of(picture) is None
    (tmp_path / name).write_bytes(LIGHTROOM)
    assert sidecar.sidecar_of(picture) == tmp_path / name


def test_a_missing_sidecar_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gone\.xmp"):
        sidecar.read(tmp_path / "gone.xmp")
