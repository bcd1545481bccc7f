"""Bulk export: what a query finds goes to a folder by recipes; what is there already and still holds is left alone."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Collection, Generator, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import copies, deliveries, dust, edits, queries, searching
from catalog.copies import CopyView
from catalog.database import Catalog
from catalog.models import Capture
from catalog.queries import SequenceView
from catalog.side_by_side import processors
from develop.codecs import atomic
from stackroom import config, engines, export_orders
from stackroom.errors import FolderUnusable, unknown_sequence
from stackroom.export_orders import ExportRequest, Item, State, Subject
from stackroom.export_plan import Plan, require_room
from stackroom.export_pool import ExportPool, Order, Outcome
from stackroom.library import Library
from watcher.worker import Json, StackOrder

Told = Callable[[int, int], None]
"""Called with how many files are done, and how many there are to do."""


def export(library: Library, request: ExportRequest, told: Told) -> list[Item]:
    """Export, or with `dry_run` tell what would be; return every file and what became of it.

    Raises NameTaken, NoRoom, FolderUnusable, NotFound, BadQuery, or SettingsError for a watermark that is not there,
    all of them before anything is written.
    """
    _check_watermarks(request)
    with library.catalog(create=False) as catalog:
        with catalog.reader() as session:
            items = _planned(session, request)
        require_room(request.folder, items)
        if request.dry_run or not any(item.state == "to make" for item in items):
            return items
        with library.exporting(request.folder):
            _require_writable(request.folder)
            atomic.sweep(request.folder)
            run = _Run(catalog, items, told)
            made = run.all(_pool(library, request, run))
            # Workers of a run that was killed may have been dying still at the first sweep.
            atomic.sweep(request.folder)
            return made


def _check_watermarks(request: ExportRequest) -> None:
    marks = [recipe.watermark for recipe in request.recipes if recipe.watermark is not None]
    if marks:
        from develop import watermark  # noqa: PLC0415 - it loads pixels' libraries, which no other command needs

        for mark in marks:
            watermark.check(mark)


def _planned(session: Session, request: ExportRequest) -> list[Item]:
    plan = Plan(
        folder=request.folder,
        known=deliveries.known(session, str(request.folder)),
        originals=deliveries.originals_below(session, str(request.folder)),
    )
    return plan.items(_subjects(session, request), request.recipes)


def _subjects(session: Session, request: ExportRequest) -> list[Subject]:
    found: list[Subject] = []
    if request.what in ("results", "both"):
        found += _results(session, request)
    if request.what in ("frames", "both"):
        found += _frames(session, request)
    return found


def _results(session: Session, request: ExportRequest) -> list[Subject]:
    if request.sequences:
        views = _numbered(session, request.sequences)
    else:
        found_by = request.query
        ids = None if found_by is None else set(session.scalars(searching.sequences_matching(session, found_by)))
        views = queries.sequence_views(session, ids=ids, kinds=("focus",))
    views = [view for view in views if view.frames]
    looks = edits.settings_of(session, [view.reference.capture_id for view in views])
    found: list[Subject] = []
    second, marks = _copies_of(session, looks), dust.said(session, looks)
    for view in views:
        lead = view.reference.capture_id
        result = export_orders.of_sequence(view, looks[lead], marks.get(lead, ()))
        more = second.get(lead, ())
        found += [result, *(export_orders.of_copy(result, copy) for copy in more)]
    return found


def _copies_of(session: Session, captures: Collection[int]) -> dict[int, list[CopyView]]:
    found: dict[int, list[CopyView]] = defaultdict(list)
    for copy in copies.listed(session, captures):
        found[copy.original_id].append(copy)
    return found


def _numbered(session: Session, numbers: Collection[int]) -> list[SequenceView]:
    """Return the sequences of these numbers. Raises NotFound."""
    views = queries.sequence_views(session, ids=numbers)
    for missing in sorted(set(numbers) - {view.id for view in views}):
        raise unknown_sequence(missing)
    return views


def _frames(session: Session, request: ExportRequest) -> list[Subject]:
    if request.sequences:
        captures = [frame.capture_id for view in _numbered(session, request.sequences) for frame in view.frames]
    elif request.query is not None:
        captures = list(session.scalars(searching.captures_matching(session, request.query)))
    else:
        captures = list(session.scalars(select(Capture.id)))
    second = {copy.capture_id: copy for copy in copies.listed(session, captures)}
    if request.sequences:
        captures += second
    looks = edits.settings_of(session, captures)
    homes = deliveries.sequences_of(session, captures)
    found = []
    for frame in deliveries.single_frames(session, captures):
        copy = second.get(frame.capture_id)
        home = homes.get(copy.original_id if copy else frame.capture_id, 0)
        subject = export_orders.of_frame(frame, looks[frame.capture_id], home)
        found.append(export_orders.of_copy(subject, copy) if copy else subject)
    return found


class _Pool(Protocol):
    """What carries export orders out."""

    def run(self, orders: Iterable[Order]) -> Generator[Outcome]:
        """Yield what came of each order, as it ends."""


def _pool(library: Library, request: ExportRequest, run: _Run) -> _Pool:
    engine = request.engine or config.load(library.root / config.NAME).engine
    if engine == engines.LOCAL:
        return ExportPool(workers=min(request.workers or processors(), run.orders), begin=run.promise)
    from stackroom.cluster.exports import ClusterExports  # noqa: PLC0415 - an extra
    from stackroom.cluster.scheduler import scheduler_address  # noqa: PLC0415

    return ClusterExports(address=scheduler_address(engine), begin=run.promise)


def _require_writable(folder: Path) -> None:
    """Make the folder, and write into it for a try. Raises FolderUnusable."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"stackroom")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise FolderUnusable(folder, error.strerror or str(error)) from error


