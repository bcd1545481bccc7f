"""A query becomes a tree of conditions; a fault is named by its column, in one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import BadQuery
from catalog.query_language import LONGEST, All, Any, Comparison, Node, Not, Value, parse


def _told(node: Node) -> str:
    """Write a tree so that its shape can be seen."""
    match node:
        case Not(part):
            return f"not {_told(part)}"
        case All(parts):
            return f"({' & '.join(map(_told, parts))})"
        case Any(parts):
            return f"({' | '.join(map(_told, parts))})"
    values = ",".join(v.low if v.high is None else f"{v.low}..{v.high}" for v in node.values)
    return f"{node.field}{node.operator}{values}"


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("", "()"),
        ("rating>=4", "rating>=4"),
        ("rating >= 4", "rating>=4"),
        ("rating>=4 and kind:focus and date:2026-10", "(rating>=4 & kind:focus & date:2026-10)"),
        ("a:1 b:2", "(a:1 & b:2)"),
        ("a:1 or b:2 c:3", "(a:1 | (b:2 & c:3))"),
        ("(a:1 or b:2) c:3", "((a:1 | b:2) & c:3)"),
        ("not a:1 or b:2", "(not a:1 | b:2)"),
        ("a:1 not (b:2 or c:3)", "(a:1 & not (b:2 | c:3))"),
        ("NOT not a:1", "not not a:1"),
        ("kind:focus,burst", "kind:focus,burst"),
        ("iso:100..800", "iso:100..800"),
        ("iso:..800", "iso:..800"),
        ('camera:"EOS R5"', "camera:EOS R5"),
        ('name:"a..b"', "name:a..b"),
        ('keyword:"a, b"', "keyword:a, b"),
        ("date>=2026-10-05T14:30", "date>=2026-10-05T14:30"),
        ("keyword:animal>insect", "keyword:animal>insect"),
        ("shutter<1/200", "shutter<1/200"),
        ("Rating:5", "rating:5"),
        ("beetle", "word:beetle"),
        ('"stacked"', "text:stacked"),
    ],
)
def test_what_is_read(text: str, shape: str) -> None:
    assert _told(parse(text)) == shape


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("rating>=", 9, "needs a value"),
        ("a:1 and", 8, "missing before the end"),
        ("or a:1", 1, "missing before 'or'"),
        ("a:1 and or b:2", 9, "missing before 'or'"),
        ("(a:1", 1, "never closed"),
        ("a:1)", 4, "never opened"),
        ("()", 2, "missing before ')'"),
        ("not", 4, "missing before the end"),
        (">=4", 1, "needs a field before it"),
        ('name:"open', 6, "not closed"),
        ('a:1 "open', 5, "not closed"),
        ("iso:..", 5, "a range needs an end"),
        ("a:1 kind:focus,.. b:2", 16, "a range needs an end"),
        ("rating=>3", 7, "write '>=' instead of '=>'"),
        ("a:1 rating==3", 11, "write '=' instead of '=='"),
        ("rating <> 3", 8, "write '!=' instead of '<>'"),
        ("a:1 && b:2", 5, "write 'and' instead of '&&'"),
        ("a:1 || b:2", 5, "write 'or' instead of '||'"),
        ("! a:1", 1, "write 'not' instead of '!'"),
        ("a:1 !kind:focus", 5, "write 'not' before a condition instead of '!'"),
        ("a:1 -kind:focus", 5, "write 'not' before a condition instead of '-'"),
    ],
)
def test_a_fault_is_named_by_its_column(text: str, column: int, words: str) -> None:
    with pytest.raises(BadQuery, match=f"^query, column {column}: ") as caught:
        parse(text)
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_depth_and_length_have_an_end() -> None:
    with pytest.raises(BadQuery, match="too many parentheses"):
        parse("(" * 1000 + "a:1" + ")" * 1000)
    with pytest.raises(BadQuery, match="characters at most"):
        parse("x" * (LONGEST + 1))


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    try:
        parse(text)
    except BadQuery as error:
        assert 1 <= error.column <= len(text) + 1
        assert len(str(error).splitlines()) == 1


_terms = st.builds(
    lambda field, operator, value: Comparison(field, operator, (Value(value, None, 0),), 0),
    st.sampled_from(["rating", "iso", "name"]),
    st.sampled_from([":", "=", ">=", "<", "!="]),
    st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=8).filter(lambda word: ".." not in word),
)
_trees: st.SearchStrategy[Node] = st.recursive(
    _terms,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(lambda parts: All(tuple(parts)), st.lists(inner, min_size=2, max_size=3))
        | st.builds(lambda parts: Any(tuple(parts)), st.lists(inner, min_size=2, max_size=3))
    ),
    max_leaves=8,
)


def _written(node: Node) -> str:
    match node:
        case Not(part):
            return f"not ({_written(part)})"
        case All(parts):
            return " and ".join(f"({_written(part)})" for part in parts)
        case Any(parts):
            return " or ".join(f"({_written(part)})" for part in parts)
    return f'{node.field}{node.operator}"{node.values[0].low}"'


@given(_trees)
def test_what_is_written_is_read_back(tree: Node) -> None:
    assert _told(parse(_written(tree))) == _told(tree)
