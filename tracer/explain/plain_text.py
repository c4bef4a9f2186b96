"""A worked quantity for the terminal: TeX turned into plain lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tracer.explain.direct import DIRECT
from tracer.explain.roles import unmarked

if TYPE_CHECKING:
    from tracer.explain.cancellation import Cancellation
    from tracer.explain.reading import Line
    from tracer.explain.tables import Table
    from tracer.explain.update_steps import UpdateOf
    from tracer.explain.whole import Whole
    from tracer.explain.worked import Worked

_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Delta": "Δ", "partial": "∂", "nabla": "∇", "sum": "Σ",
    "cdot": "·", "times": "×", "approx": "≈", "le": "≤", "ge": "≥", "max": "max", "min": "min", "tanh": "tanh",
    "exp": "exp", "ln": "ln", "quad": "  ", "top": "T", "ldots": "...", "lvert": "|", "rvert": "|",
}  # fmt: skip


#: the names of weights stand for two units each, also where no comma is between them
_PAIRS = ("w", "weight")
_WORD = r"\\mathrm\{[^{}]*\}|\\delta|[A-Za-z]"
#: a choice without another one in it
_CASES = re.compile(r"\\begin\{cases\}((?:(?!\\begin\{cases\}).)*?)\\end\{cases\}")
_INSIDE = r"[^()]*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)[^()]*)*"
#: what a fraction bar needs no brackets for: a name, a function or a bracket, and a power of one
_UNIT = re.compile(rf"[\\\w.']*(?:\({_INSIDE}\))?(?:\^(?:\w+|\({_INSIDE}\)))?")


def plain(tex: str) -> str:
    """TeX as one line of plain text; the names of layers and elements as they are typed.

    >>> plain(r"\\frac{1}{1 + e^{-0.3775}}"), plain(r"\\mathrm{net}_{h1}"), plain("w^{(1)}_{12}")
    ('1/(1 + e^(-0.3775))', 'net_h1', 'w1[1,2]')
    """
    text = re.sub(rf"({_WORD})\^\{{\((\d+)\)\}}(?:_\{{([^{{}}]*)\}})?", _of_layer, unmarked(tex))
    text = re.sub(rf"({_WORD})_\{{(\d+(?:,\d+)+)\}}", r"\1[\2]", text)
    text = re.sub(r"_\{([^{}]*)\}\^\{\((\w+)\)\}", r"_{\1}[\2]", text)  # of one example
    text = re.sub(r"\{(\w+)(\[[^\]]*\])?\}\^\{\\mathrm\{new\}\}", r"\1_new\2", text)
    text = re.sub(r"\{([a-z]')\}", r"\1", text)
    text = re.sub(r"\\hat\{([a-z])\}", r"\1hat", text)
    text = re.sub(r"\\(left|right|bigl|bigr|,|;)", "", text)
    while (cases := _CASES.sub(lambda match: f"\0{match[1].strip()}\1", text)) != text:
        text = cases
    text = text.replace(r" \\", ";").replace("&", "")
    text = text.replace(r"\partial ", "∂")
    for _ in range(40):
        while match := re.search(r"\\(mathrm|text|tilde|mathbf)\{([^{}]*)\}", text):
            text = text.replace(match[0], ("~" if match[1] == "tilde" else "") + match[2])
        found = re.search(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", text)
        if found is None:
            reduced = re.sub(r"([_^])\{([^{}]*)\}", _script, text)
            reduced = re.sub(r"\\sqrt\{([^{}]*)\}", r"sqrt(\1)", reduced)
            if reduced == text:  # {m}^{new}, but not yet the lower half of a fraction
                reduced = re.sub(r"(?<![a-z}])\{([^{}]*)\}", r"\1", text)
            if reduced == text:
                reduced = re.sub(r"(?<![a-z])\{([^{}]*)\}", r"\1", text)
            if reduced == text:
                break
            text = reduced
        else:
            text = text.replace(found[0], f"{_bracket(found[1])}/{_bracket(found[2])}")
    text = re.sub(r"\\([A-Za-z]+)", lambda match: _GREEK.get(match[1], match[1]), text)
    text = text.replace("{", "").replace("}", "").replace("\0", "{").replace("\1", "}")
    return re.sub(r" +", " ", text).strip()


def _of_layer(match: re.Match[str]) -> str:
    """w^{(1)}_{12}, a weight of layer 1, as w1[1,2]."""
    word, layer, indices = match[1], match[2], match[3] or ""
    name = re.sub(r"\\mathrm|[\\{}]", "", word)
    if not indices and word.startswith(r"\mathrm"):
        return f"{name}[{layer}]"  # no layer: the example of the one unit there is
    letters = re.fullmatch(r"(?:[a-z]'*){2,}", indices)
    parts = re.findall(r"\w'*", indices) if letters or (name in _PAIRS and len(indices) == 2) else [indices]
    return f"{name}{layer}" + (f"[{','.join(parts)}]" if indices else "")


def _script(match: re.Match[str]) -> str:
    sign, inside = match[1], match[2].strip()
    simple = re.fullmatch(r"[\w',+*]+|\\[a-z]+", inside) is not None
    return f"{sign if sign == '^' or inside else ''}{inside if simple else f'({inside})'}"


def _bracket(text: str) -> str:
    """A part of a quotient, in brackets where it is more than a name, a number, a function or a power of one."""
    inner = text.strip()
    if _UNIT.fullmatch(inner):
        return inner
    alone = re.fullmatch(r"[\\\w.'^_{}∂~\[\],]+( [\w_']+)?", inner) and " + " not in text
    return text if alone else f"({inner})"


def plain_lines(symbol: str, lines: tuple[Line, ...]) -> list[str]:
    """symbol = ... with one relation a line, aligned under each other."""
    if not lines:
        return [plain(symbol)]
    head = plain(symbol)
    pad = " " * len(head)
    return [
        f"{head if place == 0 else pad} {plain(line.relation)} {plain(line.tex)}" for place, line in enumerate(lines)
    ]


def plain_worked(made: Worked) -> str:
    """A worked quantity as plain text: its equation, then every path of the chain rule, factor by factor."""
    title = made.name if made.address in ("", made.name) else f"{made.name} (canonical name {made.address})"
    rows = [f"{title}: {made.says}" if made.says else title, ""]
    rows += plain_update(made.update) if made.update else [f"  {line}" for line in plain_lines(made.symbol, made.lines)]
    for number, path in enumerate(made.paths, 1):
        way = f"Way {number}" if len(made.paths) > 1 else "By the chain rule"
        rows += ["", f"  {way}: {plain(path.sentence.replace('$', ''))}", ""]
        for factor in path.factors:
            rows += [f"    {line}" for line in plain_lines(factor.symbol, factor.lines)]
        if len(path.product) > 1:
            rows.append("")
            rows += [f"    {line}" for line in plain_lines(path.product[0].tex, path.product[1:])]
        if not path.factors:
            rows.append(f"    {plain(path.product[0].tex)}")
    if made.total:
        rows += ["", "  The ways added up:", ""]
        rows += [f"    {line}" for line in plain_lines(made.derivative, made.total)]
    if any(DIRECT in path.product[0].tex for path in made.paths):
        rows += ["", "  Direct: with all other values held fixed. The other ways to the same value are counted apart."]
    if not made.complete:
        rows += ["", "  There are too many ways of the chain rule to list them one by one."]
    return "\n".join(rows)


def plain_update(made: UpdateOf) -> list[str]:
    """Every line of an update as plain text, and the state before and after."""
    rows = []
    for step in made.steps:
        rows += [f"  {step.says}:", "", *(f"    {line}" for line in plain_lines(step.symbol, step.lines)), ""]
    return [*rows, *(f"  {line}" for line in plain_table(made.state))] if made.state else rows[:-1]


def plain_table(made: Table) -> list[str]:
    """A table as plain lines, its columns under each other."""
    rows = [[plain(cell.strip("$")) for cell in row] for row in (made.header, *made.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def plain_whole(made: Whole) -> str:
    """A whole value as plain text: its general formula, then its elements."""
    rows = [f"{made.name}: {made.says}", ""]
    if made.formula:
        rows += [f"  {plain(made.formula)}", ""]
    for number, element in enumerate(made.elements):
        lines = plain_lines(element.symbol, element.lines)
        rows += [""] * (number > 0 and len(lines) > 1) + [f"  {line}" for line in lines]
    if made.size > len(made.elements):
        rows += ["", f"  These are {len(made.elements)} of {made.size} elements."]
    return "\n".join(rows + (plain_cancellation(made.cancels) if made.cancels else []))


def plain_cancellation(made: Cancellation) -> list[str]:
    """What a delta comes to, as plain lines: all its forms, and what the last one needs."""
    rows = ["", f"  With {made.activation} and {made.loss} much of this cancels, line by line:", ""]
    rows += [f"    {line}" for line in plain_lines(made.symbol, made.lines)]
    if made.given:
        needs = "The last form needs" if made.holds else "One more form would need"
        rows += ["", f"  {needs} that {made.given}. Here they {'do' if made.holds else 'do not'}."]
    return rows
