"""Outlasting: said once, waited for with growing pauses, said when it is over."""

from __future__ import annotations

import errno

import pytest

from watcher.events import Event, Resumed, Warned
from watcher.patience import PAUSES_S, Patience

FULL = OSError(errno.ENOSPC, "No space left on device", "/lib")


def _failing() -> None:
    raise FULL


def test_a_full_disk_is_said_once_however_long_it_lasts() -> None:
    said: list[Event] = []
    now = [0.0]
    patience = Patience(True, said.append, lambda: now[0])
    tries = 0
    for _ in range(600):
        tries += patience.may("import")
        assert not patience.attempt("import", _failing)
        now[0] += 1
    assert [type(event) for event in said] == [Warned]
    assert 600 / PAUSES_S[-1] <= tries < 60, "the pauses grow"
    now[0] += PAUSES_S[-1]
    assert patience.attempt("import", lambda: None)
    assert isinstance(said[-1], Resumed)


def test_one_step_in_trouble_does_not_hold_up_another() -> None:
    patience = Patience(True, monotonic=lambda: 0.0)
    patience.attempt("import", _failing)
    assert not patience.may("import")
    assert patience.attempt("jobs", lambda: None)


def test_a_run_that_is_to_end_does_not_wait() -> None:
    with pytest.raises(OSError, match="No space"):
        Patience(False).attempt("import", _failing)


def test_a_bug_is_not_outlasted() -> None:
    with pytest.raises(ZeroDivisionError):
        Patience(True).attempt("plan", lambda: print(1 / 0))
