"""The tables of docs/errata.md: what published pages print, what comes out, and what explains it. Rewrite them with

python tests/errata.py

The figures are those of answers/published.toml and published/figures.json; what comes out is what Tracer computes.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Context, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import test_deviations
import test_published

from tracer.check.whole_runs import own_run, value_at
from tracer.run.deviations import DEVIATIONS
from tracer.run.loading import built_in, load
from tracer.run.problem import Problem

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "errata.md"
SHEETS: list[dict[str, Any]] = tomllib.loads((HERE / "answers" / "published.toml").read_text(encoding="utf-8"))["sheet"]
FIGURES: dict[str, Any] = json.loads((HERE / "published" / "figures.json").read_text(encoding="utf-8"))
TABLE = re.compile(r"<!-- made by tests/errata\.py: (\S+) -->\n.*?<!-- /made -->\n", re.DOTALL)
WRONG: dict[str, Any] = json.loads((HERE / "published" / "deviating" / "figures.json").read_text(encoding="utf-8"))
HOLDING = 12  # significant digits that hold on every machine
PLACES = {"perceptron-and": "deviating/perceptron-and"}
#: rows that come out exactly, or by a rounding of hand calculation that the source states
COMES_OUT = ("full", "full-truncated", "rounded-carry", "rounded-carry-truncated")


def problem_of(name: str) -> Problem:
    """The problem of a sheet, without the mistake that its file may reproduce."""
    if name in built_in():
        return load(name)
    return replace(load(HERE / "published" / f"{PLACES.get(name, name)}.toml"), deviations=())


def table(source: str) -> str:
    """What one source prints otherwise than it comes out, or how much of every source comes out (`all`), and what does
    not (`neither`)."""
    whole = {"all": every, "neither": neither}
    return whole[source]() if source in whole else differing([sheet for sheet in SHEETS if sheet["from"] == source])


def differing(sheets: list[dict[str, Any]]) -> str:
    lines = ["| | printed | comes out | what explains the printed one |", "| --- | ---: | ---: | --- |"]
    for sheet in sheets:
        wrong = sheet.get("wrong", {})
        steps = sorted({int(address.split(":")[0]) for address in wrong if ":" in address} | {1})
        trace = own_run(problem_of(sheet["problem"]), steps[-1], steps)
        for address, (printed, why) in wrong.items():
            name = address if ":" in address else f"1:{address}"
            number = Decimal(value_at(trace, name)).quantize(Decimal(printed), ROUND_HALF_EVEN)
            held = Context(prec=HOLDING).plus(number)
            lines.append(f"| {sheet['told'][address]} | {printed} | {held} | {explained(why)} |")
    return "\n".join([*lines, ""])


def explained(why: str) -> str:
    """What makes the printed figure, in words."""
    name, _, place = why.partition(" ")
    if name == "stale":
        return f"the number of step {place} was left standing"
    return f"{DEVIATIONS[name].title} (`{why}`)"


def every() -> str:
    """How much of each source comes out: as it is printed, with a named mistake, or not at all."""
    lines = ["| source | come out | with a named mistake | neither |", "| --- | ---: | ---: | ---: |"]
    totals = np.zeros(3, dtype=int)
    for example, found in FIGURES.items():
        left = {*test_published.LEFT.get(example, {}), *test_deviations.LEFT.get(example, {})}
        right = {row["name"] for row in found["figures"] if row["verdict"] in COMES_OUT} - left
        wrong = {row["name"] for row in WRONG.get(example, {}).get("figures", []) if row["verdict"] == "wrong"} - left
        counts = len(right), len(wrong), len(left)
        totals += counts
        lines.append(f"| {linked(found['source'])} | {' | '.join(str(count or '') for count in counts)} |")
    return "\n".join([*lines, f"| together | {' | '.join(map(str, totals))} |", ""])


def neither() -> str:
    """The figures that come out neither as they should be nor with a named mistake, and what is known of them."""
    lines = ["| source | figure | printed | what is known of it |", "| --- | --- | ---: | --- |"]
    for example, found in FIGURES.items():
        left = {**test_published.LEFT.get(example, {}), **test_deviations.LEFT.get(example, {})}
        rows = {row["name"]: row for row in [*found["figures"], *WRONG.get(example, {}).get("figures", [])]}
        source = linked(found["source"]).partition("; ")[0]
        lines += [f"| {source} | {TOLD[name]} | {rows[name]['printed']} | {why} |" for name, why in left.items()]
    return "\n".join([*lines, ""])


#: what those figures are
TOLD = {
    "E_after_10000": "error after 10,000 steps",
    "n.w2x2": "$x_2 w_2$",
    "n.out": "output of the neuron",
    "yhat1": "first output",
    "yhat2": "second output",
    "adam v": "second moment",
    "e^-zo": "$e^{-z_o}$",
}


def linked(source: str) -> str:
    """A source with its address as a link, without what says how the right figures were found."""
    source = source.partition("; the corrected figures")[0].replace(", the version of the notebook in", ", a notebook,")
    return re.sub(r",? (https?://[^\s;,]+)", r" ([page](\1))", source)


def made(text: str) -> str:
    """The page with its tables as they come out now."""
    return TABLE.sub(
        lambda found: f"<!-- made by tests/errata.py: {found[1]} -->\n\n{table(found[1])}\n<!-- /made -->\n", text
    )


if __name__ == "__main__":
    PAGE.write_text(made(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