@dataclass(slots=True)
class _Run:
    """One run through a plan: every file is promised in the catalog before it is begun, and recorded when whole."""

    catalog: Catalog
    items: list[Item]
    told: Told
    _of_order: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Put the files together that are made of one picture."""
        by_subject: dict[str, list[int]] = defaultdict(list)
        for index, item in enumerate(self.items):
            if item.state == "to make":
                by_subject[item.subject.name].append(index)
        self._of_order = list(by_subject.values())

    @property
    def orders(self) -> int:
        """How many pictures there is something to make of."""
        return len(self._of_order)

    def all(self, pool: _Pool) -> list[Item]:
        """Make what is to be made; return every item with what became of it."""
        total, done = sum(map(len, self._of_order)), 0
        self.told(0, total)
        outcomes = pool.run(enumerate(map(self._order, self._of_order)))
        with contextlib.closing(outcomes):  # when this is interrupted its workers end at once
            for number, results in outcomes:
                self._record(number, results)
                done += len(results)
                self.told(done, total)
        return self.items

    def _order(self, indices: Iterable[int]) -> StackOrder:
        mine = [self.items[index] for index in indices]
        return export_orders.with_exports(mine[0].subject, mine)

    def promise(self, number: int) -> None:
        """Note in the catalog what an order is about to make."""
        with self.catalog.writer() as session:
            for index in self._of_order[number]:
                deliveries.put(session, self.items[index].delivered)

    def _record(self, number: int, results: list[Json]) -> None:
        with self.catalog.writer() as session:
            for index, result in zip(self._of_order[number], results, strict=True):
                item = self.items[index]
                if "error" in result:
                    self.items[index] = item.ended("failed", str(result["error"]))
                    continue
                # Where somebody laid another file there meanwhile, it lies beside that.
                size, digest = int(result["size"]), str(result["digest"])
                whole = replace(item.delivered, path=str(result["path"]), size=size, digest=digest)
                deliveries.put(session, whole)
                self.items[index] = replace(item, delivered=whole, state="made")


def summary(items: list[Item]) -> dict[str, Any]:
    """Return what `export --json` prints."""
    states: list[State] = ["to make", "made", "kept", "left", "skipped", "failed"]
    counts = {state: sum(item.state == state for item in items) for state in states}
    return {
        "counts": {state.replace(" ", "_"): count for state, count in counts.items() if count},
        "bytes": sum(item.delivered.size or item.estimate for item in items if item.state in ("to make", "made")),
        "files": [item.to_json() for item in items],
    }
