"""`develop`: change how pictures look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated

import typer

from catalog import edits
from develop import preset_files
from develop.settings import NEUTRAL, DevelopSettings, parse_assignment
from stackroom import following, seeing, terminal
from stackroom.library import Library
from stackroom.targets import Captures, Query, Sequences, Targets

_Look = Callable[[Sequence[seeing.Wish]], list[DevelopSettings]]


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
    given = dict(parse_assignment(text) for text in assignments or ())
    look = preset_files.find(preset, library.presets) if preset else None
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        wanted = Targets(captures, sequence, query).resolve(session)
        current = edits.settings_of(session, wanted)
        pictures = edits.pictures(session, wanted) if auto or fringes else {}
    if not (given or look or reset or auto or fringes):
        _show(current, as_json)
        return
    changed = {}
    for capture, settings in current.items():
        start = NEUTRAL if reset else settings
        changed[capture] = look.apply(start) if look else start
    if auto:
        changed = _seen(seeing.auto_settings, pictures, changed)
    if fringes:
        changed = _seen(seeing.fringe_settings, pictures, changed)
    changed = {capture: replace(settings, **given) for capture, settings in changed.items()}
    asked = (("reset", reset), (f"preset {look.name}" if look else "", look), ("auto", auto), ("fringes", fringes))
    words = [word for word, is_asked in asked if is_asked]
    with library.catalog(create=False) as catalog:
        with catalog.writer() as session:
            batch = edits.apply(session, changed, f"develop {', '.join([*words, *given])}")
        terminal.print_left(following.after(library, catalog, batch))
    terminal.print_batch(batch, len(wanted), as_json=as_json)


def _seen(look: _Look, pictures: dict[int, str], settings: dict[int, DevelopSettings]) -> dict[int, DevelopSettings]:
    found = look([seeing.Wish(pictures[capture], had) for capture, had in settings.items()])
    return dict(zip(settings, found, strict=True))


def _show(current: dict[int, DevelopSettings], as_json: bool) -> None:
    if as_json:
        terminal.print_json([{"capture": capture, "settings": s.to_json()} for capture, s in current.items()])
        return
    for capture, settings in current.items():
        terminal.out.print(f"{capture}: {settings.in_words()}", markup=False)
