r"""Law 1 on rendered pages: every relation is true as printed, and every number is the recorded one.

`reread.py` takes the pages apart and works every relation out again. Here it is told what the names of a page stand
for (`recorded`, from the trace) and which numbers are given, and it is run on built-in problems in every style and
notation: pairwise here, in every combination by `law1_everywhere.py`. Tables and the numbers in the prose are compared
with the trace as well, and nothing that is not zero may be printed as zero.
"""

from __future__ import annotations

import itertools
import random
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import html_back
import numpy as np
import pytest
import read_formats
import reread
from reread import Finding, Result, Stated, check_page, in_units

import tracer
from tracer.calculus.expression import Index, Number, Ref
from tracer.explain.lesson import Lesson
from tracer.explain.notation import NOTATIONS, notation
from tracer.explain.numbers import digits as digits_of
from tracer.explain.reading import Reading
from tracer.explain.worked import worked_paths
from tracer.publish.colour import COLOURED, in_colour
from tracer.publish.environment import styles, tell
from tracer.publish.formats import WRITERS
from tracer.publish.story import read_story
from tracer.run.loading import built_in, load
from tracer.run.rounding import Rule, gradients_are_rounded, rules_of
from tracer.run.run import run
from tracer.run.trace import Trace

DIGITS: tuple[int | str, ...] = (2, 3, 4, 9, "4sf")
LEAST = 2  # relations between numbers on every page; where matrices stand for their elements 1 may be all
MOST_STEPS = 10  # a problem file that asks for more steps is run for two
#: headings before the second forward pass
AGAIN = ("The forward pass again", "After the update", "After the step", "Did it help?")


class Case(NamedTuple):
    """How one page is made."""

    problem: str
    style: str
    notation: str
    digits: int | str
    format: str = "markdown"


def _layer(weights: list[list[float]], activation: str = "sigmoid", **more: Any) -> dict[str, Any]:
    return {"weights": weights, "activation": activation, **more}


def _net(inputs: Any, targets: Any, *layers: dict[str, Any], **training: Any) -> dict[str, Any]:
    loss = {"loss": "half-squared-error", "rate": 0.5}
    return {"data": {"inputs": inputs, "targets": targets}, "layers": list(layers), "training": loss | training}


_SMALL = [[0.15, -0.25], [0.2, 0.3]]

