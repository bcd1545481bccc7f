"""Say in words and numbers how good a stack is: what was left out, what is missing, what moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from stacker.align import Alignment
from stacker.equalise import MISFIRE_EV, Equalisation
from stacker.sharpness import Sharpness

Level: TypeAlias = Literal["green", "amber", "red"]
LEVELS: tuple[Level, ...] = ("green", "amber", "red")

# A pixel of misplacement begins to soften detail at 100 %; three double an edge.
RESIDUAL_PX = (1.0, 3.0)
# A third of a stop is the finest step of a camera's dial: more is no flicker.
EXPOSURE_EV = 0.33
# Half of the detail lost halfway between two frames is what depth-of-field tables call the limit of sharp.
GAP_KEPT = 0.5
# Bands narrower than a fiftieth of the subject do not strike the eye; a fifth makes the picture look striped.
GAP_SHARE = (0.02, 0.2)
# In a stack each place gets sharper and then softer: where both neighbours are near their sharpest, a good frame holds
# 1.5 times the detail of their geometric mean, a shaken one less than they. Judged where that is 3 % of the subject,
# and by three of four such places: where near and far meet, one neighbour shows the one and the other the other.
BLURRED, BLURRED_NEAR, BLURRED_SHARE, BLURRED_PLACES = 0.7, 0.25, 0.03, 0.75
# Two frames that agree within a twentieth everywhere hold the same focus.
SAME_FOCUS = 0.05
# Where two neighbours are both nearly at their sharpest they must look alike; 1 % of the subject is an antenna.
BOTH_SHARP, BOTH_PLAIN, UNLIKE, MOTION_SHARE = 0.5, 0.05, 0.4, (0.01, 0.1)
# A jump ten times the usual step is a knock against the tripod; below 0.2 % of the width nothing is lost.
BUMP_TIMES, BUMP_SHARE = 10.0, 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to know about a stack: what it is, how bad, in words, and which frames (numbers from 0)."""

    kind: str
    level: Level
    words: str
    frames: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameQuality:
    """How one frame did: `share` is the part of the subject that it shows sharpest, `exposure_ev` its difference."""

    index: int
    name: str
    used: bool
    reason: str | None
    residual_px: float | None
    exposure_ev: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """The verdict on a stack, its frames and its findings."""

    verdict: Level
    summary: str
    model: str
    reference: int
    frames: tuple[FrameQuality, ...]
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> QualityReport:
        """Return the report of `values`; keys that are unknown here are passed over."""
        frames = tuple(FrameQuality(**_known(FrameQuality, each)) for each in values["frames"])
        findings = tuple(
            Finding(**{**_known(Finding, each), "frames": tuple(each["frames"])}) for each in values["findings"]
        )
        return cls(**{**_known(cls, values), "frames": frames, "findings": findings})

    def lines(self) -> list[str]:
        """Return the report in words, one finding a line."""
        return [self.summary, *(f"{finding.level}: {finding.words}" for finding in self.findings)]


def assess(
    alignment: Alignment, equalisation: Equalisation, sharpness: Sharpness, names: Sequence[str]
) -> QualityReport:
    """Return the quality report of a stack whose frames are called `names`."""
    reasons = alignment.left_out | equalisation.left_out
    shares = _shares(sharpness, len(names))
    frames = tuple(_frame(i, name, alignment, equalisation, shares[i], reasons) for i, name in enumerate(names))
    findings = tuple(
        finding
        for source in (
            _left_out(frames),
            (Finding(kind="note", level="amber", words=note) for note in alignment.notes),
            _residuals(frames),
            _exposures(frames, alignment.reference),
            _blurred(sharpness, names),
            _same_focus(sharpness, names),
            _gaps(sharpness, names),
            _bumps(alignment, names),
            _motion(alignment, sharpness, names),
        )
        for finding in source
    )
    verdict = LEVELS[max((LEVELS.index(finding.level) for finding in findings), default=0)]
    return QualityReport(
        verdict=verdict,
        summary=_summary(verdict, frames, alignment),
        model=alignment.model,
        reference=alignment.reference,
        frames=frames,
        findings=findings,
    )


