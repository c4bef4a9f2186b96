"""The reference pages say what the declarations say now: python tests/reference.py writes them anew."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest
import reference
import reference_problem
from test_docs import ROOT, anchors
from test_layers import ORDER

import tracer
from tracer.errors import CODES
from tracer.explain.notation import NOTATIONS
from tracer.ops import OPERATIONS
from tracer.publish.schema import schema
from tracer.run.deviations import DEVIATIONS

#: they run commands, or networks with a mistake in them
SLOW = ("misconceptions.md", "errors.md", "command-line.md")
PAGES = [pytest.param(name, marks=[pytest.mark.others] * (name in SLOW)) for name in reference.PAGES]


def text_of(name: str) -> str:
    return (reference.FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_declarations_say(name: str) -> None:
    assert text_of(name) == reference.made(name), "run: python tests/reference.py"


#: page -> what has an anchor of its own there
ANCHORS: Mapping[str, list[str]] = {
    "errors.md": [code.lower() for code in CODES],
    "misconceptions.md": list(DEVIATIONS),
    "operations.md": [op.name for op in OPERATIONS],
    "notations.md": list(NOTATIONS),
}


@pytest.mark.parametrize("name", ANCHORS)
def test_everything_has_an_anchor(name: str) -> None:
    assert set(ANCHORS[name]) <= anchors(text_of(name))


def test_every_key_has_an_example() -> None:
    tables = json.loads(schema())["$defs"]
    assert {name: set(table["properties"]) for name, table in tables.items()} == {
        name: set(keys) for name, keys in reference_problem.EXAMPLES.items()
    }


EXAMPLES = [(table, key) for table, keys in reference_problem.EXAMPLES.items() for key in keys]


@pytest.mark.parametrize(("table", "key"), EXAMPLES)
def test_an_example_is_read(table: str, key: str) -> None:
    keys = reference_problem.with_example(table, key)
    assert key in reference_problem.EXAMPLES[table][key] or table in ("ProblemKeys", "Draw")
    tracer.load(keys)


def test_the_design_names_rooms_and_tests_that_there_are() -> None:
    text = (ROOT / "docs" / "understand" / "design.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == ORDER
    named = re.findall(r"`(tests/\w+\.py)`", text)
    assert len(named) > 15 and all((ROOT / name).is_file() for name in named)