#: problems that hold what the built-in ones do not
ZOO: dict[str, dict[str, Any]] = {
    "deep": _net([0.5, -0.3], [0.2], *[_layer(_SMALL, "tanh")] * 5, _layer([[0.7], [-1.3]])),
    "wide": _net(
        [1, 0.5],
        [0.3],
        _layer([[k / 10 - 0.45 for k in range(12)], [0.3 - k / 7 for k in range(12)]], "relu"),
        _layer([[0.1 * (-1) ** k] for k in range(12)], ""),
    ),
    "kinks": _net(
        [[1, 2], [-1, 0.5], [0, 0]],
        [[0.1, 1], [0, 0.2], [1, -1]],
        _layer(_SMALL, "relu", bias=[0.0, -0.1]),
        _layer([[0.4, 0.5], [-0.45, 0.55]], "identity", bias=0.6),
        loss="mean-squared-error",
    ),
    "saturated": _net(
        [30, -20], [1e-9, 1], _layer([[0.9, 0.8], [-0.7, 0.1]], bias=[3, -2]), _layer([[9, -8], [7, -6]], bias=[5, 1])
    ),
    "tiny": _net(
        [1e-7, -3e-6], [2e-8], _layer([[1e-4, 2e-3], [-5e-5, 1e-4]], "identity"), _layer([[1e-3], [-2e-2]], "")
    ),
    "large": _net(
        [12345, -678], [1e6], _layer([[35.25, 1e4], [-17, 250]], "identity"), _layer([[3e3], [4e-3]], ""), rate=1e-12
    ),
    "hit": _net([1], [2], _layer([[0.5]], "identity"), rate=1),  # the step ends exactly at the target
    "one-by-one": _net(
        [[1, 0], [0, 1]],
        [0, 1],
        _layer(_SMALL, bias=[0.1, -0.2]),
        _layer([[0.4], [0.6]], "tanh", bias=[0.3]),
        update_order="one-by-one",
        steps=3,
        loss="squared-error-mean",
    ),
    "trained": _net(
        [[1, 0], [0, 1], [1, 1]],
        [[1, 0], [0, 1], [1, 0]],
        _layer([[0.4, -0.5, 0.3], [0.25, 0.6, -0.2]], "tanh", bias=[0.1, -0.2, 0.05]),
        _layer([[0.4, 0.5], [-0.45, 0.55], [0.2, 0.1]], "softmax"),
        loss="cross-entropy-mean",
        steps=6,
        metrics=["accuracy"],
    ),
    "forward": {"data": {"inputs": [[1, 2], [3, 4]]}, "layers": [_layer(_SMALL, bias=0.1)]},
    "no-update": {
        "data": {"inputs": [1, 2], "targets": [0, 1]},
        "layers": [_layer(_SMALL)],
        "training": {"loss": "mean-squared-error-sum"},
    },
    "own-layers": _net(
        [0.5, -1],
        [0, 1],
        {
            "units": 2,
            "equations": ["a[n,j] = sum(i, x[n,i] * v[i,j])**2 + c[j]"],
            "parameters": {"v": _SMALL, "c": [0.1, 0.2]},
        },
        _layer([[0.4, 0.5], [0.45, 0.55]]),
    ),
    "own-differences": _net(
        [[1, 2], [0.5, -1]],
        [[1, 0], [0, 1]],
        {
            "equations": ["h[n,j] = sum(i, x[n,i] * v[i,j]) - (b[j] + c[j])"],
            "parameters": {"v": [[0.1, 0.2], [0.3, 0.4]], "b": [0.5, 0.25], "c": [1, 2]},
        },
        optimizer="nesterov",
        steps=2,
    ),
    "own-loss": _net(
        [1, 2], [0, 1], _layer(_SMALL), loss="E = -sum(n, k, t[n,k]*log(a[n,k]) + (1 - t[n,k])*log(1 - a[n,k]))"
    ),
    "softmax": _net(
        [[1, 0.5], [0.2, -1]],
        [[1, 0], [0.4, 0.6]],
        _layer(_SMALL, "softmax"),
        loss="cross-entropy-mean",
        optimizer="adam",
        steps=2,
    ),
    "odd-targets": _net([1, 0.5], [0.5, 1], _layer(_SMALL, "softmax", bias=[0.1, 0]), loss="cross-entropy"),
    "logistic": _net(
        [1, 0.5],
        [1, 0],
        _layer(_SMALL, bias=[0.1, -0.2]),
        loss="binary-cross-entropy",
        optimizer="momentum",
        clip=0.05,
        schedule={"name": "exponential", "gamma": 0.5},
        steps=2,
    ),
    "trained-equations": {
        "equations": ["y = w*x + b", "E = (y - t)**2/2"],
        "values": {"x": 2, "t": -1},
        "parameters": {"w": 0.3, "b": 0.1},
        "training": {"rate": 0.1, "steps": 2},
    },
    "arrays": {
        "equations": ["s[i] = exp(z[i])", "y[i] = s[i] / sum(j, s[j])", "L = -sum(i, p[i] * log(y[i]))"],
        "values": {"p": [0, 1, 0]},
        "parameters": {"z": [0.2, -1, 0.7]},
        "training": {"rate": 0.25},
    },
}


def _rounded(problem: str, digits: int | str = "exact", **more: Any) -> dict[str, Any]:
    """A problem with a table [arithmetic]."""
    made = ZOO.get(problem) or tomllib.loads(built_in()[problem].read_text(encoding="utf-8"))
    return made | {"arithmetic": {"digits": digits, **more}}


#: problems whose results are rounded as by hand
ROUNDED: dict[str, dict[str, Any]] = {
    "mazur-3": _rounded("mazur", 3),
    "mazur-cut": _rounded("mazur", "2 truncate"),
    "mazur-printed": _rounded("mazur", 3, rounding="truncate", carried=False),
    "han-kamber-2sf": _rounded("han-kamber", "2sf half-up"),
    "hmkcode-1": _rounded("hmkcode", 1),  # small numbers become zero
    "deep-cut": _rounded("deep", "3sf truncate"),
    "kinks-some": _rounded("kinks", quantities={"delta": "2 half-up", "w2_new": "1 truncate", "E": "2sf printed"}),
    "large-2sf": _rounded("large", "2sf"),
    "tiny-3sf": _rounded("tiny", "3sf half-up printed"),
    "own-layers-3": _rounded("own-layers", 3, quantities={"after:a1": "2 truncate"}),
    "arrays-2": _rounded("arrays", 2),
    "circuit-cut": _rounded("cs231n-circuit", "2 truncate"),
    "one-by-one-4": _rounded("one-by-one", "4 truncate"),
}


@lru_cache(maxsize=64)
def trace_of(problem: str) -> Trace:
    """The run of a built-in problem or of one of ours, of few steps."""
    checked = load({**ZOO, **ROUNDED}.get(problem, problem))
    return run(checked, steps=2 if checked.steps > MOST_STEPS else None)


def lesson_of(trace: Trace, case: Case) -> Lesson:
    return Lesson(trace, notation(case.notation), digits_of(case.digits))


def reading_of(trace: Trace, case: Case, step: int) -> Reading:
    return Reading(trace, notation(case.notation), digits_of(case.digits), step)


