"""One quantity worked out completely: its equation, the numbers in place, the result, and for a gradient every path of
the chain rule with every factor named and valued."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracer.calculus.chain_rule import Path, local_slope
from tracer.calculus.equation import Equation
from tracer.calculus.expression import ZERO, Expr, Index, Mul, Neg, Number, Ref, total, walk
from tracer.errors import TracerError, shortened
from tracer.explain.constants_told import drawn_says
from tracer.explain.instantiate import element
from tracer.explain.names import canonical, whole_number
from tracer.explain.numbers import Printed, printed
from tracer.explain.reading import Line, Reading
from tracer.explain.relations import ABOUT, EQUAL, exact
from tracer.explain.roles import in_role, without_names
from tracer.run.rounding import gradients_are_rounded
from tracer.run.shown import Shown

if TYPE_CHECKING:
    from tracer.explain.update_steps import UpdateOf

MOST_PATHS = 64


@dataclass(frozen=True)
class Factor:
    """One factor of a chain-rule product: its TeX symbol, the lines that work it out, its value as printed."""

    symbol: str
    lines: tuple[Line, ...]
    number: Printed
    value: float

    def tex(self) -> str:
        """symbol = ... as one aligned block."""
        return aligned(self.symbol, self.lines)


@dataclass(frozen=True)
class WorkedPath:
    """One way from the loss down to a value: `sentence` in words, the factors in order, and their product."""

    sentence: str
    factors: tuple[Factor, ...]
    product: tuple[Line, ...]
    value: float


@dataclass(frozen=True)
class Worked(Shown):
    """One quantity, completely. `symbol`, `name` (as typed) and canonical `address`, what it `says`, the `lines`
    of its equation, and for a gradient `paths`, whose products add up to it (`total`); `complete` is False
    where there were too many to list. `derivative` is the symbol of what the paths add up to: where a notation passes
    back negative gradients, the sign of the paths is still that of the derivative. `update` is, of a new parameter,
    every line that leads to it, where there are several."""

    name: str
    symbol: str
    says: str
    lines: tuple[Line, ...]
    number: Printed
    value: float
    paths: tuple[WorkedPath, ...] = ()
    total: tuple[Line, ...] = ()
    complete: bool = True
    address: str = ""
    derivative: str = ""
    update: UpdateOf | None = None

    def tex(self) -> str:
        """symbol = ... as one aligned block."""
        return aligned(self.symbol, self.lines)

    @property
    def anchor(self) -> str:
        """A link target that stays the same; "" for an expression."""
        return anchor(self.address)

    def __str__(self) -> str:
        from tracer.explain.plain_text import plain_worked

        return plain_worked(self)


def anchor(address: str) -> str:
    """`w1[1,2]` -> w1-1-2: a link target."""
    return address.replace("[", "-").replace("]", "").replace(",", "-").replace("_", "-")


def aligned(symbol: str, lines: tuple[Line, ...] | list[Line]) -> str:
    """A chain of relations as TeX: on one line while it is short, else one relation a row."""
    if not lines:
        return symbol
    flat = symbol + "".join(f" {line.relation} {line.tex}" for line in lines)
    if visible_length(flat) <= 60:
        return flat
    if visible_length(symbol) > 40:  # a long left side gets a row of its own
        rows = [f"& {symbol}", *(f"&\\quad {line.relation} {line.tex}" for line in lines)]
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"
    first, *rest = lines
    rows = [f"{symbol} &{first.relation} {first.tex}", *(f"&{line.relation} {line.tex}" for line in rest)]
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def visible_length(tex: str) -> int:
    """About how many characters a formula takes on the page: commands, braces and spaces take none."""
    tex = without_names(tex)
    commands = tex.count("\\")
    return len(tex) - 5 * commands - sum(map(tex.count, "{}^_ "))


def worked(reading: Reading, text: str) -> Worked:
    """A name or address (`w5`, `dw1[1,2]`, `E_o1`, `eta*dw5`) worked out completely.

    Raises TracerError T301 to T303, and T302 where a whole array is named.
    """
    address = reading.trace.address(text)
    if address.step is not None:
        reading = Reading(reading.trace, reading.notation, reading.digits, address.step)
    node = address.expression
    if isinstance(node, Neg) and isinstance(node.operand, Ref) and reading.sign(node.operand.name) < 0:
        node = node.operand  # a notation's own sign: the name means this value, printed with it
    for part in walk(node):
        if isinstance(part, Ref) and not part.indices and reading.trace.value(part.name, reading.step).shape:
            shape = reading.trace.value(part.name, reading.step).shape
            raise TracerError(
                "T302",
                f"'{shortened(text)}'",
                f"{part.name} is an array of shape {shape}.",
                f"Say which element: {part.name}[{','.join('1' for _ in shape)}].",
            )
    if isinstance(node, Ref):
        return worked_element(reading, node)
    value = reading.signed(node)
    number = printed(value, reading.digits)
    symbol, *rest = reading.steps(node, number)
    return Worked(text, symbol.tex, "", tuple(rest), number, value)


def worked_element(reading: Reading, ref: Ref) -> Worked:
    """One element worked out completely."""
    network = reading.network
    name, address = reading.names.spell(ref), canonical(ref, network)
    symbol = reading.names.symbol(ref)
    number = reading.number(ref)
    value = float(number.value) if reading.is_given(ref.name) else reading._read(ref) * reading.sign(ref.name)
    equation = equation_of(reading, ref.name)
    if equation is None or (network.roles[ref.name].kind == "value" and ref.name in network.parameters):
        drawn = bool(reading.trace.problem.drawn) and not reading.is_given(ref.name)
        told = reading.language.told
        says = told("given") if reading.is_given(ref.name) else told("parameter")
        says = drawn_says(reading.trace.problem.drawn, reading.language) if drawn else says
        relation = ABOUT if number.shortened else EQUAL
        return Worked(
            name, symbol, says, (Line(relation, reading.marked(ref.name, number)),), number, value, address=address
        )
    lines = element_lines(reading, ref)
    entry = network.entry(ref.name)
    if entry is None or network.roles[ref.name].kind != "gradient":
        says = reading.language.said(equation.says)
        return Worked(name, symbol, says, tuple(lines), number, value, address=address)
    of = reading.names.spell(Ref(entry.of, ref.indices))
    says = reading.language.told("stand-in for the gradient of {value}", value=of)
    says = reading.language.told("gradient of {value}", value=of) if entry.exact else says
    paths, complete = ((), True) if not entry.exact else worked_paths(reading, ref)
    total: list[Line] = []
    if len(paths) > 1 and complete and all(path.factors for path in paths):
        values = [printed(path.value, reading.digits) for path in paths]
        terms = [reading.marked(ref.name, item) for item in values]
        text = " + ".join(
            rf"\left({term}\right)" if item.value < 0 and place else term
            for place, (item, term) in enumerate(zip(values, terms, strict=True))
        )
        summed = sum(item.value for item in values)
        result = reading.as_printed(ref.name, value * reading.sign(ref.name))
        total = [
            Line(ABOUT if any(item.shortened for item in values) else EQUAL, text),
            Line(EQUAL if summed == result.value else ABOUT, reading.marked(ref.name, result)),
        ]
    derivative = symbol
    if reading.sign(ref.name) < 0:
        derivative = reading.names.total_derivative(Ref(network.output), Ref(entry.of, ref.indices))
    return Worked(
        name, symbol, says, tuple(lines), number, value, tuple(paths), tuple(total), complete, address, derivative
    )


def equation_of(reading: Reading, name: str) -> Equation | None:
    """The equation a value is computed by, None for a given one."""
    entry = reading.network.entry(name)
    return entry.equation if entry else reading.network.parts.get(name)


def element_lines(reading: Reading, ref: Ref) -> list[Line]:
    """The chain symbols, numbers, terms, result of one element."""
    item = equation_of(reading, ref.name)
    assert item is not None
    places = tuple(int(index.value) for index in ref.indices if isinstance(index, Number))
    return reading.element_steps(item, places, reading.number(ref))


# -- the chain rule, element by element


def worked_paths(reading: Reading, ref: Ref) -> tuple[tuple[WorkedPath, ...], bool]:
    """Every way from the loss to one element, and whether all were listed. `ref` names the gradient."""
    entry = reading.network.entry(ref.name)
    assert entry is not None
    start = Ref(entry.of, ref.indices)
    found: list[list[tuple[Ref, Ref, Expr]]] = []
    for way in _ways(reading, start):
        found.append(way)
        if len(found) > MOST_PATHS:
            return (), False
    return tuple(_path(reading, start, way) for way in found), True


def _ways(reading: Reading, start: Ref) -> itertools.chain[list[tuple[Ref, Ref, Expr]]]:
    """All ways from an element up to the loss; each a list of (of, by, local slope), loss first."""

    def climb(ref: Ref) -> object:
        if ref.name == reading.network.output:
            yield []
            return
        for of, slope in _slopes(reading, ref):
            for above in climb(of):  # type: ignore[attr-defined]
                yield [*above, (of, ref, slope)]

    return climb(start)  # type: ignore[return-value]


def _slopes(reading: Reading, ref: Ref) -> list[tuple[Ref, Expr]]:
    """The elements that read `ref` directly, each with the local slope in it (as an expression of elements)."""
    network = reading.network
    gradient = next(
        (
            entry
            for entry in network.phase("backward")
            if entry.of == ref.name and network.roles[entry.name].kind == "gradient"
        ),
        None,
    )
    if gradient is None:
        return []
    collected: dict[Ref, list[Expr]] = {}
    for item, path in gradient.ways:
        if item.left.name != network.output and reading._outer(item) is None:
            continue
        for places in _candidates(reading, item, path, ref):
            indices = [index for index in item.left.indices if isinstance(index, Index)]
            here = {index: whole_number(place) for index, place in zip(indices, places, strict=True)}
            slope = local_slope(path, dict(here), ref.indices)
            slope = element(slope, {}, network.extents, network.shapes, reading.value)
            if slope != ZERO:
                of = Ref(item.left.name, tuple(whole_number(place) for place in places))
                collected.setdefault(of, []).append(slope)
    return [(of, total(slopes)) for of, slopes in collected.items()]


def _candidates(reading: Reading, item: Equation, path: Path, ref: Ref) -> itertools.product[tuple[int, ...]]:
    """The elements of an equation's left side that may read `ref`: letters shared with the read are fixed by it."""
    extents = reading.network.extents
    fixed: dict[Index, int] = {}
    for read, place in zip(path.indices, ref.indices, strict=True):
        if isinstance(read, Index) and isinstance(place, Number):
            fixed[read] = int(place.value)
    ranges = []
    for index in item.left.indices:
        assert isinstance(index, Index)
        ranges.append([fixed[index]] if index in fixed else list(range(1, extents[index.axis] + 1)))
    return itertools.product(*ranges)


