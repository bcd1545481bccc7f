"""Keep to the memory that was allowed: cut the canvas into bands that are mixed one after the other.

That is for methods with weights of their own in every band. Where shares are settled beforehand, the picture takes the
place of its sums, and they that of the energies: strips would save nothing, and decode every frame again.
"""

from __future__ import annotations

from dataclasses import dataclass

from stacker.canvas import Canvas
from stacker.pyramid import margin

# Bytes a pixel while mixing: the sums and weights of all levels (16 x 4/3), the bounds and the finished picture.
_MIXING = 16 * 4 / 3 + 1.5 + 6
# The half-size planes of the contest, the shares and the depth.
_STANDING = 6
# A decoded frame of three channels, and its half-size luma.
_LUMA = 1
_INTERPRETER_MB = 180
_STEP = 64
_LEAST_ROWS = 256
_MOST_STRIPS = 3


@dataclass(frozen=True, slots=True)
class Strip:
    """Rows `start` to `stop` of a canvas, mixed with the rows from `outer_start` to `outer_stop` in view."""

    start: int
    stop: int
    outer_start: int
    outer_stop: int

    @staticmethod
    def whole(canvas: Canvas) -> Strip:
        """Return the only strip of a canvas that is not cut."""
        return Strip(0, canvas.size[1], 0, canvas.size[1])

    def of(self, canvas: Canvas) -> Canvas:
        """Return the strip's rows with their surroundings as a canvas."""
        crop = canvas.crop
        rows = crop._replace(top=crop.top + self.outer_start, height=self.outer_stop - self.outer_start)
        return Canvas(rows, canvas.frame)

    @property
    def inner(self) -> slice:
        """Return the strip's own rows among those in view."""
        return slice(self.start - self.outer_start, self.stop - self.outer_start)


def in_flight(frame: tuple[int, int], *, bytes_a_pixel: int, threads: int, memory_mb: int) -> int:
    """Return how many frames of size `frame` to decode ahead: one a thread but the one that mixes.

    They take no more than a third of the memory.
    """
    each = frame[0] * frame[1] * (bytes_a_pixel + _LUMA)
    return max(1, min(threads - 1, int(memory_mb * 1e6 / 3 / each)))


def strips(canvas: Canvas, *, levels: int, bytes_a_pixel: int, in_flight: int, memory_mb: int) -> list[Strip]:
    """Return the strips to mix `canvas` in; one where the memory suffices.

    `bytes_a_pixel` is the size of a frame's pixel, `in_flight` the number of frames decoded at the same time. Every
    strip costs a decode of all frames, so there are as few as the budget allows and never more than three: beyond, the
    frames themselves take most of the memory, and a budget below what they need is overdrawn.
    """
    width, height = canvas.size
    frame = canvas.frame[0] * canvas.frame[1]
    standing = width * height * _STANDING + frame * (bytes_a_pixel + _LUMA) * (in_flight + 1)
    left = memory_mb * 1e6 - _INTERPRETER_MB * 1e6 - standing
    rows = max(_LEAST_ROWS, -(-height // _MOST_STRIPS), int(left / (width * _MIXING)))
    count = -(-height // rows)
    step = -(-height // count // _STEP) * _STEP
    reach = -(-max(_STEP, 2 * margin(levels)) // _STEP) * _STEP
    return [
        Strip(top, min(top + step, height), max(0, top - reach), min(top + step + reach, height))
        for top in range(0, height, step)
    ]
