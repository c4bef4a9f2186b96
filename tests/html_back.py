r"""An HTML page back into Markdown that `reread.py` understands, from what stands in the page alone.

MathML becomes TeX: it is read as a person reads the page, so a number that changed places or a lost sign is one here
too. What MathML does not keep is the order of two scripts and superfluous braces; `in_order` writes TeX as if it came
from here, so that names can be compared.

>>> markdown_of('<main><p>so <math><msub><mi>w</mi><mn>1</mn></msub><mo>=</mo><mn>2</mn></math></p></main>')
'so $w_{1} = 2$\n'
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

VOID = {"meta", "br", "hr", "input", "link", "img"}
_PIECE = re.compile(r"<!doctype html>|<(/?)([a-z][a-z0-9]*)((?:\s[^<>]*?)?)(/?)>|([^<>]+)", re.IGNORECASE)
_ATTRIBUTE = re.compile(r'\s+([a-z][A-Za-z0-9-]*)(?:="([^"<>]*)")?')
_RAW = re.compile(r"(<(?:style|script)>)(.*?)(?=</(?:style|script)>)", re.DOTALL)


@dataclass
class Element:
    """An element of a page, with its children: elements and texts."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def elements(self) -> list[Element]:
        return [child for child in self.children if isinstance(child, Element)]

    def walk(self) -> Iterator[Element]:
        yield self
        for child in self.elements():
            yield from child.walk()

    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)


def read_html(page: str, styles: bool = False) -> Element:
    """A page into a tree. Stricter than a browser: every element is closed in order, every value is quoted, and no
    mark stands open. What is in style and script is left out unless `styles`."""
    texts: list[str] = []

    def keep(match: re.Match[str]) -> str:
        texts.append(match[2])
        return match[1]

    page = _RAW.sub(keep, page)
    root = Element("")
    opened, at, raw = [root], 0, iter(texts)
    while at < len(page):
        match = _PIECE.match(page, at)
        if match is None:
            raise ValueError(f"not well-formed: {page[at : at + 40]!r}")
        at = match.end()
        closing, tag, attributes, empty, text = match.groups()
        if text is not None:
            opened[-1].children.append(html.unescape(text))
        elif tag is None:
            continue
        elif closing:
            if opened[-1].tag != tag:
                raise ValueError(f"not well-formed: {match[0]} closes {opened[-1].tag}, at {page[at : at + 40]!r}")
            opened.pop()
        else:
            element = Element(tag, _attributes(attributes))
            opened[-1].children.append(element)
            if tag in ("style", "script"):
                content = next(raw)
                element.children += [content] if styles else []
            if not empty and tag not in VOID:
                opened.append(element)
    if len(opened) > 1:
        raise ValueError(f"not well-formed: {opened[-1].tag} is not closed")
    return root


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while at < len(text.rstrip()):
        match = _ATTRIBUTE.match(text, at)
        if match is None or match[1] in found:
            raise ValueError(f"not well-formed: attributes {text!r}")
        found[match[1]] = html.unescape(match[2] or "")
        at = match.end()
    return found


# ---------------------------------------------------------------------------------------------- a page


def markdown_of(page: str) -> str:
    """What stands between <main> and </main> as Markdown: headings, paragraphs, lists, tables, code, formulas."""
    start, end = page.index("<main>"), page.rindex("</main>") + len("</main>")
    (main,) = read_html(page[start:end]).elements()
    return "\n\n".join(_blocks(main)) + "\n"


_INLINE = {"math", "em", "strong", "code", "a", "br", "span"}


def _blocks(parent: Element) -> Iterator[str]:
    line = ""
    for child in parent.children:
        if isinstance(child, str) or child.tag in _INLINE:
            line += _inline(child)
            continue
        if line.strip():
            yield line.strip()
        line = ""
        yield from _block(child)
    if line.strip():
        yield line.strip()


