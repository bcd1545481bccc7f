"""What a search may ask for: each field once, with what it means as a condition on captures or on sequences."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from sqlalchemy import String, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import SQLColumnExpression

from catalog import query_values as values
from catalog.errors import BadQuery
from catalog.models import (
    Capture,
    CaptureKeyword,
    CollectionMember,
    File,
    Job,
    Keyword,
    Sequence,
    SequenceMember,
    Snapshot,
    Stack,
    VirtualCopy,
)
from catalog.query_language import Comparison
from catalog.query_values import Condition

KINDS: Final = ("focus", "exposure", "burst", "panorama", "single", "review")
FLAGS: Final = {"pick": 1, "none": 0, "reject": -1}
STARS: Final = (0, 5)
BARE: Final = ("stacked", "stale", "complete", "edited", "picked", "rejected")
"""Facts that may stand alone; in quotes they are looked for as text."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a condition may have to look up first: `stale` the sequences whose result is out of date,
    `collection` the condition of a saved search by name, None where captures were put into it by hand."""

    stale: Callable[[], Collection[int]]
    collection: Callable[[str, int], Condition]


Build = Callable[[Comparison, Lookup], Condition]
Home = Literal["capture", "sequence"]


@dataclass(frozen=True, slots=True)
class Field:
    """Something that a search may ask for; `home` is what its condition speaks of."""

    home: Home
    build: Build
    says: str


def _header(name: str) -> Any:
    return Capture.header[name].as_float()


def _has(column: InstrumentedAttribute[Any]) -> Condition:
    """Say that some row's `column` names the capture."""
    return Capture.id.in_(select(column).where(column.is_not(None)).correlate(None))


def _file(*conditions: Condition) -> Condition:
    return Capture.id.in_(select(File.capture_id).where(*conditions).correlate(None))


def _current_stack() -> Condition:
    return Sequence.id.in_(select(Stack.sequence_id).where(Stack.current).correlate(None))


def _job(state: str) -> Condition:
    return Sequence.id.in_(select(Job.sequence_id).where(Job.state == state).correlate(None))


Fact = tuple[Home, Callable[[Lookup], Condition]]
FACTS: Final[Mapping[str, Fact]] = {
    "stacked": ("sequence", lambda _: _current_stack()),
    "stale": ("sequence", lambda lookup: values.among(Sequence.id, lookup.stale())),
    "complete": ("sequence", lambda _: Sequence.complete.is_(True)),
    "failed": ("sequence", lambda _: _job("failed")),
    "queued": ("sequence", lambda _: _job("queued")),
    "warning": ("sequence", lambda _: func.json_array_length(Sequence.warnings) > 0),
    "edited": ("capture", lambda _: Capture.settings_id.is_not(None)),
    "picked": ("capture", lambda _: Capture.flag == 1),
    "rejected": ("capture", lambda _: Capture.flag == -1),
    "copy": ("capture", lambda _: _has(VirtualCopy.capture_id)),
    "rating": ("capture", lambda _: Capture.rating > 0),
    "flag": ("capture", lambda _: Capture.flag != 0),
    "label": ("capture", lambda _: Capture.label.is_not(None)),
    "keyword": ("capture", lambda _: _has(CaptureKeyword.capture_id)),
    "collection": ("capture", lambda _: _has(CollectionMember.capture_id)),
    "snapshot": ("capture", lambda _: _has(Snapshot.capture_id)),
    "copies": ("capture", lambda _: _has(VirtualCopy.original_id)),
    "sequence": ("capture", lambda _: _has(SequenceMember.capture_id)),
    "date": ("capture", lambda _: Capture.taken_at.is_not(None)),
    "lens": ("capture", lambda _: Capture.header["lens"].as_string().is_not(None)),
    "distance": ("capture", lambda _: _header("focus_near_m").is_not(None)),
    "raw": ("capture", lambda _: _file(File.role == "raw")),
    "jpeg": ("capture", lambda _: _file(File.role == "jpeg")),
    "offline": ("capture", lambda _: _file(~File.online)),
}


def _rating(asked: Comparison, _: Lookup) -> Condition:
    if [value.low.lower() for value in asked.values] == ["reject"] and asked.operator in (":", "="):
        return Capture.flag == -1
    return values.numbers(Capture.rating, asked, limits=STARS)


def _label(asked: Comparison, _: Lookup) -> Condition:
    if any(value.low.lower() == "none" for value in asked.values):
        return values.choices({"none": Capture.label.is_(None)}, asked)
    # A label is one word: 'red' must not find 'bordered'.
    return values.words([Capture.label], replace(asked, operator="=") if asked.operator == ":" else asked)


