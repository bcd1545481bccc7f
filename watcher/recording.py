"""Write a worker's report into the catalog: the stack, its frames and its exports, in one transaction."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from catalog import dust, stacks
from watcher import queue
from watcher.queue import Claimed
from watcher.worker import ANYTHING, StackOrder, StackReport


def ready(session: Session, claimed: Claimed) -> StackOrder:
    """Return a claimed order with the dust that is known by now, and what it may write over: what we left there.

    What a worker that was cut may have written of it before is ours too, and nobody recorded its digest.
    """
    paths = claimed.order.paths
    ours = dict.fromkeys(paths, ANYTHING) if claimed.again else stacks.digests_at(session, paths)
    order = claimed.order
    known = dust.met(session, order.frames[order.reference].capture_id, order.sequence_id)
    return replace(order, replaces=ours, dust_met=known)


def record(session: Session, job_id: int, order: StackOrder, report: StackReport) -> int:
    """Record the results and close the job; the same report twice leaves the same rows. Returns the stack's id."""
    stack_id = stacks.record_stack(
        session,
        stacks.StackRecord(
            sequence_id=order.sequence_id,
            key=order.key,
            master=stacks.FileRecord(report.master.path, report.master.size, report.master.digest),
            method=report.method,
            engine_version=report.engine_version,
            settings={"stack": order.stack, "develop": order.develop, "reference": order.reference},
            quality=report.quality,
            frames=tuple(
                stacks.FrameRecord(
                    file_id=frame.file_id,
                    capture_id=frame.capture_id,
                    digest=frame.digest,
                    used=frame.source not in report.left_out,
                    transform=report.transforms[position] if position < len(report.transforms) else None,
                )
                for position, frame in enumerate(order.frames)
            ),
        ),
    )
    for ordered, written in zip(order.exports, report.exports, strict=True):
        stacks.record_export(
            session,
            stack_id,
            key=ordered.key,
            recipe=ordered.recipe,
            file=stacks.FileRecord(written.path, written.size, written.digest),
        )
    queue.finish(session, job_id)
    return stack_id