def _block(node: Element) -> Iterator[str]:
    if re.fullmatch("h[1-6]", node.tag):
        yield "#" * int(node.tag[1]) + " " + "".join(map(_inline, node.children))
    elif node.tag == "p":
        yield "".join(map(_inline, node.children))
    elif node.tag in ("ul", "ol"):
        for item in node.elements():
            first, *rest = [*_blocks(item), ""]
            yield f"- {first}"
            yield from filter(None, rest)
    elif node.tag == "pre":
        yield f"```python\n{node.text()}```"
    elif node.tag == "table":
        rows = [row for row in node.walk() if row.tag == "tr"]
        cells = [[_inline(cell).replace("|", r"\|") for cell in row.elements()] for row in rows]
        yield "\n".join(f"| {' | '.join(row)} |" for row in cells) + "\n"
    elif node.tag == "math":
        yield f"$$\n{tex_of(node)}\n$$"
    elif node.attributes.get("class") == "formula":
        yield f"$$\n{tex_of(node.elements()[0])}\n$$"
    elif node.tag in ("section", "div", "blockquote", "figure", "figcaption"):
        yield from _blocks(node)
    elif node.tag not in ("hr", "nav", "svg"):  # test_diagrams looks into pictures
        raise ValueError(f"a block nobody knows: {node.tag}")


def escaped(text: str) -> str:
    """Words of a page as Markdown that opens no formula and no program with them.

    >>> escaped("```")
    '\\\\`\\\\`\\\\`'
    """
    return re.sub(r"[\\$`~]", r"\\\g<0>", text)


def _inline(node: Element | str) -> str:
    if isinstance(node, str):
        return escaped(node)
    if node.tag == "math":
        return f"${tex_of(node)}$"
    if node.tag == "code":
        return f"`{node.text()}`"
    if node.tag == "br":
        return "\n"
    if node.attributes.get("class") == "number":
        return ""
    return "".join(map(_inline, node.children))


# ---------------------------------------------------------------------------------------------- MathML into TeX

_GREEK = dict(zip("αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", (
    "alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon varphi chi "
    "psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
).split(), strict=True)) | {"ϵ": "epsilon", "ϕ": "phi", "ϑ": "vartheta"}  # fmt: skip
_LETTERS = {letter: "\\" + name for letter, name in _GREEK.items()} | {
    "∂": r"\partial", "∇": r"\nabla", "⊤": r"\top", "ℓ": r"\ell", "∞": r"\infty", "%": r"\%", "…": r"\ldots"
}  # fmt: skip
_FUNCTIONS = {"max", "min", "ln", "log", "exp", "tanh", "arg", "sin", "cos"}
_BINARY = {"+": "+", "−": "-", "⋅": r"\cdot", "×": r"\times", "∗": "*", "⊙": r"\odot", "/": "/", "±": r"\pm"}
_RELATIONS = {"=": "=", "≈": r"\approx", "<": "<", ">": ">", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "→": r"\to",
              "∈": r"\in", "≡": r"\equiv"}  # fmt: skip
_OPEN = {"(": "(", "[": "[", "{": r"\lbrace", "⌊": r"\lfloor", "⌈": r"\lceil", "‖": r"\lVert", "|": r"\lvert"}
_CLOSE = {")": ")", "]": "]", "}": r"\rbrace", "⌋": r"\rfloor", "⌉": r"\rceil", "‖": r"\rVert", "|": r"\rvert"}
_OTHERS = {",": ",", ";": ";", ":": ":", ".": ".", "′": "'", "″": "''", "!": "!", "∑": r"\sum", "∏": r"\prod",
           "&ApplyFunction;": "", "\u2061": "", "\u2063": "", "⋯": r"\cdots", "*": "*"}  # fmt: skip
_ACCENTS = {"˜": "tilde", "ˆ": "hat", "¯": "bar", "→": "vec", "˙": "dot"}
_PRIMES = {"′": "'", "″": "''"}
_SPACES = {"1em": r" \quad ", "2em": r" \qquad "}


