"""What a running daemon attends to beside its work: a changed settings file, the daily backup, workers that idle."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from catalog.errors import CatalogError
from develop.errors import DevelopError
from stackroom import config, engines, safekeeping, tasks
from stackroom.errors import StackroomError
from stackroom.following import Following
from stackroom.library import Library
from stackroom.notify import Notify
from stackroom.previews import Measuring
from stackroom.tasks import WatchRequest
from watcher.daemon import Daemon
from watcher.engine import Engine, Runs
from watcher.events import Listener, Noted, Resumed, Warned
from watcher.live import Live
from watcher.task import Rule


def _show(order: dict[str, Any]) -> dict[str, Any]:
    """Run in the worker that keeps the previews of sequences being shot."""
    from stackroom import live  # noqa: PLC0415

    return live.update(order)


def _load() -> None:
    """Load in that worker what its first preview will need."""
    from stackroom import live  # noqa: PLC0415

    live.get_ready()


@dataclass(slots=True)
class Attending:
    """The daemon's errand; call `apply` once before it runs. `followed` is told the rules whenever they change.

    A settings file that cannot be followed is told of, and the settings from before stay in force.
    """

    library: Library
    request: WatchRequest
    notify: Notify
    measuring: Measuring
    listen: Listener
    followed: Callable[[tuple[Rule, ...], int], None]
    _stamp: int | None = None
    _is_refused: bool = False
    _following: Following | None = None

    def __call__(self, daemon: Daemon) -> None:
        """Do what is due."""
        self._reread(daemon)
        self._back_up(daemon)
        if self.request.config.sidecars:
            self._following = self._following or Following(daemon.catalog, self.listen)
            self._following.step()
        self.measuring.rest()

    def _reread(self, daemon: Daemon) -> None:
        path = self.library.root / config.NAME
        stamp = 0
        with contextlib.suppress(FileNotFoundError):
            stamp = path.stat().st_mtime_ns
        before, self._stamp = self._stamp, stamp
        if before in (None, stamp):
            return
        try:
            request = replace(self.request, config=config.load(path))
            task = tasks.task_for(self.library, request)
            if request.engine_wanted != self.request.engine_wanted:
                daemon.move(self._engine(request))
        except (StackroomError, DevelopError, OSError) as error:
            self.listen(Warned(f"{error}; going on with the settings from before", config.NAME))
            self._is_refused = True
            return
        self.request = request
        followed = f"{path}: read again, and followed from now on"
        self.listen(Resumed(followed, config.NAME) if self._is_refused else Noted(followed))
        self._is_refused = False
        daemon.change(task, tasks.intake_for(daemon.catalog, self.library, task, self.listen))
        self.apply(daemon)

    def _engine(self, request: WatchRequest) -> Runs:
        niceness = request.config.niceness
        engine = engines.open_engine(request.engine_wanted, request.workers_wanted, niceness, self.listen)
        if isinstance(engine, Engine):
            engine.silence.limit_s = request.config.hang_s or math.inf
        return engine

    def apply(self, daemon: Daemon) -> None:
        """Let the settings that are no part of the task take effect."""
        found = self.request.config
        self.notify.command, self.notify.webhook = found.notify, found.webhook
        if isinstance(daemon.engine, Engine):
            daemon.engine.resize(self.request.workers_wanted, found.niceness)
            daemon.engine.silence.limit_s = found.hang_s or math.inf
        self.followed(daemon.task.rules, self.request.workers_wanted)
        if not found.live or self.request.once:
            if daemon.live is not None:
                daemon.live.stop()
            daemon.live = None
        elif daemon.live is None:
            daemon.live = Live(
                daemon.catalog, _show, _load, self.library.live, self.listen, expecting=self.measuring.prepare
            )

    def _back_up(self, daemon: Daemon) -> None:
        """Back the catalog up once a day, while nothing is being built."""
        if daemon.task.once or daemon.engine.running or not safekeeping.is_backup_due(self.library):
            return
        try:
            safekeeping.back_up(self.library, daemon.catalog)
        except OSError as error:
            why = error.strerror or str(error)
            self.listen(Warned(f"{self.library.backups}: the catalog's daily copy failed ({why})", "backup"))
        except CatalogError as error:
            self.listen(Warned(str(error), "backup"))
