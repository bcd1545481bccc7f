"""`check`, `backup` and `restore`: look after the library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from catalog import upkeep
from stackroom import repair, safekeeping, terminal
from stackroom.library import Library
from watcher.events import nobody


def check(
    context: typer.Context,
    verify: Annotated[bool, typer.Option("--verify", help="Read every file and compare it with its digest.")] = False,
    mend: Annotated[
        bool, typer.Option("--repair", help="First mend what can be: fetch lost copies again, take in strays.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check the catalog and that every file it knows is where it should be."""
    library: Library = context.obj
    done: list[str] = []
    with library.catalog(create=False) as catalog:
        if mend:
            with library.owned():
                done = repair.repair(library, catalog, nobody)
        found = upkeep.check(catalog, verify=verify, originals=library.originals)
    if as_json:
        terminal.print_json({"files": found.files, "problems": list(found.problems), "repaired": done})
    else:
        for line in done:
            terminal.out.print(line, markup=False)
        for problem in found.problems:
            terminal.out.print(problem, markup=False)
        terminal.out.print(
            f"{terminal.counted(found.files, 'file')} checked, {terminal.counted(len(found.problems), 'problem')}",
            markup=False,
        )
    if found.problems:
        raise typer.Exit(1)


def backup(
    context: typer.Context,
    target: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Where the copy goes [default: backups in the library].")
    ] = None,
) -> None:
    """Copy the catalog while it may be in use; seven copies in the library are kept."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog:
        if target is None:
            target = safekeeping.back_up(library, catalog)
        else:
            upkeep.backup(catalog, target.expanduser().absolute())
    terminal.out.print(f"backed up to {target}", markup=False)


def restore(
    context: typer.Context,
    source: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Which backup [default: the newest sound one].")
    ] = None,
) -> None:
    """Bring back the catalog from a backup, and take in again the originals that came after it."""
    library: Library = context.obj
    with terminal.Progressing() as progress:
        done = safekeeping.restore(library, source.expanduser().absolute() if source else None, progress)
    say = terminal.out.print
    say(
        f"restored from {done.source}" if done.source else "no sound backup: built anew from the originals",
        markup=False,
    )
    if done.set_aside:
        say(f"the catalog that was there is kept as {done.set_aside}", markup=False)
    say(f"{terminal.counted(done.adopted, 'original')} that came after it taken in again", markup=False)
