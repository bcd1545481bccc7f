"""Work done by several processes: in order, and done here where a process is lost."""

from __future__ import annotations

import os

import pytest

from catalog.side_by_side import mapped


def _by_another(item: tuple[int, int]) -> int:
    """Give a number and whether another process than the caller's did it; that process dies over the number 9."""
    number, caller = item
    if number == 9 and os.getpid() != caller:
        os._exit(9)
    return number * 10 + (os.getpid() != caller)


def test_results_come_in_order_also_where_a_process_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.side_by_side.processors", lambda: 2)
    done = list(mapped(_by_another, [(number, os.getpid()) for number in range(12)], 2))
    assert [each // 10 for each in done] == list(range(12))
    # The ninth is handed out only after the first ones have come back: nothing that dies can take those along.
    assert done[0] == 1
    assert done[9] == 90


def test_few_are_done_in_this_process() -> None:
    assert list(mapped(_by_another, [(9, os.getpid()), (10, os.getpid())], 2)) == [90, 100]
