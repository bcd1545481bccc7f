"""Files become captures: the same rows in whatever order and however often they come."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog import importing
from catalog.importing import Incoming, Outcome
from catalog.models import Capture, File, Sighting
from tests.catalog.made import CARD, incoming, on_disk, opened


def _captures(session: Session) -> set[frozenset[str]]:
    """The captures as sets of the file names that they are made of."""
    found = session.scalars(select(Capture)).all()
    return {frozenset(Path(file.source_path).name for file in capture.files) for capture in found}


def _rows(session: Session) -> list[int]:
    return [session.scalar(select(func.count()).select_from(table)) or 0 for table in (Capture, File, Sighting)]


PAIR = (incoming("IMG_1.CR3"), incoming("IMG_1.JPG", seconds=0.4))


@pytest.mark.parametrize("order", list(permutations((*PAIR, incoming("IMG_2.CR3", seconds=1)))))
def test_raw_and_jpeg_of_one_exposure_are_one_capture(tmp_path: Path, order: tuple[Incoming, ...]) -> None:
    with opened(tmp_path) as catalog, catalog.writer() as session:
        importing.register(session, order)
        assert _captures(session) == {frozenset({"IMG_1.CR3", "IMG_1.JPG"}), frozenset({"IMG_2.CR3"})}
        capture = session.scalars(select(Capture).where(Capture.stem == "IMG_1")).one()
        assert capture.taken_at == PAIR[0].metadata.taken_at  # what the RAW says counts


@pytest.mark.parametrize(("serial", "seconds", "captures"), [("01", 0.37, 1), (None, 0.37, 2), ("01", 0.0, 2)])
def test_raw_and_jpeg_of_two_slots_are_one_capture_where_body_and_moment_vouch(
    tmp_path: Path, serial: str | None, seconds: float, captures: int
) -> None:
    pair = [
        incoming(n, seconds=seconds, folder=Path(f) / "100CANON") for n, f in (("A.CR3", "/raw"), ("A.JPG", "/jpg"))
    ]
    pair = [replace(item, metadata=replace(item.metadata, body_serial=serial)) for item in pair]
    for order in (pair, pair[::-1]):
        (tmp_path / order[0].source.name).mkdir()
        with opened(tmp_path / order[0].source.name) as catalog, catalog.writer() as session:
            importing.register(session, order)
            assert len(_captures(session)) == captures


@pytest.mark.parametrize(
    "other",
    [
        incoming("IMG_1.JPG", seconds=5),
        incoming("IMG_1.JPG", model="EOS R6"),
        incoming("IMG_1.JPG", folder=CARD.parent / "101CANON"),
        incoming("IMG_1.JPG", dated=False),
        incoming("IMG_1.DNG"),
        incoming("IMG_10.JPG"),
    ],
    ids=["another time", "another body", "another folder", "no time", "another RAW", "another name"],
)
def test_what_is_not_one_exposure_is_two_captures(tmp_path: Path, other: Incoming) -> None:
    for order in ((PAIR[0], other), (other, PAIR[0])):
        (tmp_path / order[0].source.name).mkdir()
        with opened(tmp_path / order[0].source.name) as catalog, catalog.writer() as session:
            importing.register(session, order)
            assert len(_captures(session)) == 2


def test_the_same_content_elsewhere_is_a_duplicate(tmp_path: Path) -> None:
    first = incoming("IMG_1.CR3", content="same")
    again = incoming("IMG_1.CR3", content="same", folder=Path("/card2/DCIM"), stored=Path("/library/IMG_1.CR3"))
    with opened(tmp_path) as catalog, catalog.writer() as session:
        capture = importing.register(session, [first])[0].capture_id
        assert importing.register(session, [again]) == [Outcome(again.source, "duplicate", capture, str(first.source))]
        assert _rows(session) == [1, 1, 2]
        assert importing.register(session, [first])[0].status == "imported"


items = st.lists(
    st.builds(
        lambda number, suffix, content: incoming(f"IMG_{number}.{suffix}", content=content, seconds=float(number)),
        st.integers(1, 4),
        st.sampled_from(["CR3", "JPG"]),
        st.sampled_from([None, "same", "equal"]),
    ),
    unique_by=lambda item: item.source,
    max_size=8,
)


@settings(max_examples=25, deadline=None)
@given(items, st.randoms(use_true_random=False))
def test_twice_or_in_pieces_leaves_the_same_rows(
    tmp_path_factory: pytest.TempPathFactory, files: list[Incoming], random: object
) -> None:
    with opened(tmp_path_factory.mktemp("library")) as catalog:
        with catalog.writer() as session:
            # A content's place in the library is where its first file went.
            places: dict[str, Path] = {}
            files = [replace(file, stored=places.setdefault(file.digest, file.stored)) for file in files]
            importing.register(session, files)
            once = (_captures(session), _rows(session))
        for file in files:
            with catalog.writer() as session:
                importing.register(session, [file])
        with catalog.reader() as session:
            assert (_captures(session), _rows(session)) == once
            assert once[1][1] == len({file.digest for file in files})


def test_what_was_seen_is_known(tmp_path: Path) -> None:
    with opened(tmp_path) as catalog:
        with catalog.writer() as session:
            importing.register(session, [incoming("IMG_1.CR3")])
            importing.skip(session, "/card/broken.jpg", 17, 2, "it is cut short")
        with catalog.reader() as session:
            sources = [str(CARD / "IMG_1.CR3"), "/card/broken.jpg", "/card/new.jpg", *map(str, range(3000))]
            seen = importing.known(session, sources)
    assert seen.keys() == {str(CARD / "IMG_1.CR3"), "/card/broken.jpg"}
    broken = seen["/card/broken.jpg"]
    assert (broken.outcome, broken.reason, broken.size, broken.file_id) == ("skipped", "it is cut short", 17, None)


def test_a_skipped_file_that_became_whole_is_imported(tmp_path: Path) -> None:
    with opened(tmp_path) as catalog, catalog.writer() as session:
        importing.skip(session, str(CARD / "IMG_1.CR3"), 17, 2, "it is cut short")
        importing.register(session, [incoming("IMG_1.CR3")])
        assert importing.known(session, [str(CARD / "IMG_1.CR3")])[str(CARD / "IMG_1.CR3")].outcome == "imported"
        assert _rows(session) == [1, 1, 1]


def test_a_file_that_was_moved_keeps_its_capture(tmp_path: Path) -> None:
    old, new = tmp_path / "inbox" / "a.jpg", tmp_path / "sorted" / "b.jpg"
    item = on_disk(old, b"picture")
    with opened(tmp_path) as catalog, catalog.writer() as session:
        capture = importing.register(session, [item])[0].capture_id
        new.parent.mkdir()
        old.rename(new)
        assert importing.stored_with_digest(session, item.digest) is None
        outcome = importing.register(session, [replace(item, source=new, stored=new)])[0]
        assert (outcome.status, outcome.capture_id) == ("imported", capture)
        assert importing.stored_with_digest(session, item.digest) == new
        assert session.scalars(select(Capture.stem)).all() == ["b"]


def test_a_second_copy_does_not_take_the_firsts_place(tmp_path: Path) -> None:
    first, second = on_disk(tmp_path / "a.jpg", b"picture"), on_disk(tmp_path / "b.jpg", b"picture")
    with opened(tmp_path) as catalog, catalog.writer() as session:
        importing.register(session, [first])
        assert importing.register(session, [second])[0].status == "duplicate"
        assert importing.stored_with_digest(session, first.digest) == first.source


def test_a_lost_copy_is_made_good_by_the_same_card(tmp_path: Path) -> None:
    card, lost, new = tmp_path / "card.jpg", tmp_path / "library" / "card.jpg", tmp_path / "library2" / "card.jpg"
    item = on_disk(card, b"picture", stored=lost)
    with opened(tmp_path) as catalog, catalog.writer() as session:
        capture = importing.register(session, [item])[0].capture_id
        new.parent.mkdir()
        new.write_bytes(b"picture")
        outcome = importing.register(session, [replace(item, stored=new)])[0]
        assert (outcome.status, outcome.capture_id) == ("imported", capture)
        assert importing.stored_with_digest(session, item.digest) == new
        assert session.scalars(select(File.source_path)).all() == [str(card)]


def test_a_file_written_over_in_place_keeps_its_capture(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    with opened(tmp_path) as catalog, catalog.writer() as session:
        capture = importing.register(session, [on_disk(path, b"picture")])[0].capture_id
        changed = on_disk(path, b"edited by another program")
        outcome = importing.register(session, [changed])[0]
        assert (outcome.status, outcome.capture_id) == ("imported", capture)
        assert _rows(session) == [1, 1, 1]
        assert session.scalars(select(File.digest)).all() == [changed.digest]


TAKE_IN = """
import os, signal, sys
from pathlib import Path
from catalog import copying, destinations, importing
from catalog.database import Catalog
from catalog.importing import Incoming
from catalog.metadata.record import Metadata
card, library, stop = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
steps = 0
def step():
    global steps
    steps += 1
    if steps == stop:
        os.kill(os.getpid(), signal.SIGKILL)
