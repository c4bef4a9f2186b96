"""Names and addresses: `step:name[example,unit]`, and expressions of them.

A name is read in the notation in force, then canonically. Indices count from 1. Any subterm of an equation is asked
for by writing it: `exp(-z1)`, `eta*dw1[1,2]`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from tracer.calculus.expression import Add, Call, Compare, Div, Expr, Mul, Neg, Number, Pow, Ref, Size, replace
from tracer.calculus.expression_text import to_text
from tracer.calculus.functions import COMPARISONS, FUNCTIONS
from tracer.calculus.language import parse_expression
from tracer.calculus.numpy_code import erf
from tracer.errors import TracerError, shortened, suggest

if TYPE_CHECKING:
    from tracer.run.network import Network
    from tracer.run.trace import Trace


CANONICAL = "layer__"  # how layer1.w is marked inside an expression, where no notation may read it


@dataclass(frozen=True)
class Spelling:
    """What a notation's name stands for: a canonical name, the element (1-based; () for all, 0 for an example that is
    still to be said), and its sign."""

    name: str
    indices: tuple[int, ...] = ()
    sign: int = 1


class Spellings(Protocol):
    """The names of a notation. A name may have several meanings; the reader then has to say which."""

    def meanings(self, name: str) -> tuple[Spelling, ...]:
        """The meanings of a name written in the notation, none if it is not one."""

    def known(self) -> list[str]:
        """All names of the notation, for suggestions."""


@dataclass(frozen=True)
class Address:
    """An expression over canonical names at fixed indices, and the step (None: the only one)."""

    step: int | None
    expression: Expr

    @property
    def single(self) -> Ref | None:
        """The one value it names, None for an expression of several."""
        return self.expression if isinstance(self.expression, Ref) else None


def parse_address(text: str, network: Network, spellings: Spellings | None) -> Address:
    """Text to an `Address`. Raises TracerError T301 and T302, and T201 to T204 for expressions."""
    if not isinstance(text, str):
        expected = "Expected a text like w1[1,2], or 2:E for a step."
        raise TracerError("T301", f"'{shortened(text)}'", "this is no name.", expected)
    where = f"'{shortened(text)}'"
    before, colon, after = text.partition(":")
    if colon and not re.fullmatch(r"\s*[0-9]{1,9}\s*", before):
        found = f"'{shortened(before.strip())}' is not the number of a step."
        raise TracerError("T301", where, found, "Expected an address like 2:w1[1,2].")
    step, body = (int(before), after) if colon else (None, text)
    body = re.sub(r"\blayer([0-9]{1,4})\.([A-Za-z]\w*?)(_new)?\b", rf"{CANONICAL}\2\1\3", body.strip())
    if not body:
        raise TracerError(
            "T301", where, "nothing is named.", "Expected a name like w1[1,2], or an expression of names."
        )
    if re.search(r"\b(sum|largest)\s*\(", body):
        raise TracerError("T301", where, "a sum cannot be asked for.", "", "Write single elements: x[1]*w1[1,1] + ...")
    if not re.fullmatch(r"[A-Za-z_]\w*", body) and (whole := _meaning(body, (), network, spellings, where)):
        return Address(step, whole)
    body = _POWER_OF_E.sub(lambda match: f"exp({match[1]})" if match[1] else "exp(", body)
    # w5+ is the new w5 where a plus between two values cannot be meant
    new = re.compile(r"[A-Za-z_]\w*(?:\[[0-9, ]*\])?\+(?=\s*(?:[-+*/),<>=]|\Z))")
    body = new.sub(lambda match: _in_full(match[0], spellings), body)

    def resolve(ref: Ref) -> Expr:
        fixed = []
        for index in ref.indices:
            if not (isinstance(index, Number) and index.value.denominator == 1):
                found = f"'{to_text(index)}' is not a whole number."
                raise TracerError("T301", where, found, "An element is written like w1[1,2].")
            fixed.append(int(index.value))
        for name, below in _ways_to_write(ref.name, spellings):
            if meant := _meaning(name, (*below, *fixed), network, spellings, where):
                break
        if meant is None:
            name = ref.name.removeprefix(CANONICAL)
            if name.startswith("d") and (name[1:] in network.given or _given(name[1:], network, spellings)):
                found = f"'{shortened(name[1:])}' is kept as it is, so its gradient is not computed."
                expected = "Gradients are computed of what is updated, and of what lies between it and the output."
                raise TracerError("T301", where, found, expected)
            known = dict.fromkeys([*(spellings.known() if spellings else []), *network.shapes, *network.parts])
            whole = name + f"[{','.join(map(str, fixed))}]" * any(word.startswith(f"{name}[") for word in known)
            raise TracerError("T301", where, f"'{shortened(name)}' means nothing here.", suggest(whole, known))
        return meant

    try:
        expression = parse_expression(body, "", fixed=True)
    except TracerError as error:
        if body != text:  # the column would be that of another text
            error = TracerError(error.code, where, error.found, error.expected, error.remedy)
        raise error from None
    return Address(step, replace(expression, resolve))


#: e^ with a number, a name or a bracket after it, as people write exp
_POWER_OF_E = re.compile(r"\be *\^ *(?:(-? *(?:[A-Za-z_]\w*(?:\[[0-9, ]*\])?|[0-9.]+))|\()")


def _ways_to_write(name: str, spellings: Spellings | None) -> list[tuple[str, tuple[int, ...]]]:
    """A name as it stands; then as a page prints it: with underscores that the typed name has not (Err_4, w_5), or with
    its index below (x_1)."""
    bare = name.replace("_", "")
    alike = [known for known in (spellings.known() if spellings else []) if known.replace("_", "") == bare]
    stem, _, index = name.rpartition("_")
    below = [(stem, (int(index),))] if stem and re.fullmatch("[0-9]{1,4}", index) else []
    return [(name, ()), *((known, ()) for known in alike if len(alike) == 1), *below]


def _given(name: str, network: Network, spellings: Spellings | None) -> bool:
    """Whether a name of the notation stands for a given value."""
    return any(item.name in network.given for item in (spellings.meanings(name) if spellings else ()))


def _known(name: str, spellings: Spellings | None) -> bool:
    return spellings is not None and bool(spellings.meanings(name))


def _in_full(name: str, spellings: Spellings | None) -> str:
    """A name of a notation as its canonical address; unchanged where it is none."""
    found = spellings.meanings(name.replace(" ", "")) if spellings else ()
    return f"{CANONICAL}{_written(found[0])}" if len(found) == 1 else name


def _written(item: Spelling) -> str:
    return item.name + (f"[{','.join(map(str, item.indices))}]" if item.indices else "")


def _meaning(
    name: str, indices: tuple[int, ...], network: Network, spellings: Spellings | None, where: str
) -> Expr | None:
    """A name in the notation, then canonically; None if it is neither."""
    if name.startswith(CANONICAL):
        name, spellings = name.removeprefix(CANONICAL), None
    written = f"{name}[{','.join(map(str, indices))}]"
    if indices and _known(written, spellings):  # a notation may count its elements itself: weight1[0,1]
        name, indices = written, ()
    found = list(spellings.meanings(name)) if spellings else []
    if len(found) > 1:
        meanings = ", ".join(map(_written, found))
        remedy = "Use one of these canonical names."
        raise TracerError("T302", where, f"'{name}' has several meanings: {meanings}.", "", remedy)
    canonical = name in network.shapes or name in network.parts
    if found:
        item = found[0]
        places = item.indices
        if places and places[0] == 0 and len(indices) <= 1:  # the example is still to be said
            count = network.extents["n"]
            if not indices and count > 1:
                remedy = f"Say which one: {name}[1] to {name}[{count}]."
                raise TracerError("T302", where, f"there are {count} examples.", "", remedy)
            if indices and not 1 <= indices[0] <= count:
                found_here = f"there is no example {indices[0]}."
                raise TracerError("T301", where, found_here, f"Examples are 1 to {count}.")
            places, indices = (*(indices or (1,)), *places[1:]), ()
        if not (indices and places):
            ref: Expr = _element(item.name, places or indices, network, where)
            return ref if item.sign > 0 else Neg(ref)
        if not canonical:
            raise TracerError("T301", where, f"'{name}' is a single element.", "Expected no index.")
    return _element(name, indices, network, where) if canonical else None


def _element(name: str, indices: tuple[int, ...], network: Network, where: str) -> Ref:
    """A value at an element, with the example left out where there is only one; checked against its shape."""
    axes = network.axes_of(name)
    shape = tuple(network.extents[index.axis] for index in axes)
    if indices and len(indices) == len(shape) - 1 and axes[0].axis == "n" and shape[0] == 1:
        indices = (1, *indices)
    fits = len(indices) == len(shape) and all(1 <= at <= size for at, size in zip(indices, shape, strict=True))
    if indices and not fits:
        found = f"{name} has no element [{','.join(map(str, indices))}]; its shape is {shape}."
        expected = f"Expected indices 1 to {' and 1 to '.join(map(str, shape))}." if shape else "Expected no index."
        raise TracerError("T301", where, found, expected)
    return Ref(name, tuple(Number(Fraction(index)) for index in indices))


def pick(trace: Trace, address: Address) -> Any:
    """The value an address stands for: a float for one element, else a read-only array."""

    def read(ref: Ref) -> Any:
        array = trace.value(ref.name, address.step)
        places = tuple(int(index.value) - 1 for index in ref.indices if isinstance(index, Number))
        return array[places] if places else array

    result = evaluate(address.expression, read, trace.network.extents)
    if np.ndim(result) == 0:
        return float(result)
    array = np.asarray(result).view()
    array.setflags(write=False)
    return array


def evaluate(node: Expr, read: Callable[[Ref], Any], extents: Mapping[str, int]) -> Any:
    """The value of an expression without sums, left to right as it is written; `read` gives named values."""

    def value(part: Expr) -> Any:
        match part:
            case Number(number):
                return float(number)
            case Size(axis):
                return float(extents[axis])
            case Ref():
                return read(part)
            case Neg(operand):
                return -value(operand)
            case Add(terms):
                result = value(terms[0])
                for term in terms[1:]:
                    result = result - value(term.operand) if isinstance(term, Neg) else result + value(term)
                return result
            case Mul(factors):
                result = value(factors[0])
                for factor in factors[1:]:
                    result = result * value(factor)
                return result
            case Div(top, bottom):
                return np.divide(value(top), value(bottom))
            case Pow(base, Number(exponent)) if exponent == 2:
                return np.square(value(base))
            case Pow(base, exponent):
                return np.power(value(base), value(exponent))
            case Compare(operator, left, right):
                return getattr(np, COMPARISONS[operator])(value(left), value(right))
            case Call("erf", (argument,)):
                return erf(value(argument))
            case Call("max" | "min" as function, arguments):  # of a whole row, where an index runs
                return functools.reduce(getattr(np, FUNCTIONS[function].numpy), map(value, arguments))
            case Call(function, arguments):
                return getattr(np, FUNCTIONS[function].numpy)(*map(value, arguments))
        raise TracerError(
            "T301",
            f"'{to_text(part)}'",
            "a sum or an index letter cannot stand here.",
            "Write single elements, like w1[1,2].",
        )

    with np.errstate(all="ignore"):
        result = value(node)
    if not np.isfinite(result).all():
        raise TracerError("T105", f"'{shortened(to_text(node))}'", "this is not a finite number.")
    return result
