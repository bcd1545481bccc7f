"""Depth as other programs read it: maps, GDepth in a JPEG, glTF, moving pictures."""

from __future__ import annotations

import base64
import io
import json
import re
import struct
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageSequence

from develop import export
from develop.depth_export import export_depth
from develop.errors import UnsupportedPicture
from develop.image import Image
from develop.recipe import RECIPES
from develop.relief import Relief, relief_at, relief_of, rocking
from tests.develop.made_pictures import TAGS, scene

LEFT, RIGHT = slice(100), slice(100, 200)


def _ramp(width: int = 96, height: int = 64) -> Relief:
    """Near at the left, far at the right."""
    return Relief(np.tile(np.linspace(0, 1, width, dtype=np.float32), (height, 1)))


def test_the_nearest_frame_is_zero_whichever_end_it_is() -> None:
    frames = np.array([[0.0, 3.0]], np.float32)
    assert relief_of(frames, 4, near_first=True).depth.tolist() == [[0, 1]]
    assert relief_of(frames, 4, near_first=False).depth.tolist() == [[1, 0]]


def test_known_distances_make_metres_of_what_a_viewer_reads(tmp_path: Path) -> None:
    """Near and far as a viewer computes them from the map: d = far near / (far - share (far - near))."""
    metres = (0.5, 0.4, 0.25, 0.2)
    relief = relief_at(np.array([[0, 1, 2, 3]], np.float32).repeat(2, axis=0), metres)
    assert relief.metres == (0.2, 0.5)
    seen = 0.5 * 0.2 / (0.5 - relief.depth[0] * (0.5 - 0.2))
    assert np.allclose(seen, metres, atol=1e-6)
    for known, told in ((relief, 'Format="RangeInverse" GDepth:Near="0.2" GDepth:Far="0.5" GDepth:Units="m"'),
                        (_ramp(), 'Format="RangeLinear" GDepth:Near="0.0" GDepth:Far="1.0"')):  # fmt: skip
        export_depth(scene(), known, RECIPES["jpeg-depth"], tmp_path / "a.jpg", TAGS)
        with Pillow.open(tmp_path / "a.jpg") as file:
            assert f"GDepth:{told}" in file.info["xmp"].decode()


def test_a_surface_has_slopes_for_steps_and_keeps_edges() -> None:
    slope = np.tile(np.linspace(0, 8, 320, dtype=np.float32), (200, 1))
    slope[:, 240:] += 4
    terraces = relief_of(np.round(slope), 13, near_first=True)
    surface = terraces.surface(320, 200)
    before, after = (np.abs(depth - slope / 12)[20:-20, 20:220].max() for depth in (terraces.depth, surface))
    assert after < before / 2
    assert surface[100, 244] - surface[100, 235] > 0.8 * 4 / 12


def test_a_depth_map_is_as_large_as_the_picture_and_sixteen_bits(tmp_path: Path) -> None:
    export_depth(scene(), _ramp(), RECIPES["depth"], tmp_path / "d.png")
    read = np.asarray(cv2.imread(str(tmp_path / "d.png"), cv2.IMREAD_UNCHANGED))
    assert read.dtype == np.uint16
    assert read.shape == (128, 192)
    assert np.abs(read[0].astype(float) - np.linspace(0, 65535, 192)).max() < 65535 / 90


