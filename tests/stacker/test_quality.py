import json

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacker.align import align
from stacker.equalise import equalise
from stacker.explain import MARGIN, PANEL, Maps, explain, gaps_and_plain
from stacker.quality import LEVELS, Finding, FrameQuality, QualityReport, _blurred, assess
from stacker.settings import StackSettings
from stacker.sharpness import Sharpness, survey
from stacker.transforms import Rectangle, similarity
from tests.stacker.scenes import Array, Arrays, slope

finite = st.floats(-1e6, 1e6)
reports = st.builds(
    QualityReport,
    verdict=st.sampled_from(LEVELS),
    summary=st.text(),
    model=st.sampled_from(["similarity", "homography"]),
    reference=st.integers(0, 9),
    frames=st.lists(
        st.builds(
            FrameQuality,
            index=st.integers(0, 9),
            name=st.text(),
            used=st.booleans(),
            reason=st.none() | st.text(),
            residual_px=st.none() | finite,
            exposure_ev=finite,
            share=finite,
        )
    ).map(tuple),
    findings=st.lists(
        st.builds(
            Finding,
            kind=st.text(),
            level=st.sampled_from(LEVELS),
            words=st.text(),
            frames=st.lists(st.integers(0, 9)).map(tuple),
        )
    ).map(tuple),
)


@pytest.fixture(scope="module")
def still() -> list[Array]:
    return slope(count=13, blur=9).frames


