"""Judge what a run of frames is: from the camera's marks, its focus, its exposure and its pictures."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from catalog.grouping.cuts import cadence_s
from catalog.grouping.focus_runs import FocusSeries, focus_series, is_constant, one_way
from catalog.grouping.groups import Group, Kind
from catalog.grouping.lanes import pauses_s
from catalog.grouping.pictures import Shown, look
from catalog.grouping.placed import Placed
from catalog.grouping.rules import Rules
from catalog.grouping.words import brightness_spread, focus_words, is_even, missing_frames, time_words

_SURE_OF_FOCUS = 0.9
"""Five even steps one way: only another scene speaks against that, no wind and no flicker of the light."""
_AGAINST_A_BURST = 0.85
"""Pictures must be this sure of a focus stack where the camera says: continuous drive, one distance."""


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """A kind with what speaks for it; frames of `loose` verdicts were only taken near each other."""

    kind: Kind
    confidence: float
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    loose: bool = False
    open: bool = False
    """Pictures could still settle it."""


def _marked(run: Sequence[Placed], series: FocusSeries | None, rules: Rules, shown: Shown | None) -> Verdict | None:
    """Judge by the camera's own bracket mark."""
    known = run[0].shot.metadata
    if known.bracket_kind is None:
        return None
    said = f"the camera marks {known.bracket_kind.replace('_', ' ')} bracketing"
    if known.bracket_kind in ("exposure", "iso"):
        return Verdict("exposure", 0.98, (said,))
    if known.bracket_kind != "focus":
        return Verdict("burst", 0.8, (said,))
    if series is None or not is_constant(series, rules) or (shown is not None and shown.kind == "focus"):
        return Verdict("focus", 0.98, (said,))
    still = f"{focus_words(series)} though focus bracketing is on: is the lens on manual focus?"
    if shown is not None and shown.kind == "burst":
        return Verdict("burst", shown.confidence, (said, *shown.reasons), (still,))
    return Verdict("focus", 0.6, (said,), (still,), open=shown is None)


def _moving(run: Sequence[Placed], series: FocusSeries, rules: Rules) -> Verdict:
    """Judge a run whose focus moves, by how straight it goes."""
    straight = one_way(series)
    if straight < rules.least_one_way:
        quick = cadence_s(pauses_s(run)) <= rules.burst_s
        return Verdict("review" if quick else "single", 0.4, ("focus goes to and fro",), loose=not quick, open=True)
    if len(run) < rules.least_frames:
        return Verdict("review", 0.4, ("two frames without a bracket mark may be anything",), loose=True, open=True)
    moves = [b - a for a, b in zip(series.values, series.values[1:], strict=False)]
    even = is_even(moves)
    if len(run) <= 4 and not even:
        return Verdict("review", 0.5, ("the few steps of focus are uneven",), loose=True, open=True)
    confidence = min(0.97, 0.7 + 0.04 * len(run)) - (0.0 if even else 0.1) - 0.5 * (1.0 - straight)
    return Verdict("focus", round(confidence, 2), open=True)


def _still(run: Sequence[Placed], series: FocusSeries | None, rules: Rules) -> Verdict:
    """Judge a run whose focus stays, or is not known, by exposure and pace."""
    spread = brightness_spread(run)
    cadence = cadence_s(pauses_s(run))
    if len(run) >= 2 and spread >= rules.exposure_spread_ev:
        confidence = 0.9 if series is not None else 0.7
        # Several brackets may be one at every step of a focus that is not written: the pictures know.
        is_open = series is None or len(run) >= 2 * rules.least_frames
        return Verdict("exposure", confidence, (f"exposure varies by {spread:.1f} EV",), open=is_open)
    if series is None:
        said = "the files do not say where the lens was focused"
        return Verdict("review", 0.3, (said,), loose=len(run) < rules.least_frames, open=True)
    if cadence <= rules.burst_s and max(placed.resolution for placed in run) < 1.0:
        return Verdict("burst", 0.85, (f"continuous drive at one focus, {_rate(cadence)}",), open=True)
    said = "one focus distance at the pace of a hand: a rail, a panorama, or pictures of one subject"
    return Verdict("review", 0.4, (said,), loose=len(run) < rules.least_frames, open=True)


def _rate(cadence: float) -> str:
    return f"{1 / cadence:.0f} frames a second" if cadence > 0 else "without a pause"


