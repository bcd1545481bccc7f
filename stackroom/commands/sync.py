"""`sync` and `paste`: give one picture's look to the frames of a sequence, or to any others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from catalog import edits, queries, syncing
from catalog.queries import SequenceView
from catalog.syncing import Lead
from develop.sync import pasted
from stackroom import following, seeing, terminal
from stackroom.errors import NotFound, NothingToDo
from stackroom.library import Library
from stackroom.options import AsJson
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
    chosen = _names(groups)
    told: list[dict[str, Any]] = []
    with library.catalog(create=False) as catalog:
        with catalog.reader() as session:
            views, lead, path = _found(session, reference, to or ())
        for view in views:
            own = lead or _of_view(view)
            # Pictures are looked at before the catalog is held for writing.
            light = seeing.light_of(Path(path or view.reference.path)) if _needs_light(library, own) else None
            own = Lead(own.capture_id, own.name, light.as_shot, light.auto) if light else own
            with catalog.writer() as session:
                mode = "replace" if exact else "merge"
                planned = syncing.plan(session, view, lead=own, groups=chosen, mode=mode)
                batch = None if dry_run else syncing.carry_out(session, view, planned)
            with catalog.reader() as session:
                carrying = syncing.carrying(session, planned)
            terminal.print_left(following.after(library, catalog, batch))
            told.append(
                {
                    "sequence": view.id,
                    **planned.to_json(),
                    "edit": batch,
                    "dry_run": dry_run,
                    "confirmed": len(carrying),
                    "not_confirmed": [t.name for t in planned.targets if t.capture_id not in carrying],
                }
            )
            if not as_json:
                _tell(list(planned.lines()), told[-1])
    if as_json:
        terminal.print_json(told)


def _tell(lines: list[str], done: dict[str, Any]) -> None:
    for line in lines:
        terminal.out.print(line, markup=False)
    if done["dry_run"]:
        terminal.out.print("dry run: nothing was changed", markup=False)
        return
    carrying = f"{done['confirmed']} of {done['frames']} frames carry the settings"
    edit = f"edit {done['edit']}: {carrying}" if done["edit"] else f"nothing to change: {carrying} already"
    terminal.out.print(edit, markup=False)
    for name in done["not_confirmed"]:
        terminal.out.print(f"  {name} does not: another program changed it meanwhile; sync again", markup=False)


def _names(groups: str | None) -> tuple[str, ...] | None:
    return tuple(part.strip() for part in groups.split(",")) if groups else None


def _of_view(view: SequenceView) -> Lead:
    return Lead(view.reference.capture_id, Path(view.reference.source).name)


def _found(
    session: Session, reference: int | None, to: list[int] | tuple[()]
) -> tuple[list[SequenceView], Lead | None, str | None]:
    """Return the sequences, and the picture to copy from with its path where one was named."""
    lead, path, numbers = None, None, list(to)
    if reference is not None:
        captures = queries.list_captures(session, ids=[reference])
        if not captures:
            raise NotFound(f"capture {reference}: not in the catalog; `stackroom list` shows what is")
        path = captures[0].paths[0]
        lead = Lead(reference, Path(path).name)
        numbers = numbers or ([captures[0].sequence_id] if captures[0].sequence_id is not None else [])
    if not numbers:
        raise NothingToDo("name the frame to copy from, or a sequence with --to; `stackroom sequences list` shows them")
    views = {view.id: view for view in queries.sequence_views(session, ids=numbers)}
    for number in numbers:
        if number not in views:
            raise NotFound(f"sequence {number}: not in the catalog; `stackroom sequences list` shows what is")
    return [views[number] for number in dict.fromkeys(numbers)], lead, path


def _needs_light(library: Library, lead: Lead) -> bool:
    """Whether the picture's white balance is a word that means other numbers on another picture."""
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        settings = edits.settings_of(session, [lead.capture_id])[lead.capture_id]
    return settings.white_balance != "custom"


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
