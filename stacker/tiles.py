"""Compare two band-passed frames tile by tile: which way, how surely, does each tile still have to move?

A tile's evidence is the antisymmetric gradient product  b = sum (T grad I - I grad T) / 2  and the structure matrix
M = sum grad T grad I^T (made symmetric); M u = b gives the displacement u that is left. Both follow from a dozen sums
of products of the two pictures and their neighbouring pixels. b is zero for I = g T whatever the gain g, and blurring
one of the two by a symmetric disc leaves its root where it was: defocus costs certainty but adds no shift. How alike
the two tiles are says what the evidence is worth. This is the registration of Lucas and Kanade (IJCAI 1981,
https://www.ijcai.org/Proceedings/81-2/Papers/017.pdf) in symmetric form.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stacker.bands import Plane
from stacker.transforms import Transform, apply
from stacker.warp import warped

Floats = NDArray[np.float64]

_LEAST_CORRELATION = 0.15
_UNLIKENESS_FLOOR = 0.02
_LEAST_ENERGY = 1e-6

_HERE, _EAST, _SOUTH, _SOUTH_EAST = (0, 0), (1, 0), (0, 1), (1, 1)
# Which picture (0 template, 1 moving), moved whereto, times which. A pixel and its neighbour change roles in each of
# the last pairs, so that a tile of identical pictures has no evidence at all, whatever lies at its edges.
_PAIRS = (
    (0, _HERE, 0, _HERE),
    (1, _HERE, 1, _HERE),
    (0, _HERE, 1, _EAST),
    (0, _EAST, 1, _HERE),
    (0, _HERE, 1, _SOUTH),
    (0, _SOUTH, 1, _HERE),
    (0, _HERE, 1, _SOUTH_EAST),
    (0, _SOUTH_EAST, 1, _HERE),
)


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


def most(plane: Plane) -> int:
    """Return how many tiles a picture has room for."""
    layout = _Layout.of(plane)
    return max(0, layout.columns) * max(0, layout.rows)


def compare(template: Plane, moving: Plane, transform: Transform) -> Tiles:
    """Compare `moving`, brought onto `template` by `transform` (pixels of these two), tile by tile."""
    layout = _Layout.of(template)
    brought = warped(moving, transform, (template.shape[1], template.shape[0]))
    tt, ii, right, left, down, up, fall, rise, ti, te, ts, tse = layout.products(template, brought)
    bx, by = (right - left) / 2, (down - up) / 2
    mxx, myy = ti + te - right - left, ti + ts - down - up
    mxy = (ti + tse - fall - rise - mxx - myy) / 2
    energy = np.sqrt(tt * ii)
    textured = layout.seen_by(moving, transform) & (energy > _LEAST_ENERGY)
    correlation = ti / np.maximum(energy, _LEAST_ENERGY)
    unlike = np.maximum(1 - correlation**2, 0) + _UNLIKENESS_FLOOR
    good = textured & (correlation > _LEAST_CORRELATION) & (mxx > 0) & (myy > 0) & (mxx * myy > mxy * mxy)
    worth = (layout.side**2 / (np.maximum(energy, _LEAST_ENERGY) * unlike))[good]
    return Tiles(
        centers=layout.centers[good],
        structure=np.stack([mxx, mxy, mxy, myy], axis=-1).reshape(-1, 2, 2)[good] * worth[:, None, None],
        evidence=np.stack([bx, by], axis=-1)[good] * worth[:, None],
        correlation=correlation[good],
        share=float(good.sum()) / max(1, int(textured.sum())),
        likeness=np.where(textured, correlation, np.nan).reshape(layout.rows, layout.columns).astype(np.float32),
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
        columns, rows = (width - 2) // side, (height - 2) // side
        return _Layout(side, columns, rows, (width - columns * side) // 2, (height - rows * side) // 2)

    def products(self, first: Plane, second: Plane) -> Floats:
        """Return the tiles' mean products (12 x n) of the two pictures.

        As `_PAIRS` says, and then of the one times the other: in place, and both moved east, south and south-east.
        """
        sums = np.empty((len(_PAIRS), self.rows, self.columns * self.side), np.float32)
        both = np.empty((self.rows, sums.shape[-1] + 1), np.float32)
        # A row of tiles stays in the cache while all its products are made.
        for row in range(self.rows):
            for k, (one, one_moved, other, other_moved) in enumerate(_PAIRS):
                a = self._row((first, second)[one], row, one_moved)
                b = self._row((first, second)[other], row, other_moved)
                np.einsum("ij,ij->j", a, b, out=sums[k, row])
            np.einsum("ij,ij->j", self._row(first, row, more=1), self._row(second, row, more=1), out=both[row])
        edges = self._tops(first) * self._tops(second)
        south = both - edges[:-1] + edges[1:]
        moved = np.stack([both[:, :-1], both[:, 1:], south[:, :-1], south[:, 1:]])
        columns = np.concatenate([sums, moved]).reshape(len(sums) + len(moved), self.rows, self.columns, self.side)
        means = columns.mean(axis=-1, dtype=np.float64)
        return np.asarray(means.reshape(len(means), -1) / self.side, np.float64)

    def _row(self, plane: Plane, row: int, moved: tuple[int, int] = _HERE, more: int = 0) -> Plane:
        """Return a view of one row of tiles in `plane`, moved by whole pixels, and `more` columns after it."""
        left, top = self.left + moved[0], self.top + row * self.side + moved[1]
        return plane[top : top + self.side, left : left + self.columns * self.side + more]

    def _tops(self, plane: Plane) -> Plane:
        """Return the first line (px) of each row of tiles in `plane`, and the one after the last row."""
        bottom, right = self.top + self.rows * self.side + 1, self.left + self.columns * self.side + 1
        return plane[self.top : bottom : self.side, self.left : right]

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