def _undated(run: Sequence[Placed], verdict: Verdict) -> Verdict:
    """Trust no header but the camera's own numbering where the time is unknown."""
    if verdict.kind != "focus" or run[0].time is not None or run[0].shot.metadata.bracket_index is not None:
        return verdict
    return Verdict("review", 0.4, verdict.reasons, verdict.warnings, open=True)


def _settled(by_header: Verdict, shown: Shown | None) -> Verdict:
    """Let the pictures confirm or overrule what the headers leave open."""
    if not by_header.open or shown is None or shown.kind is None:
        return by_header
    if (
        by_header.kind == "focus"
        and by_header.confidence >= _SURE_OF_FOCUS
        and shown.one_scene
        and shown.kind != "focus"
    ):
        return replace(by_header, confidence=round(by_header.confidence - 0.1, 2), open=False)
    if by_header.kind == "burst" and shown.kind == "focus" and shown.confidence < _AGAINST_A_BURST:
        said = "the pictures differ a little in where they are sharp: hand or subject may have moved"
        return replace(by_header, confidence=0.6, reasons=(*by_header.reasons, said), open=False)
    reasons = (*by_header.reasons, *shown.reasons) if by_header.kind == shown.kind else shown.reasons
    if by_header.kind == shown.kind:
        both = 1.0 - (1.0 - by_header.confidence) * (1.0 - shown.confidence)
        return Verdict(shown.kind, round(min(0.99, both), 2), reasons, by_header.warnings)
    return Verdict(shown.kind, shown.confidence, reasons, by_header.warnings, loose=shown.kind == "single")


def verdict_of(run: Sequence[Placed], rules: Rules, *, trust_marks: bool = True) -> Verdict:
    """Judge what a run of two frames or more is.

    The camera's marks say nothing within one exposure's part of a bracket: then do not `trust_marks`.
    """
    series = focus_series(run)
    shown = look(run, rules)
    if trust_marks and (marked := _marked(run, series, rules, shown)):
        return marked
    moves = series is not None and not is_constant(series, rules)
    by_header = _moving(run, series, rules) if series is not None and moves else _still(run, series, rules)
    return _settled(_undated(run, by_header), shown)


def closed_after_s(run: Sequence[Placed], cadence: float, rules: Rules) -> float:
    """Give the idle seconds after which no more frames of a run are expected."""
    exposure = max([placed.exposure for placed in run])
    return round(max(rules.idle_floor_s, rules.idle_factor * cadence, 1.5 * exposure), 3)


def _expected(run: Sequence[Placed]) -> int | None:
    counts = [placed.shot.metadata.bracket_count for placed in run]
    return max((count for count in counts if count), default=None) if run[0].shot.metadata.bracket_kind else None


def is_unseen(run: Sequence[Placed]) -> bool:
    """Tell whether some of a run's previews were not measured yet."""
    return run[0].shot.evidence is None or any(placed.shot.evidence is None for placed in run)


def single(placed: Placed, reasons: Sequence[str], rules: Rules, confidence: float = 1.0) -> Group:
    """Make a group of one frame."""
    return Group(
        kind="single",
        members=(placed.id,),
        confidence=confidence,
        reasons=tuple(reasons),
        closed_after_s=closed_after_s([placed], 0.0, rules),
    )


def describe(run: Sequence[Placed], why: str | None, verdict: Verdict, rules: Rules) -> Group:
    """Make the group of a run, with all that speaks for it in words."""
    series = focus_series(run)
    expected = _expected(run)
    cadence = cadence_s(pauses_s(run))
    said = [time_words(run, cadence), *([focus_words(series)] if series else []), *verdict.reasons]
    notes = [*verdict.warnings, *missing_frames(run)]
    if expected and len(run) < expected:
        notes.append(f"{len(run)} of the {expected} frames that the camera counted are here")
    return Group(
        kind=verdict.kind,
        members=tuple(placed.id for placed in run),
        confidence=verdict.confidence,
        reasons=(*said, *([f"starts anew: {why}"] if why else [])),
        warnings=tuple(notes),
        closed_after_s=closed_after_s(run, cadence, rules),
        expected_count=expected,
        wants_pictures=verdict.open
        and (run[0].shot.evidence is None or any(placed.shot.evidence is None for placed in run)),
    )