def page_of(case: Case, trace: Trace | None = None) -> str:
    """A rendered page, of a built-in problem or of a trace; in colour where that is what its format has."""
    how = notation(case.notation, coloured=case.format in COLOURED)
    lesson = Lesson(trace or trace_of(case.problem), how, digits_of(case.digits))
    return WRITERS[case.format](in_colour(read_story(tell(lesson, case.style)), case.format), lesson.title)


def numeric(result: Result) -> int:
    """How many relations between numbers were worked out again."""
    return sum(result.checked[kind] for kind in ("numeric =", "numeric approx", "matrix"))


# ---------------------------------------------------------------------------------------------- what names stand for


def elements(reading: Reading) -> Iterator[tuple[str, float, Ref]]:
    """Every element a step recorded, parts of the loss and slopes too: its symbol, its value in the notation's sign."""
    network, trace = reading.network, reading.trace
    for name in [*network.given, *network.parameters, *network.state, *_made(reading), *network.parts]:
        value = trace.value(name, reading.step) * sign_of(reading, name)
        for place in np.ndindex(value.shape):
            ref = element(name, place)
            yield reading.names.symbol(ref), float(value[place]), ref


def element(name: str, place: Sequence[int]) -> Ref:
    """An element by its place counted from 0."""
    return Ref(name, tuple(Number(Fraction(index + 1)) for index in place))


def _made(reading: Reading) -> list[str]:
    """What a step computes; after the last one only the forward pass and the loss."""
    last = reading.step > reading.trace.count
    return [entry.name for entry in reading.network.schedule if not last or entry.phase in ("forward", "loss")]


def sign_of(reading: Reading, name: str) -> int:
    """Notations that pass back t - o print every gradient with its sign turned."""
    return reading.notation.error_sign if reading.network.roles[name].kind == "gradient" else 1


class Recorded(NamedTuple):
    """What the names of a step stand for, and the names that stand for two things."""

    values: dict[str, Any]
    twice: list[Finding]


def recorded(reading: Reading) -> Recorded:
    """The values of a step by the TeX of their symbols: elements, whole matrices as the notation lays them out,
    derivatives without the sign of the notation, and the local derivatives of the first weights."""
    network = reading.network
    found: dict[str, Any] = {}
    twice: dict[str, Finding] = {}

    def add(symbol: str, value: float) -> None:
        known = found.setdefault(symbol, value)
        if not np.isclose(known, value, rtol=1e-12, atol=1e-300):
            twice[symbol] = Finding("name", 0, symbol, f"it stands for {known} and for {value}")

    for symbol, value, ref in elements(reading):
        if ref.name == "e" and symbol in found and rule_of(reading, "E"):
            continue  # of a single output; the error itself is rounded
        add(symbol, value)
        if symbol.startswith("-"):
            add(symbol.removeprefix("-"), -value)
    if reading.step <= reading.trace.count:
        for symbol, value in local_derivatives(reading):
            add(symbol, value)
    for name in [*network.given, *network.parameters, *_made(reading)]:
        symbol = reading.names.symbol(Ref(name))
        if not network.shapes[name] or symbol in found:  # a layer of one unit and its unit may share a name
            continue
        value = reading.trace.value(name, reading.step) * sign_of(reading, name)
        examples = network.axes[name][0].axis == "n"
        turned = reading.notation.columns if examples else reading.notation.layout == "out-in"
        found[symbol] = (value.T if turned else value).tolist()
    return Recorded({symbol: value for symbol, value in found.items() if symbol not in twice}, list(twice.values()))


def local_derivatives(reading: Reading) -> Iterator[tuple[str, float]]:
    """The factors of the chain rule for the first weight of each layer; the ways have to add up to the gradient."""
    for entry in reading.network.phase("backward"):
        role = reading.network.roles[entry.name]
        if role.base != "w" or role.kind != "gradient" or not entry.exact or not role.layer:
            continue
        if gradients_are_rounded(reading.network):
            continue  # the ways are told without numbers
        ways, complete = worked_paths(reading, element(entry.name, (0, 0)))
        if complete:
            gradient = float(reading.trace.value(entry.name, reading.step)[0, 0])
            assert np.isclose(sum(way.value for way in ways), gradient, rtol=1e-9), f"the ways of {entry.name}"
        for way in ways:
            yield from ((factor.symbol, factor.value) for factor in way.factors)
            yield way.product[0].tex, way.value


def rule_of(reading: Reading, name: str) -> Rule | None:
    """How a value of a step was rounded by hand."""
    rules, again = rules_of(reading.network), reading.step > reading.trace.count
    if name in reading.network.parameters:
        return rules.of(f"{name}_new") if reading.step > 1 else None
    return None if name in reading.network.given else rules.of(name, after=again)


