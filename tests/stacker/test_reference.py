import numpy as np
import pytest

from stacker.errors import AlignmentError
from stacker.reference import lay
from stacker.settings import StackSettings
from stacker.stack import stack
from tests.stacker.scenes import Array, Arrays, encoded, slope, texture

MISFIRED = [[1.0] * 3, [1.0] * 3, [0.3] * 3, [1.0] * 3, [1.0] * 3]


@pytest.fixture(scope="module")
def misfired() -> list[Array]:
    return slope(count=5, gains=MISFIRED).frames


def test_a_good_reference_stays() -> None:
    alignment, _ = lay(Arrays(slope(count=5).frames), StackSettings(threads=2))
    assert alignment.reference == 2
    assert alignment.notes == ()


def test_a_misfired_middle_gives_way_to_its_neighbour(misfired: list[Array]) -> None:
    fused = stack(Arrays(misfired), StackSettings(threads=2))
    assert fused.report.reference == 3
    assert not fused.report.frames[2].used
    words = " ".join(fused.report.lines())
    assert "frame 2 is 1.7 EV darker than the others (did the flash fire?): frame 3 is the reference" in words
    assert not [finding for finding in fused.report.findings if finding.kind == "exposure"]
    assert np.median(fused.pixels) / 65535 == pytest.approx(np.median(misfired[1]) / 255, abs=0.05)


def test_a_named_reference_stays_and_the_report_is_red(misfired: list[Array]) -> None:
    fused = stack(Arrays(misfired), StackSettings(threads=2, reference=2))
    assert fused.report.reference == 2
    assert fused.report.verdict == "red"


@pytest.mark.parametrize("odd", ["blank", "stranger"])
def test_a_middle_that_shows_something_else_gives_way(odd: str) -> None:
    frames = slope(count=5).frames
    frames[2] = np.zeros_like(frames[2]) if odd == "blank" else encoded(texture((600, 400), seed=77), np.uint8)
    alignment, _ = lay(Arrays(frames), StackSettings(threads=2))
    assert alignment.reference == 3
    assert "frame 2 shows nothing that the others show" in alignment.notes[-1]
    assert set(alignment.left_out) == {2}


def test_strangers_throughout_are_still_refused() -> None:
    frames = [encoded(texture((300, 200), seed=seed), np.uint8) for seed in range(5)]
    with pytest.raises(AlignmentError, match="frame 2: 4 of 5 frames do not match it"):
        lay(Arrays(frames), StackSettings(threads=2))
