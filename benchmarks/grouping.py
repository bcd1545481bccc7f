"""Group a catalog of many captures: one new capture into it, and (with --all) everything at once.

    python -m benchmarks.grouping --captures 1000000 --catalog /tmp/big.sqlite

The catalog is made once and kept; CPU seconds are those of all processes together, memory is the largest of this one
and of the largest that it started.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

import benchmarks  # noqa: F401 - by its path or its name, the same `develop` is found
from catalog import regrouping, sequences
from catalog.database import Catalog
from catalog.grouping.constraints import Constraints
from catalog.grouping.rules import Rules
from catalog.metadata import storage
from catalog.metadata.record import Metadata
from catalog.models import Capture, Sequence, SequenceMember

_START = datetime(2010, 1, 1)
_IN_ONE = 10
_BODIES = 3
_TRIALS = 30


def _capture(at: int, seconds: float, folder: str) -> dict[str, Any]:
    """Give the row of one frame of a focus bracket of ten."""
    step, body = at % _IN_ONE, str(at // _IN_ONE % _BODIES)
    taken = _START + timedelta(seconds=seconds)
    known = Metadata(
        make="Canon",
        model="EOS R5",
        body_serial=body,
        lens="RF100mm F2.8 L MACRO IS USM",
        taken_at=taken,
        time_resolution_s=0.01,
        exposure_s=0.01,
        f_number=5.6,
        iso=100,
        focal_mm=100.0,
        width=8192,
        height=5464,
        focus_near_m=0.3 + 0.01 * step,
        focus_far_m=0.3 + 0.01 * step,
    )
    return {
        "taken_at": taken,
        "body": f"Canon EOS R5 {body}",
        "folder": folder,
        "stem": f"IMG_{at % 9999 + 1:04}",
        "header": storage.to_json(known),
        "rating": 0,
        "flag": 0,
        "created_at": _START,
    }


def _rows(count: int) -> Iterator[dict[str, Any]]:
    chance, seconds = random.Random(1), 0.0
    for at in range(count):
        seconds += chance.choice([20.0, 60.0, 300.0, 840.0]) if at % _IN_ONE == 0 else 0.3
        yield _capture(at, seconds, f"/pictures/{at // _IN_ONE % _BODIES}/{at // 9999:04}/100CANON")


def _make(session: Session, count: int) -> None:
    """Fill a catalog with captures in their sequences, as an import of them all would have left it."""
    batch: list[dict[str, Any]] = []
    for at, row in enumerate(_rows(count), 1):
        batch.append(row)
        if len(batch) == 10_000 or at == count:
            session.execute(insert(Capture), batch)
            batch.clear()
    quantity = count // _IN_ONE
    found = {"kind": "focus", "confidence": 0.9, "reasons": [], "warnings": [], "idle_s": 10.0, "changed_at": _START}
    session.execute(insert(Sequence), [{**found, "complete": True} for _ in range(quantity)])
    places = [
        {"capture_id": at + 1, "sequence_id": min(at // _IN_ONE, quantity - 1) + 1, "position": at % _IN_ONE}
        for at in range(count)
    ]
    session.execute(insert(SequenceMember), places)


def _new(session: Session, at: int) -> int:
    """Add the eleventh frame of a bracket in the middle of the catalog."""
    last = session.get_one(Capture, at * _IN_ONE)
    assert last.taken_at is not None
    known = storage.from_json(last.header)
    later = last.taken_at + timedelta(seconds=0.3)
    header = {**storage.to_json(known), "taken_at": later.isoformat(), "focus_near_m": 0.4, "focus_far_m": 0.4}
    new = Capture(taken_at=later, body=last.body, folder=last.folder, stem=f"NEW_{at:04}", header=header)
    session.add(new)
    session.flush()
    return new.id


def _cpu_s() -> float:
    """Give the CPU seconds of this process and of those that it started and that ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _measured(work: Callable[[], object]) -> tuple[float, float]:
    cpu, wall = _cpu_s(), time.perf_counter()
    work()
    return _cpu_s() - cpu, time.perf_counter() - wall


def _one_more(catalog: Catalog, count: int) -> dict[str, float]:
    places = random.Random(2).sample(range(1, count // _IN_ONE), _TRIALS)
    spent: list[tuple[float, float]] = []
    for place in places:
        with catalog.writer() as session:
            new = _new(session, place)
            spent.append(_measured(lambda s=session, n=new: sequences.regroup(s, changed=[n])))  # type: ignore[misc]
            session.rollback()
    walls = sorted(wall for _, wall in spent)
    return {
        "median_ms": 1000 * statistics.median(walls),
        "worst_ms": 1000 * walls[-1],
        "median_cpu_ms": 1000 * statistics.median(cpu for cpu, _ in spent),
    }


def main() -> None:
    """Make the catalog where it is not there yet, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captures", type=int, default=1_000_000)
    parser.add_argument("--catalog", type=Path, required=True)
    parser.add_argument("--all", action="store_true", help="Read and group everything at once, too.")
    chosen = parser.parse_args()
    catalog = Catalog.open(chosen.catalog)
    with catalog.writer() as session:
        if not session.scalar(select(func.count()).select_from(Capture)):
            _make(session, chosen.captures)
    figures: dict[str, Any] = {"captures": chosen.captures, "one_new": _one_more(catalog, chosen.captures)}
    if chosen.all:
        with catalog.reader() as session:
            found = regrouping.group_all(session, Rules(), Constraints())
            figures["all_cpu_s"], figures["all_s"] = _measured(lambda: sum(1 for _ in found))
    own, started = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    figures |= {"largest_memory_mb": own / 1024, "largest_memory_started_mb": started / 1024}
    catalog.close()
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
