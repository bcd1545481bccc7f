"""Picture quality beside other engines: `python -m benchmarks.quality [--json] [--scenes DIR] [ENGINE]...`.

Every engine runs as a whole process with its own defaults on the same frames. Rendered scenes (`frames/` and
`truth_mid.png`, `truth.png` beside) give PSNR and SSIM against the better of the two truths, because engines choose
their own reference; real stacks give figures without a truth. The scores come from two outside programs, `score.py` and
`score_noref.py`; engines that are not installed are named and passed over.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.engines import ENGINES, Engine

SHARED = Path(os.environ.get("STACKROOM_SHARED", Path(__file__).parents[2] / "shared"))
FRAMES = {".jpg", ".jpeg", ".png", ".tif", ".tiff"}
Scores = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of an engine: the picture, or why there is none; CPU seconds of all its processes."""

    picture: Path | None
    why: str
    cpu_s: float


def run(engine: Engine, frames: list[Path], folder: Path) -> Run:
    """Let an engine stack copies of `frames` in `folder`."""
    folder.mkdir()
    (folder / "in").mkdir()
    copies = [Path(shutil.copy(frame, folder / "in" / frame.name)) for frame in frames]
    out = folder / "out.png"
    before = _children_cpu()
    for command in engine.commands(copies, out):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            words = (done.stderr or done.stdout).strip().splitlines() or ["no word"]
            return Run(picture=None, why=words[-1][:80], cpu_s=_children_cpu() - before)
    return Run(picture=out if out.exists() else None, why="wrote nothing", cpu_s=_children_cpu() - before)


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def frames_of(folder: Path) -> list[Path]:
    """Return the frames in a folder by name."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in FRAMES)


def _scored(program: Path, *arguments: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, str(program), *map(str, arguments)], capture_output=True, text=True, check=False
    )
    return dict(json.loads(done.stdout)) if done.returncode == 0 else {}


def against_truth(scene: Path, result: Run, score: Path) -> Scores:
    """Return PSNR, SSIM and the rest against the better truth."""
    if result.picture is None:
        return {"why": result.why}
    truths = [scene / name for name in ("truth_mid.png", "truth.png") if (scene / name).exists()]
    scores = [_scored(score / "score.py", result.picture, truth) for truth in truths]
    return dict(max(scores, key=lambda each: each.get("psnr", 0.0)))


def without_truth(frames: list[Path], result: Run, score: Path) -> Scores:
    """Return gradient transfer from the sharpest frame, sharpness kept, overshoot and the rest."""
    if result.picture is None:
        return {"why": result.why}
    return dict(_scored(score / "score_noref.py", result.picture, *frames))


def in_words(scores: Scores) -> str:
    """Return a table cell."""
    if "psnr" in scores:
        return f"{scores['psnr']:.2f} / {scores['ssim']:.3f}"
    if "qabf_best" in scores:
        return f"{scores['qabf_best']:.3f} {scores['sharp_ratio']:.2f} {scores['overshoot_mean']:.2f}"
    return str(scores.get("why", "not scored"))


def table(
    title: str,
    stacks: dict[str, list[Path]],
    engines: list[Engine],
    judge: Callable[[str, Run], Scores],
    *,
    as_json: bool,
) -> None:
    """Run every engine on every stack; print a row an engine, or a line of JSON a picture."""
    if not as_json:
        print(f"\n## {title}\n\n| engine | {' | '.join(stacks)} | CPU s |\n|---|{'---|' * (len(stacks) + 1)}")
    for engine in engines:
        cells, cpu = [], 0.0
        for name, frames in stacks.items():
            with tempfile.TemporaryDirectory() as folder:
                result = run(engine, frames, Path(folder) / "run")
                cpu += result.cpu_s
                scores = judge(name, result)
                cells.append(in_words(scores))
                if as_json:
                    print(
                        json.dumps({"engine": engine.name, "stack": name, "cpu_s": result.cpu_s, **scores}), flush=True
                    )
        if not as_json:
            print(f"| {engine.name} | {' | '.join(cells)} | {cpu:.0f} |", flush=True)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engines", nargs="*", metavar="ENGINE", help=f"of {', '.join(e.name for e in ENGINES)}")
    parser.add_argument("--scenes", type=Path, action="append", help="folder of rendered scenes")
    parser.add_argument("--stacks", type=Path, action="append", help="folder of real stacks")
    parser.add_argument("--score", type=Path, default=SHARED / "tools", help="folder of score.py and score_noref.py")
    parser.add_argument("--json", action="store_true", help="print a line of JSON a picture in place of the tables")
    asked = parser.parse_args()
    if not (asked.score / "score.py").exists():
        raise SystemExit(f"no score.py in {asked.score}: give its folder with --score or set STACKROOM_SHARED")
    chosen = [engine for engine in ENGINES if not asked.engines or engine.name in asked.engines]
    missing = [engine.name for engine in chosen if not engine.installed]
    if missing:
        print(f"not installed, passed over: {', '.join(missing)}", file=sys.stderr)
    engines = [engine for engine in chosen if engine.name not in missing]
    scenes = {
        path.name: path for root in asked.scenes or [SHARED / "data" / "synth"] for path in sorted(root.glob("*/"))
    }
    scenes = {name: path for name, path in scenes.items() if (path / "frames").is_dir()}
    if scenes:
        truth = {name: frames_of(path / "frames") for name, path in scenes.items()}
        table(
            "PSNR dB / SSIM against the truth",
            truth,
            engines,
            lambda name, result: against_truth(scenes[name], result, asked.score),
            as_json=asked.json,
        )
    roots = asked.stacks or [SHARED / "data" / "stacks"]
    stacks = {path.name: frames_of(path) for root in roots for path in sorted(root.glob("*/"))}
    if stacks:
        table(
            "without a truth: gradient transfer, sharpness kept, overshoot in codes",
            stacks,
            engines,
            lambda name, result: without_truth(stacks[name], result, asked.score),
            as_json=asked.json,
        )


if __name__ == "__main__":
    main()