def _known(kind: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in kind.__dataclass_fields__ if name in values}


def _shares(sharpness: Sharpness, count: int) -> list[float]:
    """Return the part of the textured cells that each of `count` frames is the sharpest in."""
    won = np.bincount(sharpness.best[sharpness.textured], minlength=count)
    return [float(cells) / max(1, int(won.sum())) for cells in won]


def _frame(
    index: int,
    name: str,
    alignment: Alignment,
    equalisation: Equalisation,
    share: float,
    reasons: Mapping[int, str],
) -> FrameQuality:
    return FrameQuality(
        index=index,
        name=name,
        used=index not in reasons,
        reason=reasons.get(index),
        residual_px=alignment.residual_px[index],
        exposure_ev=float(np.log2(np.mean(equalisation.gains[index]))),
        share=share,
    )


def _summary(verdict: Level, frames: Sequence[FrameQuality], alignment: Alignment) -> str:
    used = [frame for frame in frames if frame.used]
    residuals = [frame.residual_px for frame in used if frame.residual_px is not None]
    worst = max(residuals, default=0.0)
    return (
        f"{verdict}: {len(used)} of {len(frames)} frames used, aligned by {alignment.model} "
        f"to within {worst:.2f} px of each other"
    )


def _left_out(frames: Sequence[FrameQuality]) -> Iterator[Finding]:
    out = [frame for frame in frames if not frame.used]
    # More than one frame in five lost is a session gone wrong, not an accident.
    level: Level = "red" if len(out) * 5 > len(frames) else "amber"
    for frame in out:
        yield Finding(
            kind="left out", level=level, words=f"{frame.name} is left out: {frame.reason}", frames=(frame.index,)
        )


def _residuals(frames: Sequence[FrameQuality]) -> Iterator[Finding]:
    for frame in frames:
        if frame.used and frame.residual_px is not None and frame.residual_px > RESIDUAL_PX[0]:
            yield Finding(
                kind="alignment",
                level="red" if frame.residual_px > RESIDUAL_PX[1] else "amber",
                words=f"{frame.name} is aligned only to within {frame.residual_px:.1f} px",
                frames=(frame.index,),
            )


def _exposures(frames: Sequence[FrameQuality], reference: int) -> Iterator[Finding]:
    usual = float(np.median([frame.exposure_ev for frame in frames if frame.used]))
    if abs(usual) >= MISFIRE_EV:
        yield Finding(
            kind="exposure",
            level="red",
            words=f"the reference {frames[reference].name} is {abs(usual):.1f} EV "
            f"{'darker' if usual > 0 else 'brighter'} than the other frames; choose another",
            frames=(reference,),
        )
    jumps = [frame for frame in frames if frame.used and abs(frame.exposure_ev) > EXPOSURE_EV]
    if jumps:
        worst = max(jumps, key=lambda frame: abs(frame.exposure_ev))
        yield Finding(
            kind="exposure",
            level="amber",
            words=f"exposure differs by up to {abs(worst.exposure_ev):.2f} EV ({worst.name}); it was evened out",
            frames=tuple(frame.index for frame in jumps),
        )


def _blurred(sharpness: Sharpness, names: Sequence[str]) -> Iterator[Finding]:
    energy, best = sharpness.energy, sharpness.energy.max(axis=0)
    for k in range(1, len(sharpness.frames) - 1):
        near = sharpness.textured & (np.minimum(energy[k - 1], energy[k + 1]) > BLURRED_NEAR * best)
        if not near.any() or near.sum() < BLURRED_SHARE * sharpness.textured.sum():
            continue
        kept = energy[k][near] / np.sqrt(energy[k - 1] * energy[k + 1])[near]
        if float(np.quantile(kept, BLURRED_PLACES)) < BLURRED:
            index = sharpness.frames[k]
            words = f"{names[index]} is less sharp than both its neighbours: shaken, or focus slipped"
            yield Finding(kind="blurred", level="amber", words=words, frames=(index,))


