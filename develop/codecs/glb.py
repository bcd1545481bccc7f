"""Write a picture as a surface in space: a binary glTF with the picture as its texture.

Khronos glTF 2.0 specification (2021): §3 for buffers, accessors and meshes, §4.4 for the binary container.
"""

from __future__ import annotations

import io
import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from develop.codecs import atomic, icc
from develop.image import Image
from develop.relief import Relief

_FLOAT, _UNSIGNED, _ARRAY, _ELEMENTS = 5126, 5125, 34962, 34963
_JSON_CHUNK, _BINARY_CHUNK = 0x4E4F534A, 0x004E4942
_LONG_SIDE: Final = 512
"""Points along the long edge: a quarter of a million points turn smoothly on a telephone."""
_HEIGHT: Final = 0.25
"""How deep the surface is where the camera gives no distances, as a part of its long edge of 1."""


@dataclass(slots=True)
class _Buffer:
    """The binary part as it grows, with its views."""

    data: bytearray = field(default_factory=bytearray)
    views: list[dict[str, Any]] = field(default_factory=list)

    def add(self, content: bytes, target: int | None = None) -> int:
        self.data += b"\0" * (-len(self.data) % 4)
        view = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(content)}
        self.views.append(view if target is None else {**view, "target": target})
        self.data += content
        return len(self.views) - 1


def _grid(image: Image) -> tuple[int, int]:
    scale = min(1.0, _LONG_SIDE / max(image.width, image.height))
    return max(2, round(image.width * scale)), max(2, round(image.height * scale))


def _points(image: Image, relief: Relief, columns: int, rows: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return positions (x right, y up, z towards the viewer; the long edge is 1) and texture coordinates."""
    u, v = np.meshgrid(np.linspace(0, 1, columns, dtype=np.float32), np.linspace(0, 1, rows, dtype=np.float32))
    long = max(image.width, image.height)
    x, y = (u - 0.5) * (image.width / long), (0.5 - v) * (image.height / long)
    z = (0.5 - relief.surface(columns, rows)) * np.float32(_HEIGHT)
    positions = np.dstack((x, y, z)).reshape(-1, 3).astype("<f4")
    return positions, np.dstack((u, v)).reshape(-1, 2).astype("<f4")


def _triangles(columns: int, rows: int) -> NDArray[np.uint32]:
    """Return the corners of two triangles for each cell, counter-clockwise as seen from the front."""
    first = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)[None]).ravel()
    right, below = first + 1, first + columns
    return np.stack((first, below, right, right, below, below + 1), axis=1).ravel().astype("<u4")


def _texture(image: Image, quality: int) -> bytes:
    out = io.BytesIO()
    Pillow.fromarray(np.ascontiguousarray(image.pixels), "RGB").save(
        out, "JPEG", quality=quality, icc_profile=icc.make_profile(image.space)
    )
    return out.getvalue()


def _document(positions: NDArray[np.float32], corners: int, buffer: _Buffer) -> dict[str, Any]:
    count = len(positions)
    return {
        "asset": {"version": "2.0", "generator": "Stackroom"},
        "extensionsUsed": ["KHR_materials_unlit"],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "indices": 2, "material": 0}]}],
        "materials": [
            {
                "pbrMetallicRoughness": {
                    "baseColorTexture": {"index": 0},
                    "metallicFactor": 0.0,
                    "roughnessFactor": 1.0,
                },
                "doubleSided": True,
                "extensions": {"KHR_materials_unlit": {}},
            }
        ],
        "textures": [{"source": 0, "sampler": 0}],
        "samplers": [{"magFilter": 9729, "minFilter": 9987, "wrapS": 33071, "wrapT": 33071}],
        "images": [{"bufferView": 3, "mimeType": "image/jpeg"}],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": _FLOAT,
                "count": count,
                "type": "VEC3",
                "min": positions.min(axis=0).tolist(),
                "max": positions.max(axis=0).tolist(),
            },
            {"bufferView": 1, "componentType": _FLOAT, "count": count, "type": "VEC2"},
            {"bufferView": 2, "componentType": _UNSIGNED, "count": corners, "type": "SCALAR"},
        ],
        "bufferViews": buffer.views,
        "buffers": [{"byteLength": len(buffer.data)}],
    }


def write_glb(path: Path, image: Image, relief: Relief, *, quality: int) -> None:
    """Write uint8 RGB pixels, in sRGB, as the texture of their relief. Raises WriteError."""
    columns, rows = _grid(image)
    positions, places = _points(image, relief, columns, rows)
    triangles = _triangles(columns, rows)
    buffer = _Buffer()
    buffer.add(positions.tobytes(), _ARRAY)
    buffer.add(places.tobytes(), _ARRAY)
    buffer.add(triangles.tobytes(), _ELEMENTS)
    buffer.add(_texture(image, quality))
    buffer.data += b"\0" * (-len(buffer.data) % 4)
    text = json.dumps(_document(positions, len(triangles), buffer)).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + len(buffer.data))
    with atomic.write_beside(path) as partial, partial.open("wb") as file:
        file.write(head + struct.pack("<II", len(text), _JSON_CHUNK) + text)
        file.write(struct.pack("<II", len(buffer.data), _BINARY_CHUNK))
        file.write(buffer.data)
