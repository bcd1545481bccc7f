"""A clock that is set back an hour while the daemon works."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests import cards
from tests.torture.truth import Place, once_each, stop, verify, wait_for

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* The wall clock is an hour behind as long as the file named by SET_BACK is there; the steady clock goes on. */
static long behind(void) {
    const char *mark = getenv("SET_BACK");
    return mark && access(mark, F_OK) == 0 ? 3600 : 0;
}
int clock_gettime(clockid_t which, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(which, now);
    if (!failed && which == CLOCK_REALTIME) now->tv_sec -= behind();
    return failed;
}
int gettimeofday(struct timeval *now, void *zone) {
    static int (*real)(struct timeval *, void *);
    if (!real) real = dlsym(RTLD_NEXT, "gettimeofday");
    int failed = real(now, zone);
    if (!failed) now->tv_sec -= behind();
    return failed;
}
time_t time(time_t *where) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (where) *where = now.tv_sec;
    return now.tv_sec;
}
"""


def _run(card: Path, number: int) -> None:
    cards.write_run(
        card, cards.Run(first=1 + 4 * number, focus_m=(0.3, 0.31, 0.32, 0.33), start_s=90 * number, seed=number)
    )


def set_back(root: Path) -> str:
    """Set the wall clock of the program back an hour: files lie in its future, and so do pauses that it had set."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return "skipped: no C compiler to make the clock of"
    (root / "clock.c").write_text(SHIM)
    library = root / "clock.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, root / "clock.c", "-ldl"], check=True)
    place, mark, card = Place.at(root), root / "set-back", root / "card"
    _run(card, 0)
    daemon = place.start(card, before=("env", f"LD_PRELOAD={library}", f"SET_BACK={mark}"))
    wait_for(lambda: place.stacked() == 1, "the first stack")
    mark.touch()
    _run(card, 1)
    took = wait_for(lambda: place.stacked() == 2, "a stack of frames from the future")
    before, after = place.rows("SELECT max(created_at) FROM stack GROUP BY id ORDER BY id")
    assert after < before, "the clock was not set back"
    mark.unlink()
    _run(card, 2)
    wait_for(lambda: place.stacked() == 3, "a stack after the clock was set right")
    wait_for(lambda: not place.rows("SELECT 1 FROM job WHERE state <> 'done'"), "recorded")
    stop(daemon)
    verify(place, once_each(card), 3)
    return f"stacked {took:.1f} s after frames came from an hour ahead"