def stated_roundings(reading: Reading, chains: list[Chain]) -> dict[str, set[Stated]]:
    """The printed numbers that are rounded by a stated rule, as they may be printed; a number that is also that of a
    value without a rule, or comes up in the middle of a chain, may be rounded to the nearest as well."""
    found: dict[str, set[Stated]] = {}
    others: set[str] = set()
    for _, value, ref in elements(reading):
        number, rule = reading.number(ref), rule_of(reading, ref.name)
        text = number.tex().removeprefix("-")
        if rule is None or reading.is_given(ref.name):
            others |= {text} if number.shortened else set()
            continue
        how = rule.rounding
        if rule.carried:
            stated = in_units(Fraction(repr(value)), how.count, how.significant, how.mode)
            places = max(0, len(str(stated.unit.denominator)) - 1)  # the unit is a power of ten
            found.setdefault(f"{abs(value):.{places}f}", set()).add(stated)
        else:
            stated = Stated(how.mode, Fraction(10) ** reread._number(text, True).unit)
        found.setdefault(text, set()).add(stated)
    for text in found.keys() & (others | computed(chains)):
        found[text] |= {Stated("half-even", Fraction(10) ** reread._number(text, True).unit)}
    return found


def carried_names(reading: Reading) -> dict[str, tuple[int, bool, str]]:
    """The symbols of all values that are carried on rounded, and how."""
    names = [(symbol, ref.name) for symbol, _, ref in elements(reading)]
    found = {}
    for symbol, name in names:
        rule = rule_of(reading, name)
        if rule and rule.carried:
            found[symbol] = (rule.rounding.count, rule.rounding.significant, rule.rounding.mode)
    return found


def given_numbers(reading: Reading, chains: list[Chain]) -> frozenset[str]:
    """The numbers of the problem file as printed, but for those that a rounded number of the page looks like."""
    given, rounded = set(), set()
    for _, _, ref in elements(reading):
        number = reading.number(ref)
        rule = rule_of(reading, ref.name)
        if reading.is_given(ref.name) or (rule and rule.carried):
            given.add(number.tex().removeprefix("-"))
        elif number.shortened:
            rounded.add(number.tex().removeprefix("-"))
    return frozenset(given - rounded - computed(chains))


Chain = list[tuple[str, str]]  # the members: TeX, and what they are ("number", "symbolic")
Placed = tuple[str, str, float]  # what it is, the number as printed, its value
Spelling = Callable[[str], str]  # how a format writes the symbol of a name
Columns = list[dict[str, float]]  # of a table: the values by what stands first in the row


def chains_of(page: str, format: str) -> list[Chain]:
    """The chains of all formulas of a page."""
    formulas = reread._markdown_formulas(page) if format == "markdown" else reread._latex_formulas(page)
    sides = ((tex, chain) for _, tex in formulas if tex for chain in reread._sides(tex, True, True))
    return [[(_cut(tex, side.start, side.end), side.reading.what) for side in chain] for tex, chain in sides]


def _cut(tex: str, start: int, end: int) -> str:
    """A member; what stands before a bracket or brace belongs to it."""
    while tex[:start].endswith((r"\left", "{")):
        start -= 5 if tex[:start].endswith(r"\left") else 1
    return tex[start:end]


def computed(chains: list[Chain]) -> set[str]:
    """The numbers that come up in the middle of a chain: terms that were worked out."""
    found: set[str] = set()
    for chain in chains:
        numbers = [set(re.findall(NUMBER, tex)) for tex, what in chain if what == "number"]
        for before, here in itertools.pairwise(numbers):
            found |= {number.removeprefix("-") for number in here - before}
    return found


NUMBER = r"-?\d+(?:\.\d+)?(?: \\times 10\^\{-?\d+\})?"


def in_place(chains: list[Chain], values: Mapping[str, Any]) -> Iterator[Placed]:
    """The numbers that stand in the place of symbols: a member of symbols, and after it the same with numbers."""
    names = sorted((name for name, value in values.items() if isinstance(value, float)), key=len, reverse=True)
    name = rf"(?<![\\A-Za-z])(?:{'|'.join(map(re.escape, names))})(?![A-Za-z_'])"
    splitting, bracketed = re.compile(name), re.compile(rf"\\left\(({name})\\right\)")
    for chain in chains:
        for (left, what), (right, kind) in itertools.pairwise(chain):
            if what != "symbolic" or kind != "number":
                continue
            text = _unbracketed(bracketed.sub(r"\1", left))
            form, found = splitting.split(text), splitting.findall(text)
            pattern = f"({NUMBER})".join(map(re.escape, form))
            match = re.fullmatch(pattern, _unbracketed(right)) if "".join(form).strip() else None  # more than a name
            if match:
                yield from zip(found, match.groups(), map(values.__getitem__, found), strict=True)


