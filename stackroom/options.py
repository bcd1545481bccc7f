"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Recipes = Annotated[list[str] | None, typer.Option("--recipe", help="What to export; may be repeated.")]
Method = Annotated[str, typer.Option("--method", help="auto, pyramid, depth or weighted.")]
Dust = Annotated[bool, typer.Option("--dust/--no-dust", help="Find dust on the sensor and take it out.")]
Front = Annotated[
    str, typer.Option("--front-priority", help="What is near hides what lies behind: off, auto, first or last.")
]
Overlap = Annotated[
    int, typer.Option("--overlap", metavar="M", min=0, help="Frames that a slab shares with the one before.")
]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="Stacks built at the same time.")]
Engine = Annotated[str | None, typer.Option("--engine", help="Where stacks are built: local, or dask://HOST:PORT.")]
