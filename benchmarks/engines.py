"""The engines that are measured: ours, and those of others that pip or apt can install."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Command = Callable[[list[Path], Path], list[list[str]]]
_DECODE = (
    "import cv2, sys\n"
    "from concurrent.futures import ThreadPoolExecutor\n"
    "cv2.setNumThreads(1)\n"
    "with ThreadPoolExecutor() as pool:\n"
    "    list(pool.map(lambda name: cv2.imread(name).shape, sys.argv[1:]))\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An engine: the programs it needs, how to get them, and the commands that make a picture of frames.

    The frames lie alone in one folder; the commands run one after the other in the folder of the picture.
    """

    name: str
    needs: tuple[str, ...]
    install: str
    commands: Command

    @property
    def installed(self) -> bool:
        return all(map(found, self.needs))


def found(program: str) -> str:
    """Return where `program` is: beside this Python first, else on the PATH; empty where it is not."""
    return shutil.which(program, path=str(Path(sys.executable).parent)) or shutil.which(program) or ""


def _ours(frames: list[Path], out: Path) -> list[list[str]]:
    return [[found("stackroom"), "fuse", *map(str, frames), "-o", str(out), "--reference", "middle"]]


def _focusweave(frames: list[Path], out: Path) -> list[list[str]]:
    return [[found("focusweave"), str(frames[0].parent), "--output", str(out)]]


def _openfocus(method: str) -> Command:
    def commands(frames: list[Path], out: Path) -> list[list[str]]:
        names = [str(frame) for frame in frames]
        return [[found("openfocus"), "-i", *names, "-o", str(out), "-m", method, "-a", "ecc", "--cpu"]]

    return commands


def _enfuse(frames: list[Path], out: Path) -> list[list[str]]:
    aligned = [str(out.parent / f"aligned{i:04d}.tif") for i in range(len(frames))]
    align = [found("align_image_stack"), "-m", "-a", str(out.parent / "aligned"), *map(str, frames)]
    weights = ["--exposure-weight=0", "--saturation-weight=0", "--contrast-weight=1", "--hard-mask"]
    return [align, [found("enfuse"), *weights, "-o", str(out), *aligned]]


def _decoded(frames: list[Path], out: Path) -> list[list[str]]:
    return [[sys.executable, "-c", _DECODE, *map(str, frames)]]


_OPENFOCUS = "pip install openfocus"
# No engine: what every one of them must do at the least, with nothing else done.
BARE = Engine(name="decode only", needs=(), install="", commands=_decoded)
OURS = Engine(name="stackroom", needs=("stackroom",), install="make setup", commands=_ours)
FOCUSWEAVE = Engine(name="focusweave", needs=("focusweave",), install="pip install focusweave", commands=_focusweave)
ENGINES = (
    OURS,
    FOCUSWEAVE,
    Engine(name="openfocus-gff", needs=("openfocus",), install=_OPENFOCUS, commands=_openfocus("guided_filter")),
    Engine(name="openfocus-b", needs=("openfocus",), install=_OPENFOCUS, commands=_openfocus("openfocus_b")),
    Engine(name="openfocus-c", needs=("openfocus",), install=_OPENFOCUS, commands=_openfocus("openfocus_c")),
    Engine(
        name="enfuse",
        needs=("align_image_stack", "enfuse"),
        install="apt install enfuse hugin-tools",
        commands=_enfuse,
    ),
)
# Others that cannot be installed on every machine, and why; they are named and not run.
ELSEWHERE = {
    "shinestacker": "for Python 3.12 and newer only",
    "z-stackr": "pip has no wheel for Linux, and its build wants crates.io",
}
