from __future__ import annotations

from pathlib import Path

import pytest

from catalog.metadata.containers import Kind
from catalog.metadata.makernotes import makers

PAGE = (Path(__file__).parents[3] / "docs" / "cameras.md").read_text()
SCHEMES = [
    line.split('"')[1]
    for path in sorted((Path(makers.__file__).parent).glob("*.py"))
    for line in path.read_text().splitlines()
    if "focus_scheme=" in line and '"' in line
]


@pytest.mark.parametrize("maker", sorted({decode.__module__.rsplit(".", 1)[1] for decode in makers.DECODERS.values()}))
def test_every_maker_with_a_decoder_is_on_the_page(maker: str) -> None:
    assert f"| {maker.capitalize()}" in PAGE


@pytest.mark.parametrize("scheme", sorted(set(SCHEMES)))
def test_every_scheme_is_on_the_page(scheme: str) -> None:
    assert f"`{scheme}`" in PAGE


@pytest.mark.parametrize("kind", Kind)
def test_every_container_is_on_the_page(kind: Kind) -> None:
    assert kind.name.replace("_", " ").lower() in PAGE.lower()
