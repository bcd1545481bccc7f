"""What a claimed order is told before it is carried out."""

from __future__ import annotations

from pathlib import Path

from catalog.models import Capture, Sequence, Stack, StackFrame
from stacker.specks import PROFILE_STEPS, Mark, Speck
from tests.catalog import made
from watcher import recording
from watcher.queue import Claimed
from watcher.worker import FrameOrder, StackOrder


def test_an_order_is_told_of_the_dust_that_another_stack_of_the_camera_has_shown(tmp_path: Path) -> None:
    """As it is then and not as it was planned; the sequence's own stack, and a capture that is gone, tell nothing."""
    speck = Speck(x=100, y=50, radius=9, depth=0.2, confidence=1, profile=(-0.2,) * len(PROFILE_STEPS))
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        captures = made.captures(session, 2)
        sequence = Sequence(kind="focus", confidence=1, reasons=[], warnings=[], idle_s=1, complete=True)
        session.add(sequence)
        session.flush()

        def told(capture: int, number: int) -> list[Mark]:
            frame = FrameOrder(path="/a", source="/a", digest="d", capture_id=capture, file_id=1)
            order = StackOrder(
                key="k", sequence_id=number, title="t", frames=(frame,), reference=0, orientation=1, develop={},
                stack={}, master="/out/k.tif", exports=(),
            )  # fmt: skip
            return [Mark.where_met(each) for each in recording.ready(session, Claimed(1, order)).dust_met]

        assert told(captures[1], sequence.id + 1) == []
        shown = Stack(sequence_id=sequence.id, key="s", path="/s", size=1, digest="s", method="auto")
        shown.engine_version, shown.settings, shown.quality = "1", {}, {"dust": [speck.to_json()]}
        shown.frames = [StackFrame(position=0, capture_id=captures[0], digest="d")]
        session.add(shown)
        session.flush()
        assert [mark.met for mark in told(captures[1], sequence.id + 1)] == [speck]
        assert told(captures[0], sequence.id) == []
        assert session.get(Capture, 999) is None and told(999, sequence.id + 1) == []
