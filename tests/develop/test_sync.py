from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from develop.errors import SettingsError
from develop.settings import GROUPS, NEUTRAL, SETTINGS, DevelopSettings
from develop.sync import Edited, pasted, plan_sync
from develop.sync_plan import SyncPlan
from develop.white_point import WhitePoint
from tests.develop.test_settings import any_settings


def edited(capture_id: int, settings: DevelopSettings = NEUTRAL, as_shot: WhitePoint | None = None) -> Edited:
    return Edited(capture_id=capture_id, name=f"IMG_{capture_id:04}.CR3", settings=settings, as_shot=as_shot)


def carried_out(plan: SyncPlan, targets: list[Edited]) -> list[Edited]:
    return [replace(t, settings=p.settings) for t, p in zip(targets, plan.targets, strict=True)]


@given(any_settings(), any_settings(), st.sampled_from(["merge", "replace"]))
def test_a_second_sync_changes_nothing(source: DevelopSettings, target: DevelopSettings, mode: str) -> None:
    reference = replace(edited(1, source, WhitePoint(5200.0, 4.0)), auto=WhitePoint(4800.0, 1.0))
    targets = [edited(2, target), edited(3)]
    done = carried_out(plan_sync(reference, targets, mode=mode), targets)
    assert plan_sync(reference, done, mode=mode).changed == ()


@given(any_settings(), any_settings())
def test_replace_leaves_only_what_is_the_frames_own(source: DevelopSettings, target: DevelopSettings) -> None:
    reference = replace(edited(1, source), auto=WhitePoint(4800.0))
    plan = plan_sync(reference, [edited(2, target)], mode="replace")
    for name, setting in SETTINGS.items():
        other = plan.result if setting.sync_class in "ABE" else target
        assert getattr(plan.targets[0].settings, name) == getattr(other, name)


def test_classes_go_where_they_belong() -> None:
    source = DevelopSettings(exposure=0.5, crop_left=0.1, sharpen_amount=40.0, lens_profile=True, exposure_delta=0.2)
    plan = plan_sync(edited(1, source), [edited(2, DevelopSettings(exposure_delta=-0.1))])
    after = plan.targets[0].settings
    assert (after.exposure, after.lens_profile) == (0.5, True)
    assert (after.crop_left, after.sharpen_amount) == (0.0, 0.0)
    assert after.exposure_delta == -0.1
    assert plan.targets[0].kept == ("exposure_delta",)
    assert {item.setting for item in plan.deferred} == {"crop_left", "sharpen_amount"}
    assert plan.result.crop_left == 0.1


def test_as_shot_is_frozen_to_the_references_numbers() -> None:
    targets = [edited(2, as_shot=WhitePoint(4100.0, -3.0))]
    plan = plan_sync(edited(1, as_shot=WhitePoint(5203.4, 3.6)), targets)
    after = plan.targets[0].settings
    assert (after.white_balance, after.temperature, after.tint) == ("custom", 5203.0, 4.0)
    assert any("5203 K" in line for line in plan.lines())


def test_auto_without_numbers_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"IMG_0001\.CR3"):
        plan_sync(edited(1, DevelopSettings(white_balance="auto")), [edited(2)])


def test_merge_keeps_what_the_reference_left_alone() -> None:
    target = edited(2, DevelopSettings(contrast=10.0, exposure=1.0))
    plan = plan_sync(edited(1, DevelopSettings(exposure=0.5)), [target])
    assert (plan.targets[0].settings.contrast, plan.targets[0].settings.exposure) == (10.0, 0.5)
    wiped = plan_sync(edited(1, DevelopSettings(exposure=0.5)), [target], mode="replace")
    assert wiped.targets[0].settings.contrast == 0.0


def test_groups_limit_a_sync() -> None:
    source = DevelopSettings(exposure=0.5, vibrance=20.0)
    after = plan_sync(edited(1, source), [edited(2)], groups=["colour"]).targets[0].settings
    assert (after.exposure, after.vibrance) == (0.0, 20.0)


@pytest.mark.parametrize(("groups", "mode"), [(["tones"], "merge"), (None, "overwrite")])
def test_unknown_words_are_refused(groups: list[str] | None, mode: str) -> None:
    with pytest.raises(SettingsError):
        plan_sync(edited(1), [edited(2)], groups=groups, mode=mode)


def test_the_plan_is_told_by_class_in_words() -> None:
    source = DevelopSettings(exposure=0.5, lens_profile=True, crop_angle=2.0, grain_amount=5.0)
    targets = [edited(2, DevelopSettings(exposure=1.0, exposure_delta=0.1)), *(edited(n) for n in (3, 4, 5, 6))]
    assert list(plan_sync(edited(1, source), targets).lines()) == [
        "IMG_0001.CR3 to 5 frames: 5 change",
        "  A  must match on every frame",
        "       exposure 1 -> 0.5 on IMG_0002.CR3",
        "       exposure 0 -> 0.5 on 4 frames, IMG_0003.CR3 to IMG_0006.CR3",
        "  A' belongs to its frame: evens it out to the reference",
        "       exposure_delta stays its own on IMG_0002.CR3",
        "  B  one geometry for all frames, before they are aligned",
        "       lens_profile off -> on on all 5 frames",
        "  C  frames the result",
        "       on the result: crop_angle 2",
        "  D  finishes the result; on frames it would disturb the choice of the sharpest",
        "       on the result: grain_amount 5",
    ]


def test_a_plan_as_json_names_the_class_of_everything() -> None:
    plan = plan_sync(edited(1, DevelopSettings(exposure=0.5, crop_angle=2.0)), [edited(2)]).to_json()
    assert plan["changes"] == [
        {
            "capture": 2,
            "name": "IMG_0002.CR3",
            "settings": [{"setting": "exposure", "before": 0.0, "after": 0.5, "class": "A"}],
        }
    ]
    assert plan["deferred"][0]["class"] == "C"


def test_a_paste_takes_the_look_and_leaves_what_is_the_pictures_own() -> None:
    source = DevelopSettings(exposure=0.5, sharpen_amount=40.0, crop_left=0.1, exposure_delta=0.2)
    before = DevelopSettings(contrast=10.0, crop_left=0.3, exposure_delta=-0.2)
    after = pasted(source, before)
    assert after == DevelopSettings(exposure=0.5, sharpen_amount=40.0, crop_left=0.3, exposure_delta=-0.2)
    assert pasted(source, before, ["geometry"]) == replace(before, crop_left=0.1)
    with pytest.raises(SettingsError, match="sync group tones"):
        pasted(source, before, ["tones"])


@given(any_settings(), any_settings())
def test_pasting_twice_is_pasting_once(source: DevelopSettings, before: DevelopSettings) -> None:
    once = pasted(source, before)
    assert pasted(source, once) == once


def test_every_group_is_of_one_class_and_stage() -> None:
    for names in GROUPS.values():
        assert len({(SETTINGS[name].sync_class, SETTINGS[name].stage) for name in names}) == 1