def tex_of(math: Element) -> str:
    """A <math> element, or any part of it, into TeX."""
    return _row(math.elements()).strip()


@dataclass(frozen=True)
class _Piece:
    """TeX of a part of a row; what it is to its neighbours: atom, scripted, number, operator, relation, open, close,
    comma or space."""

    tex: str
    kind: str = "atom"


def _row(nodes: Sequence[Element], script: bool = False) -> str:
    """Elements that stand side by side into TeX, spaced as people space it."""
    written = ""
    before = _Piece("", "open")
    for piece in _pieces(nodes, script):
        if piece.kind in ("operator", "relation"):
            signed = piece.kind == "operator" and before.kind in ("open", "operator", "relation", "comma", "space")
            if signed or (script and before.kind == "open"):
                written += piece.tex + (" " if piece.tex.startswith("\\") else "")
            else:
                written = f"{written.rstrip(' ')} {piece.tex} "
        else:
            glued = re.search(r"\\[A-Za-z]+$", written) and re.match(r"[A-Za-z\\]", piece.tex)
            apart = before.kind == "scripted" and piece.kind in ("atom", "scripted")
            numbers = before.kind == piece.kind == "number"
            written += (" " if glued or apart or numbers else "") + piece.tex
            written += " " if piece.kind == "comma" and piece.tex == "," and not script else ""
        before = piece
    return written.rstrip(" ") if not written.endswith(r"\ ") else written


def _pieces(nodes: Sequence[Element], script: bool) -> Iterator[_Piece]:
    for place, node in enumerate(nodes):
        if node.tag == "mrow":
            yield from _group(node, script)
        elif node.tag == "mo" and node.text() == "," and not script and _in_number(nodes, place):
            yield _Piece("{,}", "digits")
        else:
            yield _piece(node, script)


def _in_number(nodes: Sequence[Element], place: int) -> bool:
    """Whether a comma stands tight between digits: a decimal comma, or one of thousands."""
    around = nodes[place - 1 : place + 2] if place else []
    return len(around) == 3 and around[0].tag == around[2].tag == "mn" and around[1].attributes.get("rspace") == "0"


def _group(node: Element, script: bool) -> Iterator[_Piece]:
    """An mrow: a pair of brackets that grow, or just what stands in it."""
    inner = node.elements()
    ends = [inner[0], inner[-1]] if len(inner) > 1 else []
    marks = [end.text() if end.tag == "mo" and "stretchy" not in end.attributes else "" for end in ends]
    if marks and marks[0] in _OPEN and (marks[1] in _CLOSE or marks[1] == "\u2063"):
        if len(inner) == 3 and inner[1].tag == "mtable":
            name = {"(": "pmatrix", "[": "bmatrix", "{": "cases"}[marks[0]]
            yield _Piece(f"\\begin{{{name}}} {_table(inner[1], ' ')} \\end{{{name}}}")
        else:
            left, right = _OPEN[marks[0]], _CLOSE[marks[1]]
            glue = " " if left.startswith("\\") else ""
            yield _Piece(f"\\left{left}{glue}{_row(inner[1:-1])}\\right{right}")
    else:
        yield from _pieces(inner, script)


def _table(node: Element, end: str) -> str:
    rows = [" & ".join(_row(cell.elements()) for cell in row.elements()) for row in node.elements()]
    return f" \\\\{end}".join(row.strip(" ") for row in rows)


