"""Places in the library: readable, safe on every file system, and the same each time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.destinations import DEFAULT_TEMPLATE, MAX_NAME_BYTES, destination, safe_name
from catalog.errors import BadTemplate
from catalog.metadata.record import Metadata

ROOT = Path("/library/originals")
SOURCE = Path("/card/DCIM/100CANON/IMG_0001.CR3")
DATED = Metadata(model="EOS R5", body_serial="0123", taken_at=datetime(2026, 5, 1, 12))


def _place(template: str = DEFAULT_TEMPLATE, metadata: Metadata = DATED, source: Path = SOURCE) -> str:
    found = destination(ROOT, template, metadata, source, is_free=lambda _: True)
    return str(found.relative_to(ROOT))


@pytest.mark.parametrize(
    ("template", "place"),
    [
        (DEFAULT_TEMPLATE, "2026/2026-05-01/100CANON/IMG_0001.CR3"),
        ("{date:%Y/%m/%d}/{name}", "2026/05/01/IMG_0001.CR3"),
        ("{model}/{serial}/{date}/{stem}{suffix}", "EOS R5/0123/2026-05-01/IMG_0001.CR3"),
        ("{name}", "IMG_0001.CR3"),
    ],
)
def test_a_template_is_followed(template: str, place: str) -> None:
    assert _place(template) == place


def test_an_undated_picture_goes_into_one_folder_of_its_own() -> None:
    assert _place(metadata=Metadata()) == "undated/100CANON/IMG_0001.CR3"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{date}/{nmae}", r"\{nmae\} is unknown; known are .*\{name\}"),
        ("../{name}", "below the library's folder"),
        ("/{name}", "below the library's folder"),
        ("{date}", r"must end with \{name\}"),
        ("", r"must end with \{name\}"),
    ],
)
def test_a_template_that_cannot_be_followed_is_told(template: str, words: str) -> None:
    with pytest.raises(BadTemplate, match=words):
        _place(template)


def test_what_a_folder_is_called_is_never_taken_for_a_template() -> None:
    assert _place("{folder}/{name}", source=Path("/card/{name}/{model}.JPG")) == "{name}/{model}.JPG"


def test_a_place_that_is_taken_gives_way() -> None:
    taken = {ROOT / "IMG_0001.CR3", ROOT / "IMG_0001-2.CR3"}
    found = destination(ROOT, "{name}", DATED, SOURCE, is_free=lambda place: place not in taken)
    assert found == ROOT / "IMG_0001-3.CR3"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("IMG_0001.CR3", "IMG_0001.CR3"),
        ('a<b>:"c".jpg', "a_b___c_.jpg"),
        ("CON.jpg", "_CON.jpg"),
        ("..", "_"),
        ("dot. ", "dot"),
        ("Blüte.jpg", "Blüte.jpg"),
        ("Blu\u0308te.jpg", "Blüte.jpg"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(min_size=1, max_size=20) | st.text("aé. ", min_size=150, max_size=800))
def test_a_safe_name_is_one_name_and_stays_itself(name: str) -> None:
    safe = safe_name(name)
    assert safe not in ("", ".", "..")
    assert not set(safe) & set('<>:"/\\|?*\0')
    assert len(safe.encode()) <= MAX_NAME_BYTES
    assert safe_name(safe) == safe


def test_a_long_name_keeps_its_suffix() -> None:
    assert safe_name("é" * 300 + ".CR3").endswith("é.CR3")


def test_a_name_without_an_end_is_cut() -> None:
    assert safe_name("a" * 900) == "a" * MAX_NAME_BYTES
    assert safe_name("a." + "b" * 900) == "a." + "b" * (MAX_NAME_BYTES - 2)
