"""The same shared folder has another name on another machine: translate an order's paths there and a report's back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stackroom.errors import StackroomError

Json = dict[str, Any]
ENVIRONMENT = "STACKROOM_PATH_MAP"
"""Holds a worker's map where it runs."""


class BadPathMap(StackroomError):
    """The words do not name pairs of folders."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r}: no map of paths; write THERE=HERE: the folder as the daemon and as this machine names it"
        )


def _is_below(path: str, folder: str) -> bool:
    return path == folder or (path.startswith(folder) and (folder[-1:] in "/\\" or path[len(folder)] in "/\\"))


def _respelled(rest: str, old: str, new: str) -> str:
    """Turn the slashes where one machine is Windows and the other is not; elsewhere a backslash is part of a name."""
    if "\\" in new:
        return rest.replace("/", "\\")
    return rest.replace("\\", "/") if "\\" in old else rest


@dataclass(frozen=True, slots=True)
class PathMap:
    """Pairs (folder as the daemon names it, the same folder as this machine names it); none: the names are the same."""

    pairs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, texts: tuple[str, ...]) -> PathMap:
        """Read pairs written `DAEMON=WORKER`. Raises BadPathMap."""
        pairs = []
        for text in texts:
            daemon, equals, worker = text.partition("=")
            if not (daemon and equals and worker):
                raise BadPathMap(text)
            pairs.append((daemon.rstrip("/\\") or daemon, worker.rstrip("/\\") or worker))
        return cls(tuple(sorted(pairs, key=lambda pair: -len(pair[0]))))

    def there(self, path: str) -> str:
        """Return the daemon's `path` as this machine names it."""
        return self._moved(path, [(daemon, worker) for daemon, worker in self.pairs])

    def back(self, path: str) -> str:
        """Return this machine's `path` as the daemon names it."""
        turned = sorted(((worker, daemon) for daemon, worker in self.pairs), key=lambda pair: -len(pair[0]))
        return self._moved(path, turned)

    @staticmethod
    def _moved(path: str, pairs: list[tuple[str, str]]) -> str:
        for old, new in pairs:
            if _is_below(path, old):
                return new + _respelled(path[len(old) :], old, new)
        return path

    def order_there(self, order: Mapping[str, Any]) -> Json:
        """Return an order whose files are named as on this machine."""
        return {
            **order,
            "master": self.there(order["master"]),
            "replaces": {self.there(path): digest for path, digest in order.get("replaces", {}).items()},
            "frames": [{**frame, "path": self.there(frame["path"])} for frame in order["frames"]],
            "exports": [
                {**export, "path": self.there(export["path"]), "recipe": self._recipe_there(export["recipe"])}
                for export in order["exports"]
            ],
        }

    def _recipe_there(self, recipe: Mapping[str, Any]) -> Json:
        mark = recipe.get("watermark")
        if not mark:
            return dict(recipe)
        named = {name: self.there(mark[name]) for name in ("image", "font") if mark.get(name)}
        return {**recipe, "watermark": {**mark, **named}}

    def outcome_back(self, outcome: Mapping[str, Any]) -> Json:
        """Return an outcome whose files are named as on the daemon's machine, in its message too."""
        if "failure" in outcome:
            failure = outcome["failure"]
            return {"failure": {**failure, "message": self._message_back(failure["message"])}}
        report = outcome["report"]
        exports = [self._file_back(file) for file in report["exports"]]
        return {"report": {**report, "master": self._file_back(report["master"]), "exports": exports}}

    def delivered_back(self, result: Mapping[str, Any]) -> Json:
        """Return what came of one exported file, named as on the daemon's machine."""
        return {"error": self._message_back(result["error"])} if "error" in result else self._file_back(result)

    def _file_back(self, file: Mapping[str, Any]) -> Json:
        return {**file, "path": self.back(file["path"])}

    def _message_back(self, message: str) -> str:
        file, colon, rest = message.partition(": ")  # a message starts with the file that it speaks of
        return self.back(file) + colon + rest
