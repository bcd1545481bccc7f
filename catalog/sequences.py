"""What a person says of sequences and what is known of them besides; regrouping keeps all of it."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalog import batches, corrections, nearby
from catalog.errors import NoSuchRow
from catalog.grouping.evidence import PreviewEvidence
from catalog.models import Capture, Marking, Sequence, SequenceMember
from catalog.regrouping import Regrouped, regroup
from stacker.choice import StackChoice

__all__ = [
    "Regrouped", "choose_stack", "exclude", "lock", "merge", "move", "put", "regroup", "set_complete", "set_kind",
    "set_reference", "split", "store_evidence",
]  # fmt: skip

_SUBJECT = "grouping"
_REFERENCE = "reference:"


def store_evidence(session: Session, measured: Mapping[int, PreviewEvidence]) -> None:
    """Keep what previews show, by capture, for the next regrouping."""
    for capture, evidence in measured.items():
        session.execute(update(Capture).where(Capture.id == capture).values(evidence=evidence.to_json()))


def set_complete(session: Session, numbers: Collection[int]) -> None:
    """Mark sequences as complete: they may be stacked."""
    chosen = sorted(numbers)
    for start in range(0, len(chosen), 500):
        here = Sequence.id.in_(chosen[start : start + 500])
        session.execute(update(Sequence).where(here).values(complete=True))


@contextlib.contextmanager
def _undoable(session: Session, label: str) -> Iterator[None]:
    """Keep what a correction changes of all that was said as one batch of the history."""
    before = corrections.said(session)
    yield
    session.flush()
    after = corrections.said(session)
    gone = [row for number, row in before.items() if after.get(number) != row]
    came = [row for number, row in after.items() if before.get(number) != row]
    if not gone and not came:
        return
    batch = batches.open_batch(session, label).id
    session.add(Marking(batch_id=batch, subject=_SUBJECT, before=gone, after=came))
    captures = {capture for row in (*gone, *came) for capture in row["captures"]}
    there = (
        i for part in nearby.chunks(captures) for i in session.scalars(select(Capture.id).where(Capture.id.in_(part)))
    )
    session.add_all(Marking(batch_id=batch, capture_id=i, subject=_SUBJECT, before=None, after=None) for i in there)
    session.flush()


def put(session: Session, batch: int, forward: bool) -> set[int]:
    """Put a batch's correction in force, or take it back, and regroup; return the captures that it is about."""
    chosen = select(Marking).where(Marking.batch_id == batch, Marking.subject == _SUBJECT)
    rows = [row for row in session.scalars(chosen) if row.capture_id is None]
    _put_references(session, batch, forward)
    captures: set[int] = set()
    for row in rows:
        gone, back = (row.before, row.after) if forward else (row.after, row.before)
        captures |= corrections.say_again(session, gone, back)
    if captures:
        regroup(session, changed=captures)
    return captures


def _row(session: Session, number: int) -> Sequence:
    row = session.get(Sequence, number)
    if row is None:
        raise NoSuchRow(f"sequence {number}: not in the catalog; `stackroom sequences list` shows what is")
    return row


def _members(session: Session, number: int) -> list[int]:
    return [member.capture_id for member in _row(session, number).members]


def split(session: Session, number: int, before: int) -> Regrouped:
    """Cut a sequence in two before the capture `before`; survives every regrouping. Raises NoSuchRow."""
    members = _members(session, number)
    if before not in members[1:]:
        raise NoSuchRow(f"capture {before}: not in sequence {number}, or its first frame; name one to cut before")
    at = members.index(before)
    with _undoable(session, f"split sequence {number}"):
        corrections.cut(session, members[:at], members[at:])
    return regroup(session, changed=members)


def merge(session: Session, numbers: Collection[int]) -> Regrouped:
    """Make one sequence of several; survives every regrouping, and ends earlier cuts between them."""
    wanted = [capture for number in numbers for capture in _members(session, number)]
    with _undoable(session, f"merge sequences {', '.join(map(str, numbers))}"):
        return _merge(session, wanted)


