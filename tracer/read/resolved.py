"""Names as students type them into quantities of a network, through the notation in force, then canonically.

A student may type a name as it is spelled (w5, out_h1), as it is printed (TeX, Greek letters, w₅), or canonically
(w2[1,1]). Unknown names come back with close ones, and a quantity that is answered twice under two names is said.
"""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from tracer.calculus.expression import Expr, Neg, Number, Ref, replace
from tracer.errors import TracerError, shortened
from tracer.explain.names import Names, canonical, whole_number
from tracer.read.answers import Answer, Sheet
from tracer.read.formula import in_order, read_formula, written
from tracer.read.number import Unreadable
from tracer.read.typed_answer import Typed
from tracer.run.names import parse_address

MOST_SYMBOLS = 2_000  # printed names are known up to this many elements


class Quantity(NamedTuple):
    """One number of a trace: a canonical name, its element (from 1), and the step (None: the only one)."""

    name: str
    indices: tuple[int, ...]
    step: int | None = None


class Given(NamedTuple):
    """An answer to a quantity, under the name that was typed; `sign` is -1 where that name means its negative."""

    typed: str
    answer: Answer
    sign: int = 1


@dataclass(frozen=True)
class Resolved:
    """The answers of a sheet by quantity, and what was said about names that could not be used."""

    answers: Mapping[Quantity, Given]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary:
    """What can be typed for a network in a notation. What was looked up once is kept."""

    names: Names
    known: dict[str, tuple[Quantity, int] | TracerError] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def symbols(self) -> dict[str, tuple[Ref, int]]:
        """The TeX of single elements as it is printed, with the element and its sign."""
        network = self.names.network
        found: dict[str, tuple[Ref, int]] = {}
        for name, shape in network.shapes.items():
            if len(found) + math.prod(shape) > MOST_SYMBOLS:
                continue
            gradient = network.roles[name].kind == "gradient"
            for element in itertools.product(*(range(1, size + 1) for size in shape)):
                ref = Ref(name, tuple(map(whole_number, element)))
                tex = self.names.symbol(ref)
                sign = self.names.notation.error_sign if gradient and not tex.startswith("-") else 1
                found.setdefault(written(in_order(read_formula(tex.removeprefix("-")))), (ref, sign))
        return found

    def quantity(self, typed: str) -> tuple[Quantity, int]:
        """A typed name into its quantity and sign. Raises TracerError T301 and T302, with close names."""
        found = self.known.get(typed)
        if found is None:
            try:
                found = self._looked_up(typed)
            except TracerError as error:
                found = error
            if len(self.known) < 100_000:
                self.known[typed] = found
        if isinstance(found, TracerError):
            raise found
        return found

    def _looked_up(self, typed: str) -> tuple[Quantity, int]:
        network = self.names.network
        step = None
        bare, sign = typed.strip("$` "), 1
        node: Expr
        if any(map(bare.__contains__, "\\{^")) and (printed := self._printed(bare)):
            node, sign = printed
        else:
            address = parse_address(self._in_brackets(plain_name(bare)), network, self.names)
            node, step = address.expression, address.step
        if isinstance(node, Neg):
            node, sign = node.operand, -sign
        if "/" in bare or "frac" in bare:  # dE/dw is the derivative, also where the notation passes back its negative
            sign = 1
        if not isinstance(node, Ref):
            raise TracerError("T301", f"'{shortened(typed)}'", "this is no single value.", "Expected a name.")
        indices = tuple(int(index.value) for index in node.indices if isinstance(index, Number))
        shape = tuple(network.extents[axis.axis] for axis in network.axes_of(node.name))
        if len(indices) < len(shape):
            if math.prod(shape) != 1:
                first = canonical(Ref(node.name, tuple(whole_number(1) for _ in shape)), network)
                found = f"{node.name} has {math.prod(shape)} elements."
                raise TracerError("T302", f"'{shortened(typed)}'", found, f"Say which one, such as {first}.")
            indices = tuple(1 for _ in shape)
        return Quantity(node.name, indices, step), sign

    def counted(self, typed: str) -> str:
        """The name of an element of an array, counted from 1, as the notation counts it."""
        name, _, places = typed.partition("[")
        origin = self.names.notation.origin
        if name in self.names.network.shapes:
            return typed
        inside = ",".join(str(int(place) - 1 + origin) for place in places.rstrip("]").split(","))
        return f"{name}[{inside}]"

    def _in_brackets(self, typed: str) -> str:
        """An element in brackets as the notation spells it, where it counts layers otherwise: z3[1] is z3_1, and z2[1]
        might be z2_1 or the canonical z2[1]. Raises TracerError T302 for the second."""
        found = _ELEMENT.fullmatch(typed)
        if not found:
            return typed
        name, new, places = found[1], found[2] or "", found[3].replace(" ", "").split(",")
        for inside in ("_".join(places), places[-1]):
            spelt = f"{name}_{inside}{new}"
            if not self.names.meanings(spelt):
                continue
            if name.removeprefix("d") not in self.names.network.shapes:
                return spelt
            said = f"this is {spelt} in this notation, and another number by its canonical name."
            raise TracerError("T302", f"'{shortened(typed)}'", said, f"Write {spelt}.")
        return typed

    def _printed(self, tex: str) -> tuple[Ref, int] | None:
        try:
            return self.symbols.get(written(in_order(read_formula(tex))))
        except TracerError:
            return None


