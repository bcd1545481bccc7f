"""Walk what is watched: all of it, or the folders in which something happened."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from watcher import errors, folder
from watcher.folder import Scan
from watcher.patience import Patience
from watcher.stirred import Where
from watcher.task import Task


@dataclass(slots=True)
class Walking:
    """Looks at the folders of `task`. Those that are away are waited for, and nothing else has to wait for them."""

    task: Task
    patience: Patience
    present: tuple[Path, ...] = ()

    def scan(self, where: Where | None) -> Scan:
        """Return what lies there; None: everywhere."""
        roots = self.task.folders if where is None else [root for root in self.task.folders if root in where.roots]
        scans: list[Scan] = []
        present = set() if where is None else set(self.present)
        for root in roots:
            step = f"folder {root}"
            try:
                scans.append(folder.scan([root], exclude=self.task.exclude))
            except (errors.FolderMissing, errors.FolderUnreadable) as error:
                # An absent volume is offline: what came from it stays.
                self.patience.failed(step, error)
                present.discard(root)
                continue
            self.patience.succeeded(step)
            present.add(root)
        self.present = tuple(root for root in self.task.folders if root in present)
        if where is not None:
            scans.append(folder.look_into(self._apart(where, roots), exclude=self.task.exclude))
        return folder.together(scans)

    def _apart(self, where: Where, walked: Collection[Path]) -> list[Path]:
        """Return the folders that are not below a root that was walked, and that a walk of their root would enter."""
        exclude, apart = [path.resolve() for path in self.task.exclude], []
        for each in where.folders:
            root = self.root_of(each)
            if root is not None and root not in walked and not folder.is_passed_over(each, root, exclude):
                apart.append(each)
        return apart

    def root_of(self, place: Path) -> Path | None:
        """Return the outermost watched folder that `place` is in."""
        holding = [root for root in self.task.folders if place.is_relative_to(root)]
        return min(holding, key=lambda root: len(root.parts), default=None)
