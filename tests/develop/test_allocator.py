"""What is freed goes back to the system, even from below what is still held."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

SCRIPT = """
import resource
import sys
import numpy as np
from develop.allocator import give_back, keep_little

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()

if sys.argv[1] == "keep_little":
    keep_little()
del_once = np.ones(30 << 20, np.uint8)
del del_once
before = resident()
planes = [np.ones(10 << 20, np.uint8) for _ in range(12)]
held = planes.pop()
del planes
if sys.argv[1] == "give_back":
    give_back()
print((resident() - before) >> 20)
"""


def left_over(way: str) -> int:
    done = subprocess.run([sys.executable, "-c", SCRIPT, way], capture_output=True, text=True, check=True, timeout=60)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left as they are")
def test_what_is_freed_goes_back_to_the_system() -> None:
    assert left_over("neither") > 100
    assert left_over("keep_little") < 20
    assert left_over("give_back") < 20
