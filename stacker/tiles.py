"""Compare two band-passed frames tile by tile: which way, how surely, does each tile still have to move?

A tile's evidence is the antisymmetric gradient product  b = sum (T grad I - I grad T) / 2  and the structure matrix
M = sum grad T grad I^T (made symmetric); M u = b gives the displacement u that is left. b is zero for I = g T whatever
the gain g, and blurring one of the two by a symmetric disc leaves its root where it was: defocus costs certainty but
adds no shift. How alike the two tiles are says what the evidence is worth. This is the registration of Lucas and
Kanade (IJCAI 1981, https://www.ijcai.org/Proceedings/81-2/Papers/017.pdf) in symmetric form.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from stacker.bands import Plane
from stacker.transforms import Transform, apply

Floats = NDArray[np.float64]

_LEAST_CORRELATION = 0.15
_UNLIKENESS_FLOOR = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiles:
    """What the tiles of a pair say, in pixels of the level that was compared.

    `centers` n x 2 px; `structure` n x 2 x 2 (information, 1/px²) and `evidence` n x 2 (1/px): structure @ u =
    evidence; `correlation` n in 0..1; `share` the part of the textured tiles in view that are among these n.
    `likeness` rows x columns: the correlation (-1..1) of every tile, NaN where there is nothing to compare.
    """

    centers: Floats
    structure: Floats
    evidence: Floats
    correlation: Floats
    share: float
    likeness: Plane

    def __len__(self) -> int:
        """Return the number of tiles."""
        return len(self.centers)

    def chosen(self, which: NDArray[np.bool_]) -> Tiles:
        """Return only the tiles that `which` (n) marks."""
        return Tiles(
            centers=self.centers[which],
            structure=self.structure[which],
            evidence=self.evidence[which],
            correlation=self.correlation[which],
            share=self.share,
            likeness=self.likeness,
        )

    def displacement(self) -> Floats:
        """Return each tile's own displacement (n x 2 px), held back along directions without structure."""
        trace = np.trace(self.structure, axis1=1, axis2=2)
        damped = self.structure + (0.02 * trace + 1e-12)[:, None, None] * np.eye(2)
        return np.asarray(np.linalg.solve(damped, self.evidence[..., None])[..., 0], np.float64)


def warped(plane: Plane, transform: Transform, size: tuple[int, int]) -> Plane:
    """Return `plane` as seen from reference coordinates of `size` (width, height), linear, reflected outside."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    if not transform[2, :2].any():
        return cv2.warpAffine(plane, transform[:2], size, flags=flags, borderMode=cv2.BORDER_REFLECT)
    return cv2.warpPerspective(plane, transform, size, flags=flags, borderMode=cv2.BORDER_REFLECT)


def compare(template: Plane, moving: Plane, transform: Transform) -> Tiles:
    """Compare `moving`, brought onto `template` by `transform` (pixels of these two), tile by tile."""
    layout = _Layout.of(template)
    brought = warped(moving, transform, (template.shape[1], template.shape[0]))
    tx, ty = _gradient(template)
    ix, iy = _gradient(brought)
    bx = layout.means(cv2.subtract(cv2.multiply(template, ix), cv2.multiply(brought, tx))) / 2
    by = layout.means(cv2.subtract(cv2.multiply(template, iy), cv2.multiply(brought, ty))) / 2
    mxx, myy = layout.means(cv2.multiply(tx, ix)), layout.means(cv2.multiply(ty, iy))
    mxy = layout.means(cv2.add(cv2.multiply(tx, iy), cv2.multiply(ty, ix))) / 2
    tt, ii = (layout.means(cv2.multiply(plane, plane)) for plane in (template, brought))
    energy = np.sqrt(tt * ii)
    textured = layout.seen_by(moving, transform) & (energy > 1e-6)
    correlation = layout.means(cv2.multiply(template, brought)) / np.maximum(energy, 1e-6)
    unlike = np.maximum(1 - correlation**2, 0) + _UNLIKENESS_FLOOR
    good = textured & (correlation > _LEAST_CORRELATION) & (mxx > 0) & (myy > 0) & (mxx * myy > mxy * mxy)
    worth = (layout.side**2 / (np.maximum(energy, 1e-6) * unlike))[good]
    return Tiles(
        centers=layout.centers[good],
        structure=np.stack([mxx, mxy, mxy, myy], axis=-1).reshape(-1, 2, 2)[good] * worth[:, None, None],
        evidence=np.stack([bx, by], axis=-1)[good] * worth[:, None],
        correlation=correlation[good],
        share=float(good.sum()) / max(1, int(textured.sum())),
        likeness=np.where(textured, correlation, np.nan).reshape(layout.rows, layout.columns).astype(np.float32),
    )


def _gradient(plane: Plane) -> tuple[Plane, Plane]:
    return (
        cv2.Sobel(plane, cv2.CV_32F, 1, 0, ksize=1, scale=0.5),
        cv2.Sobel(plane, cv2.CV_32F, 0, 1, ksize=1, scale=0.5),
    )


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a picture is cut into square tiles."""

    side: int
    columns: int
    rows: int
    left: int
    top: int

    @staticmethod
    def of(plane: Plane) -> _Layout:
        height, width = plane.shape
        side = 32 if min(plane.shape) >= 480 else 16
        columns, rows = width // side, height // side
        return _Layout(side, columns, rows, (width - columns * side) // 2, (height - rows * side) // 2)

    def means(self, plane: Plane) -> Floats:
        inner = plane[self.top : self.top + self.rows * self.side, self.left : self.left + self.columns * self.side]
        return cv2.resize(inner, (self.columns, self.rows), interpolation=cv2.INTER_AREA).astype(np.float64).ravel()

    @property
    def centers(self) -> Floats:
        xs = self.left + self.side * (np.arange(self.columns) + 0.5) - 0.5
        ys = self.top + self.side * (np.arange(self.rows) + 0.5) - 0.5
        return np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)

    def seen_by(self, moving: Plane, transform: Transform) -> NDArray[np.bool_]:
        """Return which tiles lie wholly inside the moving frame."""
        seen = np.ones(self.columns * self.rows, bool)
        reach = self.side / 2 + 1
        for corner in ((-reach, -reach), (reach, -reach), (-reach, reach), (reach, reach)):
            moved = apply(transform, self.centers + corner)
            seen &= (moved > 0).all(axis=-1) & (moved < (moving.shape[1] - 1, moving.shape[0] - 1)).all(axis=-1)
        return seen