def judged(frames: list[Array]) -> tuple[QualityReport, Sharpness]:
    source = Arrays(frames)
    alignment = align(source, len(frames) // 2, StackSettings(threads=2))
    equalisation = equalise(alignment)
    sharpness = survey(alignment, equalisation)
    return assess(alignment, equalisation, sharpness, [source.name(i) for i in range(len(frames))]), sharpness


def found(report: QualityReport, kind: str) -> list[tuple[int, ...]]:
    return [finding.frames for finding in report.findings if finding.kind == kind]


@given(reports)
def test_a_report_survives_json(report: QualityReport) -> None:
    assert QualityReport.from_json(json.loads(json.dumps(report.to_json())) | {"later": 1}) == report


def test_a_good_stack_is_green_and_says_so(still: list[Array]) -> None:
    report, _ = judged(still)
    assert report.verdict == "green"
    assert report.lines()[0].startswith("green: 13 of 13 frames used, aligned by similarity to within 0.0")
    assert sum(frame.share for frame in report.frames) == pytest.approx(1)


def test_the_peak_follows_the_slope(still: list[Array]) -> None:
    _, sharpness = judged(still)
    rows = np.median(sharpness.peak, axis=1)
    truth = np.linspace(12, 0, len(rows))
    inner = slice(6, -6)
    # The slope runs a little past both ends of the picture, by the margin of the canvas.
    assert np.abs(np.polyfit(truth[inner], rows[inner], 1)[0] - 400 / 480) < 0.05
    assert np.corrcoef(truth[inner], rows[inner])[0, 1] > 0.99


@pytest.mark.parametrize("last", [2, 3, 4, 5, 6])
def test_missing_frames_leave_a_gap_where_they_were(still: list[Array], last: int) -> None:
    """Though nothing but the pictures says that this step is longer than the others."""
    report, _ = judged(still[: last + 1] + still[last + 5 :])
    assert report.verdict == "amber"
    assert found(report, "focus gap") == [(last, last + 1)]


def test_a_shaken_frame_is_named(still: list[Array]) -> None:
    frames = list(still[::2])
    frames[2] = cv2.blur(frames[2], (9, 1))
    report, _ = judged(frames)
    assert found(report, "blurred") == [(2,)]


def test_two_layers_in_one_place_are_no_shaken_frame() -> None:
    """A hair is sharp before frame 2 and its background after it; elsewhere frame 2 is as good as any."""
    energy = np.full((5, 10, 10), 1.0, np.float32)
    energy[2] = 1.5
    energy[:, :6] = np.array([0.1, 10, 3, 10, 0.1], np.float32)[:, None, None]
    everywhere = np.ones((10, 10), np.float32)
    sharpness = Sharpness(
        frames=tuple(range(5)), energy=energy, textured=everywhere > 0, peak=everywhere, kept=everywhere
    )
    assert not list(_blurred(sharpness, list("abcde")))


def test_a_bump_is_named() -> None:
    frames = slope(move=lambda i: similarity(1, 0, (0 if i < 4 else 12, 0), (300, 200))).frames
    report, _ = judged(frames)
    assert found(report, "bumped") == [(4,)]


def test_frames_of_the_same_focus_are_named_without_alarm(still: list[Array]) -> None:
    report, _ = judged([*still[:5:2], still[4], *still[6::2]])
    assert found(report, "same focus") == [(2, 3)]
    assert all(finding.level == "green" for finding in report.findings if finding.kind == "same focus")


def test_something_that_moves_is_named(still: list[Array]) -> None:
    frames = [frame.copy() for frame in still]
    for i, frame in enumerate(frames):
        # A sharp leaf of its own in the middle of the picture, where frames 5 to 7 are sharp: it jumps once.
        left = 200 if i < 6 else 260
        frame[130:230, left : left + 130] = still[6][250:350, 60:190]
    report, _ = judged(frames)
    assert found(report, "motion") == [(6,)]


def test_what_is_left_out_is_named_and_a_fifth_of_it_is_red(still: list[Array]) -> None:
    frames = list(still[::2])
    frames[1] = np.zeros_like(frames[1])
    report, _ = judged(frames)
    assert report.verdict == "amber"
    assert "frame 1 is left out: shows no detail" in " ".join(report.lines())
    assert not report.frames[1].used
    frames[5] = np.zeros_like(frames[5])
    assert judged(frames)[0].verdict == "red"


def test_a_misfired_reference_is_red() -> None:
    report, _ = judged(slope(count=3, gains=[[1.0] * 3, [0.3] * 3, [1.0] * 3]).frames)
    assert report.verdict == "red"
    assert "the reference frame 1 is 1.7 EV darker than the other frames" in " ".join(report.lines())


def test_uneven_exposure_is_said() -> None:
    report, _ = judged(slope(count=3, gains=[[1.0] * 3, [1.0] * 3, [1.4] * 3]).frames)
    assert found(report, "exposure") == [(2,)]
    assert report.verdict == "amber"


def test_black_and_single_frames_are_judged_without_a_crash(still: list[Array]) -> None:
    assert judged([np.zeros_like(still[0])] * 3)[0].verdict == "amber"
    assert judged(still[:1])[0].verdict == "green"


def drawn(report: QualityReport, sharpness: Sharpness, size: tuple[int, int]) -> Array:
    depth = cv2.resize(sharpness.peak, size)
    gaps, plain = gaps_and_plain(sharpness, Rectangle(0, 0, 600, 400), (600, 400))
    pixels = np.full((*depth.shape, 3), 30000, np.uint16)
    return explain(
        Maps(pixels=pixels, depth=depth, index_map=depth.round().astype(np.uint8), gaps=gaps, plain=plain), report
    )


def test_the_drawing_shows_the_gap_in_red_where_it_is(still: list[Array]) -> None:
    report, sharpness = judged(still[:4] + still[8:])
    drawing = drawn(report, sharpness, (600, 400))
    assert drawing.dtype == np.uint8
    assert drawing.shape[1:] == (2 * PANEL + 3 * MARGIN, 3)
    panel = drawing[-(480 + 40) : -40, -(PANEL + MARGIN) : -MARGIN].astype(int)
    red = panel[..., 0] - panel[..., 1] > 80
    assert 0.02 < red.mean() < 0.5
    # Frames 4 to 7 of 0 to 12, from the bottom up, are those that are missing.
    rows = np.flatnonzero(red.mean(axis=1) > 0.3) / len(red)
    assert 0.4 < rows.mean() < 0.7


def test_an_upright_picture_is_drawn_upright(still: list[Array]) -> None:
    report, sharpness = judged(still)
    wide, tall = drawn(report, sharpness, (600, 400)), drawn(report, sharpness, (400, 600))
    assert len(tall) - len(wide) == 2 * (PANEL * 3 // 2 - PANEL * 2 // 3)
