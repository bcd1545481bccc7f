"""What is said of a wrong word on the command line: one line, with where the right ones are listed."""

from __future__ import annotations

from typing import Any, Final

_OF_THE_ROOT: Final = ("--library", "--version")
_PLAINER: Final = {
    "Invalid value for ": "",
    "Invalid value: ": "",
    "Input should be a valid integer, unable to parse string as an integer": "a whole number is wanted",
    "Input should be a valid number, unable to parse string as a number": "a number is wanted",
    "Input should be greater than or equal to ": "at least ",
    "Input should be less than or equal to ": "at most ",
    "Value error, ": "",
    ". Did you mean": "; did you mean",
}
"""The words of the parser, and ours."""


def sentence(error: Any) -> str:
    """Return what was wrong and where to look, for a usage error of the command line's parser."""
    context = getattr(error, "ctx", None)
    option = getattr(error, "option_name", None)
    path = context.command_path if context is not None else ""
    if option in _OF_THE_ROOT and " " in path:
        value = " DIR" if option == "--library" else ""
        return f"{option} comes before the command: stackroom {option}{value} {path.partition(' ')[2]} ..."
    return f"{_plain(error.format_message())}{f' ({path} --help)' if path else ''}"


def _plain(message: str) -> str:
    text = " ".join(message.split()).rstrip(".")
    for theirs, ours in _PLAINER.items():
        text = text.replace(theirs, ours)
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
