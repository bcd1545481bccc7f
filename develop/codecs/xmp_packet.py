"""The XMP of a result: what it was made from, how, and by which version."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_NAMES = {
    "x": "adobe:ns:meta/",
    "rdf": _RDF,
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "stRef": "http://ns.adobe.com/xap/1.0/sType/ResourceRef#",
    "stackroom": "https://stackroom.invalid/ns/1.0/",
}
_BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
_END = '<?xpacket end="w"?>'
JPEG_LIMIT = 65_502
"""Most bytes that one APP1 segment holds beside its name (XMP specification part 3, 1.1.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a result was made from. `sources`: (file name, content digest) in order; `reference` is an index.

    `settings` are the develop settings as plain values.
    """

    sources: tuple[tuple[str, str], ...]
    reference: int
    method: str
    engine_version: str
    software: str
    key: str
    settings: Mapping[str, Any]


# What XML 1.0 cannot hold: control characters, and the surrogates of file names that are no UTF-8.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)


def _name(prefix: str, local: str) -> str:
    return f"{{{_NAMES[prefix]}}}{local}"


def _ingredients(parent: etree._Element, sources: Sequence[tuple[str, str]]) -> None:
    bag = etree.SubElement(etree.SubElement(parent, _name("xmpMM", "Ingredients")), _name("rdf", "Bag"))
    for name, digest in sources:
        item = etree.SubElement(bag, _name("rdf", "li"), {_name("rdf", "parseType"): "Resource"})
        etree.SubElement(item, _name("stRef", "filePath")).text = _legal(name)
        if digest:
            etree.SubElement(item, _name("stRef", "documentID")).text = _legal(f"xxh3:{digest}")


def _packet(made: Provenance, listed: int) -> bytes:
    root = etree.Element(_name("x", "xmpmeta"), nsmap={"x": _NAMES["x"]})
    rdf = etree.SubElement(root, _name("rdf", "RDF"), nsmap={"rdf": _RDF})
    names = {prefix: uri for prefix, uri in _NAMES.items() if prefix not in ("x", "rdf")}
    about = etree.SubElement(rdf, _name("rdf", "Description"), {_name("rdf", "about"): ""}, nsmap=names)
    simple = {
        ("xmp", "CreatorTool"): made.software,
        ("dc", "source"): made.sources[made.reference][0],
        ("stackroom", "Frames"): str(len(made.sources)),
        ("stackroom", "Reference"): made.sources[made.reference][0],
        ("stackroom", "Method"): made.method,
        ("stackroom", "EngineVersion"): made.engine_version,
        ("stackroom", "Recipe"): made.key,
    }
    if made.settings:
        simple["stackroom", "Settings"] = json.dumps(dict(made.settings), sort_keys=True, separators=(",", ":"))
    for (prefix, local), value in simple.items():
        etree.SubElement(about, _name(prefix, local)).text = _legal(value)
    derived = etree.SubElement(about, _name("xmpMM", "DerivedFrom"), {_name("rdf", "parseType"): "Resource"})
    etree.SubElement(derived, _name("stRef", "filePath")).text = _legal(made.sources[made.reference][0])
    _ingredients(about, made.sources[:listed])
    if listed < len(made.sources):
        etree.SubElement(about, _name("stackroom", "SourcesNotListed")).text = str(len(made.sources) - listed)
    body = etree.tostring(root, encoding="unicode", pretty_print=True)
    return f"{_BEGIN}\n{body}{_END}".encode()


def render_packet(made: Provenance, limit: int | None = None) -> bytes:
    """Return the packet; where `limit` bytes do not hold all sources, it lists the first and counts the rest."""
    packet = _packet(made, len(made.sources))
    if limit is None or len(packet) <= limit:
        return packet
    low, high = 0, len(made.sources)
    while low < high - 1:
        middle = (low + high) // 2
        low, high = (middle, high) if len(_packet(made, middle)) <= limit else (low, middle)
    return _packet(made, low)