def _unbracketed(tex: str) -> str:
    """TeX without the brackets around single numbers."""
    return re.sub(rf"\\left\(({NUMBER})\\right\)", r"\1", tex)


_RECORDED: dict[tuple[int, str, int], tuple[Trace, Recorded]] = {}  # it holds the trace, so that its id stays its own


def recorded_once(reading: Reading) -> Recorded:
    """`recorded`, which does not depend on the digits."""
    key = (id(reading.trace), reading.notation.name, reading.step)
    if key not in _RECORDED:
        if len(_RECORDED) > 200:
            _RECORDED.clear()
        _RECORDED[key] = (reading.trace, recorded(reading))
    return _RECORDED[key][1]


# ---------------------------------------------------------------------------------------------- one page


def check(page: str, trace: Trace, case: Case) -> Result:
    """What is wrong with a page: its relations, its tables, and the numbers in its prose."""
    name: Spelling = str
    if case.format in read_formats.FORMATS:
        name = html_back.in_order if case.format in read_formats.IN_ORDER else str
        page, case = read_formats.as_markdown(page, case.format), case._replace(format="markdown")
    page = reread.without_colours(page)
    before, after = halves(page, case.format)
    again = bool(trace.after) and not (trace.problem.bare and case.style in ("gokadin", "mazur"))
    assert bool(after) == again, f"{case}: where is the second forward pass?"
    whole = Result()
    anywhere: dict[str, set[Stated]] = {}
    for step, half in ((1, before), (2, after)):
        if half:
            reading = reading_of(trace, case, step)
            known = recorded_once(reading)
            values = {name(symbol): value for symbol, value in known.values.items()}
            chains = chains_of(half, case.format)
            exact = given_numbers(reading, chains)
            stated = stated_roundings(reading, chains)
            for number, how in stated.items():
                anywhere.setdefault(number, set()).update(how)  # prose after the step tells the error before it
            result = check_page(
                half,
                format=case.format,
                values=values,
                exact=exact,
                stated=stated,
                carried={name(symbol): how for symbol, how in carried_names(reading).items()},
            )
            whole.findings.extend([*known.twice, *result.findings])
            whole.checked.update(result.checked)
            places = {
                "in place": in_place(chains, values),
                "table": in_tables(half, reading, values, case.format, name),
                "prose": in_prose(half, reading),
            }
            for where, numbers in places.items():
                for what, number, value in numbers:
                    whole.checked[where] += 1
                    whole.findings.extend(differs(f"{where}: {what}", number, value, case, anywhere))
    return whole


def halves(page: str, format: str) -> tuple[str, str]:
    """A page up to the second forward pass, and from there: the names are the same, the values are not."""
    titles = "|".join(map(re.escape, AGAIN))
    heading = rf"^#+ (?:{titles})$" if format == "markdown" else rf"^\\(?:sub)*section.*\{{(?:{titles})\}}$"
    match = re.search(heading, page, re.MULTILINE)
    return (page, "") if match is None else (page[: match.start()], page[match.start() :])


def differs(
    what: str, number: str, value: float, case: Case, stated: Mapping[str, set[Stated]] | None = None
) -> list[Finding]:
    """What is wrong with a number that stands for a value: that it is another, or has not the digits asked for."""
    printed = _decimal(number)
    exact = Context(prec=12, rounding=ROUND_HALF_EVEN).create_decimal(Decimal(repr(value)))
    if printed in (exact, Decimal(repr(value))):
        return []
    known = (stated or {}).get(number.removeprefix("-").replace("{,}", "."), set())
    if any(how.rounds(Fraction(exact)) == Fraction(printed) for how in known):
        return []
    last = Decimal((0, (1,), int(printed.as_tuple().exponent)))
    if not any(exact.quantize(last, way, Context(prec=400)) == printed for way in (ROUND_HALF_EVEN, ROUND_HALF_UP)):
        return [Finding("name", 0, f"{what} {number}", f"the recorded value is {value!r}")]
    if printed == 0:
        return [Finding("zero", 0, f"{what} {number}", f"the recorded value is {value!r}")]
    wanted = digits_of(case.digits)
    shown = len(printed.as_tuple().digits) if wanted.significant else -int(printed.as_tuple().exponent)
    power = r"\times" in number
    enough = shown >= wanted.count or (power and len(printed.as_tuple().digits) >= wanted.count)
    return [] if enough else [Finding("digits", 0, f"{what} {number}", f"{shown} digits, {wanted.count} asked for")]


