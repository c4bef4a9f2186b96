r"""TeX formulas into trees and back: `tracer/read/formula.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it.token import Token

from tracer.errors import TracerError
from tracer.explain.lesson import lesson
from tracer.publish.environment import tell
from tracer.publish.story import read_story
from tracer.read.formula import Command, Fenced, Group, Node, Script, Symbol, Table, Words, read_formula, written


def formulas(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type.startswith("math"):
            yield token.content
        yield from formulas(token.children or [])


@pytest.mark.parametrize("problem", ["mazur", "han-kamber", "eoj-softmax"])
@pytest.mark.parametrize("style", ["plain", "hmkcode", "cavar"])
def test_what_is_printed_is_read_and_written_again(problem: str, style: str) -> None:
    found = list(formulas(read_story(tell(lesson(problem), style, None))))
    assert len(found) > 20
    for tex in found:
        parts = read_formula(tex)
        again = written(parts)
        assert read_formula(again) == parts
        # the order of scripts and the way of a prime are all that may change
        assert sorted(bare(again)) == sorted(bare(tex))


def bare(tex: str) -> str:
    return re.sub(r"[\s{}]", "", tex.replace("'", r"\prime")).replace(r"^\prime", r"\prime")


SYMBOLS = st.sampled_from([r"\alpha", "a", "12", "0.5", "0{,}5", "=", "-", "+", r"\cdot", "(", r"\bigl(", r"\,"])


LEAVES = st.builds(Symbol, SYMBOLS)
NODES: st.SearchStrategy[Node] = st.deferred(lambda: LEAVES | LEAVES | LARGER)
PARTS = st.lists(NODES, max_size=3).map(tuple)
GROUPS = st.builds(Group, PARTS)
BASES = st.one_of(LEAVES, st.builds(Group, PARTS.filter(bool)))
CELLS = st.lists(PARTS, min_size=2, max_size=2).map(tuple)
LARGER = st.one_of(
    GROUPS,
    st.builds(lambda top, bottom: Command("frac", (top, bottom)), GROUPS, GROUPS),
    st.builds(lambda word, body: Command("role", (Words(word), body)), st.sampled_from(["net", "new"]), GROUPS),
    st.builds(lambda word: Command("text", (Words(word),)), st.sampled_from(["if ", "  x"])),
    st.builds(Script, BASES, GROUPS, st.none() | GROUPS),
    st.builds(Fenced, st.just("("), PARTS, st.sampled_from([")", ".", r"\rvert"])),
    st.builds(Table, st.just("aligned"), st.just(""), st.lists(CELLS, min_size=1, max_size=2).map(tuple)),
)


@given(PARTS)
def test_a_tree_that_is_written_is_read_as_the_same_tree(parts: tuple[Node, ...]) -> None:
    assert read_formula(written(parts)) == parts


@given(st.text(alphabet="\\{}_^&'ab1. %[]\n", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(TracerError):
        parts = read_formula(text)
        again = written(parts)
        assert reread(again) == parts


def reread(tex: str) -> tuple[Node, ...]:
    try:
        return read_formula(tex)
    except TracerError as error:  # what we wrote ourselves has to be readable
        raise AssertionError(tex) from error


def test_without_braces_an_argument_is_one_digit() -> None:
    assert read_formula(r"\frac12") == read_formula(r"\frac{1}{2}")
    assert read_formula("x^23") == read_formula("x^{2}3")


def test_primes_spaces_and_comments() -> None:
    assert read_formula("y'_1") == read_formula(r"y_{1}^{ \prime } % a comment")
    assert read_formula("{,}") == (Group((Symbol(","),)),)


@pytest.mark.parametrize(
    ("tex", "found"),
    [
        ("{", "a brace is not closed"),
        ("a}", "'}' without what it closes"),
        (r"\frac{1}", "something is missing before the end"),
        (r"\left( a", r"'\left' without its '\right'"),
        ("a^b^c", "two scripts at the same place"),
        (r"\begin{aligned} a", "the environment aligned is not closed"),
        ("{" * 100 + "}" * 100, "more than 60 levels of braces"),
        (r"\text", "words are expected in braces"),
    ],
)
def test_what_cannot_be_read_is_one_clear_error(tex: str, found: str) -> None:
    with pytest.raises(TracerError, match=re.escape(found)):
        read_formula(tex)
