"""What the program imports is what it asks to be installed: no less, and nothing that only its tests need."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
PERMISSIVE = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Zlib|HPND|Copyright \(c\) 2002-2007 Gene Cash"
)  # that one is BSD's text
ARGUED = {"pi-heif": "LGPL, as the libheif in it, which it loads as a shared library; an extra that one asks for"}


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def _distributions() -> set[str]:
    """The distributions that the packages of the wheel import something of."""
    sources = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    modules = {name for path in sources for name in _imported(ast.parse(path.read_text(encoding="utf-8")))}
    installed = packages_distributions()
    foreign = modules - set(sys.stdlib_module_names) - set(PACKAGES)
    return {name.lower() for module in foreign for name in installed.get(module, [module])}


def _names(requirements: list[str]) -> set[str]:
    return {re.match(r"[\w.-]+", each).group().lower() for each in requirements}  # type: ignore[union-attr]


def test_everything_imported_is_declared_and_everything_declared_is_imported() -> None:
    required = _names(PROJECT["project"]["dependencies"])
    extras = PROJECT["project"]["optional-dependencies"]
    optional = _names([each for extra, wanted in extras.items() if extra != "dev" for each in wanted])
    imported = _distributions()
    assert imported - required - optional == set()
    assert required - imported == set()


def _needed(name: str, found: dict[str, str]) -> dict[str, str]:
    """Add the licences, by name, of a distribution and of all that it needs."""
    try:
        known = distribution(name)
    except PackageNotFoundError:  # of another system, or an extra that is not installed
        return found
    about = known.metadata
    said = [*about.get_all("License-Expression", []), *about.get_all("Classifier", []), *about.get_all("License", [])]
    found[name] = next((line for line in said if not line.partition(" :: ")[2] or line.startswith("License ::")), "")
    for each in map(Requirement, known.requires or ()):
        if each.name.lower() not in found and (each.marker is None or each.marker.evaluate({"extra": ""})):
            _needed(each.name.lower(), found)
    return found


def test_all_that_is_installed_with_it_is_under_a_permissive_licence() -> None:
    wanted = [*PROJECT["project"]["dependencies"]]
    for extra, more in PROJECT["project"]["optional-dependencies"].items():
        wanted += more if extra != "dev" else []
    found: dict[str, str] = {}
    for name in sorted(_names(wanted)):
        _needed(name, found)
    assert len(found) > len(PROJECT["project"]["dependencies"])
    others = {name for name, text in found.items() if "GPL" in text or not PERMISSIVE.search(text)}
    assert others <= ARGUED.keys()


@pytest.mark.parametrize("package", PACKAGES)
def test_type_checkers_are_told_of_the_types(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()
