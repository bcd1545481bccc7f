"""`fuse`: the engine alone, without a library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from stackroom import terminal
from stackroom.apart import Progress, run_apart
from stackroom.errors import PictureUnreadable, WorkerCrashed
from stackroom.fuse_request import FuseRequest, expand
from stackroom.fuse_work import fuse_work
from stackroom.options import AsJson, Dust, Front, Method, Overlap

Frames = Annotated[
    list[Path], typer.Argument(metavar="FRAME...", readable=False, help="Picture files in order, or one folder.")
]
Output = Annotated[
    Path,
    typer.Option("-o", "--output", metavar="OUT", help="A .tif, .jpg, .png, .webp, .avif, .psd (layers) or .dng file."),
]
Reference = Annotated[str, typer.Option("--reference", help="A frame's number from 0, first, or middle.")]
DepthMap = Annotated[Path | None, typer.Option("--depth-map", metavar="F", help="Write the depth as a PNG.")]
Explain = Annotated[Path | None, typer.Option("--explain", metavar="F", help="Draw how the stack was made, as a PNG.")]
Slab = Annotated[
    int,
    typer.Option(
        "--slab", metavar="N", min=0, help="Also fuse every N neighbouring frames: as TIFF, or layers of a PSD."
    ),
]
Quality = Annotated[int, typer.Option("--quality", min=1, max=100, help="Of a JPEG, WebP or AVIF.")]


def fuse(
    frames: Frames,
    output: Output,
    reference: Reference = "middle",
    method: Method = "auto",
    dust: Dust = True,
    front: Front = "off",
    depth_map: DepthMap = None,
    explain: Explain = None,
    slab: Slab = 0,
    overlap: Overlap = 0,
    quality: Quality = 95,
    as_json: AsJson = False,
) -> None:
    """Align and fuse FRAMEs into OUT; 16 bits a channel in all but JPEG, WebP and AVIF."""
    request = FuseRequest(
        frames=expand(frames),
        output=output.expanduser().absolute(),
        reference=reference,
        method=method,
        dust=dust,
        front=front,
        depth_map=depth_map.expanduser().absolute() if depth_map else None,
        explain=explain.expanduser().absolute() if explain else None,
        quality=quality,
        slab=slab,
        overlap=overlap,
    )
    with terminal.Progressing(quiet=as_json) as progress:
        result = _fused(request, progress.step)
    if as_json:
        terminal.print_json(result)
    else:
        _print(result)


def _fused(request: FuseRequest, progress: Progress) -> dict[str, Any]:
    try:
        return run_apart(fuse_work, request, progress)
    except WorkerCrashed:
        from stackroom import seeing  # noqa: PLC0415 - for this alone

        culprit = seeing.crashing(request.frames)
        if culprit is None:
            raise
        raise PictureUnreadable(f"{culprit}: crashes its decoder; take it out, or convert it") from None


def _print(result: dict[str, Any]) -> None:
    whole = (
        f"{result['output']}: {result['used']} of {terminal.counted(result['frames'], 'frame')}, "
        f"{result['width']} x {result['height']} pixels, {result['elapsed_s']:.1f} s"
    )
    left_out = (f"left out {name}: {reason}" for name, reason in result["left_out"].items())
    for line in (whole, *result["slabs"], *left_out):
        terminal.out.print(line, markup=False)
