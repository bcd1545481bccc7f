"""A second look at a stack: exported beside the first from the same master, which is not fused again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests import cards
from tests.stackroom.here import run


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A library with two finished stacks."""
    root = tmp_path_factory.mktemp("library")
    cards.write_card(root / "card", damaged=False)
    done = run("watch", str(root / "card"), "--export", str(root / "out"), "--once", library=root / "lib")
    assert done.returncode == 0, done.stderr
    yield root / "lib"


def test_a_stack_has_two_looks_from_one_master(library: Path, tmp_path: Path) -> None:
    listed = json.loads(run("sequences", "list", "--kind", "focus", "--json", library=library).stdout)
    number = str(listed[0]["id"])
    masters = {path: path.stat().st_mtime_ns for path in library.parent.rglob("*_master.tif")}
    [copy] = json.loads(run("copies", "add", "grey", "--sequence", number, "--json", library=library).stdout)
    run("develop", str(copy["capture"]), "--set", "grayscale=on", library=library)
    done = run("export", "--recipe", "jpeg", "--to", str(tmp_path), "--json", library=library)
    assert done.returncode == 0, done.stderr
    made = [Path(file["path"]) for file in json.loads(done.stdout)["files"]]
    assert len(made) == 3, "two stacks, and one of them once more"
    [grey] = [path for path in made if path.stem.endswith("-grey")]
    assert grey.with_name(grey.name.replace("-grey", "")) in made
    pixels = np.asarray(cv2.imread(str(grey)), int)
    assert np.abs(pixels[..., 0] - pixels[..., 2]).max() <= 2
    assert {path: path.stat().st_mtime_ns for path in masters} == masters
    again = json.loads(run("export", "--recipe", "jpeg", "--to", str(tmp_path), "--json", library=library).stdout)
    assert again["counts"] == {"kept": 3}
    assert "every frame stays" in run("sequences", "regroup", "--dry-run", library=library).stdout
