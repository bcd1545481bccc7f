"""Nothing is written but through the one function that writes files whole, and in the few places named here."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]

WHOLE = {"beside", "write_beside"}
"""What is written within a block of these is flushed and gets its name at its end."""
CHANGES = {
    "os": {"rename", "renames", "replace", "unlink", "remove", "link", "symlink", "rmdir", "removedirs", "truncate",
           "ftruncate", "chmod", "utime", "open", "write", "fdopen", "mkfifo", "sendfile", "copy_file_range"},
    "shutil": {"copy", "copy2", "copyfile", "copyfileobj", "copytree", "copystat", "copymode", "move", "rmtree",
               "chown", "make_archive", "unpack_archive"},
    "tempfile": {"TemporaryDirectory", "TemporaryFile", "NamedTemporaryFile", "mkstemp", "mkdtemp"},
    "cv2": {"imwrite", "imwritemulti", "VideoWriter"},
    "tifffile": {"imwrite", "TiffWriter"},
    "sqlite3": {"connect"},
    "filelock": {"FileLock"},
    "Path": {"replace", "rename", "unlink"},
}  # fmt: skip
METHODS = {"unlink", "rmdir", "touch", "write_text", "write_bytes", "hardlink_to", "symlink_to", "chmod", "rename",
           "save", "tofile", "RotatingFileHandler", "FileHandler"}  # fmt: skip

AUDITED = {
    "catalog/copying.py _read_into": "copies an original into the temporary file that `beside` made for it",
    "catalog/copying.py _flush": "flushes that file",
    "catalog/copying.py copy_verified.place": "gives that file the times of its original before its name",
    "catalog/copying.py sweep_parts": "removes files of ours that a cut left unnamed, holding the library",
    "catalog/metadata/file_bytes.py open_bytes": "opens for reading only",
    "catalog/upgrade.py _revision": "opens for reading only",
    "catalog/upgrade.py bring_up_to_date": "a lock file",
    "develop/codecs/animation.py _writer": "a scratch file in a folder that goes with its block",
    "develop/codecs/animation.py write_mp4": "that folder",
    "develop/codecs/atomic.py ": "the one function's own way to name a file",
    "develop/codecs/atomic.py _sync": "flushes",
    "develop/codecs/atomic.py beside": "the one function; removes its own temporary file",
    "develop/codecs/atomic.py link": "gives a finished file a name that is free",
    "develop/codecs/atomic.py sweep": "removes temporary files of writers that are gone",
    "develop/codecs/glb.py _texture": "into memory",
    "develop/kept_files.py Kept.remove": "removes a preset or recipe by the user's word",
    "migrations/run.py upgrade": "the catalog, in one transaction",
    "stackroom/cli.py _write_crash_report": "a report of a defect, under a new name",
    "stackroom/cli.py main": "sends what nobody reads any more to nowhere",
    "stackroom/commands/config.py _edit": "removes settings that were refused, once others are taken",
    "stackroom/commands/jobs.py pause": "an empty file that says so",
    "stackroom/commands/jobs.py resume": "removes that file",
    "stackroom/commands/presets.py save": "a preset's own way to its file, by `beside`",
    "stackroom/commands/worker.py worker": "a cluster's scratch folder that goes with its block",
    "stackroom/demo.py _fresh": "the demo's own folder, known by its mark",
    "stackroom/exporting.py _require_writable": "a file without a name, for a try",
    "stackroom/heartbeat.py Heartbeat.end": "removes what a running daemon says of itself",
    "stackroom/heartbeat.py Heartbeat.write": "what a running daemon says of itself: worth nothing after a power cut",
    "stackroom/entry.py main": "the null device, in place of a stream that is closed",
    "stackroom/library.py Library.exporting": "a lock file",
    "stackroom/library.py Library.owned": "a lock file, and who holds it",
    "stackroom/live.py get_ready": "a picture of nothing in a folder that goes with its block",
    "stackroom/logbook.py Logbook.__post_init__": "the daemon's log, line by line",
    "stackroom/replacing.py Landing.place": "gives a finished file its name where that is free or ours",
    "stackroom/safekeeping.py _broken": "opens for reading only",
    "stackroom/safekeeping.py _set_aside": "gives a damaged catalog another name; nothing is lost of it",
    "stackroom/safekeeping.py back_up": "removes backups: a broken one, and those beyond the newest",
    "stackroom/safekeeping.py restore.place": "gives a whole backup the catalog's name",
    "stackroom/service.py uninstall": "removes the service's own file",
    "stackroom/workflow.py watch": "removes the previews of stacks so far, which are made again",
    "watcher/live.py Live.drop": "removes one of them",
}


def _functions(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield each place of a module by the names of the functions and classes that it lies in."""
    waiting: list[tuple[tuple[str, ...], ast.AST]] = [((), tree)]
    while waiting:
        names, node = waiting.pop()
        if isinstance(node, ast.With) and any(_called(item.context_expr) in WHOLE for item in node.items):
            continue
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = (*names, node.name)
        yield ".".join(names), node
        waiting += [(names, child) for child in ast.iter_child_nodes(node)]


def _called(node: ast.AST) -> str:
    """Return the last name of what a call calls."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _opens_for_writing(call: ast.Call) -> bool:
    words = [*call.args, *(word.value for word in call.keywords if word.arg == "mode")]
    return any(
        isinstance(word, ast.Constant) and isinstance(word.value, str) and set(word.value) <= set("rwxab+t")
        and set(word.value) & set("wxa+")
        for word in words
    )  # fmt: skip


def _changes_files(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name) and node.attr in CHANGES.get(node.value.id, ())
    if not isinstance(node, ast.Call):
        return False
    name = _called(node)
    if name == "replace":  # a path's takes one word, a text's two, a record's names them
        return isinstance(node.func, ast.Attribute) and len(node.args) == 1 and not node.keywords
    return name in METHODS or (name == "open" and _opens_for_writing(node))


def _places() -> set[str]:
    return {
        f"{path.relative_to(ROOT).as_posix()} {names}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for names, node in _functions(ast.parse(path.read_text(encoding="utf-8")))
        if _changes_files(node)
    }


def test_every_place_that_changes_files_is_known_and_argued() -> None:
    assert _places() == AUDITED.keys()
