"""`develop`: change how pictures look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from develop import preset_files
from develop.settings import DevelopSettings, parse_assignment
from stackroom import developing, following, terminal
from stackroom.developing import DevelopRequest
from stackroom.library import Library
from stackroom.targets import Captures, Query, Sequences, Targets


def develop(
    context: typer.Context,
    captures: Captures = None,
    sequence: Sequences = None,
    query: Query = None,
    assignments: Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="exposure=0.3")] = None,
    preset: Annotated[str | None, typer.Option("--preset", help="A preset's name or file.")] = None,
    auto: Annotated[bool, typer.Option("--auto", help="Tone and white balance from each picture, as numbers.")] = False,
    fringes: Annotated[
        bool, typer.Option("--fringes", help="The lens's colour fringes from each picture, as numbers.")
    ] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Start from neutral.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Change develop settings; one undoable action. Without a change, show them."""
    library: Library = context.obj
    request = DevelopRequest(
        reset=reset,
        preset=preset_files.find(preset, library.presets) if preset else None,
        auto=auto,
        fringes=fringes,
        given=dict(parse_assignment(text) for text in assignments or ()),
    )
    targets = Targets(captures, sequence, query)
    with library.catalog(create=False) as catalog:
        if request.asks_nothing:
            _show(developing.settings_of(catalog, targets), as_json)
            return
        done = developing.develop(catalog, targets, request)
        terminal.print_left([*done.left, *done.notes, *following.after(library, catalog, done.batch)])
    if as_json or done.captures:
        terminal.print_batch(done.batch, done.captures, as_json=as_json, left=done.left)
    if done.left:
        raise typer.Exit(1)


def _show(current: Mapping[int, DevelopSettings], as_json: bool) -> None:
    if as_json:
        terminal.print_json([{"capture": capture, "settings": s.to_json()} for capture, s in current.items()])
        return
    for capture, settings in current.items():
        terminal.out.print(f"{capture}: {settings.in_words()}", markup=False)
