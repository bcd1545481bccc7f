"""The cases that make other programs' users complain: a few frames each, and the right answer."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from msgspec.structs import replace

from catalog.grouping.shots import Shot
from catalog.metadata.record import Metadata
from tests.catalog.grouping.made import NEAR_TO_FAR, card, change, frames, marked, sizes, steps

Expected = list[tuple[str, int]]
STILL = (0.5,)
UNKNOWN = (None,)
BACK = tuple(reversed(NEAR_TO_FAR))


def _ev(shots: list[Shot], *stops: float) -> list[Shot]:
    n = len(shots)
    return change(shots, exposure_s=[0.01 * 2 ** stops[i % len(stops)] for i in range(n)], iso=[100] * n)


CASES: dict[str, tuple[list[Shot], Expected]] = {
    "two stacks three seconds apart": (
        card(frames(0, 0.2, NEAR_TO_FAR), frames(4.4, 0.2, NEAR_TO_FAR, 8)), [("focus", 7), ("focus", 7)]),
    "back to back, focus resets": (
        card(frames(0, 1, NEAR_TO_FAR), frames(7, 1, NEAR_TO_FAR, 8)), [("focus", 7), ("focus", 7)]),
    "boustrophedon with the turn held": (
        card(frames(0, 1, NEAR_TO_FAR), frames(7, 1, BACK, 8)), [("focus", 7), ("focus", 7)]),
    "boustrophedon, the turn shared": (
        card(frames(0, 1, NEAR_TO_FAR), frames(7, 1, BACK[1:], 8)), [("focus", 7), ("focus", 6)]),
    "manual rail every eight seconds": (card(frames(0, 8, NEAR_TO_FAR)), [("focus", 7)]),
    "a pause of a minute": (
        card(frames(0, 1, NEAR_TO_FAR[:4]), frames(63, 1, NEAR_TO_FAR[3:], 5)), [("focus", 4), ("focus", 4)]),
    "ten-second exposures a second apart": (card(frames(0, 11, NEAR_TO_FAR, exposure_s=10.0)), [("focus", 7)]),
    "flash recycling": (card(frames(0, 3, NEAR_TO_FAR)), [("focus", 7)]),
    "burst at twenty a second": (card(frames(0, 0.05, STILL * 20)), [("burst", 20)]),
    "five exposures": (card(_ev(frames(0, 0.2, STILL * 5), 0, -1, 1, -2, 2)), [("exposure", 5)]),
    "an exposure bracket at every focus step": (
        card(_ev(frames(0, 0.3, [m for m in NEAR_TO_FAR for _ in range(3)]), 0, -2, 2)),
        [("focus", 7), ("focus", 7), ("focus", 7)]),
    "panorama at one focus": (card(frames(0, 3, STILL * 6)), [("review", 6)]),
    "panorama of stacks": (
        card(*(frames(12 * i, 0.5, NEAR_TO_FAR, 1 + 7 * i) for i in range(4))), [("focus", 7)] * 4),
    "hand-held series at one focus": (card(frames(0, 1.2, STILL * 5)), [("review", 5)]),
    "whole seconds at five a second": (
        card(frames(0, 0.2, steps(15), time_resolution_s=1.0)), [("focus", 15)]),
    "whole seconds, stacks five seconds apart": (
        card(frames(0, 0.2, NEAR_TO_FAR, time_resolution_s=1.0),
             frames(6.2, 0.2, NEAR_TO_FAR, 8, time_resolution_s=1.0)),
        [("focus", 7), ("focus", 7)]),
    "two bodies at once": (
        card(frames(0, 1, NEAR_TO_FAR), frames(0.4, 1, BACK, 200, body_serial="2")), [("focus", 7), ("focus", 7)]),
    "two bodies of one model without serials": (
        card(frames(0, 1, NEAR_TO_FAR, body_serial=None), frames(0.4, 1, BACK, 4000, body_serial=None)),
        [("focus", 7), ("focus", 7)]),
    "two bodies without serials, one card, the same names": (
        card(frames(0, 1, NEAR_TO_FAR, body_serial=None),
             frames(2.4, 0.7, BACK, body_serial=None, folder="DCIM/101CANON")), [("focus", 7), ("focus", 7)]),
    "a clock that lost its battery twice": (
        card(frames(0, 1, NEAR_TO_FAR), frames(0.4, 1.1, BACK, 300)), [("focus", 7), ("focus", 7)]),
    "the counter begins anew in the next folder": (
        card(frames(0, 1, NEAR_TO_FAR[:3], 9997), frames(3, 1, NEAR_TO_FAR[3:], 1, folder="DCIM/101CANON")),
        [("focus", 7)]),
    "lens changed": (
        card(frames(0, 1, NEAR_TO_FAR[:4]), frames(4, 1, NEAR_TO_FAR[3:], 5, lens="65 mm")), [("focus", 4)] * 2),
    "zoomed": (
        card(frames(0, 1, NEAR_TO_FAR[:4], focal_mm=50), frames(4, 1, NEAR_TO_FAR[3:], 5, focal_mm=70)),
        [("focus", 4)] * 2),
    "breathing by three percent": (
        card(change(frames(0, 1, NEAR_TO_FAR), focal_mm=[100 - 0.5 * i for i in range(7)])), [("focus", 7)]),
    "test shot six seconds before": (
        card(frames(0, 1, (0.33,)), frames(6, 0.2, NEAR_TO_FAR, 2)), [("single", 1), ("focus", 7)]),
    "test shot six seconds before a slow stack": (
        card(frames(0, 1, (0.33,)), frames(6, 2, NEAR_TO_FAR, 2)), [("single", 1), ("focus", 7)]),
    "ends at infinity": (card(frames(0, 0.5, (1, 1.3, 2, 4, 9, float("inf")))), [("focus", 6)]),
    "distances rounded to a centimetre": (
        card(frames(0, 0.2, (0.25, 0.25, 0.26, 0.26, 0.27, 0.28, 0.28, 0.29, 0.29, 0.3))), [("focus", 10)]),
    "one backward jitter": (
        card(frames(0, 1, (0.300, 0.306, 0.312, 0.311, 0.318, 0.325, 0.332))), [("focus", 7)]),
    "no focus data": (card(frames(0, 1, UNKNOWN * 6)), [("review", 6)]),
    "automatic sensitivity drifts": (
        card(change(frames(0, 1, NEAR_TO_FAR), iso=[100, 125, 125, 160, 200, 200, 250], exposure_s=[0.01] * 7)),
        [("focus", 7)]),
    "one frame missing": (
        card(frames(0, 1, NEAR_TO_FAR[:3]), frames(4, 1, NEAR_TO_FAR[4:], 5)), [("focus", 6)]),
    "clock set on by an hour amid a stack": (
        card(frames(0, 1, NEAR_TO_FAR[:4]), frames(3604, 1, NEAR_TO_FAR[4:], 5)), [("focus", 7)]),
    "clock set back by an hour amid a stack": (
        card(frames(3600, 1, NEAR_TO_FAR[:4]), frames(4, 1, NEAR_TO_FAR[4:], 5)), [("focus", 7)]),
    "clock lost its battery amid a stack": (
        card(frames(0, 1, NEAR_TO_FAR[:4]), frames(-8e8, 1, NEAR_TO_FAR[4:], 5)), [("focus", 7)]),
    "clock lost its battery before the last frame": (
        card(frames(0, 1, NEAR_TO_FAR[:6]), frames(-8e8, 1, NEAR_TO_FAR[6:], 7)), [("focus", 7)]),
    "clock lost its battery before the last two frames, which are rounded alike": (
        card(frames(0, 4.6, (2.22, 1.42, 1.0, 0.77)), frames(-8e8, 4.9, (0.59, 0.59), 5)), [("focus", 6)]),
    "clock lost its battery before a picture of something else": (
        card(frames(0, 1, NEAR_TO_FAR), frames(-8e8, 1, (0.9,), 8)), [("single", 1), ("focus", 7)]),
    "clock lost its battery just as the numbers began anew": (
        card(frames(0, 1, NEAR_TO_FAR[:4], 9996), frames(-8e8, 1, NEAR_TO_FAR[4:], 1, folder="DCIM/101CANON")),
        [("focus", 7)]),
    "clock lost its battery amid a stack, a minute after another": (
        card(frames(0, 0.5, NEAR_TO_FAR), frames(70, 0.5, NEAR_TO_FAR[:2], 8),
             frames(-8e8, 0.5, NEAR_TO_FAR[2:], 10)), [("focus", 7), ("focus", 7)]),
    "no date": (card(change(frames(0, 1, NEAR_TO_FAR), taken_at=[None] * 7)), [("review", 7)]),
    "the same names from two cards": (
        card(frames(0, 1, NEAR_TO_FAR, body_serial=None, folder="a/DCIM/100CANON"),
             frames(0.3, 1, NEAR_TO_FAR, body_serial=None, folder="b/DCIM/100CANON")), [("focus", 7), ("focus", 7)]),
    "the camera's own composite after its sources": (
        card(frames(0, 1, NEAR_TO_FAR), frames(7, 1, UNKNOWN, 8, composite=True)), [("focus", 7), ("single", 1)]),
    "a phone that joins exposures for every picture": (
        card(frames(0, 1, NEAR_TO_FAR, make="Apple", composite=True)), [("focus", 7)]),
    "bracket menu on a single": (card(frames(0, 1, STILL, bracket_count=10)), [("single", 1)]),
    "time lapse every five seconds": (card(frames(0, 5, (3.0,) * 300)), [("review", 300)]),
    "interval of stacks": (
        card(*(frames(60 * i, 0.5, NEAR_TO_FAR, 1 + 7 * i) for i in range(5))), [("focus", 7)] * 5),
    "adapted lens without a name": (card(frames(0, 1, NEAR_TO_FAR, lens=None)), [("focus", 7)]),
    "two frames, near and far": (card(frames(0, 2, (1.0, 10.0))), [("single", 1), ("single", 1)]),
    "two frames, near and far, marked": (card(marked(frames(0, 1, (1.0, 10.0)), count=2)), [("focus", 2)]),
    # --- each rule by itself, where no other one would save the answer
    "two cards of one model without serials, numbers side by side": (
        card(frames(0, 1, NEAR_TO_FAR, body_serial=None, folder="a/DCIM/100CANON"),
             frames(0.5, 1, NEAR_TO_FAR, 30, body_serial=None, folder="b/DCIM/100CANON")),
        [("focus", 7), ("focus", 7)]),
    "the counter begins anew in the next folder, without a serial": (
        card(frames(0, 1, NEAR_TO_FAR[:3], 9997, body_serial=None),
             frames(3, 1, NEAR_TO_FAR[3:], 1, body_serial=None, folder="DCIM/101CANON")), [("focus", 7)]),
    "a pause of a minute at twenty seconds a frame": (
        card(frames(0, 20, NEAR_TO_FAR[:4]), frames(120, 20, NEAR_TO_FAR[4:], 5)), [("focus", 4), ("focus", 3)]),
    "whole seconds, and a hesitation that they make longer": (
        card(frames(0, 0.5, NEAR_TO_FAR[:4], time_resolution_s=1.0),
             frames(3.3, 0.5, NEAR_TO_FAR[4:], 5, time_resolution_s=1.0)), [("focus", 7)]),
    "focus goes on after a pause of six": (
        card(frames(0, 1, NEAR_TO_FAR), frames(12, 1, (0.346, 0.353, 0.361, 0.369), 8)), [("focus", 7), ("focus", 4)]),
    "test shot five steps nearer, three seconds before": (
        card(frames(0, 1, (0.273,)), frames(3.2, 1, NEAR_TO_FAR, 2)), [("single", 1), ("focus", 7)]),
    "focus set by hand between two rails": (card(frames(0, 1.2, (0.5,) * 4 + (0.8,) * 4)), [("review", 4)] * 2),
    "whole seconds, listed backwards, every third frame kept": (
        card(reversed([replace(shot, counter=3 * i) for i, shot in
                       enumerate(frames(0, 0.2, steps(15), time_resolution_s=1.0), 1)])), [("focus", 15)]),
    "one frame does not name the lens": (
        card(change(frames(0, 1, NEAR_TO_FAR), lens=["100 mm"] * 3 + [None] + ["100 mm"] * 3)), [("focus", 7)]),
    "two stacks one way, far apart in focus and a little in time": (
        card(frames(0, 1, NEAR_TO_FAR), frames(9, 1, (0.5, 0.51, 0.52, 0.53, 0.54), 8)), [("focus", 7), ("focus", 5)]),
    # --- what else a day brings
    "handheld jitter at the rounding limit": (
        card(frames(0, 0.1, (0.30, 0.31, 0.30, 0.31, 0.31, 0.30, 0.31))), [("review", 7)]),
    "distance constant while the lens moves": (
        card(change(frames(0, 0.3, STILL * 6), focus_position=[10, 14, 18, 22, 26, 30], focus_scheme=["s+"] * 6)),
        [("focus", 6)]),
    "half-minute exposures with dark frames": (
        card(frames(0, 61, NEAR_TO_FAR, exposure_s=30.0)), [("focus", 7)]),
    "bracket broken off and begun again": (
        card(frames(0, 1, NEAR_TO_FAR[:3]), frames(3, 1, NEAR_TO_FAR, 4)), [("focus", 3), ("focus", 7)]),
    "marked bracket broken off and begun again": (
        card(marked(frames(0, 0.2, NEAR_TO_FAR[:3])), marked(frames(0.8, 0.2, NEAR_TO_FAR, 4))),
        [("focus", 3), ("focus", 7)]),
    "clocks of two bodies an hour apart": (
        card(frames(0, 1, NEAR_TO_FAR), frames(3600, 1, BACK, 8, body_serial="2")), [("focus", 7), ("focus", 7)]),
    "tethered, twenty seconds a frame": (card(frames(0, 20, NEAR_TO_FAR)), [("focus", 7)]),
    "two stacks one way, overlapping": (
        card(frames(0, 0.5, NEAR_TO_FAR), frames(5.5, 0.5, (0.325, 0.332, 0.339, 0.346, 0.353), 8)),
        [("focus", 7), ("focus", 5)]),
    "landscape from a metre to infinity": (
        card(frames(0, 2, (1.0, 1.5, 2.5, 5.0, float("inf"), float("inf")))), [("focus", 6)]),
    "all at infinity": (card(frames(0, 0.1, (float("inf"),) * 5)), [("burst", 5)]),
    "turns just before the near limit": (
        card(frames(0, 1, BACK), frames(7, 1, (0.303, 0.309, 0.315, 0.321, 0.328), 8)), [("focus", 7), ("focus", 5)]),
    "one name, another day": (
        card(frames(0, 1, NEAR_TO_FAR), frames(86400, 1, NEAR_TO_FAR)), [("focus", 7), ("focus", 7)]),
    "time lapse of stacks every minute and a half": (
        card(*(frames(90 * i, 2, NEAR_TO_FAR, 1 + 7 * i) for i in range(6))), [("focus", 7)] * 6),
    "marked, but the lens stands still": (card(marked(frames(0, 0.2, STILL * 7), count=7)), [("focus", 7)]),
    "marked, with a hesitation of twenty seconds": (
        card(marked(frames(0, 1, NEAR_TO_FAR[:4])), marked(frames(24, 1, NEAR_TO_FAR[4:], 5), first=5)),
        [("focus", 7)]),
    "marked, one frame lost on the way": (
        card(marked(frames(0, 1, NEAR_TO_FAR[:3])), marked(frames(4, 1, NEAR_TO_FAR[4:], 5), first=5)), [("focus", 6)]),
    "singles, one now and then": (
        card(*(frames(20 * i, 1, (metres,), 1 + i) for i, metres in enumerate((3.0, 0.8, 2.0, 6.0, 1.1)))),
        [("single", 1)] * 5),
    "three looks at one thing": (card(frames(0, 4, (2.0, 2.1, 9.0))), [("single", 1)] * 3),
    "turned on its side between pictures": (
        card(frames(0, 0.2, STILL * 4), frames(0.8, 0.2, STILL * 4, 5, orientation=6)), [("burst", 4), ("burst", 4)]),
    "held straight down, it cannot tell which way it is": (
        card(change(frames(0, 1, NEAR_TO_FAR), orientation=[1, 1, 1, 6, 6, 1, 1])), [("focus", 7)]),
    "aperture opened between two stacks that go on": (
        card(frames(0, 1, NEAR_TO_FAR[:4], f_number=8.0), frames(4, 1, NEAR_TO_FAR[4:], 5, f_number=4.0)),
        [("focus", 4), ("focus", 3)]),
    "the lens tells its effective aperture": (
        card(change(frames(0, 1, NEAR_TO_FAR), f_number=[5.6, 5.6, 5.7, 5.7, 5.8, 5.8, 5.9])), [("focus", 7)]),
    "cropped sensor mode switched on": (
        card(frames(0, 0.1, STILL * 3, width=6000, height=4000),
             frames(0.3, 0.1, STILL * 3, 4, width=4000, height=2664)),
        [("burst", 3), ("burst", 3)]),
    "nine-second rail, nine and a half between stacks": (
        card(frames(0, 9, NEAR_TO_FAR), frames(63.5, 9, NEAR_TO_FAR, 8)), [("focus", 7), ("focus", 7)]),
    "nine-second rail four seconds after quick pictures": (
        card(frames(0, 1.5, (2.0, 2.6, 1.4, 2.2)), frames(8.5, 9, NEAR_TO_FAR, 5)),
        [*[("single", 1)] * 4, ("focus", 7)]),
    "nine-second rail four seconds before a stack": (
        card(frames(0, 9, NEAR_TO_FAR), frames(58, 2, (0.339, 0.36, 0.38, 0.40, 0.43), 8)),
        [("focus", 7), ("focus", 5)]),
    "a picture of another size amid a stack": (
        card(frames(0, 1, NEAR_TO_FAR[:3], width=6000, height=4000), frames(3, 1, STILL, 4, width=300, height=200),
             frames(4, 1, NEAR_TO_FAR[3:], 5, width=6000, height=4000)), [("focus", 7), ("single", 1)]),
    "a test shot half a minute before a rail that quick pictures follow": (
        card(frames(0, 1, (0.33,)), frames(28, 4, NEAR_TO_FAR, 2), frames(57, 0.1, STILL * 5, 9)),
        [("single", 1), ("focus", 7), ("burst", 5)]),
    "long stack of three hundred": (card(frames(0, 0.1, steps(300, 0.25, 0.5))), [("focus", 300)]),
    "buffer stalls for a second amid a fast stack": (
        card(frames(0, 0.1, steps(20)[:12]), frames(2.2, 0.1, steps(20)[12:], 13)), [("focus", 20)]),
    "focus bracket, then exposure bracket, both marked": (
        card(marked(frames(0, 0.2, NEAR_TO_FAR)), marked(frames(1.4, 0.2, STILL * 3, 8), "exposure")),
        [("focus", 7), ("exposure", 3)]),
    "autofocus burst that hunts": (
        card(frames(0, 0.1, (4.0, 4.4, 3.9, 4.6, 4.1, 4.5, 3.8))), [("review", 7)]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_hard_case(name: str) -> None:
    shots, expected = CASES[name]
    assert sizes(shots) == expected


def test_a_clock_without_a_date_does_not_join_the_dated() -> None:
    shots = card(frames(0, 1, NEAR_TO_FAR), [Shot(id=0, metadata=Metadata(), counter=8, name="IMG_0008")])
    assert sizes(shots) == [("focus", 7), ("single", 1)]


def test_frames_of_one_second_go_by_file_number_across_the_rollover() -> None:
    shots = card(frames(0, 0.1, NEAR_TO_FAR, 9996, time_resolution_s=1.0))
    assert sizes(list(reversed(shots))) == [("focus", 7)]


def test_a_clock_stepping_back_a_second_leaves_the_order_to_the_file_numbers() -> None:
    shots = card(frames(0, 0.5, NEAR_TO_FAR))
    late = [
        replace(s, metadata=dataclasses.replace(s.metadata, taken_at=s.metadata.taken_at - timedelta(seconds=1)))
        for s in shots[4:]
        if s.metadata.taken_at
    ]
    assert sizes([*shots[:4], *late]) == [("focus", 7)]
