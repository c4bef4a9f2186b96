r"""MathML into TeX, as far as arithmetic needs it; what has no TeX here becomes a command that nobody can read."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Element:
    """One element of MathML: its name, its text, and what stands in it."""

    name: str
    text: str = ""
    parts: list[Element] = field(default_factory=list)
    columns: str = ""


DEEPEST = 60  # elements in elements
UNREADABLE = "\\unreadable "
_SIGNS = {
    "·": "\\cdot ", "⋅": "\\cdot ", "∙": "\\cdot ", "×": "\\times ", "÷": "\\div ", "−": "-", "≈": "\\approx ",
    "≃": "\\simeq ", "∼": "\\sim ", "≤": "\\le ", "≥": "\\ge ", "≠": "\\ne ", "→": "\\to ", "⇒": "\\Rightarrow ",
    "∂": "\\partial ", "∇": "\\nabla ", "∗": "*", "′": "'", "\u2061": "", "\u2062": "", "\u2063": "",
    "\u2064": UNREADABLE,
    "{": "\\{", "}": "\\}", "∣": "|", "∑": "\\sum ", "|": "|", "…": "\\dots ", "&": UNREADABLE, "⊤": "\\top ",
}  # fmt: skip
_GREEK = dict(zip("αβγδεζηθκλμνξπρστφχψω", (
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi psi omega"
).split(), strict=True))  # fmt: skip
_FUNCTIONS = ("exp", "log", "ln", "tanh", "max", "min")
_ROWS = ("math", "mrow", "mstyle", "mpadded", "semantics", "menclose", "mtd", "maction", "mphantom")


def as_tex(element: Element, depth: int = 0) -> str:
    """An element of MathML into TeX.

    >>> as_tex(Element("mfrac", parts=[Element("mn", "1"), Element("mn", "2")]))
    '\\\\frac{1}{2}'
    """
    if depth > DEEPEST:
        return UNREADABLE
    parts = element.parts
    made = [as_tex(part, depth + 1) for part in parts]
    match element.name, len(parts):
        case "mi" | "mn" | "mo", _:
            return _leaf(element.name, element.text.strip())
        case (("mspace" | "none" | "mprescripts" | "annotation" | "annotation-xml"), _):
            return "\\quad " if element.text == "wide" else " "
        case (("mtext" | "ms"), _):
            return f"\\text{{{_plain(element.text)}}}" if element.text.strip() else " "
        case "mfrac", 2:
            return f"\\frac{{{made[0]}}}{{{made[1]}}}"
        case "msqrt", _:
            return f"\\sqrt{{{''.join(made)}}}"
        case "msub" | "munder", 2:
            return f"{_base(made[0])}_{{{made[1]}}}"
        case "msup" | "mover", 2:
            return _above(element.name, _base(made[0]), made[1], parts[1])
        case "msubsup" | "munderover", 3:
            return f"{_base(made[0])}_{{{made[1]}}}^{{{made[2]}}}"
        case "mtable", _:
            return _table(element, depth + 1)
        case "mfenced", _:
            return f"({','.join(made)})"
        case name, _ if name in _ROWS:
            return "".join(made)
    return UNREADABLE


def _leaf(name: str, text: str) -> str:
    if name == "mn":
        return text.replace(",", "{,}") if text.count(",") == 1 else text.replace(",", UNREADABLE)
    if text in _SIGNS or text in _GREEK:
        return _SIGNS.get(text) or (f"\\{_GREEK[text]} " if text in _GREEK else "")
    if text in _FUNCTIONS:
        return f"\\{text} "
    if len(text) > 1:
        return f"\\mathrm{{{_plain(text)}}}" if text.isalnum() else _plain(text)
    return f"\\{text}" if text and text in "#%$_" else text


def _above(name: str, base: str, above: str, what: Element) -> str:
    marks = {"^": "hat", "~": "tilde", "¯": "bar", "‾": "bar", "→": "vec", "˙": "dot", "ˆ": "hat", "˜": "tilde"}
    if name == "mover" and what.text.strip() in marks:
        return f"\\{marks[what.text.strip()]}{{{base}}}"
    return f"{base}^{{{above}}}" if name == "msup" else UNREADABLE


def _base(tex: str) -> str:
    """What carries scripts: as it is where it is one thing, else in braces."""
    tex = tex.strip()
    return tex if len(tex) <= 1 or (tex[0] == "\\" and tex[1:].isalpha()) else f"{{{tex}}}"


def _table(table: Element, depth: int) -> str:
    """A table: lines that are aligned where its columns say so, else a matrix."""
    said = [table.columns, *(cell.columns for row in table.parts for cell in row.parts)]
    name = "aligned" if any("left" in columns for columns in said) else "matrix"
    lines = [" & ".join(as_tex(cell, depth) for cell in row.parts) for row in table.parts]
    return f"\\begin{{{name}}}" + " \\\\ ".join(lines) + f"\\end{{{name}}}"


def _plain(text: str) -> str:
    """Words without what means something in TeX."""
    return "".join(character for character in text if character not in "\\{}$&#^_%~")
