"""The depth map inside a JPEG, for viewers that move a picture by it.

Google Depthmap Metadata (GDepth 1.0): a grey picture in the extended part of the XMP, which Adobe's XMP specification
part 3 (2020), §1.1.3.1, cuts into segments of a JPEG.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from typing import Final

import cv2
import numpy as np

from develop.relief import Relief

_NAMES: Final = (
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/"'
)
_NOTE: Final = 'xmlns:xmpNote="http://ns.adobe.com/xmp/note/"'
_EXTENSION: Final = b"http://ns.adobe.com/xmp/extension/\0"
_PORTION: Final = 65_000
_LONG_SIDE: Final = 1024
"""Pixels of the map's long edge: viewers smooth it anyway, and a hundred kilobytes are carried with ease."""
ROOM: Final = 1_200
"""Bytes that `announced` adds to a packet at most."""


def _picture(relief: Relief) -> bytes:
    height, width = relief.depth.shape
    scale = min(1.0, _LONG_SIDE / max(height, width))
    small = relief.sized(max(1, round(width * scale)), max(1, round(height * scale)))
    done, data = cv2.imencode(".png", np.rint(small * 255).astype(np.uint8))
    assert done
    return data.tobytes()


def extended(relief: Relief) -> bytes:
    """Return the extended packet, which holds the map: black is near."""
    data = base64.b64encode(_picture(relief)).decode("ascii")
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {_NAMES}><rdf:Description rdf:about="" '
        f'GDepth:Data="{data}"/></rdf:RDF></x:xmpmeta>'
    ).encode("ascii")


def _range(relief: Relief) -> str:
    if relief.metres is None:
        return 'GDepth:Format="RangeLinear" GDepth:Near="0.0" GDepth:Far="1.0"'
    near, far = relief.metres
    return f'GDepth:Format="RangeInverse" GDepth:Near="{near:.6g}" GDepth:Far="{far:.6g}" GDepth:Units="m"'


def announced(packet: bytes | None, relief: Relief, extension: bytes) -> bytes:
    """Return the main packet, a new one where there is none, with a word that the extension follows."""
    words = (
        f'<rdf:Description {_NAMES} {_NOTE} rdf:about="" {_range(relief)} GDepth:Mime="image/png" '
        f'xmpNote:HasExtendedXMP="{_digest(extension)}"/>'
    ).encode("ascii")
    if packet is None:
        packet = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {_NAMES}></rdf:RDF></x:xmpmeta>'.encode("ascii")
    head, end, tail = packet.rpartition(b"</rdf:RDF>")
    return head + words + end + tail


def _digest(extension: bytes) -> str:
    return hashlib.md5(extension, usedforsecurity=False).hexdigest().upper()


def segments(extension: bytes) -> bytes:
    """Return the APP1 segments that carry the extension."""
    out = b""
    for at in range(0, len(extension), _PORTION):
        part = extension[at : at + _PORTION]
        body = _EXTENSION + _digest(extension).encode("ascii") + struct.pack(">II", len(extension), at) + part
        out += b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    return out