def in_tables(
    page: str, reading: Reading, values: Mapping[str, Any], format: str, spelled: Spelling = str
) -> Iterator[Placed]:
    """Every number in a table of a page."""
    for header, *rows in tables(page, format):
        if header == ["parameter", "before", "after", "difference"]:
            named = [values, _belonging(reading, "new", spelled)]
            columns = [{f"${symbol}$": value for symbol, value in column.items()} for column in named]
            columns.append({first: float(_decimal(after) - _decimal(before)) for first, before, after, _ in rows})
        elif header[0] == "parameter":
            named = [values, *(_belonging(reading, kind, spelled) for kind in ("gradient", "new"))]
            columns = [{f"${symbol}$": value for symbol, value in column.items()} for column in named]
        elif header[0] == "forward pass":
            losses = [*reading.trace.losses, reading.trace.after.get("E", np.nan)]
            columns = [{str(step): float(loss) for step, loss in enumerate(losses, 1)}]
        elif header[0] == "example":
            columns = [_examples(reading, symbol, spelled) for symbol in header[1:]]
        elif header == ["state", "before", "after"]:
            named = [values, _after(reading, spelled)]
            columns = [{f"${symbol}$": value for symbol, value in column.items()} for column in named]
        elif header[:2] == ["gradient", "by its formula"]:
            columns = [{f"${symbol}$": value for symbol, value in values.items()}]
            rows = [row[:2] for row in rows]  # test_gradient_check compares the central differences
        elif header == ["in the program", "on this page"]:
            continue  # names, no numbers
        elif header in (["quantity", "value"], ["value", "number"]):
            columns = [{f"${symbol}$": value for symbol, value in values.items()}]
        elif header[0] == "step":
            columns = [_over_steps(reading, symbol, [first for first, *_ in rows], spelled) for symbol in header[1:]]
        elif header[0] == "net input":
            layer = next(layer for layer in reading.trace.problem.layers if layer.activation == header[1])
            columns = _of_one_unit(header[1], tuple(layer.options.items()), tuple(first for first, *_ in rows))
        elif header[1] in ("as computed", "as it was read"):
            continue  # the figures of two runs; test_deviations compares them
        else:
            raise AssertionError(f"a table nobody knows: {header}")
        # spaces in a formula mean nothing, and not every format keeps them
        columns = [{name.replace(" ", ""): value for name, value in column.items()} for column in columns]
        for first, *cells in rows:
            assert len(cells) <= len(columns), header
            for column, cell in zip(columns, cells, strict=False):
                yield first, cell.strip("$"), column[first.replace(" ", "")]


def _over_steps(reading: Reading, symbol: str, steps: list[str], spelled: Spelling) -> dict[str, float]:
    """The error, a metric or a parameter that a column tells, at each of these steps."""
    network, trace = reading.network, reading.trace
    for name in ("E", *network.metrics, *network.parameters):
        for place in np.ndindex(network.shapes[name]):
            if f"${spelled(reading.names.symbol(element(name, place)))}$" == symbol:
                return {step: float(trace.value(name, int(step))[place]) for step in steps}
    raise AssertionError(f"a column nobody knows: {symbol}")


@lru_cache(maxsize=64)
def _of_one_unit(activation: str, options: tuple[tuple[str, float], ...], cells: tuple[str, ...]) -> Columns:
    """What a network of one unit gives for these net inputs, and the slope by the delta that comes back to it."""
    problem = {
        "data": {"inputs": [[float(_decimal(cell))] for cell in cells], "targets": [[1000]] * len(cells)},
        "layers": [{"activation": {"name": activation, **dict(options)}, "weights": [[1]]}],
        "training": {"loss": "half-squared-error", "rate": 1},
    }
    trace = tracer.trace(problem)
    outputs, slopes = trace["z1"][:, 0], np.ones(len(cells))
    if activation != "identity":  # which passes its net input on as it is
        outputs, slopes = trace["a1"][:, 0], trace["delta1"][:, 0] / trace["da1"][:, 0]
    return [{cell: float(value) for cell, value in zip(cells, values, strict=True)} for values in (outputs, slopes)]


def _decimal(cell: str) -> Decimal:
    """A number in a cell of a table."""
    mantissa, _, power = cell.strip("$").replace("{,}", ".").partition(r" \times 10^")
    return Decimal(f"{mantissa}e{power.strip('{}') or 0}")


def tables(page: str, format: str) -> Iterator[list[list[str]]]:
    """The tables of a page: rows of cells, the header first."""
    if format == "markdown":
        for match in re.finditer(r"(?:^\|.*\|\n)+", page, re.MULTILINE):
            rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in match[0].splitlines()]
            yield [row for row in rows if set("".join(row)) - set("-: ")]
    else:
        for match in re.finditer(r"\\toprule\n(.*?)\\bottomrule", page, re.DOTALL):
            lines = [line.removesuffix(r"\\") for line in match[1].splitlines() if line.endswith(r"\\")]
            yield [[cell.strip() for cell in line.split("&")] for line in lines]


