"""`presets`: looks by name; one's own are kept with the library, from a picture or from a Lightroom preset."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from catalog import edits
from develop import preset_files
from develop import presets as looks
from develop.presets import BUILT_IN, Preset
from stackroom import terminal
from stackroom.errors import NothingToDo
from stackroom.library import Library
from stackroom.options import AsJson
from stackroom.targets import Targets

app = typer.Typer(invoke_without_command=True, help="Looks by name: list them, save and remove your own.")
Name = Annotated[str, typer.Argument(metavar="NAME", help="A preset, from `presets list`.")]


@app.callback()
def presets(context: typer.Context, as_json: AsJson = False) -> None:
    """Look at presets, save and remove your own; without a verb, list them."""
    if context.invoked_subcommand is None:
        _list(context.obj, as_json)


@app.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List all presets: those built in and your own."""
    _list(context.obj, as_json)


def _list(library: Library, as_json: bool) -> None:
    own = preset_files.own(library.presets)
    every = {**BUILT_IN, **own}
    if as_json:
        terminal.print_json({name: {**preset.to_json(), "own": name in own} for name, preset in every.items()})
        return
    for name, preset in every.items():
        terminal.out.print(f"{name}{' (own)' if name in own else ''}: {_words(preset)}", markup=False)


@app.command()
def show(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Print what a preset sets; a file's, too."""
    library: Library = context.obj
    found = preset_files.find(name, library.presets)
    if as_json:
        terminal.print_json(found.to_json())
    else:
        terminal.out.print(f"{found.name}: {_words(found)}", markup=False)


@app.command()
def save(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is to be called.")],
    capture: Annotated[int | None, typer.Argument(metavar="CAPTURE", help="The picture whose look to keep.")] = None,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="A Lightroom .xmp preset, or a .json preset.")
    ] = None,
    groups: Annotated[
        str | None, typer.Option("--groups", help="Of the picture, all of these and no more: tone,wb")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Keep a picture's look, or a Lightroom preset, under a name; crop, spots and dust stay with their picture."""
    library: Library = context.obj
    if (capture is None) == (source is None):
        raise NothingToDo("name the capture whose look to keep, or a preset file with --from; one of the two")
    if source is not None:
        with library.catalog():  # a library that is none must not be made half of one
            kept = replace(looks.load(source), name=name)
    else:
        with library.catalog(create=False) as catalog, catalog.reader() as session:
            [number] = Targets(captures=[capture or 0]).resolve(session)
            settings = edits.settings_of(session, [number])[number]
        chosen = [word.strip() for word in groups.split(",")] if groups else None
        kept = preset_files.of_picture(name, settings, chosen)
    preset_files.save(kept, library.presets)
    if as_json:
        terminal.print_json(kept.to_json())
    else:
        terminal.out.print(f"preset {name} is kept; use it with --preset {name!r}", markup=False)


@app.command()
def remove(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Remove one of your own presets; what was developed by it stays."""
    library: Library = context.obj
    preset_files.remove(name, library.presets)
    if as_json:
        terminal.print_json({"removed": name})
    else:
        terminal.out.print(f"preset {name} is removed", markup=False)


def _words(preset: Preset) -> str:
    return ", ".join(f"{name} {value}" for name, value in preset.values.items()) or "as the camera recorded it"
