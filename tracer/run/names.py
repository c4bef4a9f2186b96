"""Names and addresses: `step:name[example,unit]`, and expressions of them.

A name is read in the notation in force, then canonically. Indices count from 1. Any subterm of an equation is asked
for by writing it: `exp(-z1)`, `eta*dw1[1,2]`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from tracer.calculus.expression import Add, Call, Compare, Div, Expr, Mul, Neg, Number, Pow, Ref, Size, replace
from tracer.calculus.functions import COMPARISONS, FUNCTIONS
from tracer.calculus.language import parse_expression, to_text
from tracer.calculus.numpy_code import erf
from tracer.errors import TracerError, shortened, suggest

if TYPE_CHECKING:
    from tracer.run.network import Network
    from tracer.run.trace import Trace


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
    step: int | None = None
    body = text
    if match := re.match(r"\s*(\d{1,9})\s*:", text):
        step, body = int(match[1]), text[match.end() :]
    if body.startswith("layer"):
        body = re.sub(r"\blayer(\d+)\.([A-Za-z]\w*?)(_new)?\b", r"\2\1\3", body)
        spellings = None
    whole = _meaning(body.strip(), (), network, spellings) if not re.fullmatch(r"[A-Za-z_]\w*", body.strip()) else None
    if whole is not None:
        return Address(step, whole)

    def resolve(ref: Ref) -> Expr:
        fixed = []
        for index in ref.indices:
            if not (isinstance(index, Number) and index.value.denominator == 1):
                raise TracerError(
                    "T301",
                    f"'{shortened(text)}'",
                    f"'{to_text(index)}' is not a whole number.",
                    "An element is written like w1[1,2].",
                )
            fixed.append(int(index.value))
        found = _meaning(ref.name, tuple(fixed), network, spellings)
        if found is None:
            known = [*(spellings.known() if spellings else []), *network.shapes, *network.parts]
            raise TracerError(
                "T301", f"'{shortened(text)}'", f"'{ref.name}' means nothing here.", suggest(ref.name, known)
            )
        return found

    return Address(step, replace(parse_expression(body, "", fixed=True), resolve))


def _meaning(name: str, indices: tuple[int, ...], network: Network, spellings: Spellings | None) -> Expr | None:
    """A name in the notation, then canonically; None if it is neither."""
    found = list(spellings.meanings(name)) if spellings else []
    if len(found) > 1:
        listed = ", ".join(
            f"{item.name}[{','.join(map(str, item.indices))}]" if item.indices else item.name for item in found
        )
        raise TracerError(
            "T302", f"'{name}'", f"this name has several meanings: {listed}.", "Use one of these canonical names."
        )
    if found:
        item = found[0]
        places = item.indices
        if places and places[0] == 0 and len(indices) <= 1:  # the example is still to be said
            if not indices and network.extents["n"] > 1:
                raise TracerError(
                    "T302",
                    f"'{name}'",
                    f"there are {network.extents['n']} examples.",
                    f"Say which one: {name}[1] to {name}[{network.extents['n']}].",
                )
            places, indices = (*(indices or (1,)), *places[1:]), ()
        if not (indices and places):
            ref: Expr = _element(item.name, places or indices, network)
            return ref if item.sign > 0 else Neg(ref)
    if name in network.shapes or name in network.parts:
        return _element(name, indices, network)
    if name in network.extents and not indices:
        return None
    return None


def _element(name: str, indices: tuple[int, ...], network: Network) -> Ref:
    """A value at an element, with the example left out where there is only one; checked against its shape."""
    axes = network.axes_of(name)
    shape = tuple(network.extents[index.axis] for index in axes)
    if indices and len(indices) == len(shape) - 1 and axes[0].axis == "n" and shape[0] == 1:
        indices = (1, *indices)
    if indices and (
        len(indices) != len(shape) or any(not 1 <= index <= size for index, size in zip(indices, shape, strict=True))
    ):
        given = ",".join(map(str, indices))
        wanted = f"indices 1 to {' and 1 to '.join(map(str, shape))}" if shape else "no index"
        raise TracerError("T301", f"'{name}[{given}]'", f"{name} has shape {shape}.", f"Expected {wanted}.")
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
            case Call(function, arguments):
                return getattr(np, FUNCTIONS[function].numpy)(*map(value, arguments))
        raise TracerError(
            "T301",
            f"'{to_text(part)}'",
            "a sum or an index letter cannot stand here.",
            "Write single elements, like w1[1,2].",
        )

    with np.errstate(all="ignore"):
        return value(node)
