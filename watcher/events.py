"""What the daemon tells whoever looks on: values, so that a terminal, a log and a page can each say it their way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scanned:
    """A look at the folders is done."""

    pictures: int
    new: int


@dataclass(frozen=True, slots=True)
class Importing:
    """`done` of `total` new files are safe in the library; `current` is the one at hand."""

    done: int
    total: int
    current: str


@dataclass(frozen=True, slots=True)
class Imported:
    """An import ended: so many files are new in the library, and of so many their content was there already."""

    new: int
    known: int

    def __str__(self) -> str:
        """Say it in one line."""
        already = f"{self.known} were there already"
        if not self.known:
            return f"imported {self.new} files"
        return f"imported {self.new} files, {already}" if self.new else f"imported nothing: {already}"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file was not taken in."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Grouped:
    """Captures were grouped anew."""

    focus: int
    others: int


@dataclass(frozen=True, slots=True)
class JobStarted:
    """A worker has taken a job."""

    job_id: int
    title: str


@dataclass(frozen=True, slots=True)
class JobProgress:
    """A worker is `done` of `total` through the stage."""

    job_id: int
    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class JobDone:
    """A job's files lie at their places and are recorded; not `fused`: rendered from an earlier master."""

    job_id: int
    title: str
    master: str
    elapsed_s: float
    fused: bool = True


@dataclass(frozen=True, slots=True)
class JobFailed:
    """A job did not end well; `again` says whether it will be tried again by itself."""

    job_id: int
    title: str
    reason: str
    again: bool


@dataclass(frozen=True, slots=True)
class Previewed:
    """A preview shows the stack so far of a sequence that is being shot; `words` are its quality report's lines."""

    sequence_id: int
    frames: int
    path: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Warned:
    """Something a person should know of. What was warned of before `about` the same is over."""

    message: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Resumed:
    """What a warning `about` this spoke of is over."""

    message: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """Something worth a line, and no trouble."""

    message: str


Jobs = JobStarted | JobProgress | JobDone | JobFailed
Event = Scanned | Importing | Imported | Skipped | Grouped | Jobs | Previewed | Warned | Resumed | Noted
Listener = Callable[[Event], None]


def nobody(event: Event) -> None:
    """Listen to nothing."""
