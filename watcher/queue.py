"""The durable queue: jobs are rows, claimed in one statement, never deleted by being claimed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.orm import Session

from catalog.models import Job
from watcher.worker import Failure, StackOrder

MAX_ATTEMPTS = 3
"""Crashes and transient failures in a row before a job is set aside for a person to look at."""
INTERRUPTED = "interrupted"
"""The worker of a job that ran and did not end well: it may have written some of its files."""
BACKOFF_S = (5.0, 30.0, 120.0)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that is ours to run."""

    job_id: int
    order: StackOrder
    again: bool = False
    """A worker was at it before, and may have written some of its files."""


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def enqueue(session: Session, order: StackOrder, *, priority: int = 0) -> int | None:
    """Ask for an order to be carried out; the same key asked for twice is one job.

    What was asked for the same sequence before, and is not being worked on, is forgotten. Returns the job's id, or
    None where the very same work has failed for good and waits for a retry by hand.
    """
    sequence_id, cut = order.sequence_id or None, False
    if sequence_id is not None:
        overtaken = (Job.sequence_id == sequence_id, Job.key != order.key, Job.state != "running")
        cut = session.scalar(select(Job.id).where(*overtaken, Job.worker == INTERRUPTED).limit(1)) is not None
        session.execute(delete(Job).where(*overtaken))
    job = session.scalar(select(Job).where(Job.key == order.key))
    if job is None:
        job = Job(key=order.key, kind="stack", order=order.to_json(), state="queued", priority=priority, attempts=0)
        job.sequence_id, job.worker = sequence_id, INTERRUPTED if cut else None
        session.add(job)
        session.flush()
        return job.id
    if job.state in ("failed", "cancelled"):
        return None
    if job.state == "done":
        job.state, job.attempts, job.error = "queued", 0, None
    if job.state == "queued":
        job.order = order.to_json()
    return job.id


def claim(session: Session, worker: str, *, busy: Collection[int] = (), now: datetime | None = None) -> Claimed | None:
    """Take the first job that is due: highest priority, then oldest. One UPDATE, so two claimers never get the same.

    Jobs of the sequences in `busy` wait: two versions of one stack must not be built side by side.
    """
    now = now or _now()
    latest = now + timedelta(seconds=BACKOFF_S[-1])  # no pause is longer: a later time is of a clock set back since
    due = (
        select(Job.id)
        .where(Job.state == "queued", (Job.not_before.is_(None)) | (Job.not_before <= now) | (Job.not_before > latest))
        .where(Job.sequence_id.is_(None) | Job.sequence_id.not_in(busy))
        .order_by(Job.priority.desc(), Job.id)
        .limit(1)
        .scalar_subquery()
    )
    row = session.execute(
        update(Job)
        .where(Job.id == due)
        .values(state="running", worker=case((Job.worker == INTERRUPTED, INTERRUPTED), else_=worker), updated_at=now)
        .returning(Job.id, Job.order, Job.worker)
    ).first()
    return None if row is None else Claimed(row.id, StackOrder.from_json(row.order), row.worker == INTERRUPTED)


def finish(session: Session, job_id: int) -> None:
    """Mark a job as done."""
    session.execute(
        update(Job).where(Job.id == job_id).values(state="done", error=None, worker=None, updated_at=_now())
    )


def give_back(session: Session, job_ids: Collection[int]) -> None:
    """Put claimed jobs back unharmed: the daemon stops, or a job ran beside one that crashed.

    A job that was cancelled while it ran stays cancelled. That its worker may have written some of its files is
    remembered until it ends.
    """
    mine = (Job.id.in_(job_ids), Job.state == "running")
    session.execute(update(Job).where(*mine).values(state="queued", worker=INTERRUPTED, updated_at=_now()))


def decline(session: Session, claimed: Claimed) -> None:
    """Put back a job that was claimed and not begun."""
    worker = INTERRUPTED if claimed.again else None
    session.execute(update(Job).where(Job.id == claimed.job_id).values(state="queued", worker=worker))


def running(session: Session) -> set[int]:
    """Return the jobs that are to be worked on at present: a cancelled one is no longer among them."""
    return set(session.scalars(select(Job.id).where(Job.state == "running")))


