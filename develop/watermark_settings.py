"""What is laid over an exported picture: a line of text, or a PNG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CORNERS: Final = ("bottom-right", "bottom-left", "top-right", "top-left", "centre")


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """A text or a picture in a corner.

    `size` is its height (a picture's: its width) and `margin` its distance from the edges, both in percent of the
    short edge; `opacity` in percent. `font` is a font's file or its name; '' takes one
    that comes with the program and has the letters of most languages.
    """

    text: str = ""
    image: str = ""
    font: str = ""
    corner: str = "bottom-right"
    size: float = 3.0
    margin: float = 2.0
    opacity: float = 60.0

    def complaint(self) -> str | None:
        """Say what is wrong with it, None where nothing is."""
        numbers = (self.size, self.margin, self.opacity)
        if not all(isinstance(word, str) for word in (self.text, self.image, self.font)):
            return "text, image and font are texts"
        if bool(self.text) == bool(self.image):
            return "give either a text or an image"
        if self.corner not in CORNERS:
            return f"corner is {self.corner!r}; give one of {', '.join(CORNERS)}"
        if not all(isinstance(number, int | float) for number in numbers) or not (
            0 < self.size <= 100 and 0 <= self.margin <= 50 and 0 <= self.opacity <= 100
        ):
            return "give size above 0 to 100, margin 0 to 50 and opacity 0 to 100"
        return None
