from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from develop import presets, xmp
from develop.errors import SettingsError
from develop.settings import NEUTRAL, SETTINGS, DevelopSettings
from develop.xmp_described import Described, Place
from tests.develop.test_settings import any_settings

LIGHTROOM = b"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4" crs:Version="15.4" crs:WhiteBalance="Custom"
 crs:Temperature="5650" crs:Tint="+8" crs:Exposure2012="+0.50" crs:Highlights2012="-35" crs:Sharpness="40"
 crs:Contrast2012="much" crs:LensProfileEnable="1" crs:HasCrop="False" crs:CropLeft="0.2" crs:Look="x">
 <crs:ToneCurvePV2012><rdf:Seq><rdf:li>0, 0</rdf:li><rdf:li>128, 140</rdf:li><rdf:li>255, 255</rdf:li></rdf:Seq>
 </crs:ToneCurvePV2012>
 <crs:ToneCurvePV2012Red><rdf:Seq><rdf:li>0, 0</rdf:li><rdf:li>255, 255</rdf:li></rdf:Seq></crs:ToneCurvePV2012Red>
 <crs:Name><rdf:Alt><rdf:li xml:lang="x-default">Warm day</rdf:li></rdf:Alt></crs:Name>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def test_a_lightroom_sidecar_becomes_settings() -> None:
    read = xmp.parse(LIGHTROOM, "IMG_1.xmp")
    assert read.settings == DevelopSettings(
        white_balance="custom", temperature=5650.0, tint=8.0, exposure=0.5, highlights=-35.0, sharpen_amount=40.0,
        lens_profile=True, curve=((0.0, 0.0), (128.0, 140.0), (255.0, 255.0)),
    )  # fmt: skip
    assert read.name == "Warm day"
    assert len(read.ignored) == 1
    assert "Contrast2012" in read.ignored[0]


_LOOK = b"""<crs:Look rdf:parseType="Resource">
    <crs:Name>Adobe Color</crs:Name>
    <crs:Parameters rdf:parseType="Resource"><crs:Exposure2012>+3.00</crs:Exposure2012>
     <crs:ToneCurvePV2012><rdf:Seq><rdf:li>0, 0</rdf:li><rdf:li>22, 16</rdf:li></rdf:Seq></crs:ToneCurvePV2012>
    </crs:Parameters>
   </crs:Look>"""
_MASKS = b"""<crs:MaskGroupBasedCorrections><rdf:Seq><rdf:li>
    <rdf:Description crs:What="Correction" crs:Exposure2012="4" crs:LocalExposure2012="0.5">
     <crs:CorrectionMasks><rdf:Seq><rdf:li crs:What="Mask/Gradient" crs:Contrast2012="9"/></rdf:Seq>
     </crs:CorrectionMasks>
    </rdf:Description></rdf:li></rdf:Seq></crs:MaskGroupBasedCorrections>"""


@pytest.mark.parametrize("version", ["11.0", "13.2", "15.4"])
def test_a_sidecar_in_elements_is_read_and_its_look_and_masks_are_left_alone(version: str) -> None:
    said = {"ProcessVersion": version, "Exposure2012": "+0.65", "Saturation": "-4", "AutoLateralCA": "1",
            "ConvertToGrayscale": "False", "LuminanceNoiseReductionContrast": "20"}  # fmt: skip
    elements = "".join(f"<crs:{name}>{value}</crs:{name}>" for name, value in said.items()).encode()
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/">'
        b"%b%b<f:oo xmlns:f='urn:f'>a &amp; b</f:oo>%b</rdf:Description></rdf:RDF></x:xmpmeta>"
    ) % (elements, _LOOK, _MASKS)
    read = xmp.parse(packet, "IMG_1.xmp")
    assert read.settings == DevelopSettings(
        exposure=0.65, saturation=-4.0, lens_colour_fringes=True, luminance_noise_contrast=20.0
    )
    assert not read.ignored
    written = xmp.render(replace(read.settings, exposure=1.0, lens_profile=True), packet)
    for kept in (_LOOK, _MASKS, b"<f:oo xmlns:f='urn:f'>a &amp; b</f:oo>"):
        assert kept in written
    for own in (b'crs:Exposure2012="+1.00"', b'crs:AutoLateralCA="1"', b'crs:LensProfileEnable="1"'):
        assert own in written
    assert xmp.parse(written, "IMG_1.xmp").settings.exposure == 1.0


@given(any_settings())
def test_round_trip(settings: DevelopSettings) -> None:
    carried = settings.only(n for n in settings.changed() if SETTINGS[n].crs and SETTINGS[n].kind != "spots")
    read = xmp.parse(xmp.render(carried), "x.xmp").settings
    straight = ((0.0, 0.0), (255.0, 255.0))
    for name in SETTINGS:
        value = getattr(carried, name)
        assert getattr(read, name) == (() if value == straight else value), name


