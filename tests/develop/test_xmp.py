from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from lxml import etree

from develop import presets, xmp
from develop.errors import SettingsError
from develop.settings import NEUTRAL, SETTINGS, DevelopSettings
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
    assert node.get(f"{{{xmp.CRS}}}Exposure2012") == "-1"
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
