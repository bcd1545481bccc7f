"""Bulk export in this process, and what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from develop.recipe import RECIPES, ExportRecipe
from stackroom import export_work, exporting
from stackroom.export_orders import ExportRequest, Item
from stackroom.export_pool import Order, Outcome
from stackroom.library import Library

WEB, JPEG = RECIPES["web"], RECIPES["jpeg"]


@dataclass
class HerePool:
    """Works orders through in this process, as the workers do in theirs."""

    workers: int
    begin: Any

    def run(self, orders: Iterable[Order]) -> Generator[Outcome]:
        """Yield what came of each order."""
        for number, order in orders:
            self.begin(number)
            yield number, export_work.deliver(order.to_json())


def quiet(done: int, total: int) -> None:
    return None


def export(library: Library, folder: Path, *recipes: ExportRecipe, **words: Any) -> list[Item]:
    return exporting.export(library, ExportRequest(folder=folder, recipes=recipes, **words), quiet)


def states(items: list[Item]) -> list[str]:
    return [item.state for item in items]


def files(folder: Path) -> dict[str, str]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}