def _symbolic_path(reading: Reading, start: Ref, way: list[tuple[Ref, Ref, Expr]]) -> WorkedPath:
    """A way without its numbers: gradients that are rounded and carried on are not the products of its factors."""
    value = math.prod(reading.value(slope) for _, _, slope in way)
    symbols = rf" {reading.notation.times} ".join(reading.names.derivative(of, by) for of, by, _ in way)
    return WorkedPath(_sentence(reading, start, way), (), (Line(EQUAL, symbols),), value)


def _path(reading: Reading, start: Ref, way: list[tuple[Ref, Ref, Expr]]) -> WorkedPath:
    if gradients_are_rounded(reading.network):
        return _symbolic_path(reading, start, way)
    factors, roles = [], list[str]()
    for of, by, slope in way:
        value = reading.value(slope)
        number = _local_number(reading, slope, value)
        shown = reading.shown(Equation(of, slope)).right if not isinstance(slope, Number) else slope
        role = _local_role(reading, of, slope)
        roles.append(role if of.name == reading.network.output else "")
        lines = (
            reading.steps(shown, number, role)
            if not isinstance(slope, Number)
            else [Line(EQUAL, in_role(role, number.tex(reading.notation.decimal)))]
        )
        factors.append(Factor(reading.names.derivative(of, by), tuple(lines), number, value))
    value = 1.0
    for factor in factors:
        value *= factor.value
    symbols = rf" {reading.notation.times} ".join(factor.symbol for factor in factors)
    result = printed(value, reading.digits)
    numbers: list[Expr] = [Number(factor.number.value, factor.number.text) for factor in factors]
    made = numbers[0] if len(numbers) == 1 else Mul(tuple(numbers))
    text = in_role("gradient" if reading.notation.coloured else "", result.tex(reading.notation.decimal))
    lines = [Line(EQUAL, symbols)]
    if len(numbers) > 1:
        shortened_ones = any(factor.number.shortened for factor in factors)
        printer = reading.printer(numbers=True)
        shown_factors = (in_role(role, printer.put(part, 2)) for role, part in zip(roles, numbers, strict=True))
        lines.append(Line(ABOUT if shortened_ones else EQUAL, f" {printer.times} ".join(shown_factors)))
        lines.append(Line(EQUAL if exact(made) == result.value else ABOUT, text))
    else:
        lines.append(Line(ABOUT if result.shortened else EQUAL, text))
    return WorkedPath(_sentence(reading, start, way), tuple(factors), tuple(lines), value)


