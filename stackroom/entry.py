"""Where the program starts: so little that a Ctrl-C cannot fall between its start and its care for one."""

from __future__ import annotations

import sys


def main() -> None:
    """Load the command line and run it; an interruption while it loads is one line too."""
    try:
        from stackroom import cli  # noqa: PLC0415 - loading takes a moment, in which somebody may press Ctrl-C

        cli.main()
    except KeyboardInterrupt:
        print("stackroom: interrupted; run the same command again, it goes on where it was", file=sys.stderr)
        sys.exit(130)
