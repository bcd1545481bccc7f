"""The thresholds of grouping, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What counts as one sequence; the defaults suit hand-held brackets, rails and tethered work alike."""

    longest_gap_s: float = 30.0
    """No two frames further apart are one sequence, long exposures aside: a pause of a minute is a decision."""
    suggest_within_s: float = 120.0
    """Runs that go on from each other within this time are suggested for merging."""
    gap_factor: float = 4.0
    """A pause of so many cadences ends a sequence; flash recycling and card buffers stay below it."""
    gap_slack_s: float = 1.5
    """At ten frames a second four cadences are nothing; a hesitation shorter than this is no pause."""
    dark_frame_from_s: float = 1.0
    """From this exposure on a camera may take as long again for its dark frame."""
    focal_change: float = 0.08
    """Breathing changes the focal length by some 3 %; more is a zoom."""
    aperture_change_ev: float = 1 / 6
    """Less is a lens reporting its effective aperture as it focuses closer."""
    reversal_steps: float = 1.5
    """Going back by less than this many steps is jitter or rounding."""
    reversal_span: float = 0.35
    """Going back by less than this share of the way gone so far is jitter."""
    jump_steps: float = 3.0
    """A step forward of more than so many usual steps counts against one sequence."""
    least_range: float = 0.02
    """Focus that moves over less than this share of its distance counts as constant."""
    least_one_way: float = 0.8
    """The share of moves that must go one way for a focus sequence."""
    least_frames: int = 3
    """Two frames without a bracket marker may be anything."""
    exposure_spread_ev: float = 0.6
    """Brackets use a third of a stop at least, over three frames."""
    burst_s: float = 0.5
    """No finger repeats faster: frames nearer than this come from continuous drive."""
    idle_floor_s: float = 10.0
    """A sequence is not complete sooner after its last frame, whatever its cadence."""
    idle_factor: float = 6.0
    """A sequence is complete when nothing came for so many cadences."""
    same_scene: float = 0.75
    """Tile brightness of two frames correlates by more where they show one scene; defocus takes little away."""
    panorama_shift: float = 0.12
    """Neighbours that lie further apart, as a share of the width, were not meant to lie on each other."""
    detail_moves: float = 0.35
    """Sharpness that wanders over the tiles by more (in log2 of its energy) is no noise."""
