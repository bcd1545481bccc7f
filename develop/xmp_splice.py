"""Change some properties of an XMP packet and leave every other byte of it as it is.

A parser only tells where things lie; the packet itself is never written anew, so that comments, order, quotes and
line breaks of whatever others keep in it stay.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from develop.errors import SettingsError

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
PREFIXES: Final = {
    "http://ns.adobe.com/camera-raw-settings/1.0/": "crs",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/lightroom/1.0/": "lr",
    "http://ns.adobe.com/xmp/1.0/DynamicMedia/": "xmpDM",
    "https://stackroom.invalid/ns/1.0/": "stackroom",
}
Name = tuple[str, str]
"""Namespace and local name."""

_ATTRIBUTE = re.compile(rb"""\s+([^\s=/>"']+)\s*=\s*("[^"]*"|'[^']*')""")
_INDENT = b"\n   "
# What XML 1.0 cannot hold.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Listed:
    """A property with several values: `kind` is Bag, Seq or Alt."""

    kind: str
    items: tuple[str, ...]


Value = str | Listed


@dataclass(slots=True)
class _Description:
    start: int
    tag: str
    """As it is written, with its prefix."""
    prefixes: dict[str, str]
    """Namespaces by prefix, as they hold inside."""
    children: list[tuple[Name, int, int]] = field(default_factory=list)


class _Places:
    """Finds the descriptions and their properties by their bytes."""

    def __init__(self, content: bytes, source: str) -> None:
        self.content = content
        self.found: list[_Description] = []
        self.rdf_end: int | None = None
        self._open: list[tuple[Name, str, int]] = []
        self._scopes: list[dict[str, str]] = [{}]
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        self._parser, self._source = parser, source
        try:
            parser.Parse(content, True)
        except expat.ExpatError as error:
            raise SettingsError(f"{source}: it is not valid XMP; {error}") from error

    def _doctype(self, *_: Any) -> None:
        raise SettingsError(f"{self._source}: it declares a document type, which no sidecar does; it is left alone")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        own = {k.partition(":")[2]: v for k, v in attributes.items() if k == "xmlns" or k.startswith("xmlns:")}
        self._scopes.append({**self._scopes[-1], **own})
        name, at = self._name(tag), self._parser.CurrentByteIndex
        above = self._open[-1][0] if self._open else None
        if name == (RDF, "Description") and above == (RDF, "RDF"):
            self.found.append(_Description(at, tag, self._scopes[-1]))
        self._open.append((name, tag, at))

    def _end(self, _tag: str) -> None:
        name, _, start = self._open.pop()
        self._scopes.pop()
        at = self._parser.CurrentByteIndex
        if name == (RDF, "RDF") and self.rdf_end is None:
            self.rdf_end = at
        in_description = len(self._open) >= 2 and self._open[-1][0] == (RDF, "Description")
        if in_description and self._open[-2][0] == (RDF, "RDF"):
            close = tag_end(self.content, start)
            # For an empty element the parser gives no place of an end tag.
            is_empty = self.content[close - 2 : close] == b"/>"
            self.found[-1].children.append((name, start, close if is_empty else tag_end(self.content, at)))

    def _name(self, tag: str) -> Name:
        prefix, colon, local = tag.rpartition(":")
        return self._scopes[-1].get(prefix if colon else "", ""), local


def tag_end(content: bytes, start: int) -> int:
    """Return where the tag that begins at `start` ends, past its '>'; quoted ones do not count."""
    quote = 0
    for at in range(start, len(content)):
        byte = content[at]
        if quote:
            quote = 0 if byte == quote else quote
        elif byte in b"\"'":
            quote = byte
        elif byte == ord(">"):
            return at + 1
    return len(content)


def splice(content: bytes, owned: Collection[Name], wanted: Mapping[Name, Value], source: str) -> bytes:
    """Return the packet with the `owned` properties as `wanted` says; all else stays to the byte.

    Raises SettingsError naming `source` where it is no XMP.
    """
    content = as_utf8(content)
    places = _Places(content, source)
    if not places.found:
        content, places = _with_description(content, places, source)
    mine = next((d for d in places.found if _has_owned(content, d, owned)), places.found[0])
    edits: list[tuple[int, int, bytes]] = []
    for description in places.found:
        edits += _description_edits(content, description, owned, wanted if description is mine else {})
    for start, end, text in sorted(edits, reverse=True):
        content = content[:start] + text + content[end:]
    return content


def as_utf8(content: bytes) -> bytes:
    """Return a packet in UTF-8, whatever it was in, without the padding of zeros behind it."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return re.sub(r"(?i)encoding=([\"'])utf-16\1", 'encoding="utf-8"', content.decode("utf-16")).encode("utf-8")
    return content.rstrip(b"\0")


def _with_description(content: bytes, places: _Places, source: str) -> tuple[bytes, _Places]:
    if places.rdf_end is None:
        raise SettingsError(f"{source}: it holds no RDF, so it is not XMP")
    if content[places.rdf_end : places.rdf_end + 2] != b"</":
        raise SettingsError(f"{source}: its RDF is empty; remove the file, and it is written anew")
    new = f'<own:Description xmlns:own="{RDF}" own:about=""></own:Description>'.encode()
    content = content[: places.rdf_end] + new + content[places.rdf_end :]
    return content, _Places(content, source)


def _own_attributes(content: bytes, at: _Description) -> list[tuple[Name, int, int]]:
    head = at.start + 1 + len(at.tag.encode())
    found = []
    for match in _ATTRIBUTE.finditer(content, head, tag_end(content, at.start)):
        prefix, colon, local = match[1].decode("utf-8").rpartition(":")
        found.append(((at.prefixes.get(prefix, "") if colon else "", local), match.start(), match.end()))
    return found


def _has_owned(content: bytes, at: _Description, owned: Collection[Name]) -> bool:
    return any(name in owned for name, _, _ in (*_own_attributes(content, at), *at.children))


def _description_edits(
    content: bytes, at: _Description, owned: Collection[Name], wanted: Mapping[Name, Value]
) -> list[tuple[int, int, bytes]]:
    edits = [(start, end, b"") for name, start, end in _own_attributes(content, at) if name in owned]
    for name, start, end in at.children:
        if name in owned:
            edits.append((len(content[:start].rstrip()), end, b""))
    if wanted:
        attributes, elements = _written(wanted, dict(at.prefixes))
        close = tag_end(content, at.start)
        is_empty = content[close - 2 : close] == b"/>"
        edge = close - (2 if is_empty else 1)
        if is_empty and elements:
            edits.append((edge, close, attributes + b">" + elements + b"\n  </" + at.tag.encode() + b">"))
        else:
            edits.append((edge, edge, attributes))
            edits.append((close, close, elements))
    return edits


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)


def _written(wanted: Mapping[Name, Value], known: dict[str, str]) -> tuple[bytes, bytes]:
    """Return the attributes and the elements that say the values, with the namespaces that they need."""
    declared: list[str] = []

    def prefix(namespace: str) -> str:
        for name, bound in known.items():
            if bound == namespace and name:
                return name
        wish = PREFIXES.get(namespace, "rdf" if namespace == RDF else "ns")
        name = next(n for n in (wish, *(f"{wish}{k}" for k in range(1, 99))) if n not in known)
        known[name] = namespace
        declared.append(f"xmlns:{name}={quoteattr(namespace)}")
        return name

    attributes, elements = [], []
    for (namespace, local), value in wanted.items():
        name = f"{prefix(namespace)}:{local}"
        if isinstance(value, str):
            attributes.append(f"{name}={quoteattr(_legal(value))}")
            continue
        rdf = prefix(RDF)
        items = "".join(f"<{rdf}:li>{escape(_legal(item))}</{rdf}:li>" for item in value.items)
        elements.append(f"<{name}><{rdf}:{value.kind}>{items}</{rdf}:{value.kind}></{name}>")
    joined = b"".join(_INDENT + text.encode() for text in (*declared, *attributes))
    return joined, b"".join(_INDENT + text.encode() for text in elements)
