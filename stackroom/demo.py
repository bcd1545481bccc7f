"""`python -m stackroom.demo`: stack the sample card of the source checkout as a user would, and say what came of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from stackroom.terminal import counted

CARD = Path(__file__).resolve().parent.parent / "samples" / "card"
OUT = Path("demo-out")
MARK = ".made-by-stackroom-demo"
CLEAR_ERROR = 1
INTERRUPTED = 130


def _fresh(out: Path) -> None:
    """Make the folder anew; one that the demo did not make is left alone and refused."""
    if out.exists():
        if not (out / MARK).is_file():
            raise FileExistsError(f"{out} was not made by the demo: move it away, or start the demo in another folder")
        shutil.rmtree(out)
    out.mkdir()
    (out / MARK).touch()


def _shown(path: str) -> str:
    """Return a path as seen from here, where that is shorter."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path


def _program() -> str:
    """Return what to type for the program: its bare name works only where its folder is in PATH."""
    if shutil.which("stackroom"):
        return "stackroom"
    return _shown(str(Path(sys.executable).with_name("stackroom")))


def _command(card: Path, out: Path) -> list[str]:
    library = ["--library", str(out / "library")]
    return ["stackroom", *library, "watch", str(card), "--export", str(out / "stacks"), "--once"]


def report(result: dict[str, Any], out: Path) -> list[str]:
    """Return the lines that say what the main job found and where its results lie."""
    stacks = [sequence for sequence in result["sequences"] if sequence["kind"] == "focus"]
    lines = [
        f"{counted(result['captures'], 'capture')}, {counted(len(result['duplicates']), 'duplicate')} left out, "
        f"{counted(len(stacks), 'focus sequence')}, in {result['elapsed_s']:.0f} s"
    ]
    lines += [f"skipped  {_shown(file['path'])}: {file['reason']}" for file in result["skipped"]]
    for stack in stacks:
        lines.append(f"stack {stack['id']}  {len(stack['frames'])} frames  {stack['state']}")
        lines += [f"   {_shown(path)}" for path in [stack["master"], *stack["exports"]] if path]
    lines.append(f"look further: {_program()} --library {out / 'library'} sequences list")
    return lines


def main() -> int:
    """Run the main job on the sample card into ./demo-out and return its exit code."""
    if not CARD.is_dir():
        print(f"{CARD} is not there: the sample card comes with the source checkout, run the demo from one")
        return CLEAR_ERROR
    try:
        _fresh(OUT)
    except OSError as error:
        print(error)
        return CLEAR_ERROR
    command = _command(Path(_shown(str(CARD))), OUT)
    print("$", *command, flush=True)
    try:
        run = subprocess.run([sys.executable, "-m", *command, "--json"], stdout=subprocess.PIPE, text=True, check=False)
    except KeyboardInterrupt:
        return INTERRUPTED
    if run.stdout.strip():
        print(*report(json.loads(run.stdout), OUT), sep="\n")
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
