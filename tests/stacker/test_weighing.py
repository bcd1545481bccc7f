"""The shares of all frames add up to one, wherever they were found, and nothing is kept where they are nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stacker.canvas import Canvas
from stacker.energies import Packed, packed
from stacker.focus import Contest
from stacker.fusers.auto import Auto
from stacker.fusers.law import Candidate, PlaceLaw
from stacker.ground import Ground
from stacker.mixing import tile_margin
from stacker.pyramid import Spread
from stacker.transforms import Rectangle
from stacker.warp import Plane
from stacker.weighing import Shares, Weighing

Weights = NDArray[np.float32]


class Told:
    """A law that was told the weight of every frame."""

    levels, by_energy = 2, False

    def __init__(self, contest: Contest, spread: Spread = map, ground: Ground | None = None) -> None:
        self.weights = np.empty((0, 0, 0), np.float32)

    def anywhere(self, place: int, energy: Packed | None) -> None:
        return None

    def weight(self, candidate: Candidate) -> Plane | None:
        return np.array(self.weights[candidate.place][candidate.tile.place], np.float32)


def told(weights: Weights) -> Told:
    law = Told(Contest(winner=np.zeros((1, 1), np.uint16), best=np.zeros((1, 1)), floor=np.ones((1, 1))))
    law.weights = weights
    return law


def weighed(
    law: PlaceLaw, winner: NDArray[np.uint16], energies: list[Packed] | None, count: int
) -> tuple[Shares, Plane]:
    height, width = winner.shape
    canvas = Canvas(Rectangle(0, 0, 2 * width, 2 * height), (2 * width, 2 * height))
    with ThreadPoolExecutor(2) as pool:
        weighing = Weighing(canvas, tile_margin(2), law, winner, pool)
        for place in range(count):
            energy = energies[place] if energies else None
            weighing.weigh(place, energy, weighing.candidates(place, energy))
        return weighing.settle(0)


def summed(shares: Shares, count: int) -> Weights:
    """Return the sum of all shares at each place, as the tiles' own places have it."""
    total = np.zeros(shares.half[::-1], np.float32)
    for place in range(count):
        for number in shares.tiles(place):
            part, share = shares.at(place, number)
            here = part.at(1, shares.half)
            total[here.place] += share[here.inner]
    return total


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), holes=st.booleans())
def test_shares_add_up_to_one_everywhere(seed: int, holes: bool) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.random((4, 230, 410), np.float32)
    weights[1:, 40:90] = 0
    if holes:
        weights[:, 100:130, 150:260] = 0
    shares, _ = weighed(told(weights), np.zeros((230, 410), np.uint16), None, 4)
    np.testing.assert_allclose(summed(shares, 4), 1, rtol=1e-6)


def test_what_no_frame_claims_is_the_references_and_as_deep() -> None:
    weights = np.zeros((3, 64, 64), np.float32)
    weights[2, :20] = 1
    shares, depth = weighed(told(weights), np.zeros((64, 64), np.uint16), None, 3)
    assert shares.tiles(1) == []
    assert (depth[:20] == 2).all()
    assert (depth[20:] == 0).all()


def test_a_frame_is_kept_only_where_it_counts() -> None:
    weights = np.zeros((2, 600, 600), np.float32)
    weights[0] = 1
    weights[1, 300:310, 400:420] = 1
    shares, _ = weighed(told(weights), np.zeros((600, 600), np.uint16), None, 2)
    [number] = shares.tiles(1)
    part, share = shares.at(1, number)
    assert share.size < 70 * 70
    half = part.at(1, shares.half)
    assert share[half.inner].max() == np.float32(0.5)


def test_a_glance_overlooks_no_frame_that_wins() -> None:
    """A speck of detail between the places that are glanced at still comes from the frame that has it."""
    shape = (240, 240)
    energies = [np.full(shape, 1e-4, np.float32), np.full(shape, 1e-6, np.float32)]
    energies[1][122:123, 121:123] = 1e-2
    winner = (energies[1] > energies[0]).astype(np.uint16)
    contest = Contest(
        winner=winner, best=np.maximum(*energies) - np.float32(1e-7), floor=np.full(shape, 1e-7, np.float32)
    )
    shares, _ = weighed(Auto(contest), winner, [packed(each) for each in energies], 2)
    assert len(shares.tiles(1)) == 1
