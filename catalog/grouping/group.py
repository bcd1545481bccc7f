"""Group captures: every capture in exactly one group, whatever the order they come in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from catalog.grouping.clock import mend_clock
from catalog.grouping.constraints import Constraints
from catalog.grouping.corrections import correct
from catalog.grouping.cuts import setup_change
from catalog.grouping.focus_runs import focus_series, is_constant, one_way
from catalog.grouping.groups import Group
from catalog.grouping.interleaved import exposure_sets
from catalog.grouping.intruders import Run
from catalog.grouping.kinds import Verdict, describe, is_unseen, single, verdict_of
from catalog.grouping.lanes import stretches
from catalog.grouping.placed import Placed, place
from catalog.grouping.rules import Rules
from catalog.grouping.runs import focus_runs, time_runs
from catalog.grouping.shots import Shot


def _judge(run: Run, rules: Rules) -> list[Group]:
    """Make groups of a run: one, or one a frame where nothing but time brought them together."""
    frames, why = run
    if len(frames) == 1:
        return [single(frames[0], [f"alone: {why}" if why else "nothing was taken near it that belongs to it"], rules)]
    verdict = verdict_of(frames, rules)
    if not verdict.loose:
        return [describe(frames, why, verdict, rules)]
    said = verdict.reasons or ("taken near others, but not as one sequence",)
    apart = [single(placed, said, rules, 0.7) for placed in frames]
    return [replace(found, wants_pictures=verdict.open and is_unseen(frames)) for found in apart]


def _of_time_run(run: Run, rules: Rules) -> list[tuple[Run, list[Group]]]:
    frames, why = run
    sets = exposure_sets(frames, rules)
    if sets is not None:
        said = f"an exposure bracket at every step of focus: set 1 to {len(sets)}, one an exposure"
        verdicts = _alike([verdict_of(part, rules, trust_marks=False) for part in sets])
        return [
            ((part, why), [describe(part, why, replace(verdict, reasons=(*verdict.reasons, said)), rules)])
            for part, verdict in zip(sets, verdicts, strict=True)
        ]
    return [(piece, _judge(piece, rules)) for piece in focus_runs(run, rules)]


def _alike(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Give each exposure's part of a bracket the verdict of the clearest: focus moved in all or in none."""
    focus = [verdict for verdict in verdicts if verdict.kind == "focus"]
    clearest = max(focus, key=lambda verdict: verdict.confidence, default=None)
    return [clearest if clearest and verdict.kind != "focus" else verdict for verdict in verdicts]


def _continues(before: Sequence[Placed], after: Sequence[Placed], rules: Rules) -> bool:
    """Tell whether focus goes on in the same direction from one run to the next."""
    both = focus_series([*before, *after])
    if setup_change(before[-1], after[0], rules):
        return False
    if both is None or len(before) < 2 or len(after) < 2:
        return False
    a, b = both.part(0, len(before)), both.part(len(before), len(both.values))
    if is_constant(a, rules) or is_constant(b, rules) or min(one_way(a), one_way(b)) < rules.least_one_way:
        return False
    way = a.values[-1] - a.values[0]
    return (
        way * (b.values[-1] - b.values[0]) > 0
        and way * (b.values[-1] - a.values[-1]) > 0
        and not (way * (b.values[0] - a.values[0]) <= 0)
    )


def _suggest_merges(judged: Sequence[tuple[Run, list[Group]]], rules: Rules) -> list[Group]:
    """Suggest, and never do, the merge of neighbours whose focus goes on in one direction."""
    found: list[Group] = []
    for at, ((frames, _), groups) in enumerate(judged):
        if at and len(groups) == 1 and groups[0].kind in ("focus", "review"):
            before = judged[at - 1][0][0]
            if _continues(before, frames, rules):
                name = before[-1].shot.name or f"capture {before[-1].id}"
                said = f"focus goes on from {name}: merge with the sequence before?"
                found.append(replace(groups[0], suggestions=(said,)))
                continue
        found += groups
    return found


def group_stretch(stretch: list[Placed], rules: Rules) -> list[Group]:
    """Group one body's shots between two long pauses, on evidence alone."""
    judged = [each for run in time_runs(stretch, rules) for each in _of_time_run(run, rules)]
    return _suggest_merges(judged, rules) if len(judged) > 1 else judged[0][1]


def made_in_camera(placed: Placed, rules: Rules) -> Group:
    """Make the group of a picture that the camera composed: it stays alone."""
    return single(placed, ["made in the camera from several exposures: a result, not a source"], rules)


def group(
    shots: Iterable[Shot], rules: Rules | None = None, constraints: Constraints | None = None
) -> tuple[Group, ...]:
    """Group shots into sequences; pure, and the same for any order and for shots given twice.

    Evidence in this order: what a person said, the camera's bracket marks, focus going one way, time against the
    sequence's own cadence, the setup, and what the pictures show where these leave it open. Groups come in the order
    of their first frames.
    """
    rules, constraints = rules or Rules(), constraints or Constraints()
    by_id = {shot.id: place(shot) for shot in sorted(shots, key=lambda shot: shot.id)}
    results = [placed for placed in by_id.values() if placed.shot.is_result]
    left_out = [by_id[i] for i in constraints.excluded if i in by_id and not by_id[i].shot.is_result]
    apart = {placed.id for placed in (*results, *left_out)}
    found = [made_in_camera(placed, rules) for placed in results]
    found += [single(placed, ["left out of grouping by a person"], rules) for placed in left_out]
    free = {i: placed for i, placed in by_id.items() if i not in apart}
    parts = mend_clock(stretches(free.values(), rules), rules)
    natural = [each for stretch in parts for each in group_stretch(stretch, rules)]
    found += correct(natural, free, rules, constraints) if constraints else natural
    return tuple(sorted(found, key=lambda g: _start(by_id[g.members[0]])))


def _start(placed: Placed) -> tuple[bool, float, str, int]:
    return (placed.time is None, placed.time or 0.0, placed.shot.folder, placed.id)
