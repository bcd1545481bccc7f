"""Compare what the catalog wants with what lies on disk, and ask for what is missing.

Level-triggered: it never asks what happened, only what is. A crash, a deleted file and a changed setting are all the
same to it, so none of them needs a recovery of its own.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from catalog.copying import digest_file
from catalog.destinations import numbered, safe_name
from catalog.metadata.record import Metadata
from catalog.queries import FrameView, ResultFile, SequenceView, StackView
from develop.recipe import ExportRecipe, render_key, stack_key
from develop.settings import DevelopSettings
from stacker.choice import StackChoice
from stacker.settings import ENGINE_VERSION, StackSettings
from watcher.worker import ExportOrder, FrameOrder, StackOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be made of every focus sequence."""

    folder: Path
    stay: bool = False
    """Lay new results beside the sequence's earlier ones, where it has any, instead of into `folder`."""
    as_before: bool = False
    """Stack a sequence as its last result was, where it has one and nobody chose how."""
    recipes: tuple[ExportRecipe, ...]
    stack: StackSettings


_ONLY_SPEED = frozenset(field.name for field in fields(StackSettings) if field.metadata.get("group") == "speed")
"""Settings of the engine that change how fast a stack is made and not what it is: no part of its key."""
_LATER = {field.name: field.default for field in fields(StackSettings) if field.metadata.get("later")}
"""Settings that stacks were made without before they came: part of the key only where they are used."""


@dataclass(frozen=True, slots=True)
class Promised:
    """Files that an earlier order for a sequence, still in the queue, is to write.

    Each was free when it was promised. What lies now at a path that is `interrupted` was written by a worker that was
    killed, or whose daemon was, before it could be recorded; elsewhere a changed file is somebody's work.
    """

    paths: Collection[str] = ()
    interrupted: Collection[str] = ()


NOTHING_PROMISED = Promised()

BYTES_A_PIXEL = 6
"""Of a master: three colours of 16 bits, not packed."""
PathTaken = Callable[[str, int], bool]
"""Says whether a path belongs to a result of another sequence than the one numbered."""


def result_name(reference: Metadata, frames: Sequence[FrameView]) -> str:
    """Return what a sequence's results are called: when they were shot, and from which frames."""
    first, last = (Path(frame.source).stem for frame in (frames[0], frames[-1]))
    when = reference.taken_at.strftime("%Y%m%d-%H%M%S") if reference.taken_at else "undated"
    common = os.path.commonprefix([first, last])
    cut = len(common.rstrip("0123456789"))
    # A card's names may hold line breaks, or be as long as a name can be.
    return safe_name(f"{when}_{first}-{last[cut:] or last}")


def _is_whole(path: str, size: int) -> bool:
    try:
        return os.stat(path).st_size == size
    except OSError:
        return False


def _is_untouched(file: ResultFile) -> bool:
    """Say whether a file still holds just what we wrote, and not somebody's retouching."""
    return _is_whole(file.path, file.size) and digest_file(Path(file.path)) == file.digest


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a sequence's results lie, or are to lie."""

    view: SequenceView
    settings: DevelopSettings
    folder: Path
    taken: PathTaken
    promised: Promised

    @property
    def name(self) -> str:
        """What they are called."""
        return result_name(self.view.reference.metadata, self.view.frames)

    def free(self, ending: str) -> str:
        """Return a path that is free, or that holds our own untouched earlier version of the same sequence."""
        ours = {file.path: file for stack in self.view.stacks for file in (stack.master, *stack.exports)}

        def is_ours_to_write(path: str) -> bool:
            if not os.path.lexists(path):
                return not self.taken(path, self.view.id)
            if path in self.promised.interrupted:
                return True
            return _is_untouched(ours[path]) if path in ours else path in self.promised.paths

        return next(filter(is_ours_to_write, map(str, numbered(self.folder / f"{self.name}{ending}"))))

    def export(self, recipe: ExportRecipe, key: str, there: Mapping[str, str]) -> ExportOrder:
        """Return the order for one file of a stack; it stays where one of its own key lies whole."""
        made = recipe.with_slabs(self.view.choice.slab, self.view.choice.overlap)
        own = render_key(key, self.settings.poststack_part(), made, str(self.folder))
        ending = f"{made.name_suffix}.{made.extension_for(_size(self.view), len(self.view.frames))}"
        return ExportOrder(key=own, recipe=made.to_json(), path=there.get(own) or self.free(ending))


def _size(view: SequenceView) -> tuple[int, int]:
    return view.reference.metadata.width or 0, view.reference.metadata.height or 0


def _shaping(stack: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in stack.items()
        if name not in _ONLY_SPEED and (name not in _LATER or value != _LATER[name])
    }


