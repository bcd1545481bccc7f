"""Which results are out of date: of other frames, look, choice or marks of dust than the catalog holds now."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import dust, edits
from catalog.models import File, Sequence, SequenceMember, Stack, StackFrame
from stacker.choice import StackChoice


def _frames_now(session: Session) -> dict[int, list[tuple[int, str]]]:
    """Return capture and content of each frame, by sequence with a result, in shooting order."""
    with_result = select(Stack.sequence_id).where(Stack.current)
    rows = session.execute(
        select(SequenceMember.sequence_id, SequenceMember.capture_id, File.digest)
        .join(File, File.capture_id == SequenceMember.capture_id)
        .where(SequenceMember.sequence_id.in_(with_result))
        .order_by(SequenceMember.sequence_id, SequenceMember.position, File.role != "raw", File.id)
    )
    frames: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for number, capture, digest in rows:
        if not frames[number] or frames[number][-1][0] != capture:
            frames[number].append((capture, digest))
    return frames


def _frames_then(session: Session) -> dict[int, list[str]]:
    rows = session.execute(
        select(StackFrame.stack_id, StackFrame.digest)
        .join(Stack, Stack.id == StackFrame.stack_id)
        .where(Stack.current)
        .order_by(StackFrame.stack_id, StackFrame.position)
    )
    frames: dict[int, list[str]] = defaultdict(list)
    for stack, digest in rows:
        frames[stack].append(digest)
    return frames


def stale_sequences(session: Session) -> set[int]:
    """Return the sequences whose result is not what their frames, look and sensor would give now."""
    now, then = _frames_now(session), _frames_then(session)
    made = session.execute(
        select(Stack.id, Stack.sequence_id, Stack.settings, Sequence.reference_capture_id, Sequence.stack_choice)
        .join(Sequence, Sequence.id == Stack.sequence_id)
        .where(Stack.current)
    ).all()
    references: dict[int, int] = {}
    stale: set[int] = set()
    for stack, number, settings, chosen, choice in made:
        captures = [capture for capture, _ in now.get(number, [])]
        if [digest for _, digest in now.get(number, [])] != then.get(stack, []):
            stale.add(number)
            continue
        index = captures.index(chosen) if chosen in captures else len(captures) // 2
        references[number] = captures[index]
        if settings.get("reference") != index or not _is_as_chosen(settings, choice or {}):
            stale.add(number)
    looks = edits.settings_of(session, set(references.values()))
    wanted = {number: looks[capture].to_json() for number, capture in references.items()}
    said = dust.said(session, set(references.values()))
    marks = {number: said.get(capture, []) for number, capture in references.items()}
    return stale | {
        number
        for _, number, settings, *_ in made
        if number in wanted and (_look(settings) != wanted[number] or not _has_marks(settings, marks[number]))
    }


def _is_as_chosen(settings: dict[str, Any], choice: dict[str, Any]) -> bool:
    """Tell whether a result was made as somebody chose for its sequence."""
    stack: dict[str, Any] = settings.get("stack", {})
    return StackChoice.from_json(choice).on(stack) == stack


def _look(settings: dict[str, Any]) -> Any:
    return settings.get("develop", {})


def _has_marks(settings: dict[str, Any], marks: list[list[Any]]) -> bool:
    """Tell whether a result was made with these marks of dust, or without a look at dust."""
    stack = settings.get("stack", {})
    return not stack.get("dust") or stack.get("dust_marks", []) == marks
