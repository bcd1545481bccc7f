"""Align a stack to the frame that was asked for, or, where that is the odd one and was not named, to one near it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stacker.align import Alignment, Progress, align
from stacker.equalise import Equalisation, equalise
from stacker.errors import AlignmentError
from stacker.frames import FrameSource
from stacker.known import Known, laid_again
from stacker.settings import StackSettings

# Frames near the reference that are tried in its place: accidents come singly, or two in a row.
_TRIES = 4


def lay(
    frames: FrameSource, settings: StackSettings, progress: Progress | None = None, known: Known | None = None
) -> tuple[Alignment, Equalisation]:
    """Return how the frames lie on their reference and what makes them equal to it.

    `known` is an earlier alignment, which is taken where it fits. A frame that was named by its number stays the
    reference whatever it is. Otherwise one that shows no detail, matches few others, or is a stop from the usual
    exposure gives way to the nearest that does better, and a note of the alignment says so. Raises AlignmentError
    where none does.
    """
    wanted = settings.index_of_reference(len(frames))
    named = not isinstance(settings.reference, str)
    failed: AlignmentError | None = None
    first, why = None, "shows nothing that the others show"
    try:
        first = _laid(frames, wanted, settings, progress, known)
        if named or first[1].odd_reference is None:
            return first
        why = first[1].odd_reference
    except AlignmentError as error:
        if named:
            raise
        failed = error
    better = _better(frames, wanted, settings, progress)
    if better is not None:
        alignment, equalisation = better
        note = f"{frames.name(wanted)} {why}: {frames.name(alignment.reference)} is the reference in its place"
        return replace(alignment, notes=(*alignment.notes, note)), equalisation
    if failed is not None:
        raise failed
    assert first is not None
    return first


def _better(
    frames: FrameSource, wanted: int, settings: StackSettings, progress: Progress | None
) -> tuple[Alignment, Equalisation] | None:
    for index in _near(wanted, len(frames)):
        try:
            found = _laid(frames, index, settings, progress)
        except AlignmentError:
            continue
        if found[1].odd_reference is None:
            return found
    return None


def _laid(
    frames: FrameSource, reference: int, settings: StackSettings, progress: Progress | None, known: Known | None = None
) -> tuple[Alignment, Equalisation]:
    if known is not None and known.fits(frames, reference):
        alignment = laid_again(frames, known, settings, progress)
    else:
        alignment = align(frames, reference, settings, progress)
    return alignment, equalise(alignment)


def _near(index: int, count: int) -> Iterator[int]:
    """Yield the frames nearest to `index`."""
    around = sorted((i for i in range(count) if i != index), key=lambda i: (abs(i - index), -i))
    yield from around[:_TRIES]