def _aligned_before(view: SequenceView, digests: Sequence[str], stack: Mapping[str, Any]) -> dict[str, Any]:
    """Return how an earlier stack of the same frames was aligned; nothing where they were never aligned that way.

    Light, lens and dust shape the frames and not where they lie.
    """
    for earlier in view.stacks:
        then = earlier.settings.get("stack", {})
        asked = ("align", "reference")
        if earlier.engine_version != ENGINE_VERSION or any(then.get(name) != stack.get(name) for name in asked):
            continue
        look = DevelopSettings.from_json(earlier.settings.get("develop", {}))
        shaping = {**_shaping(then), "reference": earlier.settings.get("reference")}
        if stack_key(digests, look.prestack_part(), shaping, ENGINE_VERSION) == earlier.key:
            found: dict[str, Any] = earlier.quality.get("aligned", {})
            return found
    return {}


def key_of(view: SequenceView, settings: DevelopSettings, stack: Mapping[str, Any]) -> str:
    """Return the key that a sequence's stack has now; `stack` is the engine's settings, `settings` the reference's."""
    shaping = {**_shaping(stack), "reference": view.reference_index}
    return stack_key([frame.digest for frame in view.frames], settings.prestack_part(), shaping, ENGINE_VERSION)


def _whole_exports(stack: StackView | None) -> dict[str, str]:
    """Return where those of a stack's exports lie that are still whole, by their keys."""
    return {e.key: e.path for e in stack.exports if _is_whole(e.path, e.size)} if stack is not None else {}


def _frame_orders(frames: Sequence[FrameView]) -> tuple[FrameOrder, ...]:
    return tuple(
        FrameOrder(capture_id=f.capture_id, file_id=f.file_id, path=f.path, source=f.source, digest=f.digest)
        for f in frames
    )


def with_dust_marks(stack: Mapping[str, Any], marks: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Return the engine's settings with what people say of the sensor now, where dust is looked for at all."""
    unmarked = {name: value for name, value in stack.items() if name != "dust_marks"}
    return {**unmarked, "dust_marks": [list(each) for each in marks]} if marks and stack.get("dust") else unmarked


def _chosen(view: SequenceView, wanted: Wanted) -> StackChoice:
    """Return what holds of this sequence over the general wishes."""
    if wanted.as_before and not view.choice.said and view.current is not None:
        return StackChoice.of_stack(view.current.settings.get("stack", {}))
    return view.choice


def _asked(view: SequenceView, wanted: Wanted, dust_marks: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Return the engine's settings for a sequence."""
    # A middle frame that nobody chose may give way to its neighbour where it turns out to be spoilt.
    is_fixed = view.reference_capture_id in {frame.capture_id for frame in view.frames}
    asked = {
        **_chosen(view, wanted).on(wanted.stack.to_json()),
        "reference": view.reference_index if is_fixed else "middle",
    }
    return with_dust_marks(asked, dust_marks)


def order_for(
    view: SequenceView,
    settings: DevelopSettings,
    wanted: Wanted,
    taken: PathTaken,
    promised: Promised = NOTHING_PROMISED,
    dust_marks: Sequence[Sequence[Any]] = (),
) -> StackOrder | None:
    """Return the order that makes what the sequence lacks; None when everything is there.

    `settings` are the reference's, `dust_marks` what people say of its sensor. Existing files count when they lie at
    their place with their size.
    """
    earlier = view.current
    folder = Path(earlier.master.path).parent if wanted.stay and earlier is not None else wanted.folder
    places = _Places(view, settings, folder, taken, promised)
    stack_json = _asked(view, wanted, dust_marks)
    key = key_of(view, settings, stack_json)
    current = next((stack for stack in view.stacks if stack.key == key), None)
    have = current if current is not None and _is_whole(current.master.path, current.master.size) else None
    there = _whole_exports(current)
    exports = tuple(places.export(recipe, key, there) for recipe in wanted.recipes)
    if have is not None and have.current and all(export.key in there for export in exports):
        return None
    return StackOrder(
        key=key,
        sequence_id=view.id,
        title=places.name,
        frames=_frame_orders(view.frames),
        reference=view.reference_index,
        orientation=view.reference.metadata.orientation,
        develop=settings.to_json(),
        stack=stack_json,
        master=have.master.path if have else places.free("_master.tif"),
        exports=exports,
        have_master=have.master.digest if have else None,
        kept=have.quality if have else {},
        room=0 if have else BYTES_A_PIXEL * math.prod(_size(view)),
        aligned={} if have else _aligned_before(view, [frame.digest for frame in view.frames], stack_json),
    )
