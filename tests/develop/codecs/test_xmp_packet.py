from __future__ import annotations

from dataclasses import replace

from lxml import etree

from develop.codecs.xmp_packet import JPEG_LIMIT, render_packet
from tests.develop.made_pictures import PROVENANCE

_REF = "{http://ns.adobe.com/xap/1.0/sType/ResourceRef#}"
_OWN = "{https://stackroom.invalid/ns/1.0/}"


def _names(packet: bytes) -> list[str | None]:
    root = etree.fromstring(packet)
    return [item.text for item in root.iter(f"{_REF}filePath")][1:]


def test_the_sources_are_named_in_their_order() -> None:
    packet = render_packet(PROVENANCE)
    assert _names(packet) == [name for name, _ in PROVENANCE.sources]
    root = etree.fromstring(packet)
    assert root.findtext(f".//{_OWN}Frames") == "3"
    assert root.findtext(f".//{_OWN}Reference") == "IMG_2 & <co>.JPG"
    assert root.findtext(f".//{_OWN}Method") == "pyramid"
    assert packet.startswith(b"<?xpacket begin=")
    assert packet.endswith(b'<?xpacket end="w"?>')


def test_what_does_not_fit_is_counted() -> None:
    many = replace(PROVENANCE, sources=tuple((f"IMG_{n:04}.JPG", f"{n:032x}") for n in range(2000)))
    assert len(_names(render_packet(many))) == 2000
    packet = render_packet(many, JPEG_LIMIT)
    assert len(packet) <= JPEG_LIMIT
    listed = len(_names(packet))
    assert listed > 200
    assert etree.fromstring(packet).findtext(f".//{_OWN}SourcesNotListed") == str(2000 - listed)