def test_nodes_of_others_stay() -> None:
    written = xmp.render(DevelopSettings(exposure=-1.0), LIGHTROOM)
    tree = etree.fromstring(written)
    node = tree.find(".//{*}Description")
    assert node is not None
    assert node.get("{http://ns.adobe.com/xap/1.0/}Rating") == "4"
    assert node.get(f"{{{xmp.CRS}}}Look") == "x"
    assert node.get(f"{{{xmp.CRS}}}Exposure2012") == "-1.00"
    assert node.get(f"{{{xmp.CRS}}}Temperature") is None
    assert xmp.parse(written, "x.xmp").settings == DevelopSettings(exposure=-1.0)


def test_writing_twice_writes_the_same() -> None:
    settings = presets.load("black and white").settings
    once = xmp.render(settings, LIGHTROOM)
    assert xmp.render(settings, once) == once


@pytest.mark.parametrize("content", [b"", b"<a/>", b"no xml", LIGHTROOM[:200], b"<x>" * 3000])
def test_what_is_no_xmp_is_refused(content: bytes) -> None:
    with pytest.raises(SettingsError, match=r"broken\.xmp"):
        xmp.parse(content, "broken.xmp")


def test_entities_are_not_followed() -> None:
    secret = b'<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/hostname">]>' + LIGHTROOM.split(b"?>", 1)[1]
    read = xmp.parse(secret.replace(b'crs:Look="x"', b'crs:Look="y"'), "x.xmp")
    assert read.settings.exposure == 0.5


def test_presets_come_from_lightroom_and_from_json(tmp_path: Path) -> None:
    from_lightroom = tmp_path / "warm.xmp"
    from_lightroom.write_bytes(LIGHTROOM)
    assert presets.load(from_lightroom).name == "Warm day"
    own = tmp_path / "own.json"
    own.write_text(json.dumps(presets.load("insect detail").to_json()), encoding="utf-8")
    assert presets.load(str(own)).settings == presets.load("insect detail").settings


@pytest.mark.parametrize("name", sorted(presets.BUILT_IN))
def test_built_in_presets_are_sound(name: str) -> None:
    assert (presets.load(name).settings == NEUTRAL) == (name == "neutral")


def test_a_preset_leaves_what_it_does_not_name() -> None:
    kept = presets.load("macro natural").apply(DevelopSettings(exposure=0.7, vibrance=-50.0))
    assert (kept.exposure, kept.vibrance) == (0.7, 12.0)


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"settings": 3}', '{"settings": {"expo": 1}}', '{"settings": {"exposure": 9}}']
)
def test_a_broken_preset_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"mine\.json"):
        presets.load(path)


def test_an_unknown_preset_lists_those_that_exist() -> None:
    with pytest.raises(SettingsError, match="macro natural"):
        presets.load("vivid")


def any_described() -> st.SearchStrategy[Described]:
    words = st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"], exclude_characters="|"), min_size=1
    )
    paths = st.lists(words.filter(lambda w: w.casefold().casefold() == w.casefold()), min_size=1, max_size=3)
    place = st.builds(
        Place,
        sequence=st.integers(1, 10**6),
        kind=st.sampled_from(["focus", "burst"]),
        position=st.integers(1, 99),
        count=st.integers(1, 99),
    )
    return st.builds(
        Described,
        rating=st.integers(0, 5),
        flag=st.integers(-1, 1),
        label=st.none() | st.sampled_from(["red", "green", "To print"]),
        keywords=st.lists(paths.map("|".join), max_size=4, unique_by=str.casefold).map(
            lambda found: tuple(sorted(found, key=str.casefold))
        ),
        place=st.none() | place,
    )


@given(any_settings(), any_described())
def test_marks_place_and_every_setting_come_back(settings: DevelopSettings, described: Described) -> None:
    straight = ((0.0, 0.0), (255.0, 255.0))
    for name in ("curve", "curve_red", "curve_green", "curve_blue"):
        if getattr(settings, name) == straight:
            settings = replace(settings, **{name: ()})  # type: ignore[arg-type]
    written = xmp.render(settings, LIGHTROOM, "x.xmp", described)
    read = xmp.parse(written, "x.xmp")
    assert read.settings == settings
    assert read.described == described
    assert xmp.render(settings, written, "x.xmp", described) == written


