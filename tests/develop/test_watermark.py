from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageFont

from develop import colour
from develop.errors import SettingsError
from develop.image import SRGB, Image
from develop.watermark import check, marked
from develop.watermark_settings import Watermark


def _grey(dtype: type[np.generic] = np.uint8) -> Image:
    return Image(np.full((200, 300, 3), np.iinfo(np.dtype(dtype)).max // 2, dtype))


@pytest.mark.parametrize(
    ("corner", "rows", "columns"),
    [
        ("top-left", (0, 100), (0, 150)),
        ("top-right", (0, 100), (150, 300)),
        ("bottom-left", (100, 200), (0, 150)),
        ("bottom-right", (100, 200), (150, 300)),
        ("centre", (50, 150), (75, 225)),
    ],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_text_lies_in_its_corner_and_nowhere_else(
    corner: str, rows: tuple[int, int], columns: tuple[int, int], dtype: type[np.generic]
) -> None:
    before = _grey(dtype)
    after = marked(before, Watermark(text="me", corner=corner, size=12, margin=5, opacity=100))
    touched = np.argwhere((after.pixels != before.pixels).any(axis=2))
    assert len(touched) > 50
    assert (touched >= (rows[0], columns[0])).all()
    assert (touched < (rows[1], columns[1])).all()
    assert after.pixels.max() == np.iinfo(np.dtype(dtype)).max


def test_names_of_all_languages_can_be_written() -> None:
    sheets = [_marked_with(letter) for letter in "aäáÅŁłŽžĞςΩЖяあ漢©"]
    assert len({sheet.tobytes() for sheet in sheets}) == len(sheets)


def _marked_with(text: str) -> NDArray[Any]:
    return marked(_grey(), Watermark(text=text, size=40, corner="centre")).pixels


def test_a_font_without_a_letter_is_named_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("develop.watermark._font", lambda name, height: ImageFont.load_default(height))
    check(Watermark(text="© Kaefer", font="plain.ttf"))
    with pytest.raises(SettingsError, match=r"plain\.ttf: this font has no 'ä'"):
        check(Watermark(text="© Käfer", font="plain.ttf"))


def test_a_picture_is_laid_with_its_size_opacity_and_margin(tmp_path: Path) -> None:
    Pillow.new("RGBA", (40, 20), (255, 255, 255, 255)).save(tmp_path / "mark.png")
    mark = Watermark(image=str(tmp_path / "mark.png"), corner="top-left", size=20, margin=5, opacity=50)
    after = marked(_grey(), mark).pixels
    expected = _grey().pixels.copy()
    expected[10:30, 10:50] = round(127 + 0.5 * (255 - 127))
    assert np.abs(after.astype(int) - expected).max() <= 1


def test_white_is_white_in_every_space(tmp_path: Path) -> None:
    Pillow.new("RGBA", (4, 4), (255, 255, 255, 255)).save(tmp_path / "mark.png")
    mark = Watermark(image=str(tmp_path / "mark.png"), size=50, opacity=100)
    wide = marked(colour.convert(Image(_grey(np.uint16).pixels, SRGB), colour.PROPHOTO), mark).pixels
    assert wide.max(axis=(0, 1)).min() >= 65535 - 64


def test_a_mark_larger_than_the_picture_is_cut_off() -> None:
    made = marked(_grey(), Watermark(text="a very long line of words", size=100, margin=50, corner="centre"))
    assert made.pixels.shape == (200, 300, 3)


@pytest.mark.parametrize("mark", [Watermark(text="a", font="no such font.ttf"), Watermark(image="/none/such.png")])
def test_what_is_missing_is_named(mark: Watermark) -> None:
    with pytest.raises(SettingsError, match="such"):
        check(mark)
