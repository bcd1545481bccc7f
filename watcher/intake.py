"""Take new files in: judge, read, copy and verify, and record them. What was seen before is passed over at once."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog import copying, destinations, importing
from catalog.database import Catalog
from catalog.errors import SourceChanged
from catalog.metadata.errors import MetadataError
from catalog.metadata.reader import read_metadata
from watcher.events import Importing, Listener, Skipped, nobody
from watcher.folder import RAW_SUFFIXES, Found, Scan
from watcher.stability import Stability

BATCH = 32
"""Files a transaction: large enough that commits cost nothing, small enough that a cut loses little work."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """What a scan means: files to take in, files that are damaged, and how long to wait for the rest."""

    ready: tuple[Found, ...]
    invalid: tuple[tuple[Found, str], ...]
    waiting: int
    look_again_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """How files are taken in: copied below `originals`, or left where they are when that is None."""

    catalog: Catalog
    originals: Path | None
    template: str = destinations.DEFAULT_TEMPLATE
    listen: Listener = nobody

    def sort(self, scan: Scan, stability: Stability) -> Sorted:
        """Judge every file of the scan that the catalog has not seen in this very state."""
        with self.catalog.reader() as session:
            known = importing.known(session, [str(found.path) for found in scan.pictures])
        ready: list[Found] = []
        invalid: list[tuple[Found, str]] = []
        waits: list[float] = []
        for found in scan.pictures:
            seen = known.get(str(found.path))
            if seen is not None and (seen.size, seen.mtime_ns) == (found.size, found.mtime_ns):
                continue
            verdict = stability.observe(found)
            if verdict.state == "ready":
                ready.append(found)
            elif verdict.state == "invalid":
                invalid.append((found, verdict.reason))
            else:
                waits.append(verdict.seconds)
        return Sorted(tuple(ready), tuple(invalid), len(waits), min(waits, default=0.0))

    def refuse(self, refused: Iterable[tuple[Found, str]]) -> None:
        """Record files that are not taken in, with the reason, so that they are listed and not judged again."""
        refused = list(refused)
        if not refused:
            return
        with self.catalog.writer() as session:
            for found, reason in refused:
                importing.skip(session, str(found.path), found.size, found.mtime_ns, reason)
        for found, reason in refused:
            self.listen(Skipped(str(found.path), reason))

    def note_others(self, others: Sequence[tuple[Path, str]]) -> None:
        """Record what lies beside the pictures and is not imported, so that nobody clears a card in error."""
        with self.catalog.reader() as session:
            known = importing.known(session, [str(path) for path, _ in others])
        news = [(path, reason) for path, reason in others if str(path) not in known]
        if not news:
            return
        with self.catalog.writer() as session:
            for path, reason in news:
                importing.skip(session, str(path), 0, 0, reason)
        for path, reason in news:
            self.listen(Skipped(str(path), reason))

    def take(self, ready: Sequence[Found]) -> set[int]:
        """Copy, verify and record the files; return the captures that are new or have a new file.

        No transaction is open while a file is read. Cut anywhere, the same call simply goes on.
        """
        changed: set[int] = set()
        pending: list[importing.Incoming] = []
        for number, found in enumerate(ready):
            self.listen(Importing(number, len(ready), found.path.name))
            try:
                signature = copying.signature(found.path)
                if len(pending) >= BATCH or any(item.signature == signature for item in pending):
                    # A file that may be the same as one not yet recorded must find it recorded, or both are copied.
                    changed |= self._record(pending)
                    pending = []
                pending.append(self._bring(found, signature))
            except (MetadataError, SourceChanged) as error:
                self.refuse([(found, str(error))])
            except OSError as error:
                self._explain(found, error)
        changed |= self._record(pending)
        if ready:
            self.listen(Importing(len(ready), len(ready), ready[-1].path.name))
        return changed

    def _record(self, pending: Sequence[importing.Incoming]) -> set[int]:
        if not pending:
            return set()
        with self.catalog.writer() as session:
            outcomes = importing.register(session, pending)
        return {done.capture_id for done in outcomes if done.status == "imported"}

    def _explain(self, found: Found, error: OSError) -> None:
        """Refuse a file that cannot be read, forget one that is gone; what the library's disk refuses is raised."""
        if error.filename is None or Path(error.filename) != found.path:
            raise error
        if error.errno != errno.ENOENT:
            self.refuse([(found, f"cannot be read: {error.strerror or error}")])

    def _bring(self, found: Found, signature: str) -> importing.Incoming:
        source = found.path
        metadata = read_metadata(source)
        stored, digest = self._stored(source, signature)
        if stored is None and self.originals is not None:
            place = destinations.destination(
                self.originals, self.template, metadata, source, is_free=lambda place: self._is_free(place, source)
            )
            copied = copying.copy_verified(source, place)
            stored, digest = copied.path, copied.digest
        return importing.Incoming(
            source=source,
            size=found.size,
            mtime_ns=found.mtime_ns,
            digest=digest or copying.digest_file(source),
            signature=signature,
            stored=stored or source,
            role="raw" if source.suffix.lower() in RAW_SUFFIXES else "jpeg",
            metadata=metadata,
        )

    def _stored(self, source: Path, signature: str) -> tuple[Path | None, str | None]:
        """Return where this content is stored already, if it is, and its digest, if it had to be computed."""
        with self.catalog.reader() as session:
            if not importing.stored_with_signature(session, signature):
                return None, None
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