def free(source):
    return lambda place: not place.exists() or copying.digest_file(place) == copying.digest_file(source)
catalog = Catalog.open(library / "catalog.sqlite")
for source in sorted(card.rglob("*.jpg")):
    place = destinations.destination(library, "{name}", Metadata(), source, is_free=free(source))
    copied = copying.copy_verified(source, place)
    step()
    with catalog.writer() as session:
        importing.register(session, [Incoming(source=source, size=copied.size, mtime_ns=1, digest=copied.digest,
            signature=copying.signature(source), stored=place, role="jpeg", metadata=Metadata())])
        step()
    step()
"""


@pytest.mark.parametrize("cut", [1, 2, 6])
def test_killed_anywhere_the_next_run_ends_as_an_undisturbed_one(tmp_path: Path, cut: int) -> None:
    for number in range(3):
        folder = tmp_path / "card" / f"10{number}CANON"
        folder.mkdir(parents=True)
        (folder / "IMG_1.jpg").write_bytes(b"picture %d" % number)

    def run(library: Path, stop: int) -> int:
        library.mkdir(exist_ok=True)
        command = [sys.executable, "-c", TAKE_IN, str(tmp_path / "card"), str(library), str(stop)]
        return subprocess.run(command, check=False).returncode

    def result(library: Path) -> tuple[object, ...]:
        with opened(library) as catalog, catalog.reader() as session:
            files = session.execute(select(File.source_path, File.stored_path, File.digest).order_by(File.id)).all()
            rows = _rows(session)
        stored = {path.name: path.read_bytes() for path in library.glob("*.jpg")}
        return [(a, os.path.relpath(b, library), c) for a, b, c in files], rows, stored

    assert run(tmp_path / "cut", cut) == -signal.SIGKILL
    assert run(tmp_path / "cut", 0) == 0
    assert run(tmp_path / "whole", 0) == 0
    assert result(tmp_path / "cut") == result(tmp_path / "whole")
