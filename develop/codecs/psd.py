"""Write layered files: PSD, or PSB where a PSD would be too large. One layer is in memory at a time.

Adobe Photoshop File Formats Specification (2019): header, image resources, layer records, channels, merged picture.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np

from develop.codecs import atomic, exif, icc, predictor, psd_limits
from develop.codecs.layer import Layer, Progress, silent
from develop.codecs.tags import NO_TAGS, FileTags
from develop.codecs.xmp_packet import render_packet
from develop.image import Image, Pixels

_RGB_MODE = 3
_RAW, _ZIP_WITH_PREDICTION = 0, 3
_OPACITY_CHANNEL, _MASK_CHANNEL = -1, -2
_HIDDEN = 2
_ICC, _EXIF, _XMP, _RESOLUTION = 1039, 1058, 1060, 1005


@dataclass(frozen=True, slots=True)
class _Form:
    """How numbers are written: PSB has wider lengths than PSD."""

    psb: bool

    def length(self, value: int) -> bytes:
        return struct.pack(">Q" if self.psb else ">I", value)

    @property
    def width(self) -> int:
        return 8 if self.psb else 4


def needs_psb(merged: Image, layers: int) -> bool:
    """Say whether this many layers of a picture pass what a PSD holds: 30,000 pixels a side, about 2 GB."""
    size, depth = (merged.width, merged.height), merged.pixels.dtype.itemsize
    return psd_limits.passes_psd(size, bytes_a_sample=depth, layers=layers)


def write_layers(
    path: Path,
    merged: Image,
    layers: Sequence[Layer],
    *,
    tags: FileTags = NO_TAGS,
    progress: Progress | None = None,
) -> None:
    """Write `layers` from the lowest to the topmost, and `merged` as what programs without layers show.

    `merged` is uint8 or uint16 RGB. A path that ends in .psb is written as one whatever its size, and should
    end so where `needs_psb` says so. Raises WriteError.
    """
    form = _Form(path.suffix.lower() == ".psb" or needs_psb(merged, len(layers)))
    height, width = merged.pixels.shape[:2]
    depth = 8 * merged.pixels.dtype.itemsize
    with atomic.write_beside(path) as unfinished, unfinished.open("wb") as file:
        file.write(struct.pack(">4sH6xHIIHH", b"8BPS", 1 + form.psb, 3, height, width, depth, _RGB_MODE))
        file.write(struct.pack(">I", 0))
        _write_resources(file, merged, tags)
        _write_layer_section(file, form, merged, layers, progress or silent)
        file.write(struct.pack(">H", _RAW))
        for channel in range(3):
            file.write(_big_endian(merged.pixels[..., channel]).data)


def _big_endian(plane: Pixels) -> Pixels:
    return np.ascontiguousarray(plane).astype(plane.dtype.newbyteorder(">"), copy=False)


def _write_resources(file: BinaryIO, merged: Image, tags: FileTags) -> None:
    dots = tags.dpi << 16
    found = {
        _RESOLUTION: struct.pack(">IHHIHH", dots, 1, 1, dots, 1, 1),
        _ICC: icc.make_profile(merged.space),
    }
    if tags.exif:
        found[_EXIF] = exif.block(tags.exif, width=merged.width, height=merged.height, space=merged.space, dpi=tags.dpi)
    if tags.provenance:
        found[_XMP] = render_packet(tags.provenance)
    body = b"".join(
        b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + b"\0" * (len(data) % 2)
        for number, data in sorted(found.items())
    )
    file.write(struct.pack(">I", len(body)) + body)


def _write_layer_section(
    file: BinaryIO, form: _Form, merged: Image, layers: Sequence[Layer], progress: Progress
) -> None:
    """Write layer records and channels; 16-bit layers lie in a block of their own, as Photoshop keeps them."""
    section = _open_length(file, form)
    deep = merged.pixels.dtype.itemsize == 2
    if deep:
        file.write(form.length(0) + struct.pack(">I", 0))
        file.write(b"8BIMLr16")  # of the two marks that the format knows, the one that all readers take
    info = _open_length(file, form)
    file.write(struct.pack(">h", len(layers)))
    places = [_write_record(file, form, merged, layer) for layer in layers]
    for number, (layer, place) in enumerate(zip(layers, places, strict=True)):
        progress(number, len(layers))
        lengths = _write_channels(file, layer, merged)
        _patch(file, place, b"".join(_channel_info(form, *pair) for pair in lengths))
    progress(len(layers), len(layers))
    _close_length(file, form, info)
    if not deep:
        file.write(struct.pack(">I", 0))
    _close_length(file, form, section)


def _open_length(file: BinaryIO, form: _Form) -> int:
    place = file.tell()
    file.write(form.length(0))
    return place


def _close_length(file: BinaryIO, form: _Form, place: int) -> None:
    file.write(b"\0" * (-(file.tell() - place - form.width) % 4))
    _patch(file, place, form.length(file.tell() - place - form.width))


def _patch(file: BinaryIO, place: int, data: bytes) -> None:
    file.seek(place)
    file.write(data)
    file.seek(0, os.SEEK_END)


def _channel_info(form: _Form, channel: int, length: int) -> bytes:
    return struct.pack(">h", channel) + form.length(length)


def _channels(layer: Layer) -> tuple[int, ...]:
    # ImageMagick passes over the mask of a layer that has no opacity of its own.
    return (0, 1, 2) if layer.mask is None else (0, 1, 2, _OPACITY_CHANNEL, _MASK_CHANNEL)


def _write_record(file: BinaryIO, form: _Form, merged: Image, layer: Layer) -> int:
    """Write a layer's record with its channels' lengths left open; return where they go."""
    frame = struct.pack(">4I", 0, 0, merged.height, merged.width)
    channels = _channels(layer)
    file.write(frame + struct.pack(">H", len(channels)))
    place = file.tell()
    file.write(b"".join(_channel_info(form, channel, 0) for channel in channels))
    file.write(b"8BIMnorm" + struct.pack(">BBBx", 255, 0, 0 if layer.visible else _HIDDEN))
    mask = b"" if layer.mask is None else frame + struct.pack(">BB2x", 0, 0)
    short = layer.name.encode("ascii", "replace")[:255]
    name = bytes([len(short)]) + short
    name += b"\0" * (-len(name) % 4)
    wide = layer.name.encode("utf-16-be", "replace")
    unicode_name = struct.pack(">I", len(wide) // 2) + wide
    unicode_name += b"\0" * (-len(unicode_name) % 4)
    extra = struct.pack(">I", len(mask)) + mask + struct.pack(">I", 0) + name
    extra += b"8BIMluni" + struct.pack(">I", len(unicode_name)) + unicode_name
    file.write(struct.pack(">I", len(extra)) + extra)
    return place


def _write_channels(file: BinaryIO, layer: Layer, merged: Image) -> list[tuple[int, int]]:
    pixels, mask = layer.load(merged)
    planes = [pixels[..., channel] for channel in range(3)]
    if mask is not None:
        planes += [np.broadcast_to(np.array(np.iinfo(mask.dtype).max, mask.dtype), mask.shape), mask]
    lengths = []
    with ThreadPoolExecutor(2) as pool:
        for channel, packed in zip(_channels(layer), pool.map(partial(predictor.pack, order=">"), planes), strict=True):
            file.write(struct.pack(">H", _ZIP_WITH_PREDICTION) + packed)
            lengths.append((channel, 2 + len(packed)))
    return lengths
