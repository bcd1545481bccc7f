"""The command line inside the tests' own process: the same words, codes and texts without the start of a program."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
from pathlib import Path
from unittest import mock

from stackroom import cli


def run(*words: str, library: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as `tests.stackroom.test_cli.run` does, which is for what only a process of its own shows."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch("sys.argv", ["stackroom", *words]),
        mock.patch.dict(os.environ, {"STACKROOM_LIBRARY": str(library), "NO_COLOR": "1"}),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code
    assert isinstance(code, int)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())
