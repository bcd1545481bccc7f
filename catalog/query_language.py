"""The language that captures and sequences are searched by: text in, a tree of conditions out. Knows no database.

    rating>=4 and kind:focus and date:2026-10
    (camera:R5 or camera:"OM-1") not keyword:test lens:100mm iso:100..800

`:` asks for what is like it, `=` for what is just it; `<`, `<=`, `>`, `>=` and `!=` compare; `a..b` is a range and
`a,b` any of several. Conditions side by side must all hold. A word alone is looked for in names and keywords.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from catalog.errors import BadQuery

LONGEST = 4000
DEEPEST = 50
"""Parentheses and `not` within each other: more than anybody writes, few enough for SQLite's own limit."""
_JOINS = ("and", "or", "not")
_FOREIGN = {"&&": "and", "&": "and", "||": "or", "|": "or", "!": "not"}
_TURNED = {"=>": ">=", "=<": "<=", "==": "=", "<>": "!=", ":>": ">", ":<": "<", ":=": "="}
"""Operators as they are written elsewhere, by what they are here."""

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<paren>[()])
      | (?P<field>[^\W\d][\w-]*)\s*(?P<operator>>=|<=|!=|[:=<>])\s*
      | (?P<quoted>"[^"]*")
      | (?P<word>[^\s()":=<>]+)
    )""",
    re.VERBOSE,
)
_VALUE = re.compile(r'(?:"[^"]*"|[^\s()"])+')
_PART = re.compile(r'(?:"[^"]*"|[^,"])+')


@dataclass(frozen=True, slots=True)
class Value:
    """One value asked for: a word, or from one to another where `high` is given. `column` counts from 1."""

    low: str
    high: str | None
    column: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field compared with values, any of which may hold; `field` 'word' is a word alone, 'text' one in quotes."""

    field: str
    operator: str
    values: tuple[Value, ...]
    column: int


@dataclass(frozen=True, slots=True)
class Not:
    """What must not hold."""

    part: Node


@dataclass(frozen=True, slots=True)
class All:
    """What must hold together; nothing in it holds for everything."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Of which one must hold."""

    parts: tuple[Node, ...]


Node = Comparison | Not | All | Any


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int
    comparison: Comparison | None = None


def _unquoted(text: str) -> str:
    return text.replace('"', "")


def _value(text: str, column: int) -> Value:
    # Two dots inside quotes are part of a name.
    bare = re.sub(r'"[^"]*"', lambda found: "_" * len(found[0]), text)
    at = bare.find("..")
    if at < 0:
        return Value(_unquoted(text), None, column)
    low, high = _unquoted(text[:at]), _unquoted(text[at + 2 :])
    if not low and not high:
        raise BadQuery(column, "a range needs an end, as in 100..800, 100.. or ..800")
    return Value(low, high, column)


def _compared(text: str, field: re.Match[str]) -> tuple[_Token, int]:
    name, operator, column = field["field"].lower(), field["operator"], field.start("field") + 1
    mark = operator + text[field.end() : field.end() + 1]
    if mark in _TURNED:
        raise BadQuery(field.start("operator") + 1, f"write {_TURNED[mark]!r} instead of {mark!r}")
    found = _VALUE.match(text, field.end())
    if found is None:
        if text[field.end() : field.end() + 1] == '"':
            raise BadQuery(field.end() + 1, "a quotation mark is not closed")
        raise BadQuery(field.end() + 1, f"{name}{operator} needs a value after it")
    if text[found.end() : found.end() + 1] == '"':
        raise BadQuery(found.end() + 1, "a quotation mark is not closed")
    values = tuple(_value(part[0], found.start() + part.start() + 1) for part in _PART.finditer(found[0]))
    if not values:
        raise BadQuery(found.start() + 1, f"{name}{operator} needs a value after it")
    comparison = Comparison(name, operator, values, column)
    return _Token("term", found[0], column, comparison), found.end()


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            column = at + len(text[at:]) - len(text[at:].lstrip()) + 1
            mark = text[column - 1]
            before = re.search(r"(?<!\S)[-!](?=[^\W\d][\w-]*\s*$)", text[: column - 1])
            if before is not None:
                raise BadQuery(before.start() + 1, f"write 'not' before a condition instead of {before[0]!r}")
            why = (
                "a quotation mark is not closed" if mark == '"' else f"{mark!r} needs a field before it, as in iso>=400"
            )
            raise BadQuery(column, why)
        kind = found.lastgroup or ""
        if kind == "operator":
            token, at = _compared(text, found)
            yield token
            continue
        word, column, at = found[kind], found.start(kind) + 1, found.end()
        if kind == "word" and word in _FOREIGN:
            raise BadQuery(column, f"write {_FOREIGN[word]!r} instead of {word!r}; in quotes it is looked for as text")
        if kind == "word" and word.lower() in _JOINS:
            yield _Token(word.lower(), word, column)
        elif kind == "paren":
            yield _Token(word, word, column)
        else:
            field = "text" if kind == "quoted" else "word"
            yield _Token("term", word, column, Comparison(field, ":", (Value(_unquoted(word), None, column),), column))


class _Parser:
    """Reads tokens from left to right: `or` binds loosest, then `and`, then `not`."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._end = len(text.rstrip()) + 1

    def _next(self) -> str:
        return self._tokens[self._at].kind if self._at < len(self._tokens) else "end"

    def _column(self) -> int:
        return self._tokens[self._at].column if self._at < len(self._tokens) else self._end

    def whole(self) -> Node:
        found = self._any(0)
        if self._next() != "end":
            raise BadQuery(self._column(), "a parenthesis is closed that was never opened")
        return found

    def _any(self, depth: int) -> Node:
        parts = [self._all(depth)]
        while self._next() == "or":
            self._at += 1
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _all(self, depth: int) -> Node:
        parts = [self._single(depth)]
        while self._next() in ("and", "not", "(", "term"):
            if self._next() == "and":
                self._at += 1
            parts.append(self._single(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _single(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise BadQuery(self._column(), "too many parentheses within each other")
        kind, column = self._next(), self._column()
        if kind in ("end", "and", "or", ")"):
            word = "the end" if kind == "end" else f"{kind!r}"
            raise BadQuery(column, f"a condition is missing before {word}")
        token = self._tokens[self._at]
        self._at += 1
        if kind == "not":
            return Not(self._single(depth + 1))
        if kind == "(":
            inside = self._any(depth + 1)
            if self._next() != ")":
                raise BadQuery(column, "this parenthesis is never closed")
            self._at += 1
            return inside
        assert token.comparison is not None
        return token.comparison


def parse(text: str) -> Node:
    """Read a query; an empty one asks for everything. Raises BadQuery naming the column of the fault."""
    if len(text) > LONGEST:
        raise BadQuery(LONGEST, f"a query is {LONGEST} characters at most")
    return _Parser(text).whole() if text.strip() else All(())
