"""The verbs of the command line, each loaded when it is used: what a command does not need, it does not wait for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

_VERBS: Final[Mapping[str, Mapping[str, str]]] = {
    "From cards to stacks": {
        "watch": "watch:watch",
        "status": "status:status",
        "import": "import_:import_",
        "sequences": "sequences:app",
        "stack": "stack:stack",
        "export": "export:export",
        "recipes": "recipes:app",
        "fuse": "fuse:fuse",
    },
    "Edit": {
        "develop": "edit:develop",
        "presets": "presets:app",
        "sync": "sync:sync",
        "paste": "sync:paste",
        "snapshot": "snapshot:app",
        "copies": "copies:app",
        "xmp": "xmp:app",
        "retouch": "retouch:retouch",
        "dust": "dust:app",
        "undo": "look:undo",
        "redo": "look:redo",
        "history": "look:history",
    },
    "Find and mark": {
        "list": "look:list_",
        "rate": "mark:rate",
        "flag": "mark:flag",
        "label": "mark:label",
        "keyword": "keyword:app",
        "collection": "collection:app",
        "metadata": "metadata:metadata",
    },
    "Keep it running, keep it safe": {
        "jobs": "jobs:app",
        "config": "config:config",
        "service": "service:app",
        "worker": "worker:worker",
        "check": "upkeep:check",
        "backup": "upkeep:backup",
        "restore": "upkeep:restore",
    },
}
"""By heading, each verb's module in `stackroom.commands` and its function, or its app where it has verbs of its own."""

_PLACES: Final = {verb: place for verbs in _VERBS.values() for verb, place in verbs.items()}


def _write_list(formatter: Any, heading: str, commands: Iterable[Any]) -> None:
    rows = [(command.name, f"{(command.help or '').split(';')[0].rstrip('.')}.") for command in commands]
    with formatter.section(heading):
        formatter.write_dl(rows)


def _in_plain_words(command: Any) -> None:
    """Name an option's value for what it is instead of for its type in Python."""
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            parameter.display_type_rich = lambda ctx: ""
        elif parameter.metavar is None and not getattr(parameter, "is_flag", False):
            described = getattr(parameter, "type_descriptor", None)
            if not getattr(described, "is_choice", False):
                parameter.metavar = "N" if getattr(described, "is_ranged", False) else parameter.name.upper()


class SubVerbs(TyperGroup):
    """The verbs of one verb, listed with their sentences whole."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of the verbs."""
        _write_list(formatter, "Commands", (self.get_command(ctx, name) for name in self.list_commands(ctx)))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command of this name, None where there is none."""
        found = super().get_command(ctx, cmd_name)
        if found is not None:
            _in_plain_words(found)
        return found


class Verbs(TyperGroup):
    """The commands by name, in the order in which they are listed."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        return list(_PLACES)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of the commands under their headings, each sentence whole."""
        for heading, verbs in _VERBS.items():
            _write_list(formatter, heading, (self.get_command(ctx, verb) for verb in verbs))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the first word names, and say which one it is like where there is none."""
        if args and args[0] not in _PLACES and not args[0].startswith("-"):
            close = get_close_matches(args[0], _PLACES, n=1, cutoff=0.7)
            ctx.fail(f"no such command: {args[0]}" + (f"; did you mean {close[0]}?" if close else ""))
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command of this name, None where there is none."""
        if cmd_name not in _PLACES:
            return None
        module, name = _PLACES[cmd_name].split(":")
        found = getattr(import_module(f"stackroom.commands.{module}"), name)
        # Help is plain text: as markup, "[default: ...]" would be taken for a style and vanish.
        app = typer.Typer(rich_markup_mode=None, add_completion=False)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=cmd_name, cls=SubVerbs)
        else:
            app.command(cmd_name)(found)
        whole = typer.main.get_command(app)
        command = whole.commands[cmd_name] if isinstance(whole, TyperGroup) else whole
        _in_plain_words(command)
        return command
