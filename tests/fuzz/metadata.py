"""Read damaged headers until the time is up: `python -m tests.fuzz.metadata [--seconds 600] [--seed N] [FILE...]`.

Each file is read in one process under limits of time and memory. A file that breaks a limit, or raises anything but the
readers' own error, is kept beside the report, and the search ends with exit code 1.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import resource
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import FrameType

from catalog.metadata.completeness import fault_of
from catalog.metadata.errors import BrokenHeaderError
from catalog.metadata.file_bytes import in_memory
from catalog.metadata.present import to_public_json
from catalog.metadata.reader import metadata_from
from tests.catalog.metadata.test_old_raws import crw, mrw, x3f
from tests.catalog.metadata.test_reader import HOSTILE, SEEDS

MOST_SECONDS, MOST_MEGABYTES = 1.0, 256
TOKENS = (
    *(b"\xff", b"\0", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"\0\0\0\x01", b"\x01\0\0\0", b"\xff\xd8", b"\xff\xd9"),
    *(
        b"\xff\xda",
        b"\xff\xe1",
        b"II*\0",
        b"MM\0*",
        b"Exif\0\0",
        b"\x69\x87\x04\0",
        b"\x4a\x01\x04\0",
        b"\x7c\x92\x07\0",
    ),
    *(b"meta", b"moov", b"iloc", b"iinf", b"infe", b"uuid", b"CMT1", b"mdat", b"Nikon\0\2", b"SONY DSC ", b"MakN"),
)


class TooLongError(Exception):
    """One file took longer than is allowed."""


def _alarm(number: int, stack: FrameType | None) -> None:
    raise TooLongError


def _flip(data: bytearray, chance: random.Random) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _token(data: bytearray, chance: random.Random) -> None:
    at, token = chance.randrange(len(data)), chance.choice(TOKENS)
    data[at : at + len(token)] = token


def _cut(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data)) :]


def _copy(data: bytearray, chance: random.Random) -> None:
    size = chance.randrange(1, 1 + min(len(data), 4096))
    source, at = chance.randrange(len(data)), chance.randrange(len(data))
    data[at:at] = data[source : source + size]


def _remove(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data))
    del data[at : at + chance.randrange(1, 64)]


def _number(data: bytearray, chance: random.Random) -> None:
    width, order = chance.choice((2, 4)), chance.choice("<>")
    value = chance.choice((0, 1, 8, len(data), len(data) - 1, chance.randrange(1 << 16), (1 << 8 * width) - 1))
    at = chance.randrange(len(data))
    data[at : at + width] = struct.pack(order + ("H" if width == 2 else "I"), value % (1 << 8 * width))


DAMAGES: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip,
    _flip,
    _token,
    _number,
    _number,
    _copy,
    _remove,
    _cut,
)


def damaged(seeds: list[bytes], chance: random.Random) -> bytes:
    """Give a seed with a few damages, most of them near its head, where the directories are."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.choice((1, 1, 2, 3, 8, 30))):
        if data:
            chance.choice(DAMAGES)(data, chance)
    return bytes(data)


def read(data: bytes) -> str | None:
    """Read one file as the product would; give what went wrong, or None."""
    signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)
    try:
        with contextlib.suppress(BrokenHeaderError):
            to_public_json(Path("fuzz"), metadata_from(in_memory(data)))
        fault_of(in_memory(data))
    except TooLongError:
        return f"took longer than {MOST_SECONDS} s"
    except Exception as error:  # noqa: BLE001 - whatever comes out is the find
        return f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return None


def _megabytes() -> float:
    """Give the most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def candidates(seeds: list[bytes], seconds: float, seed: int) -> Iterator[bytes]:
    """Give the files made to be hostile, then damaged ones until the time is up."""
    yield from HOSTILE.values()
    chance, end = random.Random(seed), time.monotonic() + seconds
    while time.monotonic() < end:
        yield damaged(seeds, chance)


def search(files: Iterable[bytes]) -> tuple[int, str | None, bytes]:
    """Read files until one breaks a limit; give how many were read, what went wrong, and with which file."""
    before, count = _megabytes(), 0
    signal.signal(signal.SIGALRM, _alarm)
    for count, data in enumerate(files, 1):
        fault = read(data)
        if fault is None and _megabytes() - before > MOST_MEGABYTES:
            fault = f"took more than {MOST_MEGABYTES} MB"
        if fault:
            return count, fault, data
    return count, None, b""


def main() -> int:
    """Search for the time that is asked for, and say what was found."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    asked.add_argument("--seconds", type=float, default=600)
    asked.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    asked.add_argument("files", nargs="*", type=Path, help="real files to damage, beside the made ones")
    wanted = asked.parse_args()
    seeds = [*SEEDS.values(), crw(), mrw(), x3f(), *(path.read_bytes()[:400_000] for path in wanted.files)]
    count, fault, data = search(candidates(seeds, wanted.seconds, wanted.seed))
    if fault is None:
        print(f"{count} damaged files read in {wanted.seconds:.0f} s (seed {wanted.seed}): none broke a limit")
        return 0
    with tempfile.NamedTemporaryFile(prefix="stackroom-fuzz-", suffix=".bin", delete=False) as kept:
        kept.write(data)
    print(f"file {count} (seed {wanted.seed}) {fault}; kept as {kept.name}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
