from __future__ import annotations

import random

import pytest

from tests.catalog.metadata.test_reader import SEEDS
from tests.fuzz import metadata


def test_the_same_seed_damages_the_same_way() -> None:
    seeds = list(SEEDS.values())
    first, second = (
        [metadata.damaged(seeds, chance) for _ in range(50)] for chance in (random.Random(7), random.Random(7))
    )
    assert first == second
    assert len(set(first)) > 40


def test_a_short_search_finds_nothing() -> None:
    seeds, chance = list(SEEDS.values()), random.Random(1)
    count, fault, _ = metadata.search(metadata.damaged(seeds, chance) for _ in range(800))
    assert (count, fault) == (800, None)


def test_a_reader_that_raises_is_found_and_the_file_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(data: object) -> None:
        raise IndexError("out of range")

    monkeypatch.setattr(metadata, "metadata_from", breaks)
    assert metadata.search([b"one", b"two"]) == (1, "IndexError: out of range", b"one")
