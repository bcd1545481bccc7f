"""The settings file is shown with where each value comes from, and an edit that cannot be followed changes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from stacker.settings import StackSettings
from stackroom import config
from tests.stackroom.here import run


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A library with a settings file."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / config.NAME).write_text(
        f'workers = 1\n[[folder]]\npath = "{tmp_path}/cards"\nrecipes = ["jpeg", "tiff16"]\n'
    )
    return tmp_path / "lib"


def _edited(library: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> subprocess.CompletedProcess[str]:
    """Run `config --edit` with an editor that puts new words in the place of old ones."""
    code = f"import pathlib,sys;p=pathlib.Path(sys.argv[1]);p.write_text(p.read_text().replace({old!r},{new!r}))"
    editor = library.parent / "editor"
    editor.write_text(f"#!{sys.executable}\n{code}\n")
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    return run("config", "--edit", library=library)


def test_every_setting_is_shown_with_its_origin(library: Path) -> None:
    shown = [line.split() for line in run("config", library=library).stdout.splitlines()]
    rows = {tuple(line) for line in shown}
    assert {("workers", "1", "file"), ("niceness", "5", "default"), ("engine", "local", "default")} <= rows
    assert ("memory_mb", str(StackSettings().memory_mb), "machine") in rows
    assert {("folder", "1", "recipes", "jpeg,", "tiff16", "file"), ("folder", "1", "mode", "copy", "default")} <= rows
    names = {line[0] for line in shown}
    assert set(config._KINDS) <= names
    found = json.loads(run("config", "--json", library=library).stdout)
    assert (found["workers"], found["folders"][0]["recipes"]) == (1, ["jpeg", "tiff16"])


def test_an_edit_is_checked_before_it_counts(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = library / config.NAME
    before = path.read_text()
    done = _edited(library, monkeypatch, "workers = 1", "workers = 1000")
    assert done.returncode == 1
    assert "workers is 1000" in done.stderr
    assert path.read_text() == before
    assert "workers = 1000" in (library / f"{config.NAME}.rejected").read_text()
    assert _edited(library, monkeypatch, "workers = 1", "workers = 3").returncode == 0
    assert config.load(path).workers == 3
    assert not (library / f"{config.NAME}.rejected").exists()
    assert "nothing changed" in _edited(library, monkeypatch, "no such words", "").stdout
    monkeypatch.setenv("VISUAL", "false")
    refused = run("config", "--edit", library=library)
    assert (refused.returncode, "not edited" in refused.stderr) == (1, True)


def test_a_first_edit_begins_with_every_setting_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lib").mkdir()
    done = _edited(tmp_path / "lib", monkeypatch, "# niceness = 5", "niceness = 7")
    assert done.returncode == 0, done.stderr
    path = tmp_path / "lib" / config.NAME
    assert config.load(path).niceness == 7
    text = path.read_text()
    assert all(f"\n# {name} = " in text for name in config._KINDS if name not in ("folder", "niceness"))
    assert all(f"\n# {name} = " in text for name in config._FOLDER_KINDS)
    everything = (
        text.replace("\n# ", "\n").replace("Settings of", "# Settings of").replace("What is not", "# What is not")
    )
    everything = everything.replace("https://…", "https://nas/hook").replace('"local"', '"dask://nas"')
    assert config.parse(path, everything).folders[0].mode == "copy", "every example is one that can be followed"


def test_a_folder_says_what_is_near(tmp_path: Path) -> None:
    text = '[[folder]]\npath = "/x"\nfront = "{}"\nmethod = "{}"\n'
    assert config.parse(tmp_path, text.format("first", "depth")).folders[0].front == "first"
    for front, method, words in (("near", "auto", "choose one of off"), ("last", "pyramid", "does not go with")):
        with pytest.raises(config.BadConfig, match=words):
            config.parse(tmp_path, text.format(front, method))
