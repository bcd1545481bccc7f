"""RAW containers that are neither TIFF nor boxes: Canon's CRW, Minolta's MRW, Sigma's X3F."""

from __future__ import annotations

import struct
from datetime import datetime

import pytest

from catalog.metadata.completeness import fault_of
from catalog.metadata.errors import BrokenHeaderError
from catalog.metadata.file_bytes import in_memory
from catalog.metadata.reader import metadata_from
from tests.catalog.metadata.made import Tiff, camera, jpeg


def heap(records: list[tuple[int, bytes]]) -> bytes:
    """Give a CIFF heap: the values, the table, and where the table stands."""
    body, rows = b"", b""
    for tag, value in records:
        rows += struct.pack("<HII", tag, len(value), len(body))
        body += value
    return body + struct.pack("<H", len(records)) + rows + struct.pack("<I", len(body))


def crw(pixels: int = 3000) -> bytes:
    shot = [0] * 34
    shot[1:3], shot[19:23] = [0, 160], [142, 119, 108, 192]  # ISO, distance, aperture, speed
    properties = [
        (0x080A, b"Canon\0Canon EOS 10D\0"),
        (0x1029, struct.pack("<4H", 2, 50, 0, 0)),
        (0x102A, struct.pack("<34H", *shot)),
        (0x1810, struct.pack("<IIfi", 3072, 2048, 1.0, 90)),
        (0x180E, struct.pack("<III", 1068485966, 0, 0)),
    ]
    return (
        b"II"
        + struct.pack("<I", 26)
        + b"HEAPCCDR".ljust(20, b"\0")
        + heap([(0x2005, b"\x11" * pixels), (0x300A, heap(properties))])
    )


def mrw(pixels: int = 64 * 48 * 12 // 8) -> bytes:
    size = b"27730001" + struct.pack(">HHHHBBBBHH", 48, 64, 48, 64, 12, 12, 0x59, 0, 0, 0)
    tiff = Tiff(camera("Minolta Co., Ltd.", "DiMAGE 7")).bytes()
    blocks = b"".join(name + struct.pack(">I", len(data)) + data for name, data in ((b"\0PRD", size), (b"\0TTW", tiff)))
    return b"\0MRM" + struct.pack(">I", len(blocks)) + blocks + b"\x22" * pixels


def x3f() -> bytes:
    head = b"FOVb" + struct.pack("<II", 0x20003, 0) + b"\0" * 16 + struct.pack("<III", 2640, 1760, 0)
    preview = (
        b"SECi" + struct.pack("<IIIIII", 0x20000, 2, 18, 1280, 853, 0) + jpeg(Tiff(camera("SIGMA", "DP2")).bytes())
    )
    table = b"SECd" + struct.pack("<II", 0x20000, 1) + struct.pack("<II", len(head), len(preview)) + b"IMA2"
    return head + preview + table + struct.pack("<I", len(head) + len(preview))


def test_a_crw_tells_camera_exposure_and_focus() -> None:
    found = metadata_from(in_memory(crw()))
    assert (found.make, found.model, found.taken_at) == ("Canon", "Canon EOS 10D", datetime(2003, 11, 10, 17, 39, 26))
    assert (found.width, found.height, found.orientation) == (3072, 2048, 6)
    assert (found.iso, found.focal_mm, found.focus_near_m, found.focus_far_m) == (100, 50, 1.19, 1.42)
    # 192/32 = 6 EV, and 108 is 3 EV and the 12 that stands for a third.
    assert found.exposure_s == pytest.approx(1 / 64)
    assert found.f_number == pytest.approx(2 ** ((3 + 1 / 3) / 2))
    assert found.readers == ("ciff",)


@pytest.mark.parametrize(("data", "model", "size"), [(mrw(), "DiMAGE 7", (64, 48)), (x3f(), "DP2", (2640, 1760))])
def test_the_exif_inside_is_found(data: bytes, model: str, size: tuple[int, int]) -> None:
    found = metadata_from(in_memory(data))
    assert (found.model, found.iso) == (model, 200)
    assert (found.width, found.height) == size


@pytest.mark.parametrize("data", [crw(), mrw(), x3f()], ids=["crw", "mrw", "x3f"])
def test_a_whole_one_is_whole_and_a_cut_one_is_not(data: bytes) -> None:
    assert fault_of(in_memory(data)) is None
    for length in range(len(data)):
        assert fault_of(in_memory(data[:length])) is not None, length


def test_heaps_that_share_one_body_a_thousand_times_a_level_end() -> None:
    level = heap([(0x080A, b"Canon\0EOS\0")])
    for _ in range(5):
        table = struct.pack("<H", 1000) + struct.pack("<HII", 0x300A, len(level), 0) * 1000
        level = level + table + struct.pack("<I", len(level))
    data = b"II" + struct.pack("<I", 26) + b"HEAPCCDR".ljust(20, b"\0") + level
    metadata_from(in_memory(data))


def test_a_heap_that_holds_itself_ends() -> None:
    body = heap([(0x3000 + row, b"") for row in range(30)])
    table = struct.pack("<H", 1) + struct.pack("<HII", 0x300A, len(body), 0)
    data = b"II" + struct.pack("<I", 26) + b"HEAPCCDR".ljust(20, b"\0") + body + table + struct.pack("<I", len(body))
    with pytest.raises(BrokenHeaderError):
        metadata_from(in_memory(data))
