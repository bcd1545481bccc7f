"""The verbs of the command line, each loaded when it is used: what a command does not need, it does not wait for."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

_VERBS: Final = {
    "watch": "watch:watch",
    "import": "import_:import_",
    "sequences": "sequences:app",
    "develop": "edit:develop",
    "presets": "presets:app",
    "sync": "sync:sync",
    "paste": "sync:paste",
    "snapshot": "snapshot:app",
    "copies": "copies:app",
    "xmp": "xmp:app",
    "undo": "look:undo",
    "redo": "look:redo",
    "history": "look:history",
    "retouch": "retouch:retouch",
    "dust": "dust:app",
    "stack": "stack:stack",
    "fuse": "fuse:fuse",
    "export": "export:export",
    "recipes": "recipes:app",
    "list": "look:list_",
    "rate": "mark:rate",
    "flag": "mark:flag",
    "label": "mark:label",
    "keyword": "keyword:app",
    "collection": "collection:app",
    "status": "status:status",
    "jobs": "jobs:app",
    "metadata": "metadata:metadata",
    "config": "config:config",
    "service": "service:app",
    "worker": "worker:worker",
    "check": "upkeep:check",
    "backup": "upkeep:backup",
    "restore": "upkeep:restore",
}
"""Each verb's module in `stackroom.commands` and its function, or its app where it has verbs of its own."""


class Verbs(TyperGroup):
    """The commands by name, in the order in which they are listed."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        return list(_VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command of this name, None where there is none."""
        if cmd_name not in _VERBS:
            return None
        module, name = _VERBS[cmd_name].split(":")
        found = getattr(import_module(f"stackroom.commands.{module}"), name)
        # Help is plain text: as markup, "[default: ...]" would be taken for a style and vanish.
        app = typer.Typer(rich_markup_mode=None, add_completion=False)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=cmd_name)
        else:
            app.command(cmd_name)(found)
        whole = typer.main.get_command(app)
        return whole.commands[cmd_name] if isinstance(whole, TyperGroup) else whole
