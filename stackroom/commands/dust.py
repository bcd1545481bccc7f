"""`dust`: what is known of the dust on each camera's sensor, and what a person says of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select

from catalog import dust
from catalog.models import Capture, File
from stackroom import terminal
from stackroom.errors import NothingToDo
from stackroom.library import Library
from stackroom.options import AsJson

app = typer.Typer(no_args_is_help=True, help="Show the dust found on each camera's sensor, and correct it.")
Body = Annotated[
    str, typer.Argument(metavar="BODY", help="A camera body, or a part of its name; `dust list` shows them.")
]
Day = Annotated[str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="Only pictures of this day.")]
At = Annotated[str, typer.Option("--at", metavar="X,Y", help="Where, in pixels of the sensor.")]
Radius = Annotated[float, typer.Option("--radius", min=1, max=500, help="How large, in pixels.")]


@app.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List camera bodies with the stacks and days that their dust is known from."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        views = dust.overview(session)
    if as_json:
        terminal.print_json([asdict(view) for view in views])
        return
    for view in views:
        when = f"{view.days[0]} to {view.days[-1]}" if view.days else "no stacks yet"
        seen = ((view.captures, "capture"), (view.stacks, "stack"), (view.specks, "speck"))
        counts = ", ".join(terminal.counted(*each) for each in seen)
        terminal.out.print(f"{view.body}: {counts}, {when}", markup=False)
    if not views:
        terminal.out.print("no camera bodies in the catalog", markup=False)


@app.command()
def show(
    context: typer.Context,
    body: Body,
    date: Day = None,
    overlay: Annotated[
        Path | None, typer.Option("--overlay", metavar="FILE.png", help="Draw the specks over the newest picture.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the specks on a camera's sensor, those seen in most stacks first."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        name = dust.body_named(session, body)
        specks = dust.dust_map(session, name, date)
        newest = select(File.stored_path).join(Capture).where(Capture.body == name).order_by(Capture.taken_at.desc())
        picture = session.scalar(newest.limit(1)) if overlay else None
    if overlay and picture:
        _draw(overlay.expanduser().absolute(), Path(picture), specks)
    if as_json:
        terminal.print_json({"body": name, "specks": [asdict(speck) for speck in specks]})
        return
    for number, speck in enumerate(specks, 1):
        origin = (
            f"in {terminal.counted(speck.stacks, 'stack')}"
            if speck.mark is None
            else f"added by hand, mark {speck.mark}"
        )
        depth = ", hot or stuck pixel" if speck.is_point else f", takes {speck.depth:.0%}" if speck.depth else ""
        days = f", {speck.first} to {speck.last}" if speck.first else ""
        place = f"{number}: {speck.x:.0f},{speck.y:.0f} radius {speck.radius:.1f}"
        terminal.out.print(f"{place}{depth}, {origin}{days}", markup=False)
    if not specks:
        terminal.out.print(f"{name}: no dust known", markup=False)


def _draw(target: Path, picture: Path, specks: list[dust.MappedSpeck]) -> None:
    if target.suffix.lower() != ".png":
        raise NothingToDo(f"{target}: name this picture .png")
    from stackroom import dust_picture  # noqa: PLC0415 - loads the pixels' libraries

    dust_picture.write(target, picture, specks)


@app.command()
def add(context: typer.Context, body: Body, at: At, radius: Radius = 20.0, date: Day = None) -> None:
    """Say that there is a speck at a place; it is healed in every stack of this camera."""
    _say(context.obj, body, at, radius, date, dust.DUST)


@app.command()
def remove(context: typer.Context, body: Body, at: At, radius: Radius = 20.0, date: Day = None) -> None:
    """Say that there is no dust at a place; what is found there is left alone from then on."""
    _say(context.obj, body, at, radius, date, dust.NONE)


def _say(library: Library, body: str, at: str, radius: float, date: str | None, verdict: str) -> None:
    try:
        x, y = (float(part) for part in at.split(","))
    except ValueError as error:
        raise typer.BadParameter(f"--at {at}: give two numbers, as 1204,877") from error
    with library.catalog(create=False) as catalog, catalog.writer() as session:
        name = dust.body_named(session, body)
        number = dust.mark(session, name, (x, y), radius, verdict, date)
    terminal.out.print(f"{name}: mark {number}; `stackroom stack` brings its stacks up to date", markup=False)