def _belonging(reading: Reading, kind: str, spelled: Spelling) -> dict[str, float]:
    """The gradient, or the new value, of each parameter by the symbol of the parameter."""
    network, found = reading.network, {}
    for entry in network.schedule:
        if network.roles[entry.name].kind == kind and entry.of in network.parameters:
            value = reading.trace.value(entry.name, reading.step) * sign_of(reading, entry.name)
            for place in np.ndindex(value.shape):
                found[spelled(reading.names.symbol(element(entry.of, place)))] = float(value[place])
    return found


def _after(reading: Reading, spelled: Spelling) -> dict[str, float]:
    """What a step leaves of everything it carries on, by the symbol of what it found."""
    found = {}
    for name, after in reading.network.carried.items():
        value = reading.trace.value(after, reading.step)
        for place in np.ndindex(value.shape):
            found[spelled(reading.names.symbol(element(name, place)))] = float(value[place])
    return found


def _examples(reading: Reading, symbol: str, spelled: Spelling) -> dict[str, float]:
    """A column of the table of all examples, by the number of the example."""
    network = reading.network
    for name in [*network.given, *_made(reading)]:
        if len(network.axes[name]) == 2 and network.axes[name][0].axis == "n":
            for unit in range(network.shapes[name][1]):
                ref = Ref(name, (Index("n", "n"), Number(Fraction(unit + 1))))
                if f"${spelled(reading.names.symbol(ref))}$" == symbol:
                    column = reading.trace.value(name, reading.step)[:, unit] * sign_of(reading, name)
                    return {str(example): float(value) for example, value in enumerate(column, 1)}
    raise AssertionError(f"a column nobody knows: {symbol}")


PROSE: tuple[tuple[str, Callable[[Trace], Any]], ...] = (
    (r"the error was \$(.*?)\$", lambda trace: trace.losses[0]),
    (r"the error is \$(.*?)\$", lambda trace: [*trace.losses, trace.after["E"]][1]),
    (r": here it is \$(.*?)\$", lambda trace: trace.network.given["eta"]),
)


def in_prose(page: str, reading: Reading) -> Iterator[Placed]:
    """The numbers in the sentences of a page."""
    for pattern, value in PROSE:
        for match in re.finditer(pattern, page):
            yield pattern, match[1], float(value(reading.trace))


# ---------------------------------------------------------------------------------------------- all pages, pairwise


