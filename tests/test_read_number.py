"""Numbers as people write them: the table tests/answers/numbers.toml, and any text at all."""

from __future__ import annotations

import time
import tomllib
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.read.number import Unreadable, Written, read_number

TABLE = tomllib.loads((Path(__file__).parent / "answers" / "numbers.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", TABLE["read"], ids=lambda case: ascii(case["text"]))
def test_what_is_read(case: dict[str, Any]) -> None:
    assert case["why"]
    assert read_number(case["text"], case.get("decimal", "")) == Written(
        case["text"],
        Fraction(case["value"]),
        case.get("decimals"),
        case.get("figures"),
        case.get("exact", False),
        case.get("cut", False),
        case.get("label", ""),
    )


@pytest.mark.parametrize("text", TABLE["blank"], ids=ascii)
def test_what_is_blank(text: str) -> None:
    assert read_number(text) is None


@pytest.mark.parametrize("case", TABLE["refused"], ids=lambda case: ascii(case["text"]))
def test_what_is_refused(case: dict[str, str]) -> None:
    answer = read_number(case["text"], case.get("decimal", ""))
    assert isinstance(answer, Unreadable)
    assert answer.reason == case["reason"]
    assert answer.text == case["text"].replace("\0", "\ufffd")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_decimals_are_exact(number: Decimal) -> None:
    """Against Python's own reading, in all the ways to write the same digits."""
    for text in (f"{number:f}", f"{number:f}".replace("-", "\u2212"), f"{number:e}", f" ≈ {number:f} "):
        answer = read_number(text)
        assert isinstance(answer, Written) and answer.value == Fraction(number), text
        assert answer.decimals is not None and answer.value * Fraction(10) ** answer.decimals % 1 == 0
    assert read_number(f"{number:f}".replace(".", ",") + "1") == read_number(f"{number:f}1")._replace(  # type: ignore[union-attr]
        text=f"{number:f}".replace(".", ",") + "1"
    )


WORDS = r"0 1 5 12 000 . , ' e E - + − * / ^ ( ) { } $ \frac \times \approx ≈ = ~ ½ … % z1 nan _ ١ １ 10 10^ V"
PIECES = st.sampled_from([*WORDS.split(" "), " ", "\u00a0", "\u200b", "\u202e", "\0", "\ud800"])


@given(st.text(max_size=60) | st.lists(PIECES, max_size=12).map("".join), st.sampled_from(["", ".", ","]))
def test_any_text_is_read_or_refused(text: str, decimal: str) -> None:
    answer = read_number(text, decimal)
    if isinstance(answer, Unreadable):
        assert answer.reason and answer.text.encode("utf-8") is not None
    elif answer is not None:
        assert answer.text == text
        assert abs(answer.value) < 10**361 and any(map(str.isnumeric, text))
        assert answer.exact == (answer.decimals is None) == (answer.figures is None)


LONG = ["1" * 10**6, "-" * 10**6, "1," * 10**5, " " * 10**6, "(" * 10**5, "1e" + "9" * 10**5, "$" * 10**5, "a" * 10**5]
JUST_SHORT = [
    "1" * 199,
    "1 " * 99,
    "1 ; " * 49,
    "0" * 199 + "x",
    "=" * 199,
    "(" * 199,
    "1" + " " * 190 + "x",
    "." * 199,
]


@pytest.mark.parametrize("text", LONG + JUST_SHORT, ids=lambda text: text[:3] + str(len(text)))
def test_nothing_takes_long(text: str) -> None:
    start = time.process_time()
    for _ in range(20):
        read_number(text)
    assert time.process_time() - start < 0.2


def test_a_number_has_at_most_sixty_digits() -> None:
    assert isinstance(read_number("0." + "3" * 59), Written)
    assert read_number("0." + "3" * 60) == Unreadable("0." + "3" * 60, "more than 60 digits")
    assert isinstance(read_number("1" * 250), Unreadable)
