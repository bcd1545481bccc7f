"""Time editing over many captures: synchronise, undo and redo 10,000 frames with their history, then mark and search.

    python -m benchmarks.syncing [--captures N] [--json]

One catalog file on this disk, one sequence that holds all frames; every step is a transaction of its own, committed.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

import benchmarks  # noqa: F401 - by its path or its name, the same `develop` is found
from catalog import edits, history, marks, queries, searching, syncing
from catalog.database import Catalog
from catalog.metadata import storage
from catalog.metadata.record import Metadata
from catalog.models import Capture, File, Sequence, SequenceMember, utc_now
from develop.settings import NEUTRAL


def fill(catalog: Catalog, count: int) -> None:
    header = storage.to_json(Metadata(make="Canon", model="EOS R5", iso=100, f_number=2.8))
    with catalog.writer() as session:
        session.execute(insert(Capture), [
            {"id": n, "folder": "/card", "stem": f"IMG_{n}", "header": header, "taken_at": utc_now(),
             "rating": 0, "flag": 0} for n in range(1, count + 1)
        ])  # fmt: skip
        session.execute(insert(File), [
            {"capture_id": n, "source_path": f"/card/IMG_{n}.CR3", "stored_path": f"/lib/IMG_{n}.CR3", "size": 1,
             "mtime_ns": 1, "digest": str(n), "signature": str(n), "role": "raw"} for n in range(1, count + 1)
        ])  # fmt: skip
        row = Sequence(kind="focus", confidence=1.0, reasons=[], warnings=[], idle_s=1.0, complete=True)
        session.add(row)
        session.flush()
        members = [{"capture_id": n, "sequence_id": row.id, "position": n} for n in range(1, count + 1)]
        session.execute(insert(SequenceMember), members)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captures", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        told = measure(Path(folder) / "catalog.sqlite", asked.captures)
    if asked.json:
        print(json.dumps(told, indent=1))
    else:
        for name, value in told.items():
            print(f"{name:10} {value}")


def measure(path: Path, count: int) -> dict[str, Any]:
    catalog = Catalog.open(path)
    fill(catalog, count)
    with catalog.writer() as session:
        edits.apply(session, {count // 2: replace(NEUTRAL, exposure=0.5, contrast=10.0)}, "edit one")
    with catalog.reader() as session:
        view = queries.sequence_views(session)[0]
    reference = syncing.Lead(count // 2, f"IMG_{count // 2}.CR3")

    def timed(work: Callable[[Session], Any]) -> dict[str, float]:
        """Return seconds by the clock, and of this process's processor: on a busy machine the first say little."""
        began, worked = time.perf_counter(), time.process_time()
        with catalog.writer() as session:
            work(session)
        return {"clock_s": round(time.perf_counter() - began, 3), "cpu_s": round(time.process_time() - worked, 3)}

    def sync(session: Session) -> None:
        planned = syncing.plan(session, view, lead=reference)
        syncing.carry_out(session, view, planned)
        assert len(syncing.carrying(session, planned)) == count - 1

    everyone = list(range(1, count + 1))
    told = {
        "captures": count,
        "sync": timed(sync),
        "undo": timed(history.undo),
        "redo": timed(history.redo),
        "rate": timed(lambda s: marks.change(s, everyone, lambda had: replace(had, rating=4), "rate")),
        "keyword": timed(lambda s: marks.change(s, everyone, lambda had: had.tagged(["macro"]), "tag")),
        "search": timed(
            lambda s: s.scalars(searching.captures_matching(s, "rating>=4 kind:focus camera:R5 keyword:macro")).all()
        ),
    }
    catalog.close()
    return told


if __name__ == "__main__":
    main()
