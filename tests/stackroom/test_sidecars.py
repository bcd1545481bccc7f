"""Sidecars and catalog: what one side changed goes over, what both changed is shown and lost on neither."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from catalog import edits, history, importing, marks
from catalog.database import Catalog
from develop import sidecar
from develop.settings import NEUTRAL
from stackroom import sidecars
from tests.catalog import made
from tests.develop.test_xmp import LIGHTROOM

LIGHT = replace(NEUTRAL, exposure=0.5)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """Capture 1 is a raw file with its JPEG, capture 2 a JPEG alone, capture 3 a JPEG that holds XMP."""
    plain = cv2.imencode(".jpg", np.zeros((8, 8, 3), np.uint8))[1].tobytes()
    inside = plain[:2] + b"\xff\xe1" + (len(_APP1) + 2).to_bytes(2, "big") + _APP1 + plain[2:]
    files = [
        made.on_disk(tmp_path / "IMG_1.CR3", b"raw", role="raw"),
        made.on_disk(tmp_path / "IMG_1.JPG", b"jpeg"),
        made.on_disk(tmp_path / "IMG_2.JPG", b"another"),
        made.on_disk(tmp_path / "IMG_3.JPG", inside),
    ]
    with made.opened(tmp_path) as opened:
        with opened.writer() as session:
            assert [o.capture_id for o in importing.register(session, files)] == [1, 1, 2, 3]
        yield opened


_APP1 = b"http://ns.adobe.com/xap/1.0/\0" + LIGHTROOM


def _edit(catalog: Catalog, capture: int, rating: int) -> None:
    with catalog.writer() as session:
        edits.apply(session, {capture: replace(LIGHT, contrast=float(rating))}, "edit")
        marks.change(session, [capture], lambda had: replace(had, rating=rating, keywords=("fly",)), "rate")


def _standing(catalog: Catalog, capture: int) -> str:
    with catalog.reader() as session:
        return sidecars.look(session, [capture])[0].standing


def _rating(catalog: Catalog, capture: int) -> int:
    with catalog.reader() as session:
        return marks.of(session, [capture])[capture].rating


def test_what_is_written_is_read_and_undone(catalog: Catalog, tmp_path: Path) -> None:
    originals = {path: path.read_bytes() for path in tmp_path.glob("IMG_*")}
    _edit(catalog, 1, 4)
    assert sidecars.write(catalog, [1, 2]).left == []
    assert sorted(path.name for path in tmp_path.glob("*.xmp")) == ["IMG_1.xmp", "IMG_2.JPG.xmp"]
    assert {path: path.read_bytes() for path in originals} == originals
    said = sidecar.read(tmp_path / "IMG_1.xmp")
    assert (said.settings.exposure, said.described.rating, said.described.keywords) == (0.5, 4, ("fly",))
    assert _standing(catalog, 1) == "same"
    assert sidecars.write(catalog, [1]).same == [str(tmp_path / "IMG_1.xmp")]
    with catalog.writer() as session:
        history.undo(session)
    assert _standing(catalog, 1) == "catalog newer"
    assert len(sidecars.read(catalog, [1]).batches) == 1
    assert _rating(catalog, 1) == 4


def test_another_programs_change_is_shown_taken_over_and_not_written_over(catalog: Catalog, tmp_path: Path) -> None:
    _edit(catalog, 1, 2)
    sidecars.write(catalog, [1])
    path = tmp_path / "IMG_1.xmp"
    path.write_bytes(path.read_bytes().replace(b'xmp:Rating="2"', b'xmp:Rating="5"'))
    changed = path.read_bytes()
    assert _standing(catalog, 1) == "sidecar newer"
    assert "was changed by another program" in sidecars.write(catalog, [1]).left[0][1]
    assert path.read_bytes() == changed
    sidecars.read(catalog, [1])
    assert (_rating(catalog, 1), _standing(catalog, 1)) == (5, "same")


def test_what_both_changed_is_lost_on_neither_side(catalog: Catalog, tmp_path: Path) -> None:
    _edit(catalog, 1, 2)
    sidecars.write(catalog, [1])
    path = tmp_path / "IMG_1.xmp"
    path.write_bytes(path.read_bytes().replace(b'xmp:Rating="2"', b'xmp:Rating="5"'))
    _edit(catalog, 1, 3)
    before = path.read_bytes()
    assert _standing(catalog, 1) == "conflict"
    for told in (sidecars.write(catalog, [1]), sidecars.read(catalog, [1])):
        assert "and so was the catalog" in told.left[0][1]
    assert (path.read_bytes(), _rating(catalog, 1)) == (before, 3)
    sidecars.read(catalog, [1], overwrite=True)
    assert (_rating(catalog, 1), _standing(catalog, 1)) == (5, "same")
    with catalog.writer() as session:
        history.undo(session)
    assert _rating(catalog, 1) == 3


def test_a_sidecar_that_was_there_first_takes_nothing_away(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "IMG_1.xmp"
    path.write_bytes(LIGHTROOM.replace(b' xmp:Rating="4"', b""))
    _edit(catalog, 1, 3)
    assert _standing(catalog, 1) == "new"
    assert "was not read yet" in sidecars.write(catalog, [1]).left[0][1]
    assert sidecars.read(catalog, [1]).notes
    assert _rating(catalog, 1) == 3
    with catalog.reader() as session:
        assert edits.settings_of(session, [1])[1].highlights == -35.0


def test_a_broken_sidecar_is_named_and_left(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "IMG_1.xmp"
    path.write_bytes(b"<broken")
    for told in (sidecars.read(catalog, [1]), sidecars.write(catalog, [1], overwrite=True)):
        assert "IMG_1.xmp" in told.left[0][0]
    assert path.read_bytes() == b"<broken"


def test_a_raw_files_sidecar_is_not_a_jpegs(catalog: Catalog, tmp_path: Path) -> None:
    raw, jpeg = tmp_path / "IMG_1.CR3", tmp_path / "IMG_1.JPG"
    (tmp_path / "IMG_1.xmp").write_bytes(LIGHTROOM)
    assert sidecar.sidecar_of(raw) == tmp_path / "IMG_1.xmp"
    assert sidecar.sidecar_of(jpeg, is_raw=False) is None
    assert sidecar.new_sidecar(jpeg, is_raw=False) == tmp_path / "IMG_1.JPG.xmp"


def test_what_is_inside_a_picture_is_read_where_there_is_no_sidecar(catalog: Catalog) -> None:
    assert sidecars.read(catalog, [3]).without != []
    assert len(sidecars.read(catalog, [3], embedded=True).batches) == 2
    with catalog.reader() as session:
        assert (edits.settings_of(session, [3])[3].exposure, marks.of(session, [3])[3].rating) == (0.5, 4)


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not on this machine")
def test_exiftool_reads_back_what_we_wrote(catalog: Catalog, tmp_path: Path) -> None:
    _edit(catalog, 1, 4)
    sidecars.write(catalog, [1])
    tags = ("-XMP-xmp:Rating", "-XMP-crs:Exposure2012", "-XMP-crs:Contrast2012", "-XMP-dc:Subject")
    done = subprocess.run(
        ["exiftool", "-s3", *tags, str(tmp_path / "IMG_1.xmp")], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["4", "+0.50", "+4", "fly"]