def _same_focus(sharpness: Sharpness, names: Sequence[str]) -> Iterator[Finding]:
    for (k, a), (m, b) in pairwise(enumerate(sharpness.frames)):
        first, second = sharpness.energy[k], sharpness.energy[m]
        judged = sharpness.textured & (np.maximum(first, second) > 0)
        if not judged.any():
            continue
        change = np.abs(first - second)[judged] / np.maximum(first, second)[judged]
        if float(np.median(change)) < SAME_FOCUS and float(np.percentile(change, 90)) < 3 * SAME_FOCUS:
            words = f"{names[a]} and {names[b]} are focused alike"
            yield Finding(kind="same focus", level="green", words=words, frames=(a, b))


def gap_map(sharpness: Sharpness) -> NDArray[np.bool_]:
    """Return the cells (h x w) that lie in a focus gap: between two frames, sharp in neither."""
    lost = (sharpness.textured & (sharpness.kept < GAP_KEPT)).astype(np.uint8)
    # A lone cell is an edge between near and far, where the fall of detail means nothing.
    return cv2.morphologyEx(lost, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).astype(bool)


def _gaps(sharpness: Sharpness, names: Sequence[str]) -> Iterator[Finding]:
    gaps = gap_map(sharpness)
    total = max(1, int(sharpness.textured.sum()))
    for a, b in pairwise(sharpness.frames):
        share = float((gaps & (sharpness.peak >= a) & (sharpness.peak < b)).sum()) / total
        if share > GAP_SHARE[0]:
            words = f"focus gap between {names[a]} and {names[b]}: {share:.0%} of the subject is sharp in neither"
            level: Level = "red" if share > GAP_SHARE[1] else "amber"
            yield Finding(kind="focus gap", level=level, words=words, frames=(a, b))


def _bumps(alignment: Alignment, names: Sequence[str]) -> Iterator[Finding]:
    center = np.array([(alignment.size[0] - 1) / 2, (alignment.size[1] - 1) / 2, 1.0])
    places = {
        i: (t @ center)[:2] / (t @ center)[2] for i in alignment.used if (t := alignment.transforms[i]) is not None
    }
    steps = {b: float(np.linalg.norm(places[b] - places[a])) / (b - a) for a, b in pairwise(places)}
    if len(steps) < 4:
        return
    usual = float(np.median(list(steps.values())))
    for index, length in steps.items():
        if length > BUMP_TIMES * usual and length > BUMP_SHARE * alignment.size[0]:
            words = f"the camera was bumped before {names[index]}: it moved by {length:.0f} px; aligned nevertheless"
            yield Finding(kind="bumped", level="amber", words=words, frames=(index,))


def _motion(alignment: Alignment, sharpness: Sharpness, names: Sequence[str]) -> Iterator[Finding]:
    best = sharpness.energy.max(axis=0)
    # Compression's own patterns in an empty background change from frame to frame, but hold little detail.
    plain = best < BOTH_PLAIN * np.percentile(best, 95)
    place = {index: k for k, index in enumerate(sharpness.frames)}
    for index, k in place.items():
        neighbour = index - 1 if index > alignment.reference else index + 1
        likeness = alignment.likeness[index]
        if likeness is None or neighbour not in place:
            continue
        both = np.minimum(sharpness.energy[k], sharpness.energy[place[neighbour]])
        sharp = ((both > BOTH_SHARP * best) & sharpness.textured & ~plain).astype(np.float32)
        sharp_tiles = cv2.resize(sharp, likeness.shape[::-1], interpolation=cv2.INTER_AREA) > 0.5
        unlike = (sharp_tiles & (likeness < UNLIKE)).astype(np.uint8)
        # A lone tile is an edge; something that moved covers at least two by two.
        share = float(cv2.morphologyEx(unlike, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)).mean())
        if share > MOTION_SHARE[0]:
            later = max(index, neighbour)
            words = f"part of the subject moved before {names[later]}: {share:.0%} is sharp but elsewhere"
            level: Level = "red" if share > MOTION_SHARE[1] else "amber"
            yield Finding(kind="motion", level=level, words=words, frames=(later,))
