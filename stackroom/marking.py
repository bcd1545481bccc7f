"""Mark the captures that a person named, in one undoable action, and say what came of it."""

from __future__ import annotations

from catalog import marks
from stackroom import following, terminal
from stackroom.library import Library
from stackroom.targets import Targets


def mark(library: Library, targets: Targets, how: marks.How, words: str, as_json: bool) -> None:
    """Change the marks of `targets` as `how` says; `words` name the action in the history. Raises as `resolve`."""
    with library.catalog(create=False) as catalog:
        with catalog.writer() as session:
            found = targets.resolve(session)
            batch = marks.change(session, found, how, words)
        terminal.print_left(following.after(library, catalog, batch))
    terminal.print_batch(batch, len(found), as_json=as_json)