def _merge(session: Session, wanted: Collection[int]) -> Regrouped:
    corrections.join(session, wanted)
    linked = regroup(session, changed=wanted)
    session.expire_all()
    places = select(SequenceMember.sequence_id).where(SequenceMember.capture_id.in_(wanted)).distinct()
    if len(session.scalars(places).all()) == 1:
        return linked
    # An earlier cut lies between them, with frames that belong to neither: only a locked set reaches over it.
    corrections.lock(session, wanted)
    locked = regroup(session, changed=wanted)
    return Regrouped(
        (linked.created | locked.created) - locked.removed,
        (linked.changed | locked.changed) - locked.removed,
        linked.removed | locked.removed,
        locked.unmeasured,
        linked.joined | locked.joined,
    )


def move(session: Session, capture_id: int, to: int) -> Regrouped:
    """Move a capture into another sequence; survives every regrouping. Raises NoSuchRow."""
    target = _members(session, to)
    if capture_id in target:
        raise NoSuchRow(f"capture {capture_id}: is in sequence {to} already")
    place = session.get(SequenceMember, capture_id)
    if place is None:
        raise NoSuchRow(f"capture {capture_id}: not in the catalog; `stackroom list` shows what is")
    away_from = _members(session, place.sequence_id)
    with _undoable(session, f"move a frame to sequence {to}"):
        corrections.move(session, capture_id, away_from, target)
    return regroup(session, changed={*away_from, *target})


def exclude(session: Session, capture_ids: Collection[int]) -> Regrouped:
    """Take captures out of all sequences; survives every regrouping. Raises NoSuchRow."""
    for capture_id in capture_ids:
        if session.get(SequenceMember, capture_id) is None:
            raise NoSuchRow(f"capture {capture_id}: not in the catalog; `stackroom list` shows what is")
    with _undoable(session, "take frames out of their sequences"):
        corrections.exclude(session, capture_ids)
    return regroup(session, changed=capture_ids)


def lock(session: Session, number: int, *, hold: bool = True) -> Regrouped:
    """Keep a sequence as it is, whatever comes near it; or, not to `hold` it, let the evidence speak again."""
    members = _members(session, number)
    with _undoable(session, f"{'lock' if hold else 'unlock'} sequence {number}"):
        (corrections.lock if hold else corrections.unlock)(session, members)
    return regroup(session, changed=members)


def set_kind(session: Session, number: int, kind: str) -> Regrouped:
    """Say what a sequence is, over the program's judgement; survives every regrouping."""
    members = _members(session, number)
    with _undoable(session, f"sequence {number} is {kind}"):
        corrections.name_kind(session, members, kind)
    return regroup(session, changed=members)


def set_reference(session: Session, number: int, capture_id: int) -> None:
    """Choose the frame whose geometry, look and header the result takes on; undoable. Raises NoSuchRow."""
    if capture_id not in _members(session, number):
        raise NoSuchRow(f"capture {capture_id}: not in sequence {number}; `stackroom sequences show {number}` lists it")
    row = _row(session, number)
    if row.reference_capture_id == capture_id:
        return
    batch = batches.open_batch(session, f"capture {capture_id} is the reference of sequence {number}").id
    change = {"before": row.reference_capture_id, "after": capture_id}
    session.add(Marking(batch_id=batch, capture_id=capture_id, subject=f"{_REFERENCE}{number}", **change))
    row.reference_capture_id = capture_id
    session.flush()


def choose_stack(session: Session, choices: Mapping[int, StackChoice]) -> None:
    """Keep how sequences, by number, are to be stacked from now on."""
    for number, choice in choices.items():
        session.execute(update(Sequence).where(Sequence.id == number).values(stack_choice=choice.said))


def _put_references(session: Session, batch: int, forward: bool) -> None:
    chosen = select(Marking).where(Marking.batch_id == batch, Marking.subject.startswith(_REFERENCE))
    for change in session.scalars(chosen):
        row = session.get(Sequence, int(change.subject.removeprefix(_REFERENCE)))
        wanted = change.after if forward else change.before
        # A sequence that was regrouped since may be gone, and so may the frame.
        if row is not None and (wanted is None or session.get(Capture, wanted) is not None):
            row.reference_capture_id = wanted
    session.flush()
