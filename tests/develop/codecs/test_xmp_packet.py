from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
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
    settings = replace(PROVENANCE, settings={"exposure": 0.5, "crop": None})
    said = etree.fromstring(render_packet(settings)).findtext(f".//{_OWN}Settings")
    assert said == '{"crop":null,"exposure":0.5}'
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


@given(st.lists(st.text(st.characters()), min_size=1, max_size=5))
def test_any_file_name_makes_a_packet_that_reads(names: list[str]) -> None:
    made = replace(PROVENANCE, sources=tuple((name, "") for name in names), reference=0)
    assert len(_names(render_packet(made))) == len(names)


def test_a_name_that_is_no_utf8_makes_a_packet_too() -> None:
    made = replace(PROVENANCE, sources=(("IMG_\udcff\x07.JPG", ""),), reference=0)
    assert _names(render_packet(made)) == ["IMG_\ufffd\ufffd.JPG"]
