"""One's own presets: kept as JSON, read back the same, taken from a picture or from Lightroom."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from develop import preset_files, presets
from develop.errors import SettingsError
from develop.settings import NEUTRAL, DevelopSettings
from develop.spot import Spot

LOOK = DevelopSettings(
    exposure=0.4, curve=((0.0, 0.0), (128.0, 140.0), (255.0, 255.0)), crop_left=0.1, exposure_delta=0.2,
    dust=(Spot(x=0.1, y=0.2, radius=0.01),), grayscale=True,
)  # fmt: skip


def test_a_picture_s_look_is_kept_and_found_again(tmp_path: Path) -> None:
    kept = preset_files.of_picture("my look (1)", LOOK)
    assert set(kept.values) == {"exposure", "curve", "grayscale"}, "a crop, dust and deltas are one picture's own"
    preset_files.save(kept, tmp_path)
    found = preset_files.find("my look (1)", tmp_path)
    assert (found.name, found.settings) == (kept.name, kept.settings)
    assert list(preset_files.own(tmp_path)) == ["my look (1)"]
    preset_files.remove("my look (1)", tmp_path)
    assert preset_files.own(tmp_path) == {}


def test_groups_hold_what_is_neutral_too(tmp_path: Path) -> None:
    kept = preset_files.of_picture("flat", DevelopSettings(exposure=0.4), ["tone"])
    assert kept.apply(DevelopSettings(contrast=30.0, vibrance=5.0)) == DevelopSettings(exposure=0.4, vibrance=5.0)


def test_a_lightroom_preset_goes_under_another_name(tmp_path: Path) -> None:
    from tests.develop.test_xmp import LIGHTROOM

    (tmp_path / "theirs.xmp").write_bytes(LIGHTROOM)
    theirs = presets.load(tmp_path / "theirs.xmp")
    preset_files.save(replace(theirs, name="warm"), tmp_path / "mine")
    assert preset_files.find("warm", tmp_path / "mine").settings == theirs.settings


@pytest.mark.parametrize("name", ["neutral", "Macro Natural", "../up", "", "a/b"])
def test_a_name_that_cannot_be_kept(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError):
        preset_files.save(presets.Preset(name, {"exposure": 1.0}), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_there_is_named_with_what_is(tmp_path: Path) -> None:
    preset_files.save(presets.Preset("mine", {"exposure": 1.0}), tmp_path)
    with pytest.raises(SettingsError, match=r"macro natural.*mine"):
        preset_files.find("yours", tmp_path)
    with pytest.raises(SettingsError, match="built in"):
        preset_files.remove("neutral", tmp_path)
    with pytest.raises(SettingsError, match="none of that name"):
        preset_files.remove("yours", tmp_path)


def test_a_neutral_look_is_no_preset() -> None:
    with pytest.raises(SettingsError, match="neutral"):
        preset_files.of_picture("nothing", NEUTRAL)
