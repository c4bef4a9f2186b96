r"""TeX formulas into the mathematics of Typst: a printer over the tree of `tracer.read.formula`.

Letters and signs are written as themselves, everything else as a string; so what a formula holds can never be code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tracer.errors import TracerError, shortened
from tracer.explain.roles import unmarked
from tracer.publish.colour import PALETTE
from tracer.publish.typst_text import string
from tracer.read.formula import Command, Fenced, Group, Node, Script, Symbol, Table, Words, read_formula, written

#: name of a colour in TeX -> the colour, for formulas that say only that
COLOURS = {"red": "#ff0000", "green": "#008000", "blue": "#0000ff", "black": "#000000", "gray": "#808080"}

# a command of TeX and the sign it prints, which is the same in Typst
_SIGNS = {f"\\{pair[1:]}": pair[0] for pair in r"""
    αalpha βbeta γgamma δdelta ϵepsilon εvarepsilon ζzeta ηeta θtheta ϑvartheta ιiota κkappa λlambda μmu νnu ξxi πpi
    ρrho σsigma ςvarsigma τtau υupsilon ϕphi φvarphi χchi ψpsi ωomega ΓGamma ΔDelta ΘTheta ΛLambda ΞXi ΠPi ΣSigma
    ΥUpsilon ΦPhi ΨPsi ΩOmega ℓell ∂partial ∇nabla ∞infty ∑sum ∏prod ∫int ⋅cdot ×times ÷div ±pm ∓mp ∗ast ∘circ ⊙odot
    ⊕oplus ⊗otimes ≈approx ≡equiv ∼sim ∝propto ≤le ≤leq ≥ge ≥geq ≠ne ≠neq <lt >gt ≪ll ≫gg ∈in ∉notin ⊂subset ⊆subseteq
    ∪cup ∩cap ∅emptyset ∀forall ∃exists ¬neg ∧wedge ∨vee →to →rightarrow ←leftarrow ←gets ↔leftrightarrow ⇒Rightarrow
    ⇐Leftarrow ⇔Leftrightarrow ⟶longrightarrow ↦mapsto ↑uparrow ↓downarrow ⊤top ⊥bot ⋯cdots …ldots …dots ⋮vdots ⋱ddots
    ′prime √surd
    """.split()}  # fmt: skip
_SPACES = {r"\,": "thin", r"\:": "med", r"\>": "med", r"\;": "thick", r"\quad": "quad", r"\qquad": "wide",
           "\\ ": "space", "~": "space", r"\!": "#h(-0.1667em);", r"\limits": "", r"\nolimits": "",
           r"\displaystyle": "", r"\textstyle": "", r"\nonumber": "", r"\notag": ""}  # fmt: skip
_FUNCTIONS = {f"\\{name}": name for name in "exp ln log sin cos tan sinh cosh tanh max min det dim sup inf lim".split()}
_FUNCTIONS |= {r"\arg": "arg", r"\argmax": 'op("argmax")'}
# brackets, and what a backslash before a sign means in TeX
_DELIMITERS = {
    **{"(": r"\(", ")": r"\)", "[": r"\[", "]": r"\]", "|": "|", r"\{": r"\{", r"\}": r"\}", "/": r"\/", ".": ""},
    **{r"\lbrace": r"\{", r"\rbrace": r"\}", r"\lbrack": r"\[", r"\rbrack": r"\]", r"\langle": "⟨", r"\rangle": "⟩"},
    **{r"\lvert": "|", r"\rvert": "|", r"\vert": "|", r"\lVert": "‖", r"\rVert": "‖", r"\Vert": "‖", r"\|": "‖"},
    **{r"\lfloor": "⌊", r"\rfloor": "⌋", r"\lceil": "⌈", r"\rceil": "⌉", "<": "⟨", ">": "⟩"},
}
_TYPED = {"+": "+", "-": "-", "=": "=", "<": "<", ">": ">", "*": "∗", "!": "!", "?": "?"}
_TYPED |= {",": r"\,", ";": r"\;", ":": r"\:", ".": r"\."}
_MATRICES = {"pmatrix": "(", "bmatrix": "[", "Bmatrix": "{", "vmatrix": "|", "Vmatrix": "||"}
_LOOSE = ("matrix", "smallmatrix", "array", "aligned", "gathered", "split", "align", "align*", "gather", "gather*")
_SIZED = re.compile(r"\\(big|Big|bigg|Bigg)[lrm]?(?=\W|$)(.*)", re.DOTALL)
_SIZES = {"big": "1.2em", "Big": "1.6em", "bigg": "2.1em", "Bigg": "2.6em"}
#: commands with one argument, and the function of Typst that does the same
_ONE = {"sqrt": "sqrt", "overline": "overline", "underline": "underline", "tilde": "tilde", "hat": "hat",
        "bar": "macron", "vec": "arrow", "dot": "dot", "ddot": "dot.double", "check": "caron", "breve": "breve",
        "acute": "acute", "grave": "grave", "boxed": "boxed", "underbrace": "underbrace", "overbrace": "overbrace",
        "mathit": "italic", "mathsf": "sans", "mathtt": "mono", "mathcal": "cal", "mathbb": "bb",
        "boldsymbol": "bold"}  # fmt: skip

_RELATIONS = ("=", "<", ">", *(f"\\{name}" for name in "approx le leq ge geq ne neq equiv sim propto lt gt to".split()))
_SUMS, _PRODUCTS = ("+", "-", r"\pm"), (r"\cdot", r"\times")
_TALL = ("frac", "dfrac", "tfrac", "binom", "underset", "overset", "stackrel", "underbrace", "overbrace")
_LARGE = (r"\sum", r"\prod", r"\int")
LONG = 60  # characters in tall brackets, from which on a line may break between them


@dataclass(frozen=True)
class Piece:
    """What a line holds together; `depth` 0 for a good place to begin a line with it, more for worse ones."""

    depth: int
    typst: str


@dataclass(frozen=True)
class Row:
    """A row of a display: what stands left of the sign under which its lines begin, and the pieces from there on."""

    left: str
    pieces: tuple[Piece, ...]


def formula(tex: str) -> str:
    r"""A TeX formula into Typst, as it stands between dollars. Raises TracerError T502 for what has none.

    >>> print(formula(r"a_{1} = \frac{1}{2} \cdot \delta_{h}"))
    a_(1) = frac(1, 2) ⋅ δ_(h)
    """
    return _Printer(tex).all(read_formula(tex))


def rows(tex: str) -> tuple[Row, ...]:
    r"""A TeX formula that stands on its own into rows, each in pieces at which its lines may break.

    >>> rows("z = a + b")
    (Row(left='z', pieces=(Piece(depth=0, typst='= a'), Piece(depth=0, typst='+ b'))),)
    """
    parts, printer = read_formula(tex), _Printer(tex)
    if len(parts) == 1 and isinstance(table := parts[0], Table) and table.environment.rstrip("*") in _LOOSE[3:]:
        return tuple(printer.row(cells) for cells in table.rows)
    return (printer.row(tuple(_at_relation(parts))),)


def _at_relation(parts: tuple[Node, ...]) -> Iterator[tuple[Node, ...]]:
    """A formula in one or two cells: the second begins with its first relation."""
    place = next((place for place, part in enumerate(parts) if _sign(part) in _RELATIONS), 0)
    if place:
        yield parts[:place]
    yield parts[place:]


def _sign(node: Node) -> str:
    return node.tex if isinstance(node, Symbol) else ""


def _joined(before: str, after: str) -> str:
    """Two pieces of Typst side by side: words stand close, as a space beside them would be seen."""
    close = not before or not after or before[-1] == '"' or after[0] == '"'
    return before + ("" if close else " ") + after


@dataclass(frozen=True)
class _Printer:
    """The printer of one formula, which knows it for its errors."""

    tex: str

    def wrong(self, found: str) -> TracerError:
        said = f"Typst has no {found}, in the formula {shortened(self.tex)}."
        return TracerError("T502", "a formula", said, "", "Write it in the TeX that amsmath knows.")

    # -- whole

    def all(self, parts: Sequence[Node]) -> str:
        text = ""
        for part in parts:
            text = _joined(text, self.one(part))
        return text

    def one(self, node: Node) -> str:
        match node:
            case Symbol(tex):
                return self.symbol(tex)
            case Words(text):
                return string(_words(text))
            case Group(parts):
                return self.all(parts)
            case Command():
                return self.command(node)
            case Script(base, below, above):
                return self.scripts(self.base(base), below, above)
            case Fenced(left, parts, right):
                inner = self.all(parts)
                if (left, right) in (("(", ")"), ("[", "]")):
                    return f"{left}{inner}{right}"
                return f"lr({_joined(_joined(self.delimiter(left), inner), self.delimiter(right))})"
            case Table():
                return self.table(node)

    def symbol(self, tex: str) -> str:
        if re.fullmatch(r"[A-Za-z]|[0-9]+(\.[0-9]+)?", tex):
            return tex
        if re.fullmatch(r"[0-9.]+(\{[.,]\}[0-9]+)+", tex):
            return string(re.sub(r"[{}]", "", tex))
        for table in (_TYPED, _SIGNS, _SPACES, _FUNCTIONS, _DELIMITERS):
            if tex in table:
                return table[tex]
        if match := _SIZED.fullmatch(tex):
            return f"lr(size: #{_SIZES[match[1]]}, {self.delimiter(match[2])})"
        if len(tex) == 1:
            return tex if tex in _SIGNS.values() else string(tex)
        if re.fullmatch(r"\\[^A-Za-z]", tex):
            return string(tex[1])
        raise self.wrong(f"'{shortened(tex)}'")

    def delimiter(self, tex: str) -> str:
        if tex not in _DELIMITERS:
            raise self.wrong(f"bracket '{shortened(tex)}'")
        return _DELIMITERS[tex]

    def base(self, node: Node) -> str:
        """What scripts hang on; what is more than one thing, or has scripts already, is held together."""
        if isinstance(node, Group):
            return f"whole({self.all(node.parts)})" if node.parts else '""'
        return self.one(node)

    def scripts(self, base: str, below: Group | None, above: Group | None) -> str:
        low = "" if below is None else f"_({self.all(below.parts)})"
        high = "" if above is None else f"^({self.all(above.parts)})"
        return base + low + high

    def command(self, node: Command) -> str:
        name, arguments = node.name, node.arguments
        if name in ("text", "textrm", "mbox"):
            return self.one(arguments[0])
        if name in ("role", "textcolor"):
            return self.coloured(name, arguments)
        if name in ("mathrm", "mathbf", "operatorname"):
            return self.upright(name, arguments[0])
        inner = [self.one(argument) for argument in arguments]
        match name:
            case "frac" | "dfrac" | "tfrac" | "binom":
                return f"{'binom' if name == 'binom' else 'frac'}({inner[0]}, {inner[1]})"
            case "underset":
                return f"limits({inner[1]})_({inner[0]})"
            case "overset" | "stackrel":
                return f"limits({inner[1]})^({inner[0]})"
            case "sqrt" if node.option is not None:
                return f"root({self.one(node.option)}, {inner[0]})"
        if name not in _ONE:
            raise self.wrong(f"'\\{name}'")
        return f"{_ONE[name]}({inner[0]})"

    def upright(self, name: str, argument: Words | Group) -> str:
        """Upright letters; a name of several is one word."""
        parts = argument.parts if isinstance(argument, Group) else (argument,)
        plain = [_letter(part) for part in parts]
        inner = string("".join(plain)) if all(plain) else f"upright({self.all(parts)})"
        return {"mathbf": f"bold({inner})", "operatorname": f"op({inner})"}.get(name, inner)

    def coloured(self, name: str, arguments: Sequence[Words | Group]) -> str:
        colour, inner = arguments[0], self.one(arguments[1])
        assert isinstance(colour, Words)
        if name == "role":
            if colour.text not in PALETTE:
                raise self.wrong(f"role '{shortened(colour.text)}'")
            return f"role({string(colour.text)}, {inner})"
        found = COLOURS.get(colour.text, colour.text)
        if not re.fullmatch(r"#[0-9A-Fa-f]{6}", found):
            raise self.wrong(f"colour '{shortened(colour.text)}'")
        return f"ink({string(found)}, {inner})"

    def table(self, node: Table) -> str:
        name = node.environment
        cells = [[self.all(cell) or '""' for cell in row] for row in node.rows]
        if name == "cases":
            return f"cases({', '.join(' & '.join(row) for row in cells)})"
        if name in _MATRICES:
            return f"mat(delim: {string(_MATRICES[name])}, {'; '.join(map(', '.join, cells))})"
        if name.rstrip("*") not in _LOOSE:
            raise self.wrong(f"environment '{shortened(name)}'")
        between = " & " if name in _LOOSE[3:] else ", "
        return f"mat(delim: #none, {'; '.join(map(between.join, cells))})"

    # -- in pieces

    def row(self, cells: Sequence[tuple[Node, ...]]) -> Row:
        return Row(" & ".join(map(self.all, cells[:-1])), tuple(self.pieces(cells[-1])))

    def pieces(self, parts: Sequence[Node], depth: int = 0) -> list[Piece]:
        """Parts in pieces: a new one begins at a relation, a sum or a product, also in brackets."""
        made = [Piece(depth, "")]
        operand = False  # whether what stands before could be the left side of a sign
        for part in parts:
            sign = _sign(part)
            if operand and sign in (*_RELATIONS, *_SUMS, *_PRODUCTS):
                made.append(Piece(depth + (sign in _PRODUCTS), self.one(part)))
            else:
                first, *others = self.part(part, depth)
                made[-1] = Piece(made[-1].depth, _joined(made[-1].typst, first.typst))
                made += others
            operand = sign not in (*_RELATIONS, *_SUMS, *_PRODUCTS, *_SPACES, "(", "[", ",", ";")
        return made

    def part(self, node: Node, depth: int) -> list[Piece]:
        """One part; a long one in brackets is more than one piece."""
        base, scripts = (node.base, node) if isinstance(node, Script) else (node, None)
        if isinstance(base, Command) and base.name in ("role", "textcolor"):
            return [Piece(depth, self.one(node))]
        if not isinstance(base, Fenced):
            return [Piece(depth, self.one(node))]
        tall = _is_tall(base.parts)
        if tall and len(unmarked(written(base.parts))) < LONG:
            return [Piece(depth, self.one(node))]
        made = self.pieces(base.parts, depth + 2)
        if len(made) == 1:
            return [Piece(depth, self.one(node))]
        left, right = self.delimiter(base.left), self.delimiter(base.right)
        if tall:
            left, right = f"opening({left})" if left else "", f"closing({right})" if right else ""
        if scripts is not None:
            right = self.scripts(right or '""', scripts.below, scripts.above)
        made[0] = Piece(depth, _joined(left, made[0].typst))
        made[-1] = Piece(made[-1].depth, _joined(made[-1].typst, right))
        return made


def _is_tall(parts: Sequence[Node]) -> bool:
    """Whether brackets round these parts would be larger than letters."""
    for part in parts:
        match part:
            case Table():
                return True
            case Command(name, arguments):
                if name in _TALL or any(isinstance(one, Group) and _is_tall(one.parts) for one in arguments):
                    return True
            case Group(inner) | Fenced(parts=inner):
                if _is_tall(inner):
                    return True
            case Script(base):
                if _sign(base) in _LARGE or _is_tall((base,)):
                    return True
            case Symbol(tex):
                if tex in _LARGE:
                    return True
    return False


def _letter(node: Node) -> str:
    """A part of a name as its letters, nothing for a part that is more."""
    if isinstance(node, Words):
        return _words(node.text)
    tex = _sign(node)
    if re.fullmatch(r"[A-Za-z0-9.]+|\{[.,]\}|[-+*']", tex):
        return tex
    return {r"\ ": "\xa0", r"\,": "\u2009", r"\_": "_", r"\&": "&", r"\%": "%", r"\#": "#", r"\$": "$"}.get(tex, "")


def _words(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text.replace("~", "\xa0"), flags=re.DOTALL)
