from __future__ import annotations

from pathlib import Path

import pytest

from stackroom import focus_distances
from tests import cards


@pytest.mark.parametrize(
    ("metres", "throughout", "near_first"),
    [
        ((0.3, 0.31, 0.33), True, True),
        ((0.33, 0.31, 0.3), True, False),
        ((0.3, 0.3, 0.31), False, True),
        ((0.3, 0.32, 0.31), False, True),
        ((0.3, None, 0.31), False, True),
        ((None, 0.31, 0.3), False, True),
        ((0.3,), False, True),
    ],
)
def test_distances_count_where_all_are_known_and_go_one_way(
    metres: tuple[float | None, ...], throughout: bool, near_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [Path(str(number)) for number in range(len(metres))]
    monkeypatch.setattr(focus_distances, "metres", lambda path: metres[int(path.name)])
    assert focus_distances.known_throughout(paths) == (list(metres) if throughout else None)
    assert focus_distances.near_first(paths) is near_first


def test_a_cameras_header_tells(tmp_path: Path) -> None:
    paths = cards.write_run(tmp_path, cards.Run(first=1, focus_m=(0.3, 0.32), start_s=0))
    assert focus_distances.known_throughout(paths) == pytest.approx([0.3, 0.32])
    (tmp_path / "note.txt").write_text("no picture")
    assert focus_distances.metres(tmp_path / "note.txt") is None
