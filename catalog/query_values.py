"""What a search's values mean: numbers with their units, days and months, words with `*`, each as an SQL condition."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.sql.elements import SQLColumnExpression

from catalog.errors import BadQuery
from catalog.query_language import Comparison, Value

Condition = ColumnElement[bool]
Parse = Callable[[str], float | None]

_NUMBER = re.compile(r"(?:f/)?(\d+(?:\.\d+)?|\.\d+)(?:/(\d+(?:\.\d+)?))?\s*(mm|s|m|ev)?", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:T(\d{1,2})(?::(\d{2}))?)?)?)?", re.IGNORECASE)
# f/2.8 is stored as 2.8, 14/5 or 2.83, and 1/60 as 0.0167: as near as this they are what was asked for.
_NEAR = 0.01


def number(text: str) -> float | None:
    """Read '2.8', 'f/2.8', '100mm', '1/200' or '0.5s'; None where it is no number."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None or (found[2] and float(found[2]) == 0):
        return None
    value = float(found[1]) / (float(found[2]) if found[2] else 1.0)
    return value if math.isfinite(value) else None


def numbers(
    column: SQLColumnExpression[Any],
    asked: Comparison,
    parse: Parse = number,
    limits: tuple[float, float] = (0, math.inf),
) -> Condition:
    """Compare a number; `:` and `=` ask for what is equal to within a hundredth. Raises BadQuery beyond the limits."""

    def read(value: Value, text: str) -> float:
        found = parse(text)
        if found is None:
            raise BadQuery(value.column, f"{asked.field} needs a number, not {text!r}")
        if not limits[0] <= found <= limits[1]:
            raise BadQuery(value.column, f"{asked.field} goes from {limits[0]:g} to {limits[1]:g}; there is no {text}")
        return found

    def one(value: Value) -> Condition:
        if value.high is not None:
            _only_equal(asked, value)
            low, high = (read(value, text) if text else None for text in (value.low, value.high))
            if low is not None and high is not None and low > high:
                raise _backwards(asked, value)
            ends = [column >= low * (1 - _NEAR)] if low is not None else []
            return and_(*ends, column <= high * (1 + _NEAR)) if high is not None else and_(*ends)
        wanted = read(value, value.low)
        if wanted == {"<": limits[0], ">": limits[1]}.get(asked.operator):
            where = "below" if asked.operator == "<" else "above"
            raise BadQuery(
                value.column, f"{asked.field} goes from {limits[0]:g} to {limits[1]:g}; nothing is {where} that"
            )
        return _compared(column, asked.operator, wanted)

    return or_(*map(one, asked.values))


def _compared(column: SQLColumnExpression[Any], operator: str, wanted: float) -> Condition:
    slack = abs(wanted) * _NEAR
    match operator:
        case "<":
            return column < wanted - slack
        case "<=":
            return column <= wanted + slack
        case ">":
            return column > wanted + slack
        case ">=":
            return column >= wanted - slack
    return column.between(wanted - slack, wanted + slack)


def _only_equal(asked: Comparison, value: Value) -> None:
    if asked.operator not in (":", "="):
        raise BadQuery(value.column, f"a range goes with ':', as in {asked.field}:{value.low}..{value.high}")


def _backwards(asked: Comparison, value: Value) -> BadQuery:
    right = f"{asked.field}:{value.high}..{value.low}"
    return BadQuery(value.column, f"the range {value.low}..{value.high} runs backwards; write {right}")


def words(columns: Collection[SQLColumnExpression[Any]], asked: Comparison) -> Condition:
    """Look for words: `:` anywhere in the text, `=` the whole of it; `*` stands for anything."""
    if asked.operator not in (":", "="):
        raise BadQuery(asked.column, f"{asked.field} is text: compare it with ':' or '=', not {asked.operator!r}")
    patterns = [like(value.low if value.high is None else f"{value.low}..{value.high}") for value in asked.values]
    if asked.operator == ":":
        patterns = [f"%{pattern}%" for pattern in patterns]
    return or_(*(column.like(pattern, escape="\\") for column in columns for pattern in patterns))


def like(text: str) -> str:
    """Return a pattern for LIKE in which only `*` has a meaning."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("*", "%")


def _span(value: Value, text: str) -> tuple[datetime, datetime]:
    """Return the beginning of a year, month, day, hour or minute, and that of the next."""
    found = _DAY.fullmatch(text.strip())
    if found is None:
        raise BadQuery(value.column, f"{text!r} is no date; write 2026, 2026-10, 2026-10-05 or 2026-10-05T14:30")
    year, month, day, hour, minute = (int(part) if part else None for part in found.groups())
    try:
        start = datetime(year or 1, month or 1, day or 1, hour or 0, minute or 0)
        if month is None:
            return start, start.replace(year=start.year + 1)
        if day is None:
            return start, (start + timedelta(days=31)).replace(day=1)
        step = timedelta(days=1) if hour is None else timedelta(hours=1) if minute is None else timedelta(minutes=1)
        return start, start + step
    except (ValueError, OverflowError) as error:
        raise BadQuery(value.column, f"{text!r} is no date; {error}") from error


def dates(column: SQLColumnExpression[Any], asked: Comparison) -> Condition:
    """Compare a time with a year, month, day, hour or minute, each taken as the whole of it."""

    def one(value: Value) -> Condition:
        if value.high is not None:
            _only_equal(asked, value)
            since = _span(value, value.low)[0] if value.low else None
            until = _span(value, value.high)[1] if value.high else None
            if since is not None and until is not None and since >= until:
                raise _backwards(asked, value)
            return and_(column >= since if since else true(), column < until if until else true())
        start, end = _span(value, value.low)
        match asked.operator:
            case "<":
                return column < start
            case "<=":
                return column < end
            case ">":
                return column >= end
            case ">=":
                return column >= start
        return and_(column >= start, column < end)

    return or_(*map(one, asked.values))


def choices(known: Mapping[str, Condition], asked: Comparison) -> Condition:
    """Look the word up among those that the field knows. Raises BadQuery naming them."""
    if asked.operator not in (":", "="):
        raise BadQuery(asked.column, f"{asked.field} is a word: compare it with ':' or '=', not {asked.operator!r}")
    found: list[Condition] = []
    for value in asked.values:
        condition = known.get(value.low.lower()) if value.high is None else None
        if condition is None:
            raise BadQuery(value.column, f"{asked.field} is one of {', '.join(known)}, not {value.low!r}")
        found.append(condition)
    return or_(*found)


def among(column: SQLColumnExpression[Any], ids: Collection[int]) -> Condition:
    """Say that a number is one of many: as one value, however many there are."""
    listed = func.json_each(f"[{','.join(map(str, sorted(ids)))}]").table_valued("value")
    return column.in_(select(listed.c.value))
