"""A library with finished stacks, for all tests of exporting."""

from __future__ import annotations

import pytest

from stackroom import exporting
from stackroom.library import Library
from tests import cards
from tests.stackroom.exports import HerePool
from tests.stackroom.test_cli import run


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Return a library of nine captures with two finished stacks."""
    root = tmp_path_factory.mktemp("library")
    cards.write_card(root / "card", damaged=False)
    done = run("watch", str(root / "card"), "--export", str(root / "out"), "--once", library=root / "lib")
    assert done.returncode == 0, done.stderr
    return Library(root / "lib")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "ExportPool", HerePool)
