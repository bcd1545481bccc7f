"""Write the pages of a TIFF one after the other: pixels first, then their directory, then the next page.

TIFF 6.0 (1992). tifffile reads these files, but cannot write a directory that another one points to, which is where
Exif has to lie; and only one page's pixels are in memory at a time here.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from develop.codecs import ifd, predictor
from develop.codecs.ifd import Directory

Samples: TypeAlias = NDArray[Any]
RGB, GREY, LINEAR_RAW = 2, 1, 34892
_STRIP_BYTES = 1 << 20
_DEFLATE, _PREDICTOR = 8, 2
_WRITERS = 2


@dataclass(frozen=True, slots=True)
class Page:
    """A picture, H x W x C of uint8 or uint16, and the tags beside those that describe its layout.

    A fourth channel of an RGB page is its opacity, not multiplied in.
    """

    pixels: Samples
    tags: Directory
    photometric: int = RGB
    packed: bool = False


def write_pages(file: BinaryIO, pages: Iterable[Page], *, big: bool) -> None:
    """Write a whole TIFF; `big` where it may pass 4 GiB. The file must be able to seek."""
    file.write(ifd.header(big=big))
    pointer = 8 if big else 4
    for page in pages:
        offsets, lengths = _write_strips(file, page)
        file.write(b"\0" * (-file.tell() % 16))
        at = file.tell()
        tags = _layout(page, offsets, lengths, big=big)
        block = ifd.lay_out(tags, at, big=big)
        file.write(block)
        _patch(file, pointer, at, big=big)
        count = len({*tags.entries, *tags.subs})
        pointer = at + (8 + 20 * count if big else 2 + 12 * count)


def _patch(file: BinaryIO, place: int, value: int, *, big: bool) -> None:
    file.seek(place)
    file.write(struct.pack("<Q" if big else "<I", value))
    file.seek(0, os.SEEK_END)


def _rows(page: Page) -> int:
    return max(1, _STRIP_BYTES // int(page.pixels[0].nbytes))


def _write_strips(file: BinaryIO, page: Page) -> tuple[list[int], list[int]]:
    pixels = np.ascontiguousarray(page.pixels).astype(page.pixels.dtype.newbyteorder("<"), copy=False)
    rows, start = _rows(page), file.tell()
    strips = [pixels[top : top + rows] for top in range(0, pixels.shape[0], rows)]
    lengths = []
    if page.packed:
        with ThreadPoolExecutor(_WRITERS) as pool:
            for packed in pool.map(partial(predictor.pack, order="<"), strips):
                lengths.append(len(packed))
                file.write(packed)
    else:
        lengths = [strip.nbytes for strip in strips]
        file.write(pixels.data)
    return [start, *(start + end for end in accumulate(lengths[:-1]))], lengths


def _layout(page: Page, offsets: list[int], lengths: list[int], *, big: bool) -> Directory:
    height, width = page.pixels.shape[:2]
    channels = page.pixels.shape[2] if page.pixels.ndim == 3 else 1
    number = ifd.LONG8 if big else ifd.LONG
    entries = [
        ifd.longs(256, [width]),
        ifd.longs(257, [height]),
        ifd.shorts(258, *[8 * page.pixels.dtype.itemsize] * channels),
        ifd.shorts(259, _DEFLATE if page.packed else 1),
        ifd.shorts(262, page.photometric),
        ifd.longs(273, offsets, number),
        ifd.shorts(277, channels),
        ifd.longs(278, [_rows(page)]),
        ifd.longs(279, lengths, number),
        ifd.shorts(284, 1),
    ]
    if page.packed:
        entries.append(ifd.shorts(317, _PREDICTOR))
    if channels == 4:
        entries.append(ifd.shorts(338, 2))
    return page.tags.with_entries(*entries)