def _piece(node: Element, script: bool) -> _Piece:
    parts, text = node.elements(), node.text()
    match node.tag:
        case "mn":
            return _Piece(text.replace("\u2009", r"\,"), "number")
        case "mi":
            return _Piece(_letter(text, node.attributes.get("mathvariant") == "normal"))
        case "mo":
            return _sign(node, text)
        case "mtext":
            return _Piece(rf"\text{{{text.replace(chr(160), ' ')}}}")
        case "mspace":
            return _Piece(_SPACES.get(node.attributes.get("width", ""), r"\,"), "space")
        case "mfrac":
            return _Piece(rf"\frac{{{_row(parts[:1])}}}{{{_row(parts[1:])}}}")
        case "msqrt":
            return _Piece(rf"\sqrt{{{_row(parts)}}}")
        case "mroot":
            return _Piece(rf"\sqrt[{_row(parts[1:])}]{{{_row(parts[:1])}}}")
        case "mtable":
            return _Piece(f"\\begin{{aligned}}\n{_table(node, chr(10))}\n\\end{{aligned}}")
        case "mover" if parts[1].text() in _ACCENTS and node.attributes.get("accent") == "true":
            return _Piece(f"\\{_ACCENTS[parts[1].text()]}{{{_row(parts[:1])}}}")
        case "munder" if not _is_large(parts[0]):
            return _Piece(rf"\underset{{{_row(parts[1:])}}}{{{_row(parts[:1])}}}")
        case "msub" | "msup" | "msubsup" | "munder" | "mover" | "munderover":
            return _scripted(node.tag, parts)
    raise ValueError(f"MathML nobody knows: {node.tag}")


def _is_large(node: Element) -> bool:
    """Whether limits stand under it: a sum, or the name of a function."""
    return node.text() in {"∑", "∏"} | _FUNCTIONS


def _letter(text: str, upright: bool) -> str:
    if text in _LETTERS:
        return _LETTERS[text]
    if text in _FUNCTIONS:
        return "\\" + text
    plain = unicodedata.normalize("NFKC", text)
    if plain != text:
        font = unicodedata.name(text[0]).split()[1].replace("SANS-SERIF", "SANS").lower()
        return rf"\{ {'bold': 'mathbf', 'italic': 'mathit', 'sans': 'mathsf'}[font] }{{{plain}}}"
    return rf"\mathrm{{{text}}}" if upright or len(text) > 1 else text


def _sign(node: Element, text: str) -> _Piece:
    if text in _BINARY:
        return _Piece(_BINARY[text], "operator")
    if text in _RELATIONS:
        return _Piece(_RELATIONS[text], "relation")
    closes = node.attributes.get("form") == "postfix"
    if text in _OPEN and not closes:
        return _Piece(_OPEN[text], "open")
    if text in _CLOSE:
        return _Piece(_CLOSE[text], "close")
    if text in _FUNCTIONS:
        return _Piece("\\" + text)
    return _Piece(_OTHERS[text], "comma" if text in ",;:" else "atom")


def _scripted(tag: str, parts: Sequence[Element]) -> _Piece:
    (base, *more) = list(_pieces(parts[:1], False)) or [_Piece("")]
    tex = _row(parts[:1])
    if more or base.kind == "scripted" or tex.endswith("'"):
        tex = f"{{{tex}}}"
    lower = parts[1] if tag in ("msub", "msubsup", "munder", "munderover") else None
    upper = parts[-1] if tag in ("msup", "msubsup", "mover", "munderover") else None
    if upper is not None and upper.text() in _PRIMES:
        tex, upper = tex + _PRIMES[upper.text()], None
    for mark, script in (("_", lower), ("^", upper)):
        if script is not None:
            tex += f"{mark}{{{_row([script], script=True)}}}"
    return _Piece(tex, "close" if base.kind == "close" else "scripted")


# ---------------------------------------------------------------------------------------------- names

_BRACED = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
_UPPER_FIRST = re.compile(rf"(\^{_BRACED})(_{_BRACED})")
_BRACED_LETTER = re.compile(r"(?<![\w}])\{([A-Za-z])\}(?=\^)")


def in_order(tex: str) -> str:
    """TeX with the lower script before the upper one, and a letter that has an upper one without braces.

    >>> in_order("{z}^{+} - z^{(1)}_{2}")
    'z^{+} - z_{2}^{(1)}'
    """
    return _BRACED_LETTER.sub(r"\1", _UPPER_FIRST.sub(r"\2\1", tex))
