"""Light a height field in a studio: two soft boxes, a dome of sky and a dark table."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.texture import Map, step

Picture = NDArray[np.float32]


def tint(red: float, green: float, blue: float) -> Picture:
    """Return a colour of linear light, to multiply a map by."""
    return np.array([red, green, blue], np.float32)


def normals(height: Map) -> Picture:
    """Return unit normals of a height field given in pixels; x right, y down, z to the lens."""
    height = np.asarray(height, np.float32)
    dx = cv2.Scharr(height, cv2.CV_32F, 1, 0, scale=1 / 32)
    dy = cv2.Scharr(height, cv2.CV_32F, 0, 1, scale=1 / 32)
    normal = np.dstack([-dx, -dy, np.ones_like(dx)])
    return np.asarray(normal / np.linalg.norm(normal, axis=2, keepdims=True), np.float32)


def diffuse(normal: Picture) -> Map:
    """Return the light on a matt surface: the key from above left, a fill from the right and the dome."""
    key = np.clip(-0.45 * normal[..., 0] - 0.55 * normal[..., 1] + 0.70 * normal[..., 2], 0, None)
    fill = np.clip(0.75 * normal[..., 0] + 0.10 * normal[..., 1] + 0.65 * normal[..., 2], 0, None)
    return np.asarray(0.75 * key + 0.2 * fill + 0.12, np.float32)


def mirrored(normal: Picture, rough: float = 0.12) -> Map:
    """Return what a polished surface reflects of the studio; `rough` softens the edges of the soft boxes."""
    nz = normal[..., 2]
    rx, ry = 2 * nz * normal[..., 0], 2 * nz * normal[..., 1]
    rz = 2 * nz * nz - 1

    def box(cx: float, cy: float, half_w: float, half_h: float) -> Map:
        return step(np.abs(rx - cx), half_w + rough, half_w - rough) * step(
            np.abs(ry - cy), half_h + rough, half_h - rough
        )

    dome = 0.16 + 0.26 * step(-ry, -0.9, 0.9)
    boxes = 3.2 * box(-0.42, -0.55, 0.24, 0.20) + 1.3 * box(0.72, -0.05, 0.10, 0.42) + 0.5 * box(0.0, 0.78, 0.5, 0.07)
    return np.asarray((dome + boxes) * step(rz, -1.1, -0.2), np.float32)


def rim(normal: Picture) -> Map:
    """Return Schlick's share of light reflected because it grazes, 0 facing the lens to 1 at the outline."""
    return np.asarray((1 - np.clip(normal[..., 2], 0, 1)) ** 5, np.float32)


def shadow(mask: Map, dx: float, dy: float, soft: float) -> Map:
    """Return the share of light left under a thing whose outline is `mask`, 0 to 1."""
    moved = cv2.warpAffine(mask, np.array([[1, 0, dx], [0, 1, dy]], np.float32), (mask.shape[1], mask.shape[0]))
    return np.asarray(1 - 0.75 * cv2.GaussianBlur(moved, (0, 0), soft), np.float32)
