"""Run operations over a picture piece by piece, so that what they touch stays in the processor's cache.

Operations that look at single pixels run one after another on a strip of a few rows; one that looks around runs on
blocks with a rim. Bands of the picture go to the processor's cores; memory does not grow with the picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from develop import colour
from develop.image import Pixels
from develop.operations.oklab import Lab
from develop.operations.operation import Operation, Place

_STRIP_PIXELS = 393_216
"""Few enough that planes come from a near cache, and so many to a call that threads do not wait for each other: those
of half as many pixels spend a tenth of their time on handing the interpreter over."""
_BLOCK = 512
_WHOLE = 1_000_000
"""A band of so few pixels is taken as one block: a preview's planes fit the last cache, and nothing is copied."""
_BAND_PIXELS = 2_500_000
_SHARE = 3
"""Of what is left, a band is one part in so many."""
_LEAST_REACHES = 8


@dataclass(frozen=True, slots=True)
class Step:
    """An operation, what gives what it measured (and may wait for it), and how many pixels around it looks (even)."""

    operation: Operation
    measured: Callable[[], Any]
    reach: int


@dataclass(frozen=True, slots=True)
class Job:
    """A rendering: rows in as planes (into those given), steps, rows out into pixels; threads call `run` at once.

    `survey` finds out what the steps measured; bands begin beside it, and wait where they need what it has not found.
    """

    height: int
    width: int
    run: Callable[[Step, Lab, Place], Lab]
    decoded: Callable[[int, int, Lab | None], Lab]
    encoded: Callable[[Lab, Pixels], None]
    scale: float
    survey: Callable[[], None]


def render(job: Job, steps: Sequence[Step]) -> Pixels:
    """Return the whole picture, H x W x 3 uint16."""
    result = np.empty((job.height, job.width, 3), np.uint16)
    tops = _tops(job, sum(step.reach for step in steps))
    bottom = dict(zip(tops, [*tops[1:], job.height], strict=True))
    colour.each_top(tops, lambda top: _band(job, steps, top, result[top : bottom[top]]), first=job.survey)
    return result


def _tops(job: Job, reach: int) -> list[int]:
    """Return where bands begin: ever lower ones, so that cores end together, all of an even number of rows but one.

    Rows that two bands both need are worked out twice: none is low against that.
    """
    tops, top = [], 0
    while top < job.height:
        tops.append(top)
        share = min((job.height - top) // _SHARE, _BAND_PIXELS // job.width)
        top += 2 * -(-max(16, _LEAST_REACHES * reach, share) // 2)
    return tops


def _band(job: Job, steps: Sequence[Step], top: int, result: Pixels) -> None:
    bottom, reach = top + len(result), sum(step.reach for step in steps)
    first, last = max(0, top - reach), min(job.height, bottom + reach)
    runs, arounds = _split(steps)
    if not arounds:
        _through(job, runs[0], top, None, result)
        return
    lab = _empty(last - first, job.width)
    for start, end in _strips(last - first, job.width):
        part = lab.rows(start, end)
        _store(_pixelwise(job, runs[0], job.decoded(first + start, first + end, part), first + start), part)
    for number, step in enumerate(arounds):
        lab = _around(job, step, lab, first)
        reach -= step.reach
        above, below = max(first, top - reach), min(last, bottom + reach)
        lab, first, last = lab.rows(above - first, below - first), above, below
        if number + 1 < len(arounds) and runs[number + 1]:
            for start, end in _strips(last - first, job.width):
                part = lab.rows(start, end)
                _store(_pixelwise(job, runs[number + 1], part, first + start), part)
    _through(job, runs[-1], top, lab, result)


def _split(steps: Sequence[Step]) -> tuple[list[list[Step]], list[Step]]:
    """Return the runs of steps that look at single pixels, and the steps between them that look around."""
    runs: list[list[Step]] = [[]]
    arounds = []
    for step in steps:
        if step.reach:
            arounds.append(step)
            runs.append([])
        else:
            runs[-1].append(step)
    return runs, arounds


def _through(job: Job, run: Sequence[Step], top: int, lab: Lab | None, result: Pixels) -> None:
    """Bring rows, decoded here where `lab` is None, through the last run and into the result."""
    for start, end in _strips(len(result), job.width):
        part = job.decoded(top + start, top + end, None) if lab is None else lab.rows(start, end)
        job.encoded(_pixelwise(job, run, part, top + start), result[start:end])


def _pixelwise(job: Job, run: Sequence[Step], lab: Lab, top: int) -> Lab:
    place = Place(top=top, height=job.height, width=job.width, scale=job.scale)
    for step in run:
        lab = job.run(step, lab, place)
    return lab


def _around(job: Job, step: Step, lab: Lab, first: int) -> Lab:
    """Return the rows after a step that looks around; its own rim of rows, but at the picture's edges, is no good."""
    rows, columns = lab.lightness.shape
    if rows * columns <= _WHOLE:
        return job.run(step, lab, Place(top=first, height=job.height, width=job.width, scale=job.scale))
    planes = [lab.lightness, lab.a, lab.b]
    for top in range(0, rows, _BLOCK):
        above, below = max(0, top - step.reach), min(rows, top + _BLOCK + step.reach)
        place = Place(top=first + above, height=job.height, width=job.width, scale=job.scale)
        for left in range(0, columns, 2 * _BLOCK):
            before, after = max(0, left - step.reach), min(columns, left + 2 * _BLOCK + step.reach)
            block = lab.window(above, below, before, after)
            made = job.run(step, block, place)
            inner = slice(top - above, top - above + _BLOCK), slice(left - before, left - before + 2 * _BLOCK)
            target = slice(top, top + _BLOCK), slice(left, left + 2 * _BLOCK)
            pairs = zip(("lightness", "a", "b"), (lab.lightness, lab.a, lab.b), strict=True)
            for index, (name, whole) in enumerate(pairs):
                new = getattr(made, name)
                if new is not getattr(block, name):
                    if planes[index] is whole:
                        planes[index] = np.empty_like(whole)
                    planes[index][target] = new[inner]
    return Lab(*planes)


def _strips(rows: int, width: int) -> list[tuple[int, int]]:
    high = rows if rows * width <= _WHOLE else max(1, _STRIP_PIXELS // width)
    return [(start, min(rows, start + high)) for start in range(0, rows, high)]


def _empty(rows: int, width: int) -> Lab:
    return Lab(*(np.empty((rows, width), np.float32) for _ in range(3)))


def _store(made: Lab, target: Lab) -> None:
    for name in ("lightness", "a", "b"):
        new, old = getattr(made, name), getattr(target, name)
        if new is not old:
            old[:] = new
