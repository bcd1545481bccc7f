"""Search the catalog: a query's conditions on captures, or on sequences, of which some frame meets each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Select, and_, false, func, not_, or_, select
from sqlalchemy.orm import Session

from catalog import query_hints, staleness
from catalog.errors import BadQuery
from catalog.models import Capture, Collection, CollectionMember, Sequence, SequenceMember
from catalog.query_language import All, Any, Comparison, Node, Not, parse
from catalog.query_terms import BARE, FACTS, FIELDS, Home, Lookup
from catalog.query_values import Condition


def captures_matching(session: Session, query: str) -> Select[int]:
    """Return a select of the captures' numbers that match. Raises BadQuery naming the column of the fault."""
    return select(Capture.id).where(_condition(parse(query), "capture", _lookup(session, ())))


def sequences_matching(session: Session, query: str) -> Select[int]:
    """Return a select of the sequences' numbers that match; a condition on frames holds where some frame meets it."""
    return select(Sequence.id).where(_condition(parse(query), "sequence", _lookup(session, ())))


def check(session: Session, query: str) -> None:
    """Raise BadQuery where a query cannot be understood."""
    captures_matching(session, query)


def _lookup(session: Session, inside: tuple[str, ...]) -> Lookup:
    def collection(name: str, column: int) -> Condition:
        row = session.scalar(select(Collection).where(Collection.folded == name.casefold()))
        if row is None:
            raise BadQuery(column, f"there is no collection {name!r}; `stackroom collection list` shows them")
        if row.query is None:
            members = select(CollectionMember.capture_id).where(CollectionMember.collection_id == row.id)
            return Capture.id.in_(members.correlate(None))
        if row.folded in inside:
            raise BadQuery(column, f"the saved search {name!r} asks for itself")
        try:
            return _condition(parse(row.query), "capture", _lookup(session, (*inside, row.folded)))
        except BadQuery as error:
            raise BadQuery(column, f"in the saved search {name!r}: {error}") from error

    return Lookup(stale=lambda: staleness.stale_sequences(session), collection=collection)


def _condition(node: Node, home: Home, lookup: Lookup) -> Condition:
    match node:
        case All(parts):
            query_hints.require_compared(parts)
            return and_(True, *(_condition(part, home, lookup) for part in parts))
        case Any(parts):
            return or_(False, *(_condition(part, home, lookup) for part in parts))
        case Not(part):
            return not_(_condition(part, home, lookup))
        case Comparison(operator="!="):
            return not_(_condition(replace(node, operator="="), home, lookup))
    lives_in, build = _built(node)
    # What is not known meets no condition, and its contrary holds: `not lens:macro` finds what has no lens.
    return func.coalesce(_moved(build(lookup), lives_in, home), false())


def _built(node: Comparison) -> tuple[Home, Callable[[Lookup], Condition]]:
    if node.field in ("is", "has"):
        return _fact(node)
    if node.field == "word":
        word = node.values[0].low.lower()
        if word in BARE:
            return FACTS[word]
        node = replace(node, field="text")
    field = FIELDS.get(node.field)
    if field is None:
        raise BadQuery(node.column, query_hints.no_field(node.field))
    return field.home, lambda lookup: field.build(node, lookup)


def _fact(node: Comparison) -> tuple[Home, Callable[[Lookup], Condition]]:
    if node.operator not in (":", "=") or len(node.values) != 1:
        raise BadQuery(node.column, f"write {node.field}:stacked, one word after a colon")
    value = node.values[0]
    if value.high is not None or value.low.lower() not in FACTS:
        raise BadQuery(value.column, f"{node.field}: is one of {', '.join(FACTS)}, not {value.low!r}")
    return FACTS[value.low.lower()]


def _moved(condition: Condition, lives_in: Home, home: Home) -> Condition:
    """Say of a capture what is known of its sequence, or of a sequence what is known of some frame of it."""
    if lives_in == home:
        return condition
    if home == "capture":
        members = select(SequenceMember.capture_id).join(Sequence, Sequence.id == SequenceMember.sequence_id)
        return Capture.id.in_(members.where(condition).correlate(None))
    places = select(SequenceMember.sequence_id).join(Capture, Capture.id == SequenceMember.capture_id)
    return Sequence.id.in_(places.where(condition).correlate(None))