def _local_role(reading: Reading, of: Ref, slope: Expr) -> str:
    """The role of a local derivative's number: it is a derivative of the error, or the value it comes down to."""
    if of.name == reading.network.output:
        return "gradient" if reading.notation.coloured else ""
    return reading.names.role(slope.name) if isinstance(slope, Ref) else ""


def _local_number(reading: Reading, slope: Expr, value: float) -> Printed:
    """A local slope that is a single value is printed as that value is."""
    return (
        reading.number(slope)
        if isinstance(slope, Ref) and reading.sign(slope.name) > 0
        else printed(value, reading.digits)
    )


def _sentence(reading: Reading, start: Ref, way: list[tuple[Ref, Ref, Expr]]) -> str:
    """A way in words; with several examples the one it belongs to."""
    symbol, *above = [f"${reading.names.symbol(ref)}$" for ref in (start, *(of for of, _, _ in reversed(way)))]
    told = reading.language.told
    if len(above) == 1:
        return told("{symbol} stands in {end} itself", symbol=symbol, end=above[0])
    example, through = _example(reading, way), ", ".join(above[:-1])
    if not example:
        return told("{symbol} reaches {end} through {values}", symbol=symbol, end=above[-1], values=through)
    return told(
        "{symbol} reaches {end} through {values} (example {example})",
        symbol=symbol, end=above[-1], values=through, example=example,
    )  # fmt: skip


def _example(reading: Reading, way: list[tuple[Ref, Ref, Expr]]) -> int:
    """The number of the one example that a way belongs to; 0 where there is only one, or where it mixes several."""
    network = reading.network
    found = {
        int(index.value)
        for of, _, _ in way
        for index, axis in zip(of.indices, network.axes_of(of.name), strict=True)
        if axis.axis == "n" and isinstance(index, Number) and not network.problem.bare
    }
    return found.pop() if len(found) == 1 and network.extents.get("n") != 1 else 0
