"""Carry the edits of one frame over to others, knowing what a focus stack is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from develop.declaration import CLASSES
from develop.errors import SettingsError
from develop.settings import GROUPS, SETTINGS, DevelopSettings
from develop.sync_plan import Change, Deferred, SyncPlan, TargetPlan
from develop.white_point import WhitePoint

MODES: Final = ("merge", "replace")
SYNCED: Final = frozenset("ABE")
DEFERRED: Final = frozenset("CDF")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A capture and its settings. `as_shot` is the white balance that its camera set, where that is known."""

    capture_id: int
    name: str
    settings: DevelopSettings
    as_shot: WhitePoint | None = None
    auto: WhitePoint | None = None


SyncSource = Edited
SyncTarget = Edited


_Outcome = tuple[DevelopSettings, tuple[Change, ...], tuple[str, ...]]


def plan_sync(
    reference: SyncSource,
    targets: Sequence[SyncTarget],
    groups: Collection[str] | None = None,
    mode: str = "merge",
) -> SyncPlan:
    """Plan carrying the reference's settings over to the targets.

    'merge' carries over what the reference changed; 'replace' also resets what it left alone. `groups` limits both to
    some sync groups. Frames get the classes A, B and E; C, D and F go to the result; every frame keeps its own deltas
    (A'). Raises SettingsError for an unknown group or mode.
    """
    names = chosen_settings(groups, mode)
    source, notes = _resolved(reference) if names.intersection(GROUPS["wb"]) else (reference.settings, ())
    # Most frames of a sequence share one value of settings; what becomes of it is worked out once. By identity: to
    # hash a hundred settings for every frame would take longer than all the rest.
    done: dict[int, _Outcome] = {}
    for target in targets:
        if id(target.settings) not in done:
            done[id(target.settings)] = _planned(source, target.settings, names, mode)
    plans = tuple(TargetPlan(target.capture_id, target.name, *done[id(target.settings)]) for target in targets)
    deferred = tuple(
        Deferred(name, getattr(source, name), CLASSES[SETTINGS[name].sync_class])
        for name in source.changed()
        if name in names and SETTINGS[name].sync_class in DEFERRED
    )
    return SyncPlan(reference=reference.name, result=source, targets=plans, deferred=deferred, notes=notes)


def chosen_settings(groups: Collection[str] | None, mode: str) -> frozenset[str]:
    """Return the settings of some sync groups, all where none are named. Raises SettingsError."""
    if mode not in MODES:
        raise SettingsError(f"sync mode {mode}: give one of {', '.join(MODES)}")
    unknown = sorted(set(groups or ()) - set(GROUPS))
    if unknown:
        raise SettingsError(f"sync group {unknown[0]}: there is none of that name; there are {', '.join(GROUPS)}")
    return frozenset(name for name, setting in SETTINGS.items() if groups is None or setting.group in groups)


def _resolved(reference: SyncSource) -> tuple[DevelopSettings, tuple[str, ...]]:
    """Freeze 'as shot' and 'auto' to the reference's numbers: on another frame the words would mean other numbers."""
    settings = reference.settings
    if settings.white_balance == "custom":
        return settings, ()
    words = settings.white_balance
    white = reference.as_shot if words == "as-shot" else reference.auto
    if white is None:
        if words == "auto":
            raise SettingsError(f"{reference.name}: its automatic white balance has no numbers yet; develop it first")
        return settings, ()
    frozen = white.within_range()
    note = f"white balance '{words}' is frozen to the reference's {frozen.temperature:.0f} K, tint {frozen.tint:+.0f}"
    resolved = replace(settings, white_balance="custom", temperature=frozen.temperature, tint=frozen.tint)
    return resolved, (note,)


def _planned(source: DevelopSettings, before: DevelopSettings, names: frozenset[str], mode: str) -> _Outcome:
    after = _carried(source, before, names, mode)
    if after == before:
        return before, (), ()
    changes = tuple(
        Change(name, getattr(before, name), getattr(after, name))
        for name in SETTINGS
        if getattr(before, name) != getattr(after, name)
    )
    return after, changes, tuple(name for name in before.changed() if SETTINGS[name].sync_class == "A'")


def _carried(source: DevelopSettings, before: DevelopSettings, names: frozenset[str], mode: str) -> DevelopSettings:
    changed = set(source.changed())
    if changed & set(GROUPS["wb"]):
        # Mode, temperature and tint mean something only together.
        changed |= set(GROUPS["wb"])
    if changed & {"curve", "curve_red", "curve_green", "curve_blue"}:
        changed |= {"curve", "curve_red", "curve_green", "curve_blue"}
    take = [name for name in names if SETTINGS[name].sync_class in SYNCED and (mode == "replace" or name in changed)]
    return replace(before, **{name: getattr(source, name) for name in take})


def pasted(source: DevelopSettings, before: DevelopSettings, groups: Collection[str] | None = None) -> DevelopSettings:
    """Return settings with those of another picture laid over them, neutral ones too.

    Without `groups`, what belongs to one picture alone stays as it was: its crop, its spots, its dust, its deltas.
    Raises SettingsError for an unknown group.
    """
    names = chosen_settings(groups, "replace")
    take = names if groups is not None else [name for name in names if SETTINGS[name].sync_class in "ABD"]
    return replace(before, **{name: getattr(source, name) for name in take})
