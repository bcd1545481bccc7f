"""While a sequence is being shot: keep a preview of its stack so far, and say what it still lacks.

One worker of its own does it, started when the first frame is in sight, so that previews never wait for stacks. A
preview that fails is a warning and nothing more: the stack itself does not depend on it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from catalog import queries
from catalog.database import Catalog
from catalog.queries import SequenceView
from catalog.worker_process import WORKERS
from watcher.engine import end_workers, prepare_worker
from watcher.events import Listener, Previewed, Warned, nobody
from watcher.silence import Silence
from watcher.worker import Json

Work = Callable[[Json], Json]
"""Brings one preview up to date in the worker; a module-level function, sent by name."""

IDLE_S = 600.0
"""A worker that nobody needed for so long is ended; the next session starts another."""
HANG_S = 120.0
"""No preview takes minutes: a worker that is at one for longer hangs."""
_KINDS = ("focus", "review", "single", "burst")
"""What a focus stack looks like while only its first frames are there."""


def _nothing() -> None:
    return None


@dataclass(slots=True)
class Live:
    """The previews of the sequences that are being shot. Call `step` again and again; it never waits."""

    catalog: Catalog
    work: Work
    load: Callable[[], None]
    """Loads, in the worker, what `work` needs."""
    folder: Path
    listen: Listener = nobody
    monotonic: Callable[[], float] = time.monotonic
    expecting: Callable[[], None] = _nothing
    """Called with the first frame in sight: others that will be needed may get ready too."""
    _pool: ProcessPoolExecutor | None = None
    _running: tuple[int, Future[Json]] | None = None
    _wanted: dict[int, None] = field(default_factory=dict)
    _given_up: set[int] = field(default_factory=set)
    _used: float = 0.0
    _silence: Silence = field(init=False)

    def __post_init__(self) -> None:
        """Begin to listen."""
        self._silence = Silence(HANG_S, self.monotonic)

    @property
    def is_busy(self) -> bool:
        """Whether a preview is being made or waits to be."""
        return self._running is not None or bool(self._wanted)

    def path_of(self, number: int) -> Path:
        """Return where the preview of a sequence lies."""
        return self.folder / f"sequence-{number}.jpg"

    def prepare(self) -> None:
        """Start the worker: a frame is in sight."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(1, WORKERS, prepare_worker, (0,))
            self._pool.submit(self.load)
            self.expecting()
        self._used = self.monotonic()

    def follow(self, touched: Collection[int], closed: Collection[int]) -> None:
        """Ask for previews of sequences that frames came to; those that are complete need none any more."""
        for number in touched:
            self._wanted[number] = None
        for number in closed:
            self._wanted.pop(number, None)

    def drop(self, number: int) -> None:
        """Take a preview away: the sequence is stacked, or is no more."""
        self._wanted.pop(number, None)
        with contextlib.suppress(OSError):
            self.path_of(number).unlink(missing_ok=True)

    def step(self) -> None:
        """Take over what was finished and start what is wanted next."""
        if self._running is not None and self._running[1].done():
            number, future = self._running
            self._running = None
            self._take(number, future)
        elif self._running is not None and not self._silence.all_alive([self._running[0]]):
            number, _ = self._running
            self.stop()
            self._give_up(number, f"it took more than {HANG_S:.0f} s; a frame may hang its decoder")
        if self._running is None and self._wanted:
            self._start(next(iter(self._wanted)))
        elif not self.is_busy and self._pool is not None and self.monotonic() - self._used > IDLE_S:
            self.stop()

    def _start(self, number: int) -> None:
        with self.catalog.reader() as session:
            views = queries.sequence_views(session, ids=[number], kinds=_KINDS)
        del self._wanted[number]
        if not views or views[0].complete or number in self._given_up:
            return
        self.prepare()
        assert self._pool is not None
        try:
            self._running = (number, self._pool.submit(self.work, self._order(views[0])))
            self._silence.heard(number)
        except BrokenExecutor:
            self.stop()

    def _order(self, view: SequenceView) -> Json:
        return {
            "sequence": view.id,
            "frames": [{"path": frame.path, "name": Path(frame.source).name} for frame in view.frames],
            "orientation": view.frames[0].metadata.orientation,
            "warnings": list(view.warnings),
            "target": str(self.path_of(view.id)),
        }

    def _take(self, number: int, future: Future[Json]) -> None:
        try:
            made = future.result()
        except BrokenExecutor:
            self.stop()
            made = {"error": "its worker died; a frame may crash its decoder"}
        if "error" in made:
            self._give_up(number, made["error"])
            return
        self.listen(Previewed(number, made["frames"], str(self.path_of(number)), tuple(made["words"])))

    def _give_up(self, number: int, why: str) -> None:
        self._given_up.add(number)
        self.listen(Warned(f"no preview of sequence {number}: {why}"))

    def stop(self) -> None:
        """End the worker at once."""
        pool, self._pool = self._pool, None
        self._running = None
        if pool is not None:
            end_workers(pool)
