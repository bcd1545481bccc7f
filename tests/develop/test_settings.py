from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from develop.declaration import CLASSES
from develop.errors import SettingsError
from develop.settings import GROUPS, NEUTRAL, SETTINGS, DevelopSettings, parse_assignment

_SKIPPED = {"crop_left", "crop_top", "crop_right", "crop_bottom"} | {n for n in SETTINGS if n.endswith("_split")}


def value_of(name: str) -> st.SearchStrategy[Any]:
    setting = SETTINGS[name]
    if setting.kind == "number":
        return st.floats(setting.low, setting.high, allow_nan=False)
    if setting.kind == "flag":
        return st.booleans()
    if setting.kind == "choice":
        return st.sampled_from(setting.choices)
    if setting.kind == "curve":
        inputs = st.lists(st.integers(0, 255), min_size=2, max_size=6, unique=True).map(sorted)
        return inputs.flatmap(lambda xs: st.tuples(*(st.tuples(st.just(float(x)), st.floats(0, 255)) for x in xs)))
    if setting.kind == "strokes":
        place = st.tuples(st.floats(0, 1), st.floats(0, 1))
        stroke = {"source": st.just("a.jpg"), "points": st.lists(place, min_size=1, max_size=3)}
        return st.lists(st.fixed_dictionaries({**stroke, "radius": st.floats(0.001, 0.5)}), max_size=2)
    spot = st.fixed_dictionaries({"x": st.floats(0, 1), "y": st.floats(0, 1), "radius": st.floats(0.001, 0.25)})
    return st.lists(spot, max_size=2)


def any_settings() -> st.SearchStrategy[DevelopSettings]:
    names = st.lists(st.sampled_from(sorted(set(SETTINGS) - _SKIPPED)), max_size=8, unique=True)
    values = names.flatmap(lambda chosen: st.fixed_dictionaries({name: value_of(name) for name in chosen}))
    return values.map(DevelopSettings.from_json)


@given(any_settings())
def test_json_round_trip(settings: DevelopSettings) -> None:
    assert DevelopSettings.from_json(settings.to_json()) == settings


@given(any_settings())
def test_the_two_stages_are_the_whole(settings: DevelopSettings) -> None:
    parts = {**settings.prestack_part().to_json(), **settings.poststack_part().to_json()}
    assert DevelopSettings.from_json(parts) == settings


def test_neutral_says_nothing() -> None:
    assert NEUTRAL.to_json() == {}


def test_unknown_keys_are_ignored() -> None:
    assert DevelopSettings.from_json({"exposure": 1, "later_version": 3}) == DevelopSettings(exposure=1.0)


@pytest.mark.parametrize(
    "values",
    [
        {"exposure": 5.1}, {"exposure": float("nan")}, {"exposure": "bright"}, {"exposure": True},
        {"white_balance": "cloudy"}, {"grayscale": 1}, {"curve": ((0, 0),)}, {"curve": ((9, 0), (9, 3))},
        {"curve": ((0, 0), (300, 3))}, {"curve": "0,0"}, {"heal": [{"x": 2, "y": 0, "radius": 0.1}]},
        {"heal": [{"x": 0.1}]}, {"crop_left": 0.6, "crop_right": 0.5}, {"parametric_shadow_split": 80},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_one_line(values: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        DevelopSettings.from_json(values)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("exposure=0.3", ("exposure", 0.3)),
        ("lens_profile = on", ("lens_profile", True)),
        ("white_balance=Custom", ("white_balance", "custom")),
        ("curve=0,0 128,140 255,255", ("curve", ((0.0, 0.0), (128.0, 140.0), (255.0, 255.0)))),
    ],
)
def test_assignments_are_read(text: str, wanted: tuple[str, Any]) -> None:
    assert parse_assignment(text) == wanted


@pytest.mark.parametrize("text", ["exposure", "exposure=", "exposre=1", "exposure=9", "curve=1", "lens_profile=maybe"])
def test_wrong_assignments_are_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        parse_assignment(text)


def test_a_misspelt_name_gets_a_suggestion() -> None:
    with pytest.raises(SettingsError, match="did you mean exposure"):
        parse_assignment("exposre=1")


def test_every_declaration_is_whole() -> None:
    for name, setting in SETTINGS.items():
        assert setting.says.endswith("."), name
        assert setting.sync_class in CLASSES, name
        assert name in GROUPS[setting.group]
    crs = [setting.crs for setting in SETTINGS.values() if setting.crs]
    assert len(crs) == len(set(crs))


def test_every_setting_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "develop.md").read_text(encoding="utf-8")
    missing = [name for name, setting in SETTINGS.items() if f"| `{name}` |" not in page or setting.says not in page]
    assert not missing


def test_settings_load_no_pixels() -> None:
    modules = "develop.settings, develop.sync, develop.presets, develop.recipe"
    code = f"import sys, {modules}; sys.exit(bool({{'numpy', 'cv2', 'rawpy'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
