"""Find the picture files below a folder: a scan is the truth, events are only hints that one is due."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from watcher import errors

RAW_SUFFIXES = frozenset(
    ".3fr .ari .arw .cr2 .cr3 .crw .dcr .dng .erf .fff .iiq .kdc .mef .mos .mrw .nef .nrw .orf .ori .pef .raf .raw "
    ".rw2 .rwl .sr2 .srf .srw .x3f".split()
)
PICTURE_SUFFIXES = RAW_SUFFIXES | frozenset(".jpg .jpeg .jpe .tif .tiff .png .heic .heif .hif".split())
VIDEO_SUFFIXES = frozenset(".mov .mp4 .m4v .avi .mts .m2ts .mxf .crm .braw .r3d .mkv .insv .lrv .wav .mp3".split())
# What cameras, file systems and other programs lay beside pictures. Nothing in them is anybody's work.
BOOKKEEPING_SUFFIXES = frozenset(
    ".xmp .thm .mrk .ctg .db .dat .ind .inp .int .bdm .bdmv .cpi .mpl .xml .log .bin .idx .lst .on1 .dop .pp3 .cos "
    ".cot .ini .lnk .bup .ifo .fct .fw .cal .sav .dsc .aae .acr".split()
)
IGNORED_NAME = re.compile(
    r"""^(\._.*            # AppleDouble halves
        |\..*              # hidden files and folders: .Trashes, .DS_Store, our own temporaries
        |Thumbs\.db|desktop\.ini|@eaDir|\#recycle|\$RECYCLE\.BIN|System\ Volume\ Information|lost\+found
        |.*~|.*\.(part|filepart|tmp|crdownload|partial|swp)
    )$""",
    re.VERBOSE | re.IGNORECASE,
)


CLOSED = "folder cannot be read"
"""How the reason of a folder begins that may not be entered."""


@dataclass(frozen=True, slots=True)
class Found:
    """A picture file as the scan saw it; `changed_ns` is the later of its mtime and ctime."""

    path: Path
    size: int
    mtime_ns: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Scan:
    """What lies below the folders: pictures in a stable order, and what is no picture, with the reason."""

    pictures: tuple[Found, ...]
    others: tuple[tuple[Path, str], ...]


def picture_order(path: Path) -> tuple[str, str, str]:
    """Sort key: folder by folder, 'IMG_1' before 'IMG_1 (1)', so that the plain name is the one that counts."""
    folder, name = os.path.split(path)
    return (folder, *os.path.splitext(name))


def _shown(path: str) -> Path:
    """Return a path as text can show it: what is no UTF-8 in it becomes a mark."""
    return Path(os.fsencode(path).decode(errors="replace"))


def _reason_to_skip(name: str) -> str | None:
    suffix = os.path.splitext(name)[1].lower()
    if suffix in VIDEO_SUFFIXES:
        return "a video or sound file, not a picture: not imported"
    if suffix in BOOKKEEPING_SUFFIXES:
        return None
    return "not a picture file: not imported"


def _look(entry: os.DirEntry[str]) -> Found | tuple[Path, str] | None:
    path = Path(entry.path)
    is_picture = os.path.splitext(entry.name)[1].lower() in PICTURE_SUFFIXES
    if entry.is_symlink():
        return (path, "a link, not a file: import what it points to instead") if is_picture else None
    if not is_picture:
        reason = _reason_to_skip(entry.name) if entry.is_file(follow_symlinks=False) else "not a regular file"
        return (path, reason) if reason else None
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    except OSError as error:
        return path, f"cannot be read: {error.strerror}"
    if not entry.is_file(follow_symlinks=False):
        return path, "not a regular file"
    return Found(path, status.st_size, status.st_mtime_ns, max(status.st_mtime_ns, status.st_ctime_ns))


def look_at(paths: Collection[Path]) -> Scan:
    """Judge files that were named one by one, as `scan` judges those that it finds. Raises FolderMissing."""
    pictures: dict[Path, Found] = {}
    others: list[tuple[Path, str]] = []
    for path in paths:
        try:
            status = path.lstat()
        except FileNotFoundError:
            raise errors.FolderMissing(path) from None
        except OSError as error:
            others.append((path, f"cannot be read: {error.strerror}"))
            continue
        if stat.S_ISLNK(status.st_mode):
            others.append((path, "a link, not a file: import what it points to instead"))
        elif not stat.S_ISREG(status.st_mode):
            others.append((path, "not a regular file"))
        elif path.suffix.lower() not in PICTURE_SUFFIXES:
            others.append((path, _reason_to_skip(path.name) or "not a picture file: not imported"))
        else:
            real = path.resolve()
            changed = max(status.st_mtime_ns, status.st_ctime_ns)
            pictures[real] = Found(real, status.st_size, status.st_mtime_ns, changed)
    return Scan(tuple(sorted(pictures.values(), key=lambda found: picture_order(found.path))), tuple(sorted(others)))


@dataclass(slots=True)
class _Seen:
    """What was seen so far."""

    excluded: set[str]
    pictures: dict[Path, Found] = field(default_factory=dict)
    others: set[tuple[Path, str]] = field(default_factory=set)

    def list(self, folder: str) -> list[str]:
        """Note the files of one folder; return the folders in it. Raises OSError."""
        below = []
        for entry in os.scandir(folder):
            if IGNORED_NAME.match(entry.name) or entry.path in self.excluded:
                continue
            if not entry.path.isprintable() and _shown(entry.path) != Path(entry.path):
                self.others.add((_shown(entry.path), "its name is not UTF-8 text: rename it"))
                continue
            if entry.is_dir(follow_symlinks=False):
                below.append(entry.path)
                continue
            seen = _look(entry)
            if isinstance(seen, Found):
                self.pictures[seen.path] = seen
            elif seen is not None:
                self.others.add(seen)
        return below

    def scan(self) -> Scan:
        ordered = sorted(self.pictures.values(), key=lambda found: picture_order(found.path))
        return Scan(tuple(ordered), tuple(sorted(self.others)))


def together(scans: Sequence[Scan]) -> Scan:
    """Return several scans as one; what was seen twice counts once."""
    if len(scans) == 1:
        return scans[0]
    pictures = {found.path: found for each in scans for found in each.pictures}
    others = {other for each in scans for other in each.others}
    ordered = sorted(pictures.values(), key=lambda found: picture_order(found.path))
    return Scan(tuple(ordered), tuple(sorted(others)))


def scan(roots: Collection[Path], *, exclude: Collection[Path] = ()) -> Scan:
    """Walk the folders (links are not followed) and leave out `exclude`, our own outputs among them.

    Raises FolderMissing or FolderUnreadable for a root; a folder below it that may not be read is listed in `others`.
    """
    seen = _Seen({str(path.resolve()) for path in exclude})
    for root in roots:
        if not root.is_dir():
            raise errors.FolderMissing(root)
        top = str(root.resolve())
        pending = [top]
        while pending:
            folder = pending.pop()
            try:
                pending += seen.list(folder)
            except FileNotFoundError:
                continue
            except OSError as error:
                if folder == top:
                    raise errors.FolderUnreadable(root, error.strerror or str(error)) from error
                seen.others.add((Path(folder), f"{CLOSED}: {error.strerror}"))
    return seen.scan()


def look_into(folders: Collection[Path], *, exclude: Collection[Path] = ()) -> Scan:
    """List some folders, and not what is below them; one that is gone holds nothing."""
    seen = _Seen({str(path.resolve()) for path in exclude})
    for folder in folders:
        try:
            seen.list(str(folder))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            seen.others.add((folder, f"{CLOSED}: {error.strerror}"))
    return seen.scan()


def is_passed_over(folder: Path, root: Path, exclude: Collection[Path]) -> bool:
    """Say whether a walk of `root` leaves this folder out: a hidden one, another program's, our own outputs."""
    if any(folder.is_relative_to(path) for path in exclude):
        return True
    return any(IGNORED_NAME.match(part) for part in folder.relative_to(root).parts)