def _keyword(asked: Comparison, _: Lookup) -> Condition:
    if asked.operator not in (":", "="):
        raise BadQuery(asked.column, f"keyword is text: compare it with ':' or '=', not {asked.operator!r}")
    patterns = [values.like(value.low.casefold().replace(">", "|")) for value in asked.values]
    if asked.operator == ":":
        # One of the words of the path: 'insect' finds 'animal|insect|beetle' too.
        told = ("|" + Keyword.folded + "|", [f"%|{pattern}|%" for pattern in patterns])
    else:
        told = (Keyword.folded + "", patterns)
    column, wanted = told
    named = or_(*(column.like(pattern, escape="\\") for pattern in wanted))
    given = select(CaptureKeyword.capture_id).join(Keyword, Keyword.id == CaptureKeyword.keyword_id).where(named)
    return Capture.id.in_(given.correlate(None))


def _collection(asked: Comparison, lookup: Lookup) -> Condition:
    if asked.operator not in (":", "="):
        raise BadQuery(asked.column, f"collection is a name: compare it with ':' or '=', not {asked.operator!r}")
    return or_(*(lookup.collection(value.low, value.column) for value in asked.values))


def _last_part(path: InstrumentedAttribute[str]) -> SQLColumnExpression[str]:
    """Return the name at a path's end: what is left when all up to the last slash is taken off."""
    folder = func.rtrim(path, func.replace(path, "/", ""))
    return func.substr(path, func.length(folder) + 1, type_=String)


def _name(asked: Comparison, _: Lookup) -> Condition:
    files = values.words([_last_part(File.source_path), _last_part(File.stored_path)], asked)
    return or_(values.words([Capture.stem], asked), _file(files))


def _text(asked: Comparison, lookup: Lookup) -> Condition:
    parts = tuple(replace(value, low=f"*{value.low}*") for value in asked.values)
    return or_(_name(asked, lookup), _keyword(replace(asked, values=parts), lookup))


def _camera(asked: Comparison, _: Lookup) -> Condition:
    make, model = Capture.header["make"].as_string(), Capture.header["model"].as_string()
    return values.words([make, model, make + " " + model], asked)


def _number_of_sequence(asked: Comparison, _: Lookup) -> Condition:
    return values.numbers(Sequence.id, asked)


def _frames(asked: Comparison, _: Lookup) -> Condition:
    count = select(func.count()).where(SequenceMember.sequence_id == Sequence.id).correlate(Sequence)
    return values.numbers(count.scalar_subquery(), asked)


def _percent(asked: Comparison, _: Lookup) -> Condition:
    return values.numbers(Sequence.confidence * 100, asked, lambda text: values.number(text.rstrip("%")), (0, 100))


def _kind(asked: Comparison, _: Lookup) -> Condition:
    return values.choices({kind: Sequence.kind == kind for kind in KINDS}, asked)


def _flag(asked: Comparison, _: Lookup) -> Condition:
    return values.choices({word: Capture.flag == number for word, number in FLAGS.items()}, asked)


def _in_header(name: str) -> Build:
    return lambda asked, _: values.numbers(_header(name), asked)


def _distance(asked: Comparison, _: Lookup) -> Condition:
    known = and_(_header("focus_near_m").is_not(None), Capture.header["focus_near_m"].as_string() != "inf")
    return and_(known, values.numbers(_header("focus_near_m"), asked))


FIELDS: Final[Mapping[str, Field]] = {
    "rating": Field("capture", _rating, "stars, 0 to 5, or reject"),
    "flag": Field("capture", _flag, "pick, none or reject"),
    "label": Field("capture", _label, "a colour label, or none"),
    "keyword": Field("capture", _keyword, "a keyword or any above it; whole words, `*` for parts"),
    "collection": Field("capture", _collection, "a collection or saved search by name"),
    "date": Field("capture", lambda a, _: values.dates(Capture.taken_at, a), "year, month, day, hour or minute"),
    "camera": Field("capture", _camera, "make or model"),
    "lens": Field("capture", lambda a, _: values.words([Capture.header["lens"].as_string()], a), "the lens's name"),
    "iso": Field("capture", _in_header("iso"), "sensitivity"),
    "aperture": Field("capture", _in_header("f_number"), "f-number"),
    "focal": Field("capture", _in_header("focal_mm"), "focal length in mm"),
    "shutter": Field("capture", _in_header("exposure_s"), "exposure time in seconds, also as 1/200"),
    "distance": Field("capture", _distance, "focus distance in metres"),
    "name": Field("capture", _name, "file name"),
    "folder": Field("capture", lambda a, _: values.words([Capture.folder], a), "the folder it came from"),
    "capture": Field("capture", lambda a, _: values.numbers(Capture.id, a), "the capture's number"),
    "text": Field("capture", _text, "a word in file names and keywords; the same as the word alone"),
    "sequence": Field("sequence", _number_of_sequence, "the sequence's number"),
    "kind": Field("sequence", _kind, ", ".join(KINDS)),
    "frames": Field("sequence", _frames, "how many frames the sequence has"),
    "sure": Field("sequence", _percent, "how sure the grouping is, in percent"),
}
