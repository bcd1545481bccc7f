"""Read the queue as people look at it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from catalog.models import Job


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as `jobs` shows it; `not_before` (UTC) is when one that failed for a passing reason is tried again."""

    id: int
    title: str
    state: str
    attempts: int
    error: str | None
    not_before: datetime | None
    changed_at: datetime


def _views(session: Session, query: Select[Any]) -> list[JobView]:
    title = func.coalesce(func.json_extract(Job.order, "$.title"), Job.key)
    columns = (Job.id, title, Job.state, Job.attempts, Job.error, Job.not_before, Job.updated_at)
    return [JobView(*row) for row in session.execute(query.with_only_columns(*columns))]


def jobs(session: Session, states: Collection[str] = (), limit: int | None = None) -> list[JobView]:
    """Return the jobs, newest first; all states where none is given."""
    query = select(Job).order_by(Job.id.desc()).limit(limit)
    return _views(session, query.where(Job.state.in_(states)) if states else query)


def waiting(session: Session, limit: int) -> list[JobView]:
    """Return the jobs that wait, in the order in which they will be taken; those put off after a failure come last."""
    query = select(Job).where(Job.state == "queued")
    in_turn = query.order_by(Job.not_before.is_not(None), Job.priority.desc(), Job.id)
    return _views(session, in_turn.limit(limit))


def put_off(session: Session, limit: int) -> list[JobView]:
    """Return the jobs that failed for a passing reason and will be tried again, the next one first."""
    query = select(Job).where(Job.state == "queued", Job.not_before.is_not(None))
    return _views(session, query.order_by(Job.not_before).limit(limit))