def test_a_jpeg_carries_its_depth_in_extended_xmp(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    noisy = Relief(rng.random((700, 900), dtype=np.float32))  # too large for one segment
    export_depth(scene(), noisy, RECIPES["jpeg-depth"], tmp_path / "a.jpg", TAGS)
    data = (tmp_path / "a.jpg").read_bytes()
    with Pillow.open(tmp_path / "a.jpg") as file:
        main = file.info["xmp"].decode()
        assert file.size == (192, 128)
    digest = re.search(r'HasExtendedXMP="([0-9A-F]{32})"', main)
    assert digest is not None
    mark = b"http://ns.adobe.com/xmp/extension/\0" + digest[1].encode()
    whole, at = bytearray(), 0
    while (at := data.find(mark, at + 1)) >= 0:
        length = struct.unpack_from(">H", data, at - 2)[0]
        total, offset = struct.unpack_from(">II", data, at + len(mark))
        assert offset == len(whole)
        whole += data[at + len(mark) + 8 : at - 2 + length]
    assert len(whole) == total > 65_536
    packed = re.search(r'GDepth:Data="([^"]+)"', whole.decode())
    assert packed is not None
    with Pillow.open(io.BytesIO(base64.b64decode(packed[1]))) as depth:
        assert np.abs(np.asarray(depth, np.float32) / 255 - noisy.depth).max() <= 0.5 / 255 + 1e-6
    assert "stackroom:Method" in main, "provenance stays beside it"


def test_a_surface_is_a_valid_gltf_of_the_picture(tmp_path: Path) -> None:
    export_depth(scene(), _ramp(), RECIPES["mesh"], tmp_path / "a.glb")
    data = (tmp_path / "a.glb").read_bytes()
    magic, version, length, text_length, text_kind = struct.unpack_from("<4sIIII", data)
    assert (magic, version, length, text_kind) == (b"glTF", 2, len(data), 0x4E4F534A)
    document = json.loads(data[20 : 20 + text_length])
    binary_length, kind = struct.unpack_from("<II", data, 20 + text_length)
    binary = data[28 + text_length :]
    assert (kind, binary_length, document["buffers"][0]["byteLength"]) == (0x004E4942, len(binary), len(binary))
    views = [binary[v["byteOffset"] : v["byteOffset"] + v["byteLength"]] for v in document["bufferViews"]]
    points = np.frombuffer(views[0], "<f4").reshape(-1, 3)
    places = np.frombuffer(views[1], "<f4").reshape(-1, 2)
    corners = np.frombuffer(views[2], "<u4").reshape(-1, 3)
    assert document["accessors"][0]["count"] == len(points) == len(places) == 192 * 128
    assert np.allclose(points.max(axis=0), document["accessors"][0]["max"])
    assert corners.max() == len(points) - 1
    assert len(corners) == 2 * 191 * 127
    one, two, three = (points[corners[:, i]] for i in range(3))
    assert (np.cross(two - one, three - one)[:, 2] > 0).all(), "faces look at the viewer"
    left, right = points[places[:, 0] == 0], points[places[:, 0] == 1]
    assert left[:, 2].min() > right[:, 2].max(), "what is near stands out"
    with Pillow.open(io.BytesIO(views[3])) as texture:
        assert texture.size == (192, 128)


def test_near_and_far_rock_against_each_other() -> None:
    """Both ends move by half the travel, in opposite directions, and the views come back to where they began."""
    pixels = np.zeros((64, 200, 3), np.uint8)
    pixels[:, 40:43] = pixels[:, 157:160] = 255
    halves = Relief(np.where(np.arange(200) < 100, 0, 1).astype(np.float32)[None].repeat(64, axis=0))
    views = list(rocking(pixels, halves, count=4, travel=4.0))
    places = np.arange(100)
    near, far = ([float(np.average(places, weights=v[32, s, 0])) for v in views] for s in (LEFT, RIGHT))
    assert abs((near[1] - near[3]) - 8 / 0.96) < 0.7
    assert abs((far[1] - far[3]) + 8 / 0.96) < 0.7
    assert abs(near[0] - near[2]) < 0.05


@pytest.mark.parametrize("name", ["rocking", "rocking-webp"])
def test_animations_play_elsewhere(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"a.{RECIPES[name].extension}"
    export_depth(scene(193, 129), _ramp(), replace(RECIPES[name], long_edge=101), path)
    if name == "rocking":
        film = cv2.VideoCapture(str(path))
        count = int(film.get(cv2.CAP_PROP_FRAME_COUNT))
        _, first = film.read()
        assert (count, first.shape) == (96, (68, 100, 3))
    else:
        with Pillow.open(path) as file:
            frames = [frame.info["duration"] for frame in ImageSequence.Iterator(file) if frame.load()]
            # Views that are alike are written as one that stays longer.
            assert (sum(frames), file.size, len(frames) > 10) == (48 * 42, (101, 68), True)


def test_a_single_picture_has_no_depth(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedPicture, match="single picture"):
        export.export_image(Image(scene().pixels), RECIPES["mesh"], tmp_path / "a.glb")
    assert list(tmp_path.iterdir()) == []
