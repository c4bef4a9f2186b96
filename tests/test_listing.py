"""The listing of a walkthrough, pasted into a fresh Python that has only NumPy, prints the walkthrough's numbers."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import numpy as np
import pytest
from test_true_as_printed import ROUNDED, ZOO, Case, page_of, trace_of

from tracer.publish.environment import styles
from tracer.run.loading import built_in, load
from tracer.run.trace import Trace

#: runs the programs it is given, each in a namespace of its own, where nothing but NumPy can be imported
pytestmark = pytest.mark.others  # half a minute for the pages of all problems in all styles

GUARD = """
import contextlib, io, json, sys

class OnlyNumpy:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in sys.stdlib_module_names | {"numpy"}:
            raise ImportError(f"{name} is not there")

sys.meta_path.insert(0, OnlyNumpy())
printed = []
for code in json.load(sys.stdin):
    assert not {"tracer", "sympy", "jinja2"} & set(sys.modules)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, "listing", "exec"), {"__name__": "__main__"})
    printed.append(out.getvalue())
json.dump(printed, sys.stdout)
"""


def run_alone(codes: list[str]) -> list[str]:
    """What programs print in a fresh Python with NumPy alone."""
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", GUARD],
        input=json.dumps(codes),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    printed: list[str] = json.loads(done.stdout)
    return printed


def listing_of(page: str) -> tuple[str, str]:
    """The program of a Markdown page, and what the page says that it prints."""
    [(code, output)] = re.findall(r"^```python\n(.*?)\n```\n.*?^```text\n(.*?)```$", page, re.DOTALL | re.MULTILINE)
    return code, output


def test_the_guard_lets_only_numpy_in() -> None:
    assert run_alone(["import numpy, math\nprint(numpy.exp(0))", "print(2)"]) == ["1.0\n", "2\n"]
    for name in ("tracer", "sympy", "jinja2", "msgspec"):
        with pytest.raises(AssertionError, match=f"{name} is not there"):
            run_alone([f"import {name}"])


def case_of(problem: str, style: str) -> Case:
    checked = load({**ZOO, **ROUNDED}.get(problem, problem))
    return Case(problem, style, checked.notation, checked.digits)


def printed_alone(cases: list[Case]) -> dict[Case, tuple[str, str, str]]:
    """The page, the output it promises, and what its program really prints; all programs run in one process."""
    pages = {case: page_of(case) for case in cases}
    listings = {case: listing_of(page) for case, page in pages.items()}
    printed = run_alone([code for code, _ in listings.values()])
    return {
        case: (pages[case], promised, output)
        for (case, (_, promised)), output in zip(listings.items(), printed, strict=True)
    }


@pytest.mark.parametrize("style", styles())
def test_a_listing_prints_what_the_page_says(style: str) -> None:
    turn = styles().index(style) % 2  # each problem in two or three of the five styles
    problems = (*built_in(), *ZOO, *ROUNDED)[turn::2]
    found = printed_alone([case_of(problem, style) for problem in problems])
    for case, (page, promised, output) in found.items():
        assert output.strip("\n") == promised.strip("\n"), case
        assert output.count("\n") >= 1, case
        if case.problem in built_in():
            what_it_prints_is_on_the_page(case, page, output)


# ---------------------------------------------------------------------------------------------- the page's numbers


def values_of(output: str) -> list[tuple[str, str, Any]]:
    """The lines of an output: label, the text of the value, the value."""
    lines = [re.split(r"(?: =|:) ", line, maxsplit=1) for line in output.strip("\n").splitlines()]
    return [(label, text, ast.literal_eval(text)) for label, text in lines]


def numbers_of(page: str) -> set[Decimal]:
    """The numbers in the formulas and tables of a page, without their signs."""
    prose = re.sub(r"^```.*?^```$", "", page, flags=re.DOTALL | re.MULTILINE)
    found = set()
    for number, power in re.findall(r"(\d+(?:\.\d+)?)(?: \\times 10\^\{(-?\d+)\})?", prose):
        found.add(Decimal(f"{number}e{power or 0}"))
    return found


def on_the_page(text: str, numbers: set[Decimal], digits: int) -> bool:
    """Whether a number that a listing prints is on the page, rounded to no fewer digits than the page has."""
    wanted = abs(Decimal(text))
    for number in numbers:
        if number == wanted:
            return True
        unit = Decimal((0, (1,), int(number.as_tuple().exponent)))
        if (
            -int(number.as_tuple().exponent) >= digits
            and wanted.quantize(unit, ROUND_HALF_EVEN, Context(prec=60)) == number
        ):
            return True
        printed = Decimal((0, (1,), int(wanted.as_tuple().exponent)))  # the listing may have fewer digits
        if number.quantize(printed, ROUND_HALF_EVEN, Context(prec=60)) == wanted:
            return True
    return False


def what_it_prints_is_on_the_page(case: Case, page: str, output: str) -> None:
    trace, numbers, looked_at = trace_of(case.problem), numbers_of(page), 0
    for label, text, value in values_of(output):
        told = trace.network.extents.get("n", 1) == 1 and trace.count == 1
        untold = {"mazur": r"da|delta", "gokadin": "da"}.get(case.style)
        if not (told or isinstance(value, float)) or (untold and re.match(untold, label)):
            continue  # of several examples one is told, of several steps the first; deltas may write out what they read
        for number in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", text):
            looked_at += 1
            if isinstance(case.digits, int):
                assert on_the_page(number, numbers, case.digits), f"{case}: {label}: {number} is not on the page"
    assert looked_at >= 1, case


def zeros(output: str, trace: Trace) -> list[str]:
    """The values of an output that are printed as zero and are not."""
    wrong, updated = [], False
    for said, _, value in values_of(output):
        label = re.sub(r" in step \d+$", "", re.sub(r" after \d+ steps$", "_new", said))
        name = label.removesuffix(" with the new parameters")
        again = name != label or (updated and label in ("prediction", "loss"))
        name = {"prediction": trace.network.result_of(trace.network.layers), "loss": "E"}.get(name, name)
        updated = updated or label.endswith("_new")
        step = 1 if label in ("prediction", "loss") else trace.count
        recorded = trace.after[name] if again else trace.value(name, step)
        if ((np.asarray(value) == 0) & (recorded != 0)).any():
            wrong.append(f"{label} is {np.asarray(recorded).tolist()}, printed {value}")
    return wrong


@pytest.mark.sampled(2)
@pytest.mark.parametrize("problem", [*built_in(), *ZOO, *ROUNDED])
@pytest.mark.parametrize("style", ["plain", "hmkcode"])
def test_a_listing_prints_no_zero_for_what_is_not_zero(problem: str, style: str) -> None:
    case = case_of(problem, style)._replace(digits=2)
    assert zeros(listing_of(page_of(case))[1], trace_of(problem)) == []
