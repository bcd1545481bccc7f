"""Where the program starts: so little that a Ctrl-C cannot fall between its start and its care for one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_NOWHERE = Path(os.devnull)


def main() -> None:
    """Load the command line and run it; an interruption while it loads is one line too."""
    # A stream that the caller has closed is None, and its number would go to the next file that is opened.
    sys.stdin = sys.stdin or _NOWHERE.open()
    sys.stdout = sys.stdout or _NOWHERE.open("w")
    sys.stderr = sys.stderr or _NOWHERE.open("w")
    try:
        from stackroom import cli  # noqa: PLC0415 - loading takes a moment, in which somebody may press Ctrl-C

        cli.main()
    except KeyboardInterrupt:
        print("stackroom: interrupted; run the same command again, it goes on where it was", file=sys.stderr)
        sys.exit(130)
