"""Stack first, tone after: what runs when a look, the light, the lens, dust or frames change, by counting it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from catalog.copying import digest_file
from catalog.metadata.record import Metadata
from catalog.queries import FrameView, ResultFile, SequenceView, StackView
from develop import decode, pipeline
from develop.recipe import ExportRecipe
from develop.settings import NEUTRAL, DevelopSettings
from develop.spot import Spot
from stacker import align as aligning
from stacker import stack as engine
from stacker.settings import StackSettings
from stackroom import build
from tests import cards
from watcher.planner import Wanted, order_for
from watcher.worker import StackOrder, StackReport

TIFF = ExportRecipe(name="tiff16", format="tiff", bits=16, colour_space="source")
TONED = replace(NEUTRAL, exposure=0.4, contrast=15.0, vibrance=20.0)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count what runs: registrations of frames, fusings, renderings."""
    ran: Counter[str] = Counter()

    def counting(module: Any, name: str, word: str) -> None:
        original: Callable[..., Any] = getattr(module, name)

        def count(*args: Any, **keywords: Any) -> Any:
            ran[word] += 1
            return original(*args, **keywords)

        monkeypatch.setattr(module, name, count)

    counting(aligning, "register", "registered")
    counting(engine, "stack", "fused")
    counting(pipeline, "render", "rendered")
    return ran


def _view(frames: list[Path], stacks: tuple[StackView, ...] = ()) -> SequenceView:
    return SequenceView(
        id=1, kind="focus", confidence=1.0, reasons=(), warnings=(), complete=True, idle_s=10.0, expected_count=None,
        changed_at=datetime(2026, 3, 7), reference_capture_id=None, stacks=stacks, job_state=None, job_error=None,
        frames=tuple(
            FrameView(
                capture_id=number, file_id=number, path=str(path), source=str(path), digest=digest_file(path),
                metadata=Metadata(taken_at=datetime(2026, 3, 7, 10, 1, number), width=240, height=160),
            )
            for number, path in enumerate(frames)
        ),
    )  # fmt: skip


def _made(order: StackOrder, before: StackView | None = None) -> StackView:
    """Carry an order out and return the stack as the catalog shows it then, after it was as `before`."""
    report = build.attempt(order, lambda stage, done, total: None)
    assert isinstance(report, StackReport), report
    files = [
        (report.master, order.key),
        *((file, e.key) for file, e in zip(report.exports, order.exports, strict=True)),
    ]
    master, *exports = (ResultFile(file.path, file.size, file.digest, key) for file, key in files)
    # What only rendered says nothing of how the frames were laid: the catalog keeps what it knows.
    quality = report.quality or (before.quality if before is not None else {})
    return StackView(
        id=1, key=order.key, master=master, exports=tuple(exports), method=report.method,
        engine_version=report.engine_version, quality=quality, current=True, created_at=datetime(2026, 3, 7),
        settings={"stack": order.stack, "develop": order.develop, "reference": order.reference},
    )  # fmt: skip


def _order(view: SequenceView, settings: DevelopSettings, out: Path, **stack: Any) -> StackOrder | None:
    wanted = Wanted(folder=out, recipes=(TIFF,), stack=StackSettings(threads=2, **stack))
    return order_for(view, settings, wanted, lambda path, number: False)


def test_each_change_runs_only_what_it_must(tmp_path: Path, counted: Counter[str]) -> None:
    out = tmp_path / "out"
    out.mkdir()
    frames = cards.write_run(tmp_path, cards.Run(first=1, focus_m=(0.3, 0.31, 0.32, 0.33), start_s=0))
    first = _order(_view(frames), NEUTRAL, out)
    assert first is not None
    stacks = [_made(first)]
    assert counted["registered"] >= 3
    assert (counted["fused"], counted["rendered"]) == (1, 1)
    assert _order(_view(frames, tuple(stacks)), NEUTRAL, out) is None

    def ran(settings: DevelopSettings, **stack: Any) -> tuple[int, int, int]:
        counted.clear()
        order = _order(_view(frames, tuple(stacks)), settings, out, **stack)
        assert order is not None
        stacks.insert(0, _made(order, stacks[0]))
        return counted["registered"], counted["fused"], counted["rendered"]

    assert ran(TONED) == (0, 0, 1), "a look is rendered from the master"
    assert ran(replace(TONED, exposure_delta=0.2)) == (0, 1, 1), "light is evened out before fusing"
    assert ran(replace(TONED, lens_distortion=10.0)) == (0, 1, 1), "the lens is corrected before fusing"
    assert ran(replace(TONED, dust=(Spot(x=0.5, y=0.5, radius=0.02),))) == (0, 1, 1), "dust is healed before fusing"
    assert ran(TONED, method="pyramid") == (0, 1, 1), "another method fuses what lies as it lay"
    assert ran(TONED, align="translation")[0] >= 3, "another alignment is one"
    frames.pop()
    assert ran(TONED)[0] >= 2, "other frames are aligned"


@pytest.mark.parametrize("more", [{}, {"crop_angle": 3.0}, {"luminance_noise": 30.0, "vignette_amount": -40.0}])
@pytest.mark.parametrize("ending", [".jpg", ".tif"])
def test_a_frame_alone_and_in_a_stack_of_its_copies_are_the_same_pixels(
    tmp_path: Path, ending: str, more: dict[str, Any]
) -> None:
    pixels = cards.scene(3)
    lead = tmp_path / f"IMG_0000{ending}"
    if ending == ".tif":
        tifffile.imwrite(lead, pixels.astype(np.uint16) * 257, photometric="rgb")
    else:
        lead = cards.write_run(tmp_path, cards.Run(first=0, focus_m=(0.3,), start_s=0))[0]
    copies = [lead]
    for number in range(1, 4):
        copies.append(tmp_path / f"copy_{number}{lead.suffix}")
        copies[-1].write_bytes(lead.read_bytes())
    look = replace(TONED, highlights=-30.0, clarity=10.0, sharpen_amount=40.0, lens_distortion=5.0, **more)
    order = _order(_view(copies), look, tmp_path)
    assert order is not None
    stacked = tifffile.imread(_made(order).exports[0].path)
    image = pipeline.prestack(decode.read_image(lead), look.prestack_part())
    alone = pipeline.render(image, look.poststack_part()).pixels
    worst = np.abs(stacked.astype(np.int64) - alone.astype(np.int64)).max() / 65535
    assert stacked.shape == alone.shape
    assert worst <= 1 / 255, f"{worst * 255:.2f} of 255"


def test_a_master_retouched_in_its_place_is_never_written_over(tmp_path: Path) -> None:
    frames = cards.write_run(tmp_path, cards.Run(first=1, focus_m=(0.3, 0.31, 0.32), start_s=0))
    first = _order(_view(frames), NEUTRAL, tmp_path)
    assert first is not None
    stack = _made(first)
    master = Path(stack.master.path)
    retouched = bytearray(master.read_bytes())
    retouched[-1] ^= 1
    master.write_bytes(retouched)
    order = _order(_view(frames, (stack,)), TONED, tmp_path)
    assert order is not None
    again = _made(order, stack)
    assert master.read_bytes() == retouched
    assert again.master.path != stack.master.path
    assert Path(again.master.path).is_file()
