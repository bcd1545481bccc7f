"""What a preview shows, as a few stored numbers: where there is light, and where there is detail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

COLUMNS, ROWS = 24, 16
"""Tiles across and down; fine enough to see a panorama turn, coarse enough for defocus not to matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewEvidence:
    """Tile maps of one preview in sensor orientation, row by row, `COLUMNS` × `ROWS` numbers each."""

    light: tuple[int, ...]
    """Mean brightness of each tile, encoded, 0..255."""
    detail: tuple[int, ...]
    """Fine detail of each tile: 20 · log2(1 + mean squared Laplacian), at least 0."""

    def to_json(self) -> dict[str, Any]:
        """Give a value that JSON can hold."""
        return {"light": list(self.light), "detail": list(self.detail)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> PreviewEvidence | None:
        """Read what `to_json` gave; None where it was measured in another way."""
        light, detail = tuple(value.get("light", ())), tuple(value.get("detail", ()))
        whole = len(light) == len(detail) == COLUMNS * ROWS
        return cls(light=light, detail=detail) if whole else None