OTHERS = b"""\xef\xbb\xbf<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?>
<x:xmpmeta xmlns:x='adobe:ns:meta/'   x:xmptk="Other > 1.0">
<!-- kept: <rdf:Description crs:Exposure2012="9"/> -->
<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'
   xmlns:raw="http://ns.adobe.com/camera-raw-settings/1.0/">
  <rdf:Description rdf:about='' raw:Exposure2012 = '+1.00'
     xmlns:darktable="http://darktable.sf.net/"  darktable:xmp_version="5"
     darktable:note='a &gt; b "quoted"'>
    <darktable:history><rdf:Seq>
        <rdf:li darktable:operation="exposure"/></rdf:Seq></darktable:history>
    <raw:MaskGroupBasedCorrections><![CDATA[ <odd> ]]></raw:MaskGroupBasedCorrections>
    <raw:ToneCurvePV2012><rdf:Seq><rdf:li>0, 0</rdf:li><rdf:li>255, 250</rdf:li></rdf:Seq></raw:ToneCurvePV2012>
    <raw:ToneCurvePV2012Red/></rdf:Description>
  <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="Other" xmp:Rating="2"/>
</rdf:RDF></x:xmpmeta>
<?xpacket end='w'?>"""


def test_every_byte_of_others_stays() -> None:
    written = xmp.render(DevelopSettings(exposure=-0.5), OTHERS, "x.xmp", Described(rating=3))
    expected = (
        OTHERS.replace(b" raw:Exposure2012 = '+1.00'", b"")
        .replace(b' xmp:Rating="2"', b"")
        .replace(
            b"\n    <raw:ToneCurvePV2012><rdf:Seq><rdf:li>0, 0</rdf:li><rdf:li>255, 250</rdf:li></rdf:Seq>"
            b"</raw:ToneCurvePV2012>\n    <raw:ToneCurvePV2012Red/>",
            b"",
        )
    )
    head, _, rest = expected.partition(b'"quoted"\'')
    assert written.startswith(head + b'"quoted"\'')
    assert written.endswith(rest.removeprefix(b""))
    added = written[len(head) + len(b'"quoted"\'') : len(written) - len(rest)]
    assert b'raw:Exposure2012="-0.50"' in added
    assert b"xmp:Rating=" in added or b'Rating="3"' in added
    read = xmp.parse(written, "x.xmp")
    assert (read.settings.exposure, read.described.rating, read.settings.curve) == (-0.5, 3, ())
    assert xmp.render(DevelopSettings(exposure=-0.5), written, "x.xmp", Described(rating=3)) == written


def test_a_packet_that_says_it_already_is_left_to_the_byte() -> None:
    settings = xmp.parse(LIGHTROOM.replace(b' crs:Contrast2012="much"', b""), "x.xmp")
    same = LIGHTROOM.replace(b' crs:Contrast2012="much"', b"")
    assert xmp.render(settings.settings, same, "x.xmp", Described(rating=4)) == same


@pytest.mark.parametrize(
    ("said", "described"),
    [
        (b'xmp:Rating="-1"', Described(flag=-1)),
        (b'xmp:Rating="3.0" xmp:Label="Red"', Described(rating=3, label="red")),
        (b'xmp:Label="Winner"', Described(label="Winner")),
        (b'xmp:Rating="lots"', Described()),
        (b'xmpDM:pick="1" xmlns:xmpDM="http://ns.adobe.com/xmp/1.0/DynamicMedia/"', Described(flag=1)),
    ],
)
def test_marks_of_other_programs_are_read(said: bytes, described: Described) -> None:
    packet = LIGHTROOM.replace(b'xmp:Rating="4"', said)
    assert xmp.parse(packet, "x.xmp").described == described


def test_flat_keywords_beside_a_hierarchy_are_read_once() -> None:
    lists = (
        b'<dc:subject xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Bag><rdf:li>fly</rdf:li><rdf:li>Insect</rdf:li>'
        b"<rdf:li>macro</rdf:li></rdf:Bag></dc:subject>"
        b'<lr:hierarchicalSubject xmlns:lr="http://ns.adobe.com/lightroom/1.0/"><rdf:Bag><rdf:li>insect|fly</rdf:li>'
        b"</rdf:Bag></lr:hierarchicalSubject>"
    )
    packet = LIGHTROOM.replace(b"</rdf:Description>", lists + b"</rdf:Description>")
    assert xmp.parse(packet, "x.xmp").described.keywords == ("insect|fly", "macro")


def test_a_document_type_is_never_written_into() -> None:
    packet = b'<!DOCTYPE r [<!ENTITY e "x">]>' + LIGHTROOM.split(b"?>", 1)[1]
    with pytest.raises(SettingsError, match=r"x\.xmp: it declares a document type"):
        xmp.render(NEUTRAL, packet, "x.xmp")


def test_a_packet_in_utf_16_is_taken_over() -> None:
    packet = LIGHTROOM.decode().encode("utf-16")
    written = xmp.render(DevelopSettings(exposure=2.0), packet, "x.xmp")
    assert xmp.parse(written, "x.xmp").settings.exposure == 2.0
    assert b'crs:Look="x"' in written
