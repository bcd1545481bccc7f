"""The command line: the only place that prints and exits."""

from __future__ import annotations

import errno
import os
import platform
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Annotated

import typer

from catalog.errors import CatalogError
from catalog.metadata.errors import MetadataError
from stackroom import library as libraries
from stackroom import misuse
from stackroom.errors import LibraryUnusable, StackroomError
from stackroom.release import VERSION
from stackroom.verbs import Verbs
from watcher.errors import WatcherError

# Typer carries a click of its own whose names are not public; the base of what it does export is.
UsageError: type[typer.BadParameter] = typer.BadParameter.__mro__[1]
DONE, CLEAR_ERROR, USAGE, BUG, INTERRUPTED = 0, 1, 2, 3, 130

# The \b keeps lines as they are.
_HELP = """A catalog and batch processor for focus stacking. Begin with a card:

\b
  stackroom watch /media/card --export ~/stacks --once
  stackroom sequences list       what was found, and how sure that is
  stackroom COMMAND --help       everything about one command
"""

app = typer.Typer(
    name="stackroom",
    cls=Verbs,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Help is plain text: as markup, "[default: ...]" would be taken for a style and vanish.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=_HELP,
    options_metavar="[--library DIR]",
    subcommand_metavar="COMMAND ...",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"stackroom {VERSION}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    library: Annotated[
        Path | None,
        typer.Option(
            "--library",
            metavar="DIR",
            envvar="STACKROOM_LIBRARY",
            readable=False,  # what cannot be read is an error of its own, not of usage
            help="The library [default: ~/Pictures/Stackroom].",
        ),
    ] = None,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Remember which library the command works on, for the command and for a crash report."""
    chosen = libraries.Library((library or libraries.default_root()).expanduser().absolute())
    if chosen.root.exists() and not chosen.root.is_dir():
        raise LibraryUnusable(chosen.root, "it is a file, not a folder")
    context.obj["library"] = chosen
    context.obj = chosen


def _known_errors() -> tuple[type[Exception], ...]:
    known: list[type[Exception]] = [StackroomError, CatalogError, MetadataError, WatcherError]
    # The engines are imported only by commands that need pixels: their errors exist only where they were loaded.
    for module, name in (("develop.errors", "DevelopError"), ("stacker.errors", "StackError")):
        if module in sys.modules:
            known.append(getattr(sys.modules[module], name))
    return tuple(known)


def _say(line: str) -> None:
    print(f"stackroom: {line}", file=sys.stderr)


def _write_crash_report(error: BaseException, library: libraries.Library | None) -> Path | None:
    text = "".join(traceback.format_exception(error))
    # A library that is not there yet is not made for the sake of a report.
    wanted = [library.logs] if library is not None and library.catalog_path.exists() else []
    for place in (*wanted, Path(tempfile.gettempdir())):
        try:
            place.mkdir(parents=True, exist_ok=True)
            path = place / f"stackroom-crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
            path.write_text(
                f"stackroom {VERSION}, Python {platform.python_version()}, {platform.platform()}\n"
                f"{' '.join(sys.argv)}\n\n{text}",
                encoding="utf-8",
            )
        except OSError:
            continue
        return path
    return None


def _say_os_error(error: OSError) -> None:
    name = error.filename or "a file"
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            _say(f"{name}: the disk is full; make room and run the same command again, it goes on where it was")
        case errno.EROFS:
            _say(f"{name}: the disk is read-only; choose another place")
        case errno.EACCES | errno.EPERM:
            _say(f"{name}: permission denied; give this user the right to it, or choose another place")
        case _:
            _say(f"{name}: {error.strerror or error}")


def _say_misuse(error: typer.BadParameter) -> None:
    # The one that shows the help by itself, where a command was named that wants another word.
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
    else:
        _say(misuse.sentence(error))


def main() -> None:
    """Run the command line and exit with 0 done, 1 a clear error, 2 usage, 3 a bug, 130 interrupted."""
    seen: dict[str, libraries.Library] = {}
    try:
        code = app(prog_name="stackroom", standalone_mode=False, obj=seen) or DONE
    except typer.Exit as wanted:
        code = wanted.exit_code
    except UsageError as error:
        _say_misuse(error)
        code = USAGE
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = DONE
    except Exception as error:  # noqa: BLE001 - the edge: every error ends here as one line
        code = _report(error, seen.get("library"))
    if code == INTERRUPTED:
        _say("interrupted; run the same command again, it goes on where it was")
    sys.exit(code)


def _report(error: Exception, library: libraries.Library | None) -> int:
    if isinstance(error, _known_errors()):
        _say(str(error))
        return CLEAR_ERROR
    if isinstance(error, OSError) and error.errno is not None:
        _say_os_error(error)
        return CLEAR_ERROR
    if isinstance(error, OverflowError) and "SQLite" in str(error):
        _say("there is nothing of so large a number; `stackroom list` and `stackroom sequences list` show the numbers")
        return CLEAR_ERROR
    report = _write_crash_report(error, library)
    where = f"; the report is in {report}" if report else ""
    _say(f"a bug in Stackroom: {type(error).__name__}: {error}{where}")
    return BUG
