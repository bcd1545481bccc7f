"""Lightroom's develop settings in XMP: read all we know, write ours, keep every node that is not ours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from lxml import etree

from develop.errors import SettingsError
from develop.settings import SETTINGS, DevelopSettings
from develop.xmp_described import NOTHING, OWNED, STACKROOM, Described, read_described, texts
from develop.xmp_splice import RDF, Listed, Value, as_utf8, splice

CRS: Final = "http://ns.adobe.com/camera-raw-settings/1.0/"
OWN_SETTINGS: Final = (STACKROOM, "Settings")
"""What Lightroom has no name for: deltas of a frame, dust, spots. As JSON."""
MOST_BYTES: Final = 16 << 20

_NAMES: Final[Mapping[str, str]] = {s.crs: name for name, s in SETTINGS.items() if s.crs and s.kind != "spots"}
_WHITE: Final = {"As Shot": "as-shot", "Auto": "auto"}
_FLAGS: Final = ("ProcessVersion", "HasSettings", "HasCrop")
_LINEAR: Final = ((0.0, 0.0), (255.0, 255.0))
_EMPTY: Final = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
    b' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
    b'  <rdf:Description rdf:about=""/>\n'
    b" </rdf:RDF>\n"
    b"</x:xmpmeta>\n"
    b'<?xpacket end="w"?>\n'
)


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What a sidecar says: values by setting, what could not be used and why, a preset's name, marks and place."""

    values: Mapping[str, Any]
    ignored: tuple[str, ...]
    name: str | None = None
    described: Described = NOTHING
    has_settings: bool = False

    @property
    def settings(self) -> DevelopSettings:
        """The values on a neutral picture."""
        return DevelopSettings(**self.values)


def parse(content: bytes, source: str) -> Sidecar:
    """Read the develop settings in an XMP packet. Raises SettingsError naming `source` where it is no XMP."""
    tree = _tree(content, source)
    found, name = _properties(tree)
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
    own = texts(tree, OWN_SETTINGS)
    values |= _own_values(own[0], ignored, source) if own else {}
    fitting = _fitting(values, ignored, source)
    has_settings = any(crs in _NAMES or crs in _FLAGS for crs in found)
    return Sidecar(fitting, tuple(ignored), name, read_described(tree), has_settings)


def _own_values(text: str, ignored: list[str], source: str) -> dict[str, Any]:
    """Read the settings that Lightroom has no name for."""
    try:
        told = json.loads(text)
        return {n: SETTINGS[n].checked(n, v) for n, v in told.items() if n in SETTINGS and not _is_carried(n)}
    except (ValueError, RecursionError, AttributeError, SettingsError) as error:
        ignored.append(f"{source}: stackroom:Settings cannot be used; {error}")
        return {}


def render(
    settings: DevelopSettings,
    previous: bytes | None = None,
    source: str = "sidecar",
    described: Described | None = None,
) -> bytes:
    """Return an XMP packet that says the settings, and what is `described` of the picture where that is given.

    All in `previous` that is not ours stays to the byte; a packet that says all this already is returned as it is.
    Raises SettingsError naming `source` where `previous` is no XMP.
    """
    wanted = {(CRS, crs): value for crs, value in _crs_values(settings)}
    owned = {(CRS, crs) for crs in (*_NAMES, *_FLAGS)} | {OWN_SETTINGS}
    own = {name: value for name, value in settings.to_json().items() if not _is_carried(name)}
    if own:
        wanted[OWN_SETTINGS] = json.dumps(own, sort_keys=True, separators=(",", ":"))
    if described is not None:
        wanted |= described.properties()
        owned |= OWNED
    if previous and _says(previous, source, settings, described):
        return previous
    return splice(previous or _EMPTY, owned, wanted, source)


def _is_carried(name: str) -> bool:
    return SETTINGS[name].crs is not None and SETTINGS[name].kind != "spots"


def _says(previous: bytes, source: str, settings: DevelopSettings, described: Described | None) -> bool:
    """Whether a packet says just this already, in whatever way another program wrote it."""
    read = parse(previous, source)
    if read.ignored or not read.has_settings or read.settings != settings:
        return False
    return described is None or read.described == described


def _crs_values(settings: DevelopSettings) -> Iterator[tuple[str, Value]]:
    for crs, name in _NAMES.items():
        value = getattr(settings, name)
        # Where Lightroom's own default is not neutral, silence would mean that default.
        if value == SETTINGS[name].default and SETTINGS[name].crs_default is None:
            continue
        if SETTINGS[name].kind == "curve":
            yield crs, Listed("Seq", tuple(f"{_decimal(x)}, {_decimal(y)}" for x, y in value))
        else:
            yield crs, _text(name, value)
    cropped = any(name.startswith("crop") for name in settings.changed())
    yield from zip(_FLAGS, ("15.4", "True", str(cropped)), strict=True)


def _tree(content: bytes, source: str) -> Any:
    if len(content) > MOST_BYTES:
        raise SettingsError(f"{source}: {len(content) >> 20} MB is too large for a sidecar; it is left alone")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(as_utf8(content).strip(b"\x00 \r\n\t"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SettingsError(f"{source}: it is not valid XMP; {error}") from error
    if root.tag != f"{{{RDF}}}RDF" and root.find(f".//{{{RDF}}}RDF") is None:
        raise SettingsError(f"{source}: it holds no RDF, so it is not XMP")
    return root


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


_NUMBERED = frozenset({"LensProfileEnable", "AutoLateralCA"})
"""Flags that Lightroom writes as 0 and 1; all others are False and True."""


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value) if SETTINGS[name].crs in _NUMBERED else value)
    if isinstance(value, str):
        return {"auto": "Auto", "custom": "Custom"}.get(value, "As Shot")
    # Two places where they say it all, as Lightroom has them.
    text = f"{value:.2f}" if SETTINGS[name].unit == "EV" and value == round(value, 2) else _decimal(value)
    return f"+{text}" if value > 0 and SETTINGS[name].low < 0 else text


def _decimal(value: float) -> str:
    """Return a number that reads back the same, without an exponent."""
    return f"{value:.0f}" if value == round(value) else format(Decimal(repr(value)), "f")