_GREEK = str.maketrans(
    {chr(code): unicodedata.name(chr(code)).split()[-1].lower() for code in range(0x3B1, 0x3CA)} | {"ς": "sigma"}
)
_DERIVATIVE = re.compile(
    r"(?:\\[dt]?frac *\{ *)?(?:d|∂|\\partial) *[A-Za-z]\w*(?:_?\{\w*\})? *(?:/|\} *\{) *(?:d|∂|\\partial) *(.+?)\}?"
)
_ELEMENT = re.compile(r"([a-z]+[0-9]+)(_new)?\[([0-9]+(?: *, *[0-9]+)*)\]")
_NEW = re.compile(r"(?:\^|\*\*)? *\{? *(?:\\mathrm *\{? *|\\text *\{? *)?(new|neu|\+|\*|\\ast|\\prime|′|') *[} ]*$")


def plain_name(typed: str) -> str:
    r"""A name as it is printed or spoken into one that can be typed.

    >>> plain_name("∂E/∂w₅"), plain_name(r"w_{5}^{+}"), plain_name("δ_h1")
    ('dw_5', 'w_5_new', 'delta_h1')
    """
    text = unicodedata.normalize("NFKC", re.sub("([₀-₉]+)", r"_\1", typed)).translate(_GREEK).strip(" $`")
    if derivative := _DERIVATIVE.fullmatch(text):
        text = f"d{derivative[1].strip()}"
    if new := _NEW.search(text):
        text = re.sub(r"(\[.*\])?$", r"_new\1", text[: new.start()].rstrip(" _"), count=1)
    text = re.sub(r"\\(?:mathrm|text|mathit|operatorname)\b", "", text)
    return re.sub(r"[\\{} ]", "", text) if "\\" in text or "{" in text or " " in text else text


def resolved(sheet: Sheet, vocabulary: Vocabulary) -> Resolved:
    """The answers of a sheet by quantity; every name that cannot be used is said with the closest ones."""
    answers: dict[Quantity, Given] = {}
    problems: list[str] = []
    unread: set[str] = set()  # arrays that do not fit
    for typed, answer in sheet.answers.items():
        array = sheet.arrays.get(typed, "") if sheet.arrays else ""
        if array and array in unread:
            continue
        try:
            quantity, sign = vocabulary.quantity(vocabulary.counted(typed) if array else typed)
        except TracerError as error:
            if array:
                unread.add(array)
                answers = {key: given for key, given in answers.items() if sheet.arrays.get(given.typed) != array}
            said = "this array is not read." if array else ""
            place = f"'{shortened(array or typed)}':"
            problems.append(" ".join(filter(None, (place, said, error.found, error.expected))))
            continue
        before = answers.get(quantity)
        if before is not None and (before.sign, before.answer) != (sign, answer):
            both = f"{before.typed} and {typed} are one quantity"
            if _value(before) is None or _value(before) != _value(Given(typed, answer, sign)):
                problems.append(f"{both}, answered twice, differently.")
                answer = Unreadable(f"{before.answer.text} | {answer.text}"[:200], "answered twice, differently")
            else:
                problems.append(f"{both}, answered twice.")
                continue
        answers[quantity] = Given(typed, answer, sign)
    return Resolved(answers, tuple(problems))


def _value(given: Given) -> object:
    value = getattr(given.answer, "value", None)
    return None if value is None else (value * given.sign, given.answer)[0]


def resolved_formula(typed: Typed, vocabulary: Vocabulary) -> Expr:
    """A typed formula with canonical names at fixed elements. Raises TracerError T301 and T302 for its names."""

    def meant(ref: Ref) -> Expr:
        places = ",".join(str(index.value) for index in ref.indices if isinstance(index, Number))
        quantity, sign = vocabulary.quantity(f"{ref.name}[{places}]" if places else ref.name)
        if quantity.step is not None:
            raise TracerError("T301", f"'{shortened(typed.text)}'", "a formula names no steps.")
        value = Ref(quantity.name, tuple(map(whole_number, quantity.indices)))
        return Neg(value) if sign < 0 else value

    return replace(typed.expression, meant)
