"""Take new files in: judge, read, copy and verify, and record them. What was seen before is passed over at once."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from catalog import copying, destinations, importing, stacks
from catalog.database import Catalog
from catalog.errors import CatalogLocked, CatalogNotWritable, CopyDiffers, CopyStopped, SourceChanged
from catalog.metadata.errors import MetadataError
from catalog.metadata.reader import read_metadata
from catalog.metadata.record import Metadata
from catalog.volumes import room_at
from watcher.carrying import AT_ONCE, Carrying
from watcher.events import Imported, Importing, Listener, Skipped, nobody
from watcher.folder import RAW_SUFFIXES, Found, Scan
from watcher.results import made_here
from watcher.stability import Stability

BATCH = 32
"""Files a transaction: large enough that commits cost nothing, small enough that a cut loses little work."""
BATCH_IN_PLACE = 250
"""Of files that stay where they are a cut loses no copies, only headers to be read again."""
RESERVE = 64 << 20
"""Bytes left free on the library's disk, where the catalog lives too; on a very small disk a twentieth of it."""
_ON_THE_LIBRARYS_SIDE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})
_TROUBLE = (OSError, CopyDiffers, CatalogLocked, CatalogNotWritable)
_LOOK_AGAIN = -1
"""Recorded as the size of what could not be read: no file has it, so that the next look judges the file anew."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """What a scan means: files to take in, files that are damaged, and how long to wait for the rest."""

    ready: tuple[Found, ...]
    invalid: tuple[tuple[Found, str], ...]
    unreadable: tuple[tuple[Found, str], ...]
    waiting: tuple[Found, ...]
    look_again_s: float


@dataclass(slots=True)
class Taken:
    """What became of files that were ready: captures that are new or have a new file, and files still moving.

    `new` files are in the library now; the content of `known` ones was there already.

    `trouble` is what ended it early: a full disk, say. What was taken in before that is safe and recorded.
    """

    captures: set[int] = field(default_factory=set)
    new: int = 0
    known: int = 0
    moving: list[Found] = field(default_factory=list)
    trouble: Exception | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bringing:
    """A batch at hand: files brought but not yet recorded, and what the catalog knows that may be the same."""

    pending: list[importing.Incoming]
    carrying: Carrying
    like_results: set[int]
    signatures: dict[Path, str]
    known: set[str]
    stop: Callable[[], bool]

    def has_like(self, signature: str) -> bool:
        """Say whether a file that is not yet recorded may be the same."""
        return self.carrying.has_like(signature) or any(item.signature == signature for item in self.pending)


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """How files are taken in: copied below `originals`, or left where they are when that is None or says so.

    `in_place` names folders whose files stay where they are although others are copied.
    """

    catalog: Catalog
    originals: Path | None
    in_place: tuple[Path, ...] = ()
    template: str = destinations.DEFAULT_TEMPLATE
    listen: Listener = nobody

    def sort(self, scan: Scan, stability: Stability, promised: Collection[str] = ()) -> Sorted:
        """Judge every file of the scan that the catalog has not seen in this very state, and that is no result.

        `promised` are files that jobs are still to write.
        """
        ready: list[Found] = []
        refused: dict[str, list[tuple[Found, str]]] = {"invalid": [], "unreadable": []}
        waits: list[tuple[Found, float]] = []
        for found in self._unseen(scan.pictures, promised):
            verdict = stability.observe(found)
            if verdict.state == "ready":
                ready.append(found)
            elif verdict.state == "wait":
                waits.append((found, verdict.seconds))
            else:
                refused[verdict.state].append((found, verdict.reason))
        waiting = tuple(found for found, _ in waits)
        stability.keep_only([found.path for found in waiting])
        return Sorted(
            ready=tuple(ready),
            invalid=tuple(refused["invalid"]),
            unreadable=tuple(refused["unreadable"]),
            waiting=waiting,
            look_again_s=min((seconds for _, seconds in waits), default=0.0),
        )

    def _unseen(self, pictures: Sequence[Found], promised: Collection[str]) -> list[Found]:
        with self.catalog.reader() as session:
            known = importing.known(session, [str(found.path) for found in pictures])
            unseen = [
                found
                for found in pictures
                if (seen := known.get(str(found.path))) is None
                or (seen.size, seen.mtime_ns) != (found.size, found.mtime_ns)
            ]
            ours = made_here(session, {found.path for found in unseen}, promised)
        return [found for found in unseen if found.path not in ours]

    def refuse(self, refused: Iterable[tuple[Found, str]]) -> None:
        """Record files that are no pictures, with the reason, so that they are listed and not judged again."""
        self._note([(str(found.path), found.size, found.mtime_ns, reason) for found, reason in refused])

    def postpone(self, unreadable: Iterable[tuple[Found, str]]) -> None:
        """Record files that cannot be read now: listed with the reason, and tried again at every look."""
        self._note_once([(found.path, _LOOK_AGAIN, reason) for found, reason in unreadable])

    def note_others(self, others: Sequence[tuple[Path, str]]) -> None:
        """Record what lies beside the pictures and is not imported, so that nobody clears a card in error."""
        self._note_once([(path, 0, reason) for path, reason in others])

    def _note_once(self, entries: Sequence[tuple[Path, int, str]]) -> None:
        if not entries:
            return
        with self.catalog.reader() as session:
            known = importing.known(session, [str(path) for path, _, _ in entries])
        news = [
            (str(path), size, size, reason)
            for path, size, reason in entries
            if (seen := known.get(str(path))) is None or (seen.size, seen.reason) != (size, reason)
        ]
        self._note(news)

    def _note(self, entries: Sequence[tuple[str, int, int, str]]) -> None:
        if not entries:
            return
        with self.catalog.writer() as session:
            for entry in entries:
                importing.skip(session, *entry)
        for path, _, _, reason in entries:
            self.listen(Skipped(path, reason))

    def take(self, ready: Sequence[Found], stop: Callable[[], bool] = _never) -> Taken:
        """Copy, verify and record the files, until `stop` says so.

        No transaction is open while a file is read. Cut anywhere, the same call simply goes on.
        """
        taken = Taken()
        pending: list[importing.Incoming] = []
        with Carrying() as carrying:
            try:
                self._take(ready, stop, taken, pending, carrying)
            except _TROUBLE as error:
                taken.trouble = error
            self._welcome_rest(carrying, pending, taken)
        try:
            self._record(pending, taken)
        except (CatalogLocked, CatalogNotWritable) as error:
            # The copies lie in their places; the next call finds them there and records them.
            taken.trouble = error
        if ready:
            self.listen(Imported(taken.new, taken.known))
        return taken

    def _take(
        self,
        ready: Sequence[Found],
        stop: Callable[[], bool],
        taken: Taken,
        pending: list[importing.Incoming],
        carrying: Carrying,
    ) -> None:
        size = BATCH if self.originals is not None else BATCH_IN_PLACE
        for start in range(0, len(ready), size):
            batch = ready[start : start + size]
            bringing = self._look_up(batch, pending, carrying, stop)
            for number, found in enumerate(batch, start):
                if stop():
                    return
                self.listen(Importing(number, len(ready), found.path.name))
                try:
                    self._take_one(found, bringing, taken)
                    if carrying.is_full:
                        self._welcome(carrying, pending, taken, leave=AT_ONCE - 1)
                except CopyStopped:
                    return
            self._record(pending, taken)

    def _welcome(self, carrying: Carrying, pending: list[importing.Incoming], taken: Taken, leave: int = 0) -> None:
        """Wait until at most so many files are on their way; those that arrived are to be recorded."""
        for file in carrying.arrivals(leave):
            with self._explained(file.found, taken):
                pending.append(file.arriving.result())

    def _welcome_rest(self, carrying: Carrying, pending: list[importing.Incoming], taken: Taken) -> None:
        """Wait for all that were on their way when trouble came: they may have arrived all the same."""
        while not carrying.is_empty:
            try:
                self._welcome(carrying, pending, taken)
            except _TROUBLE as error:
                taken.trouble = taken.trouble or error
            except CopyStopped:
                continue

    def _look_up(
        self, batch: Sequence[Found], pending: list[importing.Incoming], carrying: Carrying, stop: Callable[[], bool]
    ) -> _Bringing:
        """Ask the catalog of a whole batch what it would else be asked file by file."""
        signatures: dict[Path, str] = {}
        for found in batch:
            with contextlib.suppress(OSError):  # its turn will come, and tell why it cannot be read
                signatures[found.path] = copying.signature(found.path)
        with self.catalog.reader() as session:
            return _Bringing(
                pending=pending,
                carrying=carrying,
                like_results=stacks.sizes_of_results(session, {found.size for found in batch}),
                signatures=signatures,
                known=importing.stored_signatures(session, set(signatures.values())),
                stop=stop,
            )

    @contextlib.contextmanager
    def _explained(self, found: Found, taken: Taken) -> Iterator[None]:
        """Note what keeps one file from being taken in; what would keep the others too is raised."""
        try:
            yield
        except MetadataError as error:
            self.refuse([(found, str(error))])
        except SourceChanged:
            taken.moving.append(found)
        except OSError as error:
            self._explain(found, error)

    def _take_one(self, found: Found, bringing: _Bringing, taken: Taken) -> None:
        with self._explained(found, taken):
            if found.size in bringing.like_results and self._is_result(found):
                self.refuse([(found, "a result made here, not an original: not imported")])
                return
            signature = bringing.signatures.get(found.path) or copying.signature(found.path)
            if bringing.has_like(signature):
                # A file that may be the same as one not yet recorded must find it recorded, or both are copied.
                self._welcome(bringing.carrying, bringing.pending, taken)
                self._record(bringing.pending, taken)
                bringing.known.add(signature)
            self._bring(found, signature, bringing, taken)

    def _is_result(self, found: Found) -> bool:
        digest = copying.digest_file(found.path)
        with self.catalog.reader() as session:
            return stacks.is_result(session, str(found.path), digest)

    def _record(self, pending: list[importing.Incoming], taken: Taken) -> None:
        if not pending:
            return
        with self.catalog.writer() as session:
            outcomes = importing.register(session, pending)
        pending.clear()
        imported = [done.capture_id for done in outcomes if done.status == "imported"]
        taken.captures.update(imported)
        taken.new += len(imported)
        taken.known += len(outcomes) - len(imported)

    def _explain(self, found: Found, error: OSError) -> None:
        """Postpone a file that cannot be read, forget one that is gone; what the library's disk refuses is raised."""
        if error.errno in _ON_THE_LIBRARYS_SIDE:
            raise error
        if error.filename is None or Path(error.filename) != found.path:
            # A failing read does not say which file it was: read the source alone to tell whose fault it is.
            try:
                copying.digest_file(found.path)
            except OSError as reading:
                error = reading
            else:
                raise error
        if error.errno not in (errno.ENOENT, errno.ENOTDIR):
            self.postpone([(found, f"cannot be read: {error.strerror or error}")])

    def _folder_for(self, source: Path) -> Path | None:
        """Return the folder that a copy of `source` goes below; None where it stays in its place."""
        return None if any(source.is_relative_to(folder) for folder in self.in_place) else self.originals

    def _bring(self, found: Found, signature: str, bringing: _Bringing, taken: Taken) -> None:
        """Let a copy of a file set out for the library, or bring the file itself where there is nothing to copy."""
        source = found.path
        metadata = read_metadata(source)
        is_known = signature in bringing.known or source not in bringing.signatures
        stored, digest = self._stored(source) if is_known else (None, None)
        originals, carrying = self._folder_for(source), bringing.carrying
        if stored is not None or originals is None:
            bringing.pending.append(_incoming(found, signature, metadata, stored or source, digest))
            return
        if not _has_room(originals, found.size + carrying.size):
            self._welcome(carrying, bringing.pending, taken)
            _require_room(originals, found.size)

        def is_free(place: Path) -> bool:
            if carrying.has_place(place):
                # Only the disk knows whether it takes small letters for large ones: let the other lie there first.
                self._welcome(carrying, bringing.pending, taken)
            return self._is_free(place, source)

        place = destinations.destination(originals, self.template, metadata, source, is_free=is_free)

        def copy() -> importing.Incoming:
            copied = copying.copy_verified(source, place, bringing.stop, carrying.turn)
            return _incoming(found, signature, metadata, copied.path, copied.digest)

        carrying.send(found, signature, place, copy)

    def _stored(self, source: Path) -> tuple[Path | None, str]:
        """Return where this content is stored already, if it is, and its digest."""
        digest = copying.digest_file(source)
        with self.catalog.reader() as session:
            return importing.stored_with_digest(session, digest), digest

    def _is_free(self, place: Path, source: Path) -> bool:
        """Say whether `place` is empty, or holds a copy of `source` that a cut run made before it could record it."""
        if not os.path.lexists(place):
            return True
        return place.stat().st_size == source.stat().st_size and copying.digest_file(place) == copying.digest_file(
            source
        )


def _incoming(found: Found, signature: str, metadata: Metadata, stored: Path, digest: str | None) -> importing.Incoming:
    """Return what is to be recorded of a file. Raises SourceChanged where it is not what the scan saw any more."""
    digest = digest or copying.digest_file(found.path)
    status = found.path.stat()
    if (status.st_size, status.st_mtime_ns) != (found.size, found.mtime_ns):
        raise SourceChanged(found.path)
    return importing.Incoming(
        source=found.path,
        size=found.size,
        mtime_ns=found.mtime_ns,
        digest=digest,
        signature=signature,
        stored=stored,
        role="raw" if found.path.suffix.lower() in RAW_SUFFIXES else "jpeg",
        metadata=metadata,
    )


def _has_room(folder: Path, size: int) -> bool:
    total, free = room_at(folder)
    return free >= size + min(RESERVE, total // 20)


def _require_room(folder: Path, size: int) -> None:
    """Refuse a copy that would fill the disk to its brim. Raises OSError (ENOSPC) naming the folder."""
    if not _has_room(folder, size):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
