"""What can go wrong with the catalog.

CatalogError
├── CatalogTooNew        made by a newer version of the program
├── CatalogDamaged       not a catalog, or fails its integrity check
├── CatalogLocked        another program holds it for longer than we wait
├── CatalogNotWritable   its disk or folder is read-only, or it is full
├── SourceChanged        a file changed while it was read
├── CopyDiffers          a copy, read again, is not what was read from the source
├── CopyStopped          a copy was given up because somebody asked to stop
├── BackupOntoItself     a backup's target is the catalog
├── BackupOntoOther      a backup's target is a file that is no catalog
├── BadTemplate          a pattern for the library's folders that cannot be followed
├── BadQuery             a search that cannot be understood
├── NotAllowed           a mark, name or copy that cannot be given
└── NoSuchRow            a capture, sequence or batch that was asked for is not there
"""

from __future__ import annotations

from pathlib import Path


class CatalogError(Exception):
    """Base of all errors of the catalog; the message is one clear line."""


class CatalogTooNew(CatalogError):
    """The catalog was made by a newer version."""

    def __init__(self, path: Path, revision: str) -> None:
        super().__init__(f"{path}: made by a newer Stackroom (catalog version {revision}); update Stackroom to open it")


class CatalogDamaged(CatalogError):
    """The file is not a catalog, or damaged."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path}: damaged or not a catalog ({why}); `stackroom restore` brings back the newest sound backup"
        )


class CatalogLocked(CatalogError):
    """Another program holds the catalog."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: locked by another program; close it and try again")


class CatalogNotWritable(CatalogError):
    """The catalog cannot be written."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: cannot be written ({why}); make it writable or use another --library")


class SourceChanged(CatalogError):
    """A file changed while it was being read."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: changed while it was read; it is taken in when it has come to rest")


class CopyDiffers(CatalogError):
    """A copy is not what was read."""

    def __init__(self, source: Path, target: Path) -> None:
        super().__init__(
            f"{source}: the copy at {target} reads back differently; check that disk, nothing was recorded"
        )


class CopyStopped(CatalogError):
    """A copy was given up in its middle."""

    def __init__(self, source: Path) -> None:
        super().__init__(f"{source}: its copy was given up as asked; the next run makes it")


class BackupOntoItself(CatalogError):
    """A backup would replace the catalog that it is made of."""

    def __init__(self, target: Path) -> None:
        super().__init__(f"{target}: is the catalog itself; name another file for the backup")


class BackupOntoOther(CatalogError):
    """A backup would replace a file that is none."""

    def __init__(self, target: Path) -> None:
        super().__init__(f"{target}: is there and no backup of a catalog; name another file")


class BadTemplate(CatalogError):
    """A pattern for the library's folders cannot be followed."""

    def __init__(self, template: str, why: str) -> None:
        super().__init__(f"template {template}: {why}")


class BadQuery(CatalogError):
    """A search cannot be understood; `column` counts from 1."""

    def __init__(self, column: int, why: str) -> None:
        super().__init__(f"query, column {column}: {why}")
        self.column = column


class NotAllowed(CatalogError):
    """A mark, name or copy cannot be given; the message says why and what may be."""


class NoSuchRow(CatalogError):
    """Something that was asked for is not in the catalog."""
