"""The names of one network in one notation: TeX symbols, and the spellings a person may type."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from tracer.calculus.expression import Add, Expr, Index, Mul, Neg, Number, Ref
from tracer.explain.direct import DIRECT, has_other_ways
from tracer.explain.notation import Notation
from tracer.explain.roles import colour_role, in_role
from tracer.run.names import Spelling
from tracer.run.network import Network, Role
from tracer.run.trace import Trace

LETTERS = "ijklmpqrsuv"
HIDDEN = "hpqrsuvfgd"
GREEK = "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi psi omega".split()
#: names of elements are listed for typing only up to this many; beyond it canonical addresses serve
MOST_SPELLINGS = 20_000
ACCENTED = re.compile(r"\\mathrm\{[^{}]*\}|\\[A-Za-z]+|.")  # what an accent stands over; indices stay beside it


@dataclass(frozen=True)
class Names:
    """How a notation names the values of a network; `letters` maps axes to index letters in the formula at hand."""

    network: Network
    notation: Notation
    letters: Mapping[str, str]

    # -- symbols

    def role(self, name: str) -> str:
        """The role that a value is marked with; "" for none, and where the notation marks no roles."""
        if not self.notation.coloured:
            return ""
        known = self.network.memo.setdefault("roles", {})
        if name not in known:
            known[name] = colour_role(self.network, name)
        return str(known[name])

    def symbol(self, ref: Ref) -> str:
        """The TeX of a value, at index letters, at a fixed element, or whole where it has no indices."""
        return in_role(self.role(ref.name), self.unmarked(ref))

    def unmarked(self, ref: Ref) -> str:
        """The same without the mark of its role."""
        network = self.network
        role = network.roles[ref.name]
        if role.kind == "gradient":
            return self._gradient(ref, role)
        if role.kind == "new":
            old = ref.name.removesuffix("_new")
            return self.notation.new.replace("<s>", self._value(Ref(old, ref.indices), role))
        if role.base == "slope" and role.layer:
            return self._slope(ref, role)
        return self._value(ref, role)

    def _gradient(self, ref: Ref, role: Role) -> str:
        entry = self.network.entry(ref.name)
        assert entry is not None
        exact = entry.exact
        if role.base == "z" and role.layer and "delta" in self.notation.symbols:
            symbol = self._fill(self._template("delta", ref), ref, role)
            return symbol if exact else ACCENTED.sub(r"\\tilde{\g<0>}", symbol, count=1)
        value = self._value(Ref(entry.of, ref.indices), self.network.roles[entry.of])
        template = (
            self.notation.gradient
            if self.network.output == "E"
            else self.notation.gradient.replace("E_{\\mathrm{total}}", "E")
        )
        if self.network.output != "E":
            output = self._value(Ref(self.network.output), self.network.roles[self.network.output])
            sign = "-" if self.notation.error_sign < 0 else ""
            template = rf"{sign}\frac{{\partial {output}}}{{\partial <s>}}"
        return (template if exact else self.notation.computed).replace("<s>", value)

    def derivative(self, of: Ref, by: Ref) -> str:
        """The TeX of a local derivative, d of / d by; marked where `by` reaches `of` in other ways too."""
        plain = self.total_derivative(of, by)
        if not has_other_ways(self.network, of.name, by.name):
            return plain
        return rf"\left({plain}\right){self.notation.language.symbol(DIRECT)}"

    def total_derivative(self, of: Ref, by: Ref) -> str:
        """The TeX of d of / d by, all ways counted."""
        if self.notation.coloured and of.name == self.network.output:
            return in_role("gradient", rf"\frac{{\partial {self.unmarked(of)}}}{{\partial {self.unmarked(by)}}}")
        return rf"\frac{{\partial {self.symbol(of)}}}{{\partial {self.symbol(by)}}}"

    def _slope(self, ref: Ref, role: Role) -> str:
        made = [entry for entry in self.network.phase("forward") if self.network.roles[entry.name].layer == role.layer]
        a = made[-1].name
        z = made[-1].equation.textbook[0].by
        return self.derivative(Ref(a, ref.indices), Ref(z, ref.indices))

    def _value(self, ref: Ref, role: Role) -> str:
        if role.of:
            return self._of_parameter(ref, role)
        base = self._base(ref.name, role)
        if not self._conventional(ref.name, base):
            return self._own(ref, role)
        return self._fill(self._template(base, ref), ref, role)

    def _of_parameter(self, ref: Ref, role: Role) -> str:
        """What an optimizer, a penalty or clipping makes of a parameter: its letter, with the parameter below it."""
        letter = role.base.removesuffix("hat")
        letter = rf"\hat{{{letter}}}" if letter != role.base else letter
        return f"{letter}_{{{self._value(Ref(role.of, ref.indices), self.network.roles[role.of])}}}"

    def _base(self, name: str, role: Role) -> str:
        """`b0` for a bias shared by a layer; `result`, `prediction` where the notation has words for them."""
        if role.base == "b" and not self.network.shapes[name]:
            return "b0"
        passed_on = role.layer and role.kind == "value" and role.base in ("z", "a")
        if passed_on and "prediction" in self.notation.symbols and name == self.network.result_of(role.layer):
            return "prediction" if role.layer == self.network.layers else "result"
        return role.base

    def _conventional(self, name: str, base: str) -> bool:
        """Whether the notation has a word for this value: not for bare equations, nor for a user's value that only
        shares a letter with one of ours."""
        if base not in self.notation.symbols or (self.network.problem.bare and base != "eta"):
            return False
        ranks = {"w": 2, "b": 1, "b0": 0, "E": 0, "eta": 0}
        rank = len(self.network.axes_of(name))
        return rank == ranks.get(base, 2)

    def _template(self, base: str, ref: Ref) -> str:
        if not ref.indices and base in self.notation.whole:
            return self.notation.whole[base]
        if self._fixed(ref) and base in self.notation.elements:
            return self.notation.elements[base]
        return self.notation.symbols[base]

    def _own(self, ref: Ref, role: Role) -> str:
        """A name of the user's own: Greek names and single letters as they are, words upright."""
        stem, digits = own_letters(role.base)
        if (
            role.kind == "option" and stem in self.notation.symbols.values()
        ):  # the epsilon of Adam, where the rate is one
            stem = rf"\mathrm{{{role.base}}}"
        if not role.layer and not self.network.problem.bare:  # of the engine: step, norm, acc
            stem = self.notation.language.symbol(stem)
        superscript = f"^{{({role.layer})}}" if role.layer else ""
        indices = [self.index(index) for index in self._shown(ref)]
        fixed = any(isinstance(index, Number) for index in ref.indices)
        comma = "," if fixed or any(len(text) > 1 for text in indices) else ""
        inside = ",".join(filter(None, [digits, comma.join(indices)]))
        return stem + superscript + (f"_{{{inside}}}" if inside else "")

    def _shown(self, ref: Ref) -> list[Expr]:
        """The indices that are printed: without the example where there is only one."""
        axes = self._axes(ref) if ref.indices else ()
        single = self.network.extents.get("n") == 1
        return [index for index, axis in zip(ref.indices, axes, strict=True) if not (single and axis.axis == "n")]

    def index(self, index: Expr) -> str:
        """An index as it is printed: a letter, a number counted from the notation's origin, or an expression."""
        match index:
            case Number(value):
                return str(int(value) - 1 + self.notation.origin)
            case Index(name, axis):
                return self.letters.get(axis, axis) + "'" * name.count("'")
            case Neg(operand):
                return f"-{self.index(operand)}"
            case Add(terms):
                parts = [_plain(term, self) for term in terms]
                return "".join(
                    part if place == 0 or part.startswith("-") else f"+{part}" for place, part in enumerate(parts)
                )
            case Mul(factors):
                return " ".join(_plain(factor, self) for factor in factors)
            case Ref():
                return self.unmarked(index)
        return "?"

    def _fill(self, template: str, ref: Ref, role: Role) -> str:
        fields = self._fields(ref, role)
        return re.sub(r"<([^<>]+)>", lambda match: fields.get(match[1], match[0]), template)

    def _fields(self, ref: Ref, role: Role) -> dict[str, str]:
        network, layer = self.network, role.layer
        base = role.base
        level = 0 if base == "x" else network.layers if base in ("t", "e") else layer
        pairs = list(zip(ref.indices, self._axes(ref), strict=True)) if ref.indices else []
        units = [index for index, axis in pairs if axis.axis != "n"]
        example = [index for index, axis in pairs if axis.axis == "n" and network.extents.get("n") != 1]
        j = self.index(units[-1]) if units else ""
        i = self.index(units[0]) if len(units) > 1 else ""
        n = self.index(example[0]) if example else ""
        fixed = self._fixed(ref)
        comma = "," if any(len(part.rstrip("'")) > 1 for part in (i, j)) else ""
        several = bool(units) and network.extents.get(f"u{level}", 2) > 1
        fields = {
            "l": str(level),
            "L": str(level + 1),
            "j": j,
            "i": i,
            "ij": f"{i}{comma}{j}",
            "ji": f"{j}{comma}{i}",
            "nj": f"{n},{j}" if n and fixed else f"{n}{j}",
            "(n)": f"^{{({n})}}" if n else "",
            "_j": f"_{{{j}}}" if several else "",
            "j?": j if several else "",
            "U": self.label(level),
            "V": self.label(level - 1),
            "J": letter(level),
            "I": letter(level - 1),
            "JJ": letter(level).upper(),
            "IJ": (letter(level - 1) + letter(level)).upper(),
        }
        fields |= self._numbers(units, level) if fixed else {"u": j, "v": i, "vu": f"{i}{comma}{j}"}
        return fields

    def _fixed(self, ref: Ref) -> bool:
        """Whether the units of a value are said by numbers; its example alone does not make it one element."""
        if not ref.indices:
            return False
        units = [index for index, axis in zip(ref.indices, self._axes(ref), strict=True) if axis.axis != "n"]
        return all(isinstance(index, Number) for index in units or ref.indices)

    def _axes(self, ref: Ref) -> tuple[Index, ...]:
        return self.network.axes_of(ref.name)

    def _numbers(self, units: list[Expr], level: int) -> dict[str, str]:
        """Running numbers: of a weight (unit by unit, as in w1..w8), and of units through all layers."""
        places = [int(unit.value) for unit in units if isinstance(unit, Number)]
        width = [self.network.extents.get(f"u{number}", 0) for number in range(self.network.layers + 1)]
        found: dict[str, str] = {}
        if places:
            found["u"] = str(sum(width[:level]) + places[-1])
        if len(places) > 1 and level:
            found["v"] = str(sum(width[: level - 1]) + places[0])
            found["vu"] = found["v"] + ("," if sum(width) > 9 else "") + found["u"]
            before = sum(width[number - 1] * width[number] for number in range(1, level))
            found["k"] = str(before + (places[1] - 1) * width[level - 1] + places[0])
        return found

    def label(self, layer: int) -> str:
        """The label of a layer: i for the input, o for the output, h (then further letters) between."""
        if layer <= 0:
            return "i"
        if layer >= self.network.layers:
            return "o"
        return HIDDEN[layer - 1] if layer <= len(HIDDEN) else f"h{layer}"

    # -- what a person may type

    def spell(self, ref: Ref) -> str:
        """The name of an element as a person types it in this notation, with its example where there are several
        (`out_h1[2]`, `act1[1,0]`); its canonical address where it has none."""
        spelt = self._spelt(ref)
        axes = self._axes(ref) if ref.indices else ()
        several = bool(axes) and axes[0].axis == "n" and self.network.extents.get("n") != 1
        if not several or spelt == canonical(ref, self.network) or not isinstance(ref.indices[0], Number):
            return spelt
        return self._of_example(spelt, int(ref.indices[0].value))

    def _of_example(self, spelt: str, example: int) -> str:
        """A name with its example: first of its indices where it has some, counted as the notation counts."""
        stem, bracket, inside = spelt.partition("[")
        return f"{stem}[{example - 1 + self.notation.origin},{inside}" if bracket else f"{stem}[{example}]"

    def _spelt(self, ref: Ref) -> str:
        """The same without its example."""
        network = self.network
        role = network.roles[ref.name]
        entry = network.entry(ref.name)
        source = (
            entry.of
            if role.kind == "gradient" and entry
            else ref.name.removesuffix("_new")
            if role.kind == "new"
            else ref.name
        )
        delta = role.kind == "gradient" and role.base == "z" and bool(role.layer)
        base = "delta" if delta else self._base(source, network.roles[source])
        template = self.notation.spelling.get(base, "")
        if (
            not template
            or not self._elementwise(ref, base)
            or not self._conventional(source, base.replace("delta", "z"))
        ):
            return canonical(ref, network)
        plain = re.sub(r"<([^<>]+)>", lambda match: self._fields(ref, role).get(match[1], match[0]), template)
        prefix = "d" if role.kind == "gradient" and not delta else ""
        stem, bracket, inside = plain.partition("[")
        return prefix + stem + ("_new" if role.kind == "new" else "") + bracket + inside

    def _elementwise(self, ref: Ref, base: str) -> bool:
        return bool(ref.indices) or base in ("E", "eta", "b0")

    @cached_property
    def _known(self) -> dict[str, list[Spelling]]:
        network = self.network
        known: dict[str, list[Spelling]] = {}
        if not self.notation.spelling:
            return known
        sign = self.notation.error_sign
        for name, shape in {**network.shapes, **{part: network.shapes.get(part, ()) for part in network.parts}}.items():
            role = network.roles[name]
            axes = network.axes.get(name, ())
            if any(size > 99 for size in shape) or len(known) > MOST_SPELLINGS:
                continue
            examples = bool(axes) and axes[0].axis == "n"
            ranges = [range(1, (1 if place == 0 and examples else size) + 1) for place, size in enumerate(shape)]
            for element in itertools.product(*ranges):
                ref = Ref(name, tuple(whole_number(place) for place in element))
                spelt = self._spelt(ref)
                if spelt == canonical(ref, network):
                    continue
                indices = (0, *element[1:]) if examples else element
                sign_here = sign if role.kind == "gradient" else 1
                spellings = [spelt, spelt.replace("_new", "") + "+"] if role.kind == "new" else [spelt]
                meant = [(text, indices) for text in spellings]
                if examples and shape[0] > 1 and spelt.endswith("]"):
                    meant = [(self._of_example(spelt, at), (at, *element[1:])) for at in range(1, shape[0] + 1)]
                for text, places in meant:
                    meaning = Spelling(name, places, sign_here)
                    if meaning not in known.setdefault(text, []):
                        known[text].append(meaning)
        return known

    def meanings(self, name: str) -> tuple[Spelling, ...]:
        """The canonical meanings of a typed name."""
        return tuple(self._known.get(name, ()))

    def known(self) -> list[str]:
        """All names that can be typed in this notation."""
        return list(self._known)