def pairwise(*factors: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Rows in which every two values of different factors meet: greedy, always the same."""
    pairs = itertools.combinations(range(len(factors)), 2)
    wanted = {(a, x, b, y) for a, b in pairs for x in range(len(factors[a])) for y in range(len(factors[b]))}
    chance = random.Random(7)
    rows = []
    while wanted:
        best: tuple[int, list[int]] = (-1, [])
        for _ in range(40):
            a, x, b, y = chance.choice(sorted(wanted))
            row = [chance.randrange(len(factor)) for factor in factors]
            row[a], row[b] = x, y
            gain = len(wanted & set(_pairs(row)))
            best = max(best, (gain, row))
        wanted -= set(_pairs(best[1]))
        rows.append(tuple(factor[place] for factor, place in zip(factors, best[1], strict=True)))
    return rows


def _pairs(row: Sequence[int]) -> list[tuple[int, int, int, int]]:
    return [(a, row[a], b, row[b]) for a, b in itertools.combinations(range(len(row)), 2)]


#: the others are read back in `test_every_format.py`, and compared with this Markdown
FORMATS = ["markdown", "latex", "html"]
FACTORS = (list(built_in()), styles(), list(NOTATIONS), DIGITS, FORMATS)
CASES = [Case(*row) for row in pairwise(*FACTORS)]
#: law1_everywhere.py takes all combinations, in turns of digits; of HTML a part
HERE = [case for place, case in enumerate(CASES) if place % (3 if case.format == "html" else 5) == 0]


def test_the_cases_hold_every_pair() -> None:
    for (a, first), (b, second) in itertools.combinations(enumerate(FACTORS), 2):
        assert {(case[a], case[b]) for case in CASES} == set(itertools.product(first, second))
    assert len(CASES) < 130


@pytest.mark.parametrize("case", HERE, ids=lambda case: "-".join(map(str, case)))
def test_pages_are_true_as_printed(case: Case) -> None:
    trace = trace_of(case.problem)
    result = check(page_of(case), trace, case)
    assert result.findings == []
    if case.style == "cavar" and not trace.problem.bare:  # matrices and tables instead of single elements
        assert result.checked["matrix"] >= 2
        assert not trace.after or (result.checked["table"] >= 15 and result.checked["prose"] >= 2)
        return
    least = 10 if trace.problem.bare else 15
    assert numeric(result) >= least and result.checked["name = number"] >= least and result.checked["in place"] >= least
    assert trace.problem.bare or case.style not in ("hmkcode", "mazur") or result.checked["table"] >= 2
    assert not trace.after or trace.problem.bare or result.checked["prose"] >= 2


def in_part(cases: list[Case]) -> list[Any]:
    """Every sixth case in the quick suite, and the rest among the others."""
    return [pytest.param(case, marks=pytest.mark.others) if place % 6 else case for place, case in enumerate(cases)]


ZOO_CASES = [Case(*row) for row in pairwise(list(ZOO), styles(), list(NOTATIONS), DIGITS[:3], FORMATS)]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("case", in_part(ZOO_CASES), ids=lambda case: "-".join(map(str, case)))
def test_pages_of_other_problems_are_true_as_printed(case: Case) -> None:
    result = check(page_of(case), trace_of(case.problem), case)
    assert result.findings == []
    assert numeric(result) >= (1 if case.style == "cavar" else LEAST)


ROUNDED_FACTORS = (list(ROUNDED), styles(), list(NOTATIONS), [3, 6, "adaptive"], FORMATS)
ROUNDED_CASES = [Case(*row) for row in pairwise(*ROUNDED_FACTORS)]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("case", in_part(ROUNDED_CASES), ids=lambda case: "-".join(map(str, case)))
def test_pages_of_rounded_arithmetic_are_true_as_printed(case: Case) -> None:
    result = check(page_of(case), trace_of(case.problem), case)
    assert result.findings == []
    assert numeric(result) >= (1 if case.style == "cavar" else LEAST)


# ---------------------------------------------------------------------------------------------- what has to be found


def plant(page: str, chance: random.Random) -> tuple[str, str]:
    """A page with one digit changed in a number of a display that holds a chain, and the formula before the change."""
    displays = [match for match in re.finditer(r"\$\$\n(.*?)\$\$", page, re.DOTALL) if r"\\" in match[1]]
    display = chance.choice(displays)
    numbers = [
        number
        for number in re.finditer(r"(?<![\d.{_^])\d+\.\d+", display[1])
        if "&" in display[1][: number.start()]  # not in a name
    ]
    if not numbers:
        return plant(page, chance)
    number = chance.choice(numbers)
    at = display.start(1) + chance.choice([place for place in range(*number.span()) if display[1][place] != "."])
    digit = chance.choice([digit for digit in "0123456789" if digit != page[at]])
    return page[:at] + digit + page[at + 1 :], display[1]


def plant_in_html(page: str, chance: random.Random) -> str:
    """An HTML page with one digit changed in a number of a display that holds a chain."""
    displays = [match for match in re.finditer(r'<math display="block">(.*?)</math>', page) if "<mtr>" in match[1]]
    display = chance.choice(displays)
    numbers = list(re.finditer(r"(?<=<mn>)\d+\.\d+(?=</mn>)", display[0]))
    if not numbers:
        return plant_in_html(page, chance)
    number = chance.choice(numbers)
    at = display.start() + chance.choice([place for place in range(*number.span()) if display[0][place] != "."])
    return page[:at] + chance.choice([digit for digit in "0123456789" if digit != page[at]]) + page[at + 1 :]


PLANTED = [
    Case("mazur", "plain", "mazur", 4),
    Case("hmkcode", "hmkcode", "hmkcode", 3),
    Case("gokadin", "gokadin", "gokadin", 9),
    Case("han-kamber", "mazur", "han-kamber", "4sf"),
    Case("cavar-3-1", "plain", "nielsen", 2),
    Case("cs231n-circuit", "mazur", "plain", 4),
    Case("hmkcode-text", "hmkcode", "hmkcode", "adaptive"),
    Case("gokadin-rounded", "gokadin", "gokadin", "adaptive"),
    Case("mazur-cut", "plain", "mazur", 6),
    Case("mazur-printed", "hmkcode", "plain", 3),
    Case("mazur", "plain", "nielsen", 4, "html"),
    Case("gokadin", "gokadin", "gokadin", 9, "html"),
]


def found_of_planted(case: Case, times: int = 12) -> int:
    """In how many of so many spoilt pages something is found."""
    trace, page, chance = trace_of(case.problem), page_of(case), random.Random(str(case))
    html = case.format == "html"
    spoilt = [plant_in_html(page, chance) if html else plant(page, chance)[0] for _ in range(times)]
    return sum(bool(check(text, trace, case).findings) for text in spoilt)


@pytest.mark.parametrize("case", PLANTED, ids=lambda case: f"{case.problem}-{case.digits}-{case.format}")
def test_a_changed_digit_is_found(case: Case) -> None:
    assert check(page_of(case), trace_of(case.problem), case).findings == []
    assert found_of_planted(case) >= 10
