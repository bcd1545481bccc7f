"""Tell what was made here from the pictures that it was made of: results are never sources, wherever they lie."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from sqlalchemy.orm import Session

from catalog import deliveries, stacks


def made_here(session: Session, files: Collection[Path], promised: Collection[str] = ()) -> set[Path]:
    """Return those of the files that lie where a result of ours does, or where one is `promised` to lie."""
    if not files:
        return set()
    named = {str(file): file for file in files}
    # A scan names files by their real folders, and a result is on record as the folder for it was named.
    for folder in map(Path, deliveries.folders(session) | set(map(os.path.dirname, promised))):
        real = folder.resolve()
        if real != folder:
            below = (file for file in files if file.is_relative_to(real))
            named |= {str(folder / file.relative_to(real)): file for file in below}
    ours = stacks.results_among(session, named) | (named.keys() & set(promised))
    return {named[path] for path in ours}