def letter(layer: int) -> str:
    """The index letter of a layer: i, j, k, ... and the same with primes when they have run out."""
    return LETTERS[max(layer, 0) % len(LETTERS)] + "'" * (max(layer, 0) // len(LETTERS))


def own_letters(name: str) -> tuple[str, str]:
    """A name of the user's own as TeX, and the digits it ends in: `alpha2` is (r"\alpha", "2")."""
    digits = ""
    if match := re.fullmatch(r"([A-Za-z]+?)_?(\d+)", name):
        name, digits = match.groups()
    if name in GREEK:
        return rf"\{name}", digits
    return name if len(name) == 1 else rf"\mathrm{{{name.replace('_', chr(92) + '_')}}}", digits


def whole_number(value: int) -> Number:
    """A place, as an index."""
    return Number(Fraction(value))


def _plain(node: Expr, names: Names) -> str:
    """A part of an index expression; whole numbers in it are counts, not places, and stay as they are."""
    match node:
        case Number(value):
            return str(value)
        case Neg(Number(value)):
            return f"-{value}"
        case Neg(operand):
            return f"-{_plain(operand, names)}"
        case Mul(factors):
            return " ".join(_plain(factor, names) for factor in factors)
    return names.index(node)


def canonical(ref: Ref, network: Network) -> str:
    """The canonical address of an element: `w1[1,2]`; the example is left out where there is only one."""
    axes = network.axes_of(ref.name)
    places = []
    for index, axis in zip(ref.indices, axes, strict=False):
        if isinstance(index, Number) and not (axis.axis == "n" and network.extents.get("n") == 1):
            places.append(str(int(index.value)))
    return ref.name + (f"[{','.join(places)}]" if places else "")


def names_of(network: Network, notation: Notation) -> Names:
    """The names of a network in a notation, with a letter for each layer."""
    letters = {"n": "n"} | {f"u{layer}": letter(layer) for layer in range(network.layers + 1)}
    return Names(network, notation, letters)


def for_formula(names: Names, left: Ref) -> Names:
    """The names with the index letters of one formula: in a `relative` notation j is the unit itself, k the others."""
    if names.notation.letters != "relative":
        return names
    units = [index.axis for index in left.indices if isinstance(index, Index) and index.axis.startswith("u")]
    letters = dict(names.letters)
    for axis in letters:
        letters[axis] = "n" if axis == "n" else "k"
    if units:
        letters[units[-1]] = "j"
    return replace(names, letters=letters)


def with_names(trace: Trace, notation: Notation) -> Trace:
    """The same trace, whose values can also be asked for by the names of a notation."""
    return replace(trace, spellings=names_of(trace.network, notation))
