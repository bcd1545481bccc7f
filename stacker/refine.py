"""Settle all frames at once: links between pairs of frames, each with its certainty, pull on one solution.

A chain of neighbours drifts; a direct link to the reference does not, but is weak where the two show different things
sharp. Least squares over all links (a pose graph: Grisetti et al. 2010, doi:10.1109/MITS.2010.939925) gives each its
due: the information that comes with a link falls by itself as the frames grow unlike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stacker.motion import FREEDOM, parameters_of, step
from stacker.registration import Registration
from stacker.tiles import Floats
from stacker.transforms import Transform, compose, distance, invert

_ROUNDS = 6
# Proxy pixels: nothing that is seen moves by less.
_STILL = 1e-3
_LEAST_SCALE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A registration of frame `moving` on frame `template`."""

    template: int
    moving: int
    registration: Registration


def settle(
    links: Sequence[Link], transforms: Mapping[int, Transform], reference: int, model: str, size: tuple[int, int]
) -> dict[int, Transform]:
    """Return the transforms (reference to frame, proxy pixels) that agree best with all links.

    `transforms` is where to begin and says which frames take part; the reference stays where it is.
    """
    freedom = FREEDOM[model]
    settled = dict(transforms)
    place = {frame: slice(i * freedom, (i + 1) * freedom) for i, frame in enumerate(sorted(set(settled) - {reference}))}
    used = [link for link in links if link.template in settled and link.moving in settled]
    for _ in range(_ROUNDS if place and used else 0):
        matrix = np.zeros((len(place) * freedom, len(place) * freedom))
        vector = np.zeros(len(matrix))
        misfits = [parameters_of(_misfit(link, settled, model), size)[:freedom] for link in used]
        for link, misfit, weight in zip(used, misfits, _weights(misfits), strict=True):
            _add(matrix, vector, link, misfit, place, weight)
        damping = 1e-9 * np.trace(matrix) / len(matrix) + 1e-12
        moves = np.linalg.solve(matrix + damping * np.eye(len(matrix)), vector)
        for frame, where in place.items():
            settled[frame] = compose(step(moves[where], size), settled[frame])
        if np.abs(moves).max() < _STILL:
            break
    return settled


def _misfit(link: Link, settled: Mapping[int, Transform], model: str) -> Transform:
    """Return what is left of moving after template after the link, in the template's pixels; identity at best."""
    there = compose(settled[link.moving], invert(settled[link.template]))
    return compose(invert(link.registration.transforms[model]), there)


def _weights(misfits: list[Floats]) -> Floats:
    """Return how much each link counts: one that all others contradict counts little (Cauchy), none is cut."""
    length = np.array([np.linalg.norm(misfit) for misfit in misfits])
    return np.asarray(1 / (1 + (length / max(_LEAST_SCALE, 1.4826 * float(np.median(length)))) ** 2), np.float64)


def _add(matrix: Floats, vector: Floats, link: Link, misfit: Floats, place: Mapping[int, slice], weight: float) -> None:
    """Add one link to the normal equations, in place; near identity the two frames' moves add up."""
    information = weight * link.registration.information[: len(misfit), : len(misfit)]
    ends = [(place[end], sign) for end, sign in ((link.template, -1.0), (link.moving, 1.0)) if end in place]
    for where, sign in ends:
        vector[where] -= sign * information @ misfit
        for other, other_sign in ends:
            matrix[where, other] += sign * other_sign * information


def disagreement(
    links: Sequence[Link], settled: Mapping[int, Transform], model: str, size: tuple[int, int]
) -> dict[int, float]:
    """Return how far (RMS px over the picture) each frame's links, weighted, lie from the solution."""
    sums: dict[int, list[float]] = {frame: [0.0, 1e-12] for frame in settled}
    for link in links:
        if link.template not in settled or link.moving not in settled:
            continue
        there = compose(settled[link.moving], invert(settled[link.template]))
        square = float((distance(there, link.registration.transforms[model], size) ** 2).mean())
        weight = float(np.trace(link.registration.information[:2, :2]))
        for frame in (link.template, link.moving):
            sums[frame][0] += weight * square
            sums[frame][1] += weight
    return {frame: float(np.sqrt(total / weight)) for frame, (total, weight) in sums.items()}
