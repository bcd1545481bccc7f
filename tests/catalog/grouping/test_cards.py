"""Whole camera cards: every sequence found, as it is in the truth, and nothing swept in."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import cv2
import pytest

from catalog.grouping.group import group
from catalog.grouping.shots import Shot
from catalog.metadata.reader import read_metadata
from tests.catalog.grouping.seen import evidence

SHARED = Path(os.environ.get("STACKROOM_SHARED", Path(__file__).parents[4] / "shared")) / "data" / "cards"
SAMPLE = Path(__file__).parents[3] / "samples"
CARDS = [SAMPLE, *sorted(path.parent for path in SHARED.glob("*/truth.json"))]
_TAKEN = {"sequence", "single", "burst", "bracket", "rawpair"}


def _shots(card: Path, truth: dict[str, Any], with_pictures: bool) -> list[Shot]:
    """Read a card's captures, RAW and JPEG of one name once."""
    names = sorted(
        {file.rsplit(".", 1)[0]: file for file, said in truth["files"].items() if said["kind"] in _TAKEN}.values()
    )
    made = []
    for i, name in enumerate(names, 1):
        path = card / "card" / name
        number = re.search(r"(\d+)\D*$", path.stem)
        picture = None
        if with_pictures and path.suffix.upper() == ".JPG":
            picture = cv2.imread(str(path), cv2.IMREAD_REDUCED_COLOR_2 | cv2.IMREAD_IGNORE_ORIENTATION)
        made.append(
            Shot(
                id=i,
                metadata=read_metadata(path),
                counter=int(number[1]) if number else None,
                folder=str(Path(name).parent),
                name=name.rsplit(".", 1)[0],
                evidence=evidence(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)) if picture is not None else None,  # type: ignore[arg-type]
            )
        )
    return made


@pytest.mark.parametrize("with_pictures", [False, True], ids=["headers", "pictures"])
@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_a_card(card: Path, with_pictures: bool) -> None:
    truth = json.loads((card / "truth.json").read_text())
    shots = _shots(card, truth, with_pictures)
    name = {shot.id: shot.name for shot in shots}
    got = {frozenset(name[i] for i in found.members): found.kind for found in group(shots)}
    for sequence, said in truth["sequences"].items():
        frames = frozenset(file.rsplit(".", 1)[0] for file in said["files"])
        silent = not any(said.get("focus_m") or [])
        assert got.pop(frames, None) in ({"focus"} if with_pictures or not silent else {"review"}), sequence
    assert "focus" not in got.values()


@pytest.mark.skipif(len(CARDS) == 1, reason=f"no camera cards at {SHARED}: set STACKROOM_SHARED")
def test_the_shared_cards_are_here() -> None:
    assert len(CARDS) == 3
