"""`sync` and `paste`: give one picture's look to the frames of a sequence, or to any others."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from catalog import edits
from develop.sync import pasted
from stackroom import following, synchronising, terminal
from stackroom.library import Library
from stackroom.options import AsJson
from stackroom.synchronising import Synced, SyncRequest
from stackroom.targets import Captures, Query, Sequences, Targets

Groups = Annotated[str | None, typer.Option("--groups", help="Only these, comma-separated: tone,wb")]


def sync(
    context: typer.Context,
    reference: Annotated[
        int | None, typer.Argument(metavar="REFERENCE", help="The capture to copy from [default: the reference].")
    ] = None,
    to: Annotated[
        list[int] | None,
        typer.Option("--to", metavar="SEQUENCE", help="The sequence to synchronise [default: the one it is in]."),
    ] = None,
    groups: Groups = None,
    exact: Annotated[
        bool, typer.Option("--replace/--merge", help="Also reset what the reference leaves neutral, or leave it.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would change, change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Give one frame's settings to every frame of its sequence, in the way a focus stack needs."""
    library: Library = context.obj
    request = SyncRequest(
        reference=reference,
        sequences=tuple(to or ()),
        groups=_names(groups),
        mode="replace" if exact else "merge",
        dry_run=dry_run,
    )
    told: list[dict[str, Any]] = []
    with library.catalog(create=False) as catalog:
        for done in synchronising.synchronise(catalog, request):
            terminal.print_left(following.after(library, catalog, done.batch))
            told.append(done.to_json())
            if not as_json:
                _tell(done)
    if as_json:
        terminal.print_json(told)


def _tell(done: Synced) -> None:
    for line in done.planned.lines():
        terminal.out.print(line, markup=False)
    if done.dry_run:
        terminal.out.print("dry run: nothing was changed", markup=False)
        return
    carrying = f"{len(done.carrying)} of {len(done.planned.targets)} frames carry the settings"
    edit = f"edit {done.batch}: {carrying}" if done.batch else f"nothing to change: {carrying} already"
    terminal.out.print(edit, markup=False)
    for name in done.not_carrying:
        terminal.out.print(f"  {name} does not: another program changed it meanwhile; sync again", markup=False)


def _names(groups: str | None) -> tuple[str, ...] | None:
    return tuple(part.strip() for part in groups.split(",")) if groups else None


def paste(
    context: typer.Context,
    source: Annotated[int, typer.Argument(metavar="SOURCE", help="The capture to copy the settings of.")],
    captures: Captures = None,
    sequence: Sequences = None,
    query: Query = None,
    groups: Groups = None,
    as_json: AsJson = False,
) -> None:
    """Give one picture's settings to others; crop, spots and dust stay unless named with --groups."""
    library: Library = context.obj
    targets = Targets(captures, sequence, query)
    with library.catalog(create=False) as catalog:
        with catalog.writer() as session:
            Targets(captures=[source]).resolve(session)
            found = [capture for capture in targets.resolve(session) if capture != source]
            current = edits.settings_of(session, [source, *found])
            changed = {capture: pasted(current[source], current[capture], _names(groups)) for capture in found}
            words = f"paste {groups} of capture {source}" if groups else f"paste capture {source}"
            batch = edits.apply(session, changed, words)
        terminal.print_left(following.after(library, catalog, batch))
    terminal.print_batch(batch, len(found), as_json=as_json)
