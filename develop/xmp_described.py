"""What a sidecar says of a picture beside its look: rating, flag, label, keywords, and its place in a sequence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from develop.xmp_splice import RDF, Listed, Name, Value

XMP: Final = "http://ns.adobe.com/xap/1.0/"
DC: Final = "http://purl.org/dc/elements/1.1/"
LR: Final = "http://ns.adobe.com/lightroom/1.0/"
DM: Final = "http://ns.adobe.com/xmp/1.0/DynamicMedia/"
STACKROOM: Final = "https://stackroom.invalid/ns/1.0/"

_RATING, _LABEL, _PICK = (XMP, "Rating"), (XMP, "Label"), (DM, "pick")
_SUBJECT, _HIERARCHY = (DC, "subject"), (LR, "hierarchicalSubject")
_SEQUENCE, _KIND = (STACKROOM, "Sequence"), (STACKROOM, "SequenceKind")
_PLACE, _COUNT = (STACKROOM, "SequencePosition"), (STACKROOM, "SequenceCount")
OWNED: Final = frozenset(
    {_RATING, _LABEL, _PICK, _SUBJECT, _HIERARCHY, _SEQUENCE, _KIND, _PLACE, _COUNT}
)  # fmt: skip
_COLOURS: Final = ("red", "yellow", "green", "blue", "purple")
_REJECTED: Final = "-1"
"""What Bridge writes as the rating of a rejected picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A frame's place in its sequence: which one, of what kind, its number from 1 and how many there are."""

    sequence: int
    kind: str
    position: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """Marks and place of a picture. `flag` is 1 picked, -1 rejected; keywords are paths, 'animal|insect|beetle'."""

    rating: int = 0
    flag: int = 0
    label: str | None = None
    keywords: tuple[str, ...] = ()
    place: Place | None = None

    def properties(self) -> dict[Name, Value]:
        """Return the properties that say it; what is neutral is left unsaid."""
        told: dict[Name, Value] = {}
        if self.rating:
            told[_RATING] = str(self.rating)
        if self.label is not None:
            told[_LABEL] = self.label.capitalize() if self.label in _COLOURS else self.label
        if self.flag:
            told[_PICK] = str(self.flag)
        if self.keywords:
            # Lightroom lists each word of a path among the flat keywords too.
            words = dict.fromkeys(word for path in self.keywords for word in path.split("|"))
            told[_SUBJECT] = Listed("Bag", tuple(words))
            told[_HIERARCHY] = Listed("Bag", self.keywords)
        if self.place is not None:
            told[_SEQUENCE], told[_KIND] = str(self.place.sequence), self.place.kind
            told[_PLACE], told[_COUNT] = str(self.place.position), str(self.place.count)
        return told


NOTHING: Final = Described()


def _descriptions(tree: Any) -> Iterator[Any]:
    rdf = tree if tree.tag == f"{{{RDF}}}RDF" else tree.find(f".//{{{RDF}}}RDF")
    yield from rdf.findall(f"{{{RDF}}}Description") if rdf is not None else ()


def texts(tree: Any, name: Name) -> list[str]:
    """Return a property's values, however it is written; none where it is not there."""
    tag = f"{{{name[0]}}}{name[1]}"
    found: list[str] = []
    for description in _descriptions(tree):
        if tag in description.attrib:
            found.append(str(description.attrib[tag]))
        for child in description.findall(tag):
            items = [item.text or "" for item in child.iter(f"{{{RDF}}}li")]
            found += items or [child.text or ""]
    return [text.strip() for text in found if text.strip()]


def _whole(tree: Any, name: Name) -> int | None:
    said = texts(tree, name)
    try:
        return round(float(said[0])) if said else None
    except (ValueError, OverflowError):
        return None


def read_described(tree: Any) -> Described:
    """Read marks and place from a packet's tree; what makes no sense counts as not said."""
    rating, pick = _whole(tree, _RATING) or 0, _whole(tree, _PICK) or 0
    label = next(iter(texts(tree, _LABEL)), None)
    if label is not None and label.casefold() in _COLOURS:
        label = label.casefold()
    rejected = rating == int(_REJECTED)
    return Described(
        rating=min(max(rating, 0), 5),
        flag=-1 if rejected else max(-1, min(pick, 1)),
        label=label,
        keywords=_keywords(texts(tree, _HIERARCHY), texts(tree, _SUBJECT)),
        place=_place(tree),
    )


def _keywords(paths: list[str], flat: list[str]) -> tuple[str, ...]:
    """Return the paths, and the flat words that are no part of any."""
    inside = {word.strip().casefold() for path in paths for word in path.split("|")}
    alone = [word for word in flat if word.casefold() not in inside]
    found = {path.casefold(): path for path in (*alone, *paths)}
    return tuple(found[folded] for folded in sorted(found))


def _place(tree: Any) -> Place | None:
    sequence, position, count = (_whole(tree, name) for name in (_SEQUENCE, _PLACE, _COUNT))
    kind = next(iter(texts(tree, _KIND)), None)
    if sequence is None or position is None or count is None or kind is None:
        return None
    return Place(sequence=sequence, kind=kind, position=position, count=count)
