"""A worked quantity for the terminal: TeX turned into plain lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracer.explain.reading import Line
    from tracer.explain.worked import Worked

_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Delta": "Δ", "partial": "∂", "nabla": "∇", "sum": "Σ",
    "cdot": "·", "times": "×", "approx": "≈", "le": "≤", "ge": "≥", "max": "max", "min": "min", "tanh": "tanh",
    "exp": "exp", "ln": "ln", "quad": "  ", "top": "T", "ldots": "...", "lvert": "|", "rvert": "|",
}  # fmt: skip


#: a choice without another one in it
_CASES = re.compile(r"\\begin\{cases\}((?:(?!\\begin\{cases\}).)*?)\\end\{cases\}")
_INSIDE = r"[^()]*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)[^()]*)*"
#: what a fraction bar needs no brackets for: a name, a function or a bracket, and a power of one
_UNIT = re.compile(rf"[\\\w.']*(?:\({_INSIDE}\))?(?:\^(?:\w+|\({_INSIDE}\)))?")


def plain(tex: str) -> str:
    """TeX as one line of plain text.

    >>> plain(r"\\frac{1}{1 + e^{-0.3775}}"), plain(r"\\mathrm{net}_{h1}")
    ('1/(1 + e^(-0.3775))', 'net_h1')
    """
    text = re.sub(r"\\(left|right|bigl|bigr|,|;)", "", tex)
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


def _script(match: re.Match[str]) -> str:
    sign, inside = match[1], match[2].strip()
    simple = re.fullmatch(r"[\w',+*]+|\\[a-z]+", inside) is not None
    return f"{sign if sign == '^' or inside else ''}{inside if simple else f'({inside})'}"


def _bracket(text: str) -> str:
    if _UNIT.fullmatch(text.strip()):
        return text.strip()
    return (
        text if re.fullmatch(r"[\\\w.'^_{}∂~]+( [\w_']+)?", text.strip()) and " + " not in text else f"({text.strip()})"
    )


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
    rows += [f"  {line}" for line in plain_lines(made.symbol, made.lines)]
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
        rows += [f"    {line}" for line in plain_lines(made.symbol, made.total)]
    if not made.complete:
        rows += ["", "  There are too many ways of the chain rule to list them one by one."]
    return "\n".join(rows)
