"""Lightroom's develop settings in XMP: read all we know, write ours, keep every node that is not ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from lxml import etree

from develop.errors import SettingsError
from develop.settings import SETTINGS, DevelopSettings

CRS: Final = "http://ns.adobe.com/camera-raw-settings/1.0/"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
META: Final = "adobe:ns:meta/"
MOST_BYTES: Final = 16 << 20

_NAMES: Final[Mapping[str, str]] = {s.crs: name for name, s in SETTINGS.items() if s.crs and s.kind != "spots"}
_WHITE: Final = {"As Shot": "as-shot", "Auto": "auto"}
_FLAGS: Final = ("ProcessVersion", "HasSettings", "HasCrop")
_LINEAR: Final = ((0.0, 0.0), (255.0, 255.0))


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What a sidecar says of developing: values by setting, what could not be used and why, a preset's name."""

    values: Mapping[str, Any]
    ignored: tuple[str, ...]
    name: str | None = None

    @property
    def settings(self) -> DevelopSettings:
        """The values on a neutral picture."""
        return DevelopSettings(**self.values)


def parse(content: bytes, source: str) -> Sidecar:
    """Read the develop settings in an XMP packet. Raises SettingsError naming `source` where it is no XMP."""
    found, name = _properties(_tree(content, source))
    crop_off = found.get("HasCrop") == "False"
    values: dict[str, Any] = {}
    ignored: list[str] = []
    for crs, raw in found.items():
        setting = _NAMES.get(crs)
        if setting is None or (crop_off and crs.startswith("Crop")):
            continue
        try:
            values[setting] = _value(setting, raw)
        except (SettingsError, ValueError, TypeError):
            ignored.append(f"{source}: crs:{crs} is {raw!r}, which is out of range; ignored")
    return Sidecar(_fitting(values, ignored, source), tuple(ignored), name)


def render(settings: DevelopSettings, previous: bytes | None = None, source: str = "sidecar") -> bytes:
    """Return an XMP packet that says the settings. All in `previous` that is not a develop setting of ours stays."""
    tree = _tree(previous, source) if previous else _empty()
    description = _own_description(tree)
    for node in tree.iter(f"{{{RDF}}}Description"):
        for crs in (*_NAMES, *_FLAGS):
            node.attrib.pop(f"{{{CRS}}}{crs}", None)
            for child in node.findall(f"{{{CRS}}}{crs}"):
                node.remove(child)
    for crs, name in _NAMES.items():
        value = getattr(settings, name)
        # Where Lightroom's own default is not neutral, silence would mean that default.
        if value != SETTINGS[name].default or SETTINGS[name].crs_default is not None:
            _write(description, crs, name, value)
    cropped = any(name.startswith("crop") for name in settings.changed())
    for flag, value in zip(_FLAGS, ("15.4", "True", str(cropped)), strict=True):
        description.set(f"{{{CRS}}}{flag}", value)
    body: bytes = etree.tostring(tree, encoding="utf-8")
    return b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n' + body + b'\n<?xpacket end="w"?>\n'


def _tree(content: bytes, source: str) -> Any:
    if len(content) > MOST_BYTES:
        raise SettingsError(f"{source}: {len(content) >> 20} MB is too large for a sidecar; it is left alone")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content.strip(b"\x00 \r\n\t"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SettingsError(f"{source}: it is not valid XMP; {error}") from error
    if root.tag != f"{{{RDF}}}RDF" and root.find(f".//{{{RDF}}}RDF") is None:
        raise SettingsError(f"{source}: it holds no RDF, so it is not XMP")
    return root


def _empty() -> Any:
    root = etree.Element(f"{{{META}}}xmpmeta", nsmap={"x": META})
    rdf = etree.SubElement(root, f"{{{RDF}}}RDF", nsmap={"rdf": RDF})
    etree.SubElement(rdf, f"{{{RDF}}}Description", {f"{{{RDF}}}about": ""}, nsmap={"crs": CRS})
    return root


def _own_description(tree: Any) -> Any:
    rdf = tree if tree.tag == f"{{{RDF}}}RDF" else tree.find(f".//{{{RDF}}}RDF")
    nodes = rdf.findall(f"{{{RDF}}}Description")
    with_crs = [n for n in nodes if "crs" in n.nsmap or any(str(k).startswith(f"{{{CRS}}}") for k in n.attrib)]
    if with_crs:
        return with_crs[0]
    return etree.SubElement(rdf, f"{{{RDF}}}Description", {f"{{{RDF}}}about": ""}, nsmap={"crs": CRS})


def _properties(tree: Any) -> tuple[dict[str, Any], str | None]:
    """Return crs properties written as attributes or as elements; point lists as lists of text."""
    found: dict[str, Any] = {}
    name = None
    rdf = tree if tree.tag == f"{{{RDF}}}RDF" else tree.find(f".//{{{RDF}}}RDF")
    for node in rdf.findall(f"{{{RDF}}}Description"):
        for key, value in node.attrib.items():
            if str(key).startswith(f"{{{CRS}}}"):
                found[str(key)[len(CRS) + 2 :]] = value
        for child in node:
            if not isinstance(child.tag, str) or not child.tag.startswith(f"{{{CRS}}}"):
                continue
            local = child.tag[len(CRS) + 2 :]
            items = [item.text or "" for item in child.iter(f"{{{RDF}}}li")]
            if local == "Name":
                name = items[0] if items else child.text
            elif items or child.text:
                found[local] = items or (child.text or "").strip()
    return found, name


def _value(name: str, raw: Any) -> Any:
    setting = SETTINGS[name]
    if setting.kind == "curve":
        pairs = [tuple(float(part) for part in item.split(",")) for item in raw]
        curve = setting.checked(name, pairs)
        return () if curve == _LINEAR else curve
    if setting.kind == "choice":
        return _WHITE.get(raw, "custom")
    if setting.kind == "flag":
        return str(raw).strip().lower() in ("true", "1")
    return setting.checked(name, float(raw))


def _fitting(values: dict[str, Any], ignored: list[str], source: str) -> dict[str, Any]:
    """Leave out what only together makes no sense."""
    try:
        DevelopSettings(**values)
    except SettingsError as error:
        ignored.append(f"{source}: {error}; crop and splits ignored")
        return {k: v for k, v in values.items() if not k.startswith("crop") and not k.endswith("_split")}
    return values


def _write(description: Any, crs: str, name: str, value: Any) -> None:
    tag = f"{{{CRS}}}{crs}"
    if SETTINGS[name].kind == "curve":
        seq = etree.SubElement(etree.SubElement(description, tag), f"{{{RDF}}}Seq")
        for x, y in value:
            etree.SubElement(seq, f"{{{RDF}}}li").text = f"{_decimal(x)}, {_decimal(y)}"
        return
    description.set(tag, _text(name, value))


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        return {"auto": "Auto", "custom": "Custom"}.get(value, "As Shot")
    text = _decimal(value)
    return f"+{text}" if value > 0 and SETTINGS[name].low < 0 else text


def _decimal(value: float) -> str:
    """Return a number that reads back the same, without an exponent."""
    return f"{value:.0f}" if value == round(value) else format(Decimal(repr(value)), "f")
