"""The order that a worker gets and the report that it gives back: plain values, so that any executor can carry them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
ANYTHING = "anything"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameOrder:
    """One frame: where its pixels lie now, and what it was called where it came from."""

    capture_id: int
    file_id: int
    path: str
    source: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOrder:
    """One file to make from the master."""

    key: str
    recipe: Json
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOrder:
    """All that is needed to make one sequence's results without the catalog.

    `have_master` is the digest of a master that already lies at `master` and still holds: it is rendered from, not
    fused again; `kept` is its quality report, which tells how its frames were laid. `develop` holds the reference's
    settings, `stack` the engine's.
    """

    key: str
    sequence_id: int
    title: str
    frames: tuple[FrameOrder, ...]
    reference: int
    orientation: int
    develop: Json
    stack: Json
    master: str
    exports: tuple[ExportOrder, ...]
    have_master: str | None = None
    kept: Json = field(default_factory=dict)
    aligned: Json = field(default_factory=dict)
    """How an earlier stack of the same frames was aligned; empty where they are to be aligned."""
    room: int = 0
    """Bytes that are to be free where the master goes before it is begun."""
    dust_met: list[Json] = field(default_factory=list)
    """The specks that other stacks of the same sensor have shown by now."""
    replaces: Mapping[str, str] = field(default_factory=dict)
    """What may be written over: the digest of what we left at a path, ANYTHING where it is ours whatever it holds."""

    @property
    def paths(self) -> tuple[str, ...]:
        """Every file that carrying it out writes."""
        return (self.master, *(export.path for export in self.exports))

    def to_json(self) -> Json:
        """Return a JSON-able dict."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> StackOrder:
        """Read what `to_json` wrote."""
        values = dict(data)
        values["frames"] = tuple(FrameOrder(**frame) for frame in values["frames"])
        values["exports"] = tuple(ExportOrder(**export) for export in values["exports"])
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """A file that lies whole at its place."""

    path: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StackReport:
    """What a worker made."""

    key: str
    master: WrittenFile
    exports: tuple[WrittenFile, ...]
    fused: bool
    method: str
    engine_version: str
    quality: Json = field(default_factory=dict)
    transforms: tuple[list[list[float]] | None, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    elapsed_s: float = 0.0

    def to_json(self) -> Json:
        """Return a JSON-able dict."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> StackReport:
        """Read what `to_json` wrote."""
        values = dict(data)
        values["master"] = WrittenFile(**values["master"])
        values["exports"] = tuple(WrittenFile(**export) for export in values["exports"])
        values["transforms"] = tuple(values["transforms"])
        return cls(**values)


FailureKind = Literal["transient", "permanent", "crash", "disturbed", "bug"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a job did not end well.

    'transient' may pass by itself (disk full, a volume gone); 'permanent' will not (a damaged frame); 'crash' took the
    worker with it, and 'disturbed' the jobs beside it; 'bug' is ours, with the traceback in `detail`.
    """

    kind: FailureKind
    message: str
    detail: str = ""


Outcome = StackReport | Failure


def outcome_to_json(outcome: Outcome) -> Json:
    """Return a JSON-able dict that says which of the two it is."""
    return {"failure": asdict(outcome)} if isinstance(outcome, Failure) else {"report": outcome.to_json()}


def outcome_from_json(data: Mapping[str, Any]) -> Outcome:
    """Read what `outcome_to_json` wrote."""
    return Failure(**data["failure"]) if "failure" in data else StackReport.from_json(data["report"])