def fail(session: Session, job_id: int, failure: Failure, *, now: datetime | None = None) -> bool:
    """Record a failure; return True when the job will be tried again by itself.

    What may pass is tried again after a pause and never given up; a crash is tried MAX_ATTEMPTS times at once.
    """
    now = now or _now()
    job = session.get(Job, job_id)
    if job is None:  # its sequence was merged away meanwhile
        return False
    if failure.kind == "disturbed" or job.state == "cancelled":
        give_back(session, [job_id])
        return job.state != "cancelled"
    job.attempts += 1
    job.error, job.updated_at = failure.message, now
    again = failure.kind == "transient" or (failure.kind == "crash" and job.attempts < MAX_ATTEMPTS)
    job.state, job.worker = "queued" if again else "failed", INTERRUPTED
    pause = BACKOFF_S[min(job.attempts, len(BACKOFF_S)) - 1]
    job.not_before = now + timedelta(seconds=pause) if failure.kind == "transient" else None
    return again


def put_off(session: Session, claimed: Claimed, why: str) -> None:
    """Let a job that was claimed and not begun wait for what is in its way to pass."""
    fail(session, claimed.job_id, Failure(kind="transient", message=why))
    if not claimed.again:
        session.execute(update(Job).where(Job.id == claimed.job_id).values(worker=None))


def promised_paths(session: Session, *, interrupted: bool = False) -> dict[str, int]:
    """Return the files that queued and running jobs are going to write, with the sequence that each is for.

    `interrupted`: of those jobs only that ran before, and may have written some of them.
    """
    wanted = select(Job.order).where(Job.state.in_(("queued", "running")))
    orders = session.scalars(wanted.where(Job.worker == INTERRUPTED) if interrupted else wanted)
    return {path: order.sequence_id for order in map(StackOrder.from_json, orders) for path in order.paths}


def recover(session: Session) -> int:
    """Put back what a dead daemon left running, and let no job wait for a pause that an earlier run has set.

    Somebody who starts anew has made room, or plugged the volume in. Call only while holding the library. Returns how
    many were left running.
    """
    lost = session.scalars(select(Job.id).where(Job.state == "running")).all()
    give_back(session, lost)
    session.execute(update(Job).where(Job.state == "queued", Job.not_before.is_not(None)).values(not_before=None))
    return len(lost)


def retry(session: Session, job_ids: Collection[int] | None = None) -> int:
    """Queue failed and cancelled jobs again, all or some. Returns how many."""
    wanted = select(Job.id).where(Job.state.in_(("failed", "cancelled")))
    if job_ids is not None:
        wanted = wanted.where(Job.id.in_(job_ids))
    ids = session.scalars(wanted).all()
    session.execute(
        update(Job)
        .where(Job.id.in_(ids))
        .values(state="queued", attempts=0, error=None, not_before=None, updated_at=_now())
    )
    return len(ids)


def cancel(session: Session, job_ids: Collection[int]) -> list[int]:
    """Set jobs aside that wait or run; a running one is ended within seconds. Returns which were cancelled."""
    wanted = select(Job.id).where(Job.id.in_(job_ids), Job.state.in_(("queued", "running", "failed")))
    ids = list(session.scalars(wanted))
    worker = case((Job.state == "running", INTERRUPTED), else_=Job.worker)
    session.execute(update(Job).where(Job.id.in_(ids)).values(state="cancelled", worker=worker, updated_at=_now()))
    return ids


def set_priority(session: Session, job_ids: Collection[int], priority: int) -> int:
    """Let jobs come earlier or later. Returns how many of them wait."""
    mine = (Job.id.in_(job_ids), Job.state == "queued")
    ids = list(session.scalars(select(Job.id).where(*mine)))
    session.execute(update(Job).where(Job.id.in_(ids)).values(priority=priority))
    return len(ids)


def next_due_s(session: Session, *, now: datetime | None = None) -> float | None:
    """Return the seconds until the next queued job is due; None with an empty queue."""
    now = now or _now()
    waiting = select(Job.id).where(Job.state == "queued")
    if session.scalar(waiting.where(Job.not_before.is_(None)).limit(1)) is not None:
        return 0.0
    latest = now + timedelta(seconds=BACKOFF_S[-1])
    if session.scalar(waiting.where(Job.not_before > latest).limit(1)) is not None:
        return 0.0
    first = session.scalar(select(func.min(Job.not_before)).where(Job.state == "queued"))
    return None if first is None else max(0.0, (first - now).total_seconds())
