"""What an export is asked for, and the orders that carry it out: plain values, no pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from catalog.copies import CopyView
from catalog.deliveries import Delivered
from catalog.queries import FrameView, SequenceView
from develop.declaration import PRESTACK
from develop.recipe import ExportRecipe, render_key, stack_key
from develop.settings import SETTINGS, DevelopSettings
from stacker.choice import NOTHING_SAID, StackChoice
from stackroom.naming import Naming
from watcher import planner
from watcher.worker import ExportOrder, FrameOrder, StackOrder

What = Literal["results", "frames", "both"]
State = Literal["to make", "made", "kept", "left", "skipped", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What the user asked `export` for. Without `query` and `sequences` it is everything."""

    folder: Path
    recipes: tuple[ExportRecipe, ...]
    query: str | None = None
    sequences: tuple[int, ...] = ()
    what: What = "results"
    dry_run: bool = False
    workers: int | None = None
    engine: str | None = None
    """`local` or `dask://HOST:PORT`; None: as the settings file says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A stack or a single picture that files are made of; `refused` says why none can be."""

    name: str
    naming: Naming
    order: StackOrder
    settings: DevelopSettings
    choice: StackChoice = NOTHING_SAID
    """What somebody chose of how the sequence is stacked, and its slabs."""
    refused: str | None = None

    @property
    def is_stack(self) -> bool:
        """Whether it is a sequence's result."""
        return self.order.sequence_id > 0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its reference, 0 where no camera tells."""
        seen = self.naming.lead.metadata
        return seen.width or 0, seen.height or 0

    def key(self, recipe: ExportRecipe) -> str:
        """Return what an export is known by: other pixels or other words have another key."""
        return render_key(self.order.key, self.settings, recipe, _watermark_seen(recipe))

    def refusal(self, recipe: ExportRecipe) -> str | None:
        """Say why a recipe cannot be made of it, None where it can."""
        if self.refused is not None:
            return self.refused
        if recipe.shows_depth and not self.is_stack:
            return f"recipe {recipe.name} shows the depth of a stack, and this is a single picture"
        if recipe.needs_frames or self.settings.retouch or not self.is_stack:
            away = next((frame.path for frame in self.order.frames if not Path(frame.path).exists()), None)
            if away is not None:
                return f"original offline: {away}; connect its volume"
        return None


def _watermark_seen(recipe: ExportRecipe) -> str:
    """Return what tells a watermark's picture from what it was before."""
    if recipe.watermark is None or not recipe.watermark.image:
        return ""
    seen = Path(recipe.watermark.image).expanduser().stat()
    return f"{seen.st_size} {seen.st_mtime_ns}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One file of an export, and what becomes of it."""

    subject: Subject
    recipe: ExportRecipe
    delivered: Delivered
    state: State
    reason: str = ""
    estimate: int = 0
    replaces: str | None = None
    """What may be written over at its place: a digest, ANYTHING, or None for nothing."""

    def to_json(self) -> dict[str, Any]:
        """Return it as `export --json` shows it."""
        return {
            "path": self.delivered.path or None,
            "source": self.subject.naming.lead.source if not self.subject.is_stack else self.subject.naming.name,
            "sequence": self.subject.naming.sequence or None,
            "recipe": self.recipe.name,
            "state": self.state,
            "reason": self.reason or None,
            "bytes": self.delivered.size or self.estimate,
        }

    def ended(self, state: State, reason: str = "") -> Item:
        """Return it with what became of it."""
        return replace(self, state=state, reason=reason)


def _frame_order(frame: FrameView) -> FrameOrder:
    return FrameOrder(
        capture_id=frame.capture_id, file_id=frame.file_id, path=frame.path, source=frame.source, digest=frame.digest
    )


def of_copy(subject: Subject, copy: CopyView) -> Subject:
    """Return a result, or a picture, with a virtual copy's look; a stack is made with its reference's light and lens.

    It is called like the original with the copy's name, and lies beside it.
    """
    settings = copy.settings
    if subject.is_stack:
        kept = {name: getattr(subject.settings, name) for name, each in SETTINGS.items() if each.stage == PRESTACK}
        settings = replace(settings, **kept)
    name = f"{subject.naming.name}-{copy.name}"
    return replace(
        subject,
        name=f"{subject.name} copy {copy.capture_id}" if subject.is_stack else f"capture:{copy.capture_id}",
        naming=replace(subject.naming, name=name),
        order=replace(subject.order, title=name, develop=settings.to_json()),
        settings=settings,
    )


def of_sequence(view: SequenceView, settings: DevelopSettings, dust_marks: Sequence[Sequence[Any]] = ()) -> Subject:
    """Return a sequence's result as it is, and why it cannot be exported where it cannot.

    `settings` are the reference's, `dust_marks` what people say of its sensor.
    """
    current = view.current
    engine: Mapping[str, Any] = current.settings.get("stack", {}) if current is not None else {}
    order = StackOrder(
        key=current.key if current is not None else "",
        sequence_id=view.id,
        title=planner.result_name(view.reference.metadata, view.frames),
        frames=tuple(map(_frame_order, view.frames)),
        reference=view.reference_index,
        orientation=view.reference.metadata.orientation,
        develop=settings.to_json(),
        stack=dict(engine),
        master=current.master.path if current is not None else "",
        exports=(),
        have_master=current.master.digest if current is not None else None,
        kept=current.quality if current is not None else {},
    )
    naming = Naming(name=order.title, lead=view.reference, frames=view.frames, sequence=view.id)
    subject = Subject(name=f"sequence:{view.id}", naming=naming, order=order, settings=settings, choice=view.choice)
    return replace(subject, refused=_refused(view, settings, order, dust_marks))


def _refused(
    view: SequenceView, settings: DevelopSettings, order: StackOrder, dust_marks: Sequence[Sequence[Any]]
) -> str | None:
    again = f"run `stackroom stack {view.id}`"
    if not order.master:
        return f"sequence {view.id} is not stacked yet; {again}"
    wanted = planner.with_dust_marks(view.choice.on(order.stack), dust_marks)
    if planner.key_of(view, settings, wanted) != order.key:
        return f"the stack of sequence {view.id} is out of date; {again}"
    if not Path(order.master).exists():
        return f"{order.master}: the stack is not there; connect its volume, or {again}"
    return None


def of_frame(frame: FrameView, settings: DevelopSettings, sequence: int) -> Subject:
    """Return a single picture with its own look."""
    name = Path(frame.source).stem
    order = StackOrder(
        key=stack_key([frame.digest], settings.prestack_part(), {}, "frame"),
        sequence_id=0,
        title=name,
        frames=(_frame_order(frame),),
        reference=0,
        orientation=frame.metadata.orientation,
        develop=settings.to_json(),
        stack={"method": "single frame"},
        master="",
        exports=(),
    )
    naming = Naming(name=name, lead=frame, frames=(frame,), sequence=sequence)
    return Subject(name=f"capture:{frame.capture_id}", naming=naming, order=order, settings=settings)


def with_exports(subject: Subject, items: list[Item]) -> StackOrder:
    """Return the order that makes these files of a subject in one pass."""
    exports = tuple(
        ExportOrder(key=item.delivered.key, recipe=item.recipe.to_json(), path=item.delivered.path) for item in items
    )
    replaces = {item.delivered.path: item.replaces for item in items if item.replaces is not None}
    return replace(subject.order, exports=exports, replaces=replaces)
