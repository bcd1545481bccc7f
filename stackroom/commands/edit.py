"""`develop`, `presets` and `sync`: edit one frame, give its look to the whole sequence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from catalog import edits, queries, syncing
from develop import presets as looks
from develop.settings import NEUTRAL, DevelopSettings, parse_assignment
from stackroom import terminal
from stackroom.errors import NotFound, NothingToDo
from stackroom.library import Library

_AUTO_SIDE = 1024


def develop(
    context: typer.Context,
    captures: Annotated[list[int] | None, typer.Argument(metavar="CAPTURE...", help="Captures to edit.")] = None,
    sequence: Annotated[list[int] | None, typer.Option("--sequence", help="All frames of this sequence too.")] = None,
    assignments: Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="exposure=0.3")] = None,
    preset: Annotated[str | None, typer.Option("--preset", help="A preset's name or file.")] = None,
    auto: Annotated[bool, typer.Option("--auto", help="Tone and white balance from each picture, as numbers.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Start from neutral.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Change develop settings; one undoable action. Without a change, show them."""
    library: Library = context.obj
    given = dict(parse_assignment(text) for text in assignments or ())
    look = looks.load(preset) if preset else None
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        wanted = list(captures or ())
        views = {view.id: view for view in queries.sequence_views(session, ids=sequence or ())}
        for number in sequence or ():
            if number not in views:
                raise NotFound(f"sequence {number}: not in the catalog; `stackroom sequences list` shows what is")
            wanted += [frame.capture_id for frame in views[number].frames]
        if not wanted:
            raise NothingToDo("name captures to edit, or a sequence with --sequence; `stackroom list` shows them")
        current = edits.settings_of(session, wanted)
        paths = {c.id: Path(c.paths[0]) for c in queries.list_captures(session, ids=wanted, limit=len(wanted))}
    if not (given or look or reset or auto):
        _show(current, as_json)
        return
    changed: dict[int, DevelopSettings] = {}
    for capture, settings in current.items():
        start = NEUTRAL if reset else settings
        start = look.apply(start) if look else start
        changed[capture] = replace(_auto(paths[capture], start) if auto else start, **given)
    words = [*(["reset"] if reset else []), *([f"preset {look.name}"] if look else []), *(["auto"] if auto else [])]
    with library.catalog(create=False) as catalog, catalog.writer() as session:
        batch = edits.apply(session, changed, f"develop {', '.join([*words, *given])}")
    terminal.out.print(f"edit {batch}: {len(wanted)} captures" if batch else "nothing to change", markup=False)


def _auto(path: Path, settings: DevelopSettings) -> DevelopSettings:
    from develop import auto, decode  # noqa: PLC0415 - loads the pixels' libraries

    return auto.auto_settings(decode.read_reduced(path, _AUTO_SIDE), settings)


def _show(current: dict[int, DevelopSettings], as_json: bool) -> None:
    if as_json:
        terminal.print_json([{"capture": capture, "settings": s.to_json()} for capture, s in current.items()])
        return
    for capture, settings in current.items():
        values = ", ".join(f"{name}={value}" for name, value in settings.to_json().items())
        terminal.out.print(f"{capture}: {values or 'neutral'}", markup=False)


def presets(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the built-in presets."""
    if as_json:
        terminal.print_json({name: preset.to_json() for name, preset in looks.BUILT_IN.items()})
        return
    for name, preset in looks.BUILT_IN.items():
        terminal.out.print(f"{name}: {_words(preset)}", markup=False)


def _words(preset: looks.Preset) -> str:
    return ", ".join(f"{name} {value}" for name, value in preset.values.items()) or "as the camera recorded it"


def sync(
    context: typer.Context,
    sequence: Annotated[int, typer.Argument(metavar="SEQUENCE", help="The sequence to synchronise.")],
    source: Annotated[
        int | None, typer.Option("--from", metavar="CAPTURE", help="The frame to copy from [default: the reference].")
    ] = None,
    groups: Annotated[
        str | None, typer.Option("--groups", help="Only these, comma-separated: tone,white_balance")
    ] = None,
    exact: Annotated[bool, typer.Option("--replace", help="Also reset what the reference leaves neutral.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would change, change nothing.")] = False,
) -> None:
    """Give the reference's settings to every frame of its sequence, in the way a focus stack needs."""
    library: Library = context.obj
    chosen = tuple(part.strip() for part in groups.split(",")) if groups else None
    with library.catalog(create=False) as catalog, catalog.writer() as session:
        views = queries.sequence_views(session, ids=[sequence])
        if not views:
            raise NotFound(f"sequence {sequence}: not in the catalog; `stackroom sequences list` shows what is")
        planned = syncing.plan(
            session, views[0], reference_id=source, groups=chosen, mode="replace" if exact else "merge"
        )
        for line in planned.lines():
            terminal.out.print(line, markup=False)
        if dry_run:
            terminal.out.print("dry run: nothing was changed", markup=False)
            return
        batch = syncing.carry_out(session, views[0], planned)
        confirmed = syncing.confirm(session, views[0], planned)
    terminal.out.print(
        f"edit {batch}: {confirmed} of {len(planned.targets)} frames carry the settings" if batch else
        f"nothing to change: {confirmed} of {len(planned.targets)} frames carry the settings already",
        markup=False,
    )  # fmt: skip
