from __future__ import annotations

import resource
import sys
from pathlib import Path

import pytest

from benchmarks.process import ProcessFailed, timed


def python(program: str) -> list[str]:
    return [sys.executable, "-S", "-c", program]


def test_work_of_children_counts_and_memory_is_the_largest(tmp_path: Path) -> None:
    child = "import time\nheld = bytearray(200_000_000)\nwhile time.process_time() < 0.3: pass"
    parent = f"import subprocess, sys\nsubprocess.run([sys.executable, '-S', '-c', {child!r}], check=True)"
    run = timed([python(parent), python("pass")], tmp_path, 60)
    assert run.cpu_s >= 0.3
    assert run.wall_s >= 0.3
    # A process begins as a copy of the one that starts it, and that counts as well.
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    assert 200 < run.peak_mb < max(300, 1.2 * own)


def test_commands_run_in_the_folder_one_after_the_other(tmp_path: Path) -> None:
    write = python("open('a', 'w').write('x')")
    read = python("assert open('a').read() == 'x'")
    timed([write, read], tmp_path, 60)
    assert (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("program", "words"),
    [("import sys\nprint('working')\nsys.exit('no such lens')", "no such lens"), ("while True: pass", "more than 1 s")],
)
def test_a_failure_says_why(program: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ProcessFailed, match=words):
        timed([python(program)], tmp_path, 1)
