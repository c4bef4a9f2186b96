r"""The tree of a formula into its printed width and height, in quads of the font: near enough to decide where a line
has to be broken, without TeX.

The figures are those of Latin Modern at 10.95 pt, as TeX measures it; `tests/test_typesetting.py` compares sums of them
with TeX's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tracer.read.formula import Command, Fenced, Group, Node, Script, Symbol, Table, Words

#: points in a quad of the text
QUAD = 10.95

DISPLAY, TEXT, SCRIPT, SMALLEST = range(4)
_SCALE = (1.0, 1.0, 0.776, 0.67)


def _widths(text: str) -> dict[str, float]:
    """Pairs of a name and thousandths of a quad, as a table."""
    words = text.split()
    return {name: int(width) / 1000 for name, width in zip(words[::2], words[1::2], strict=True)}


_ITALIC = _widths(r"""
    a 529 b 429 c 433 d 520 e 466 f 597 g 513 h 576 i 345 j 469 k 552 l 318 m 878 n 600 o 485 p 503 q 482 r 479 s 469
    t 361 u 572 v 521 w 743 x 572 y 526 z 509 A 750 B 809 C 786 D 856 E 796 F 782 G 786 H 912 I 518 J 651 K 921 L 681
    M 1079 N 912 O 791 P 781 Q 791 R 767 S 671 T 723 U 792 V 806 W 1083 X 907 Y 803 Z 754
    """)
_UPRIGHT = _widths(r"""
    a 511 b 556 c 444 d 556 e 444 f 385 g 513 h 563 i 278 j 306 k 539 l 283 m 841 n 563 o 500 p 556 q 555 r 392 s 394
    t 389 u 563 v 536 w 731 x 544 y 536 z 444 A 750 B 708 C 722 D 764 E 681 F 653 G 785 H 750 I 361 J 514 K 778 L 625
    M 917 N 750 O 778 P 681 Q 778 R 760 S 556 T 722 U 750 V 758 W 1037 X 754 Y 766 Z 611
    . 278 , 278 ; 278 : 278 ! 278 ? 472 ( 389 ) 389 [ 283 ] 278 / 500 | 278 ' 278 = 778 + 778 - 333
    """) | {" ": 0.333}  # fmt: skip
_SIGNS = _widths(r"""
    . 278 , 278 ; 278 : 278 ! 278 ? 472 ( 389 ) 389 [ 283 ] 278 / 500 | 278 = 778 + 778 - 778 < 778 > 778 * 500
    \alpha 643 \beta 618 \gamma 573 \delta 482 \epsilon 406 \varepsilon 466 \zeta 511 \eta 532 \theta 497 \iota 354
    \kappa 576 \lambda 583 \mu 603 \nu 558 \xi 484 \pi 606 \rho 517 \sigma 607 \tau 550 \upsilon 576 \phi 596
    \varphi 654 \chi 626 \psi 687 \omega 658 \Gamma 625 \Delta 833 \Theta 778 \Lambda 694 \Xi 667 \Pi 750 \Sigma 722
    \Upsilon 778 \Phi 722 \Psi 778 \Omega 722 \partial 586 \nabla 833 \infty 1000 \top 778 \prime 275 \ell 417
    \forall 556 \exists 556 \neg 667 \emptyset 500 \dots 1167 \ldots 1167 \cdots 1167 \vdots 278 \ddots 1167
    \cdot 278 \pm 778 \mp 778 \ast 500 \star 500 \circ 500 \in 667 \notin 667 \cup 667 \cap 667 \wedge 667 \vee 667
    \to 1000 \mapsto 1000 \rightarrow 1000 \leftarrow 1000 \Rightarrow 1000 \ll 1000 \gg 1000 \mid 278
    \sum 1319 \prod 1167 \int 913 \max 1877 \min 1674 \ln 841 \log 1291 \exp 1528 \sin 1235 \cos 1339 \tan 1452
    \tanh 2007 \sinh 1791 \cosh 1902 \lim 1396 \arg 1404
    \lvert 278 \rvert 278 \vert 278 \lVert 500 \rVert 500 \Vert 500 \langle 389 \rangle 389 \lbrace 500 \rbrace 500
    \lfloor 444 \rfloor 444 \lceil 444 \rceil 444 \quad 1000 \qquad 2000 \, 167 \: 222 \; 278 \! -167
    \limits 0 \nolimits 0 \allowbreak 0 \displaystyle 0
    """)  # fmt: skip

_RELATIONS = frozenset(
    r"= < > \approx \le \ge \leq \geq \ne \neq \to \mapsto \rightarrow \leftarrow \Rightarrow \equiv \sim \propto \in"
    r" \notin \subset \ll \gg \mid".split()
)
_BINARY = frozenset(
    r"+ - * \cdot \times \pm \mp \div \ast \star \circ \odot \otimes \oplus \cup \cap \wedge \vee".split()
)
_LIMITS = frozenset(r"\sum \prod \max \min \lim".split())  # what is below stands below in a display
_OPERATORS = _LIMITS | frozenset(r"\int \ln \log \exp \sin \cos \tan \tanh \sinh \cosh \arg".split())
_OPENING = frozenset(r"( [ \lvert \lVert \langle \lbrace \lfloor \lceil".split())
_CLOSING = frozenset(r") ] ! \rvert \rVert \rangle \rbrace \rfloor \rceil".split())
#: no atoms: what stands before them meets what stands after them
_SPACES = frozenset(r"\quad \qquad \, \: \; \! \limits \nolimits \allowbreak \displaystyle".split())

_LOW = frozenset("acemnorsuvwxz")

_THIN, _MEDIUM, _THICK = 0.167, 0.222, 0.278
#: sizes of brackets: how high, and how wide a round one, a square one and a bar; the last one grows
SIZES = (
    (1.0, 0.389, 0.278, 0.278),
    (1.15, 0.458, 0.417, 0.333),
    (1.75, 0.597, 0.472, 0.333),
    (2.35, 0.736, 0.528, 0.333),
    (2.95, 0.792, 0.583, 0.333),
    (99.0, 0.875, 0.667, 0.333),
)
_SIZED = re.compile(r"\\(big|Big|bigg|Bigg)([lrm]?)(?![A-Za-z])(.*)", re.DOTALL)
_SIZE_NAMES = ("", "big", "Big", "bigg", "Bigg")
_GAP_OF_COLUMNS = 0.913  # between the columns of a matrix
_ROW = 1.49  # of a matrix


@dataclass(frozen=True)
class Extent:
    """How wide a piece of a formula is, how far it reaches from the axis of the line, and what kind of atom it is."""

    width: float
    reach: float
    kind: str = "ord"


def width(parts: Iterable[Node], style: int = DISPLAY) -> float:
    r"""The width of a formula in points.

    >>> from tracer.read.formula import read_formula
    >>> round(width(read_formula(r"a = 0.5")), 1)
    34.4
    """
    return extent(tuple(parts), style).width * QUAD


def extent(parts: Sequence[Node], style: int = DISPLAY) -> Extent:
    """Parts that stand side by side, with the spaces that TeX puts between atoms."""
    total, reach = 0.0, 0.0
    for piece, space in spaced(parts, style):
        total += piece.width + space
        reach = max(reach, piece.reach)
    return Extent(total, reach)


def spaced(parts: Sequence[Node], style: int = DISPLAY, first: str = "") -> list[tuple[Extent, float]]:
    """The extent of every part and the space before it; `first` is the kind of what stands before them."""
    pieces = resolved([of_node(part, style) for part in parts], first)
    found, before = [], first
    for piece in pieces:
        space = 0.0 if piece.kind == "space" else space_between(before, piece.kind, style)
        found.append((piece, space))
        before = before if piece.kind == "space" else piece.kind
    return found


def resolved(pieces: Sequence[Extent], first: str = "") -> list[Extent]:
    """Signs between two atoms stay binary; others, as the minus of a negative number, become ordinary."""
    found: list[Extent] = []
    before = first
    for place, piece in enumerate(pieces):
        if piece.kind == "bin":
            after = next((other.kind for other in pieces[place + 1 :] if other.kind != "space"), "")
            if before in ("", "op", "bin", "rel", "open", "punct") or after in ("", "rel", "close", "punct"):
                piece = replace(piece, kind="ord")
        found.append(piece)
        before = before if piece.kind == "space" else piece.kind
    return found


def space_between(before: str, after: str, style: int) -> float:
    """The space between two kinds of atoms; none at the beginning."""
    if not before:
        return 0.0
    if "op" in (before, after) and before != "open" and after not in ("open", "close", "punct", "rel", "bin"):
        return _THIN if before not in ("bin", "rel") or style >= SCRIPT else {"bin": _MEDIUM, "rel": _THICK}[before]
    if style >= SCRIPT:
        return 0.0
    if "rel" in (before, after):
        return 0.0 if before == "open" or (before == "rel" and after in ("rel", "close")) else _THICK
    if "bin" in (before, after):
        return _MEDIUM
    if before == "punct":
        return _THIN
    if "inner" in (before, after) and before != "open" and after != "close":
        return 0.0 if before == "op" and after == "open" else _THIN
    return 0.0


def of_node(node: Node, style: int = DISPLAY) -> Extent:
    """The extent of one part of a formula."""
    match node:
        case Symbol(tex):
            return _symbol(tex, style)
        case Words(text):
            return Extent(sum(_UPRIGHT.get(mark, 0.5) for mark in text) * _SCALE[style], 0.5 * _SCALE[style])
        case Group(parts):
            return replace(extent(parts, style), kind="ord")
        case Command():
            return _command(node, style)
        case Script():
            return _script(node, style)
        case Fenced(left, parts, right):
            inside = extent(parts, style)
            brackets = _bracket(left, inside.reach, style) + _bracket(right, inside.reach, style)
            return Extent(inside.width + brackets, max(inside.reach, 0.5), "inner")
        case Table():
            return _table(node, style)


def _symbol(tex: str, style: int) -> Extent:
    scale = _SCALE[style]
    if tex in _SPACES:
        return Extent(_SIGNS[tex] * (1.0 if tex.startswith(r"\q") else scale), 0.0, "space")
    if tex[0].isdigit():
        return Extent(
            sum(0.5 if mark.isdigit() else 0.0 if mark in "{}" else 0.278 for mark in tex) * scale, 0.4 * scale
        )
    if sized := _SIZED.match(tex):
        size = _SIZE_NAMES.index(sized[1])
        kind = {"l": "open", "r": "close", "m": "rel"}.get(sized[2], "ord")
        return Extent(_bracket_width(sized[3], size), SIZES[size][0] / 2, kind)
    known = _ITALIC.get(tex) or _SIGNS.get(tex)
    if tex in _OPERATORS:
        smaller = 0.8 if tex in (r"\sum", r"\prod") and style != DISPLAY else 1.0
        return Extent((known or 1.0) * scale * smaller, 0.9 if style == DISPLAY else 0.5 * scale, "op")
    kind = (
        "rel" if tex in _RELATIONS else "bin" if tex in _BINARY else "punct" if tex in (",", ";") else
        "open" if tex in _OPENING else "close" if tex in _CLOSING else "ord"
    )  # fmt: skip
    reach = 0.5 if kind in ("open", "close") else 0.3 if tex in _LOW else 0.44
    return Extent((0.778 if known is None else known) * scale, reach * scale, kind)


def _bracket_width(mark: str, size: int) -> float:
    mark = mark.strip()
    if mark in (".", ""):
        return 0.11  # \nulldelimiterspace
    column = 1 if mark in "()" else 2 if mark in "[]" else 3
    return SIZES[size][column] if column < 3 or mark in ("|", r"\lvert", r"\rvert") else _SIGNS.get(mark, 0.5) * 1.3


def bracket_size(reach: float) -> int:
    """Which of `SIZES` a bracket round something takes that reaches so far from the axis."""
    high = max(0.901 * 2 * reach, 2 * reach - 5 / QUAD)
    return next(size for size, (limit, *_) in enumerate(SIZES) if high <= limit)


def _bracket(mark: str, reach: float, style: int) -> float:
    return _bracket_width(mark, bracket_size(reach)) * (_SCALE[style] if bracket_size(reach) == 0 else 1)


def _command(node: Command, style: int) -> Extent:
    name, arguments = node.name, node.arguments
    parts = [argument.parts if isinstance(argument, Group) else (argument,) for argument in arguments]
    if name in ("role", "textcolor"):
        inside = extent(parts[1], style)
        return replace(inside, kind="ord") if len(parts[1]) != 1 else of_node(parts[1][0], style)
    if name in ("frac", "dfrac", "tfrac", "binom"):
        outer = {"dfrac": DISPLAY, "tfrac": TEXT}.get(name, style)
        top, bottom = (extent(part, min(outer + 1, SMALLEST)) for part in parts)
        reach = (0.68 if outer == DISPLAY else 0.4 * _SCALE[outer]) + max(top.reach, bottom.reach)
        return Extent(max(top.width, bottom.width) + 0.22, reach)
    if name in ("underset", "overset", "stackrel"):
        small, base = extent(parts[0], min(max(style, TEXT) + 1, SMALLEST)), extent(parts[1], style)
        kind = of_node(parts[1][0], style).kind if len(parts[1]) == 1 else "ord"
        return Extent(max(small.width, base.width), base.reach + 0.8 * _SCALE[style], kind)
    if name == "sqrt":
        inside = extent(parts[0], style)
        return Extent(inside.width + (0.833 if inside.reach < 0.6 else 1.0) * _SCALE[style], inside.reach + 0.2)
    if name in ("text", "textrm", "mbox"):
        return of_node(arguments[0], style)
    if name in ("mathrm", "mathbf", "mathsf", "mathtt", "operatorname", "mathit"):
        wide = sum(_upright(part, style) for part in parts[0]) * (1.12 if name == "mathbf" else 1.0)
        return Extent(wide, 0.44 * _SCALE[style], "op" if name == "operatorname" else "ord")
    inside = extent(parts[0], style) if parts else Extent(0.8, 0.5)
    return Extent(inside.width + (0.62 if name == "boxed" else 0.0), inside.reach + 0.2)


def _upright(node: Node, style: int) -> float:
    if isinstance(node, Symbol) and node.tex in _UPRIGHT:
        return _UPRIGHT[node.tex] * _SCALE[style]
    return of_node(node, style).width


def _script(node: Script, style: int) -> Extent:
    base = of_node(node.base, style)
    smaller = min(max(style, TEXT) + 1, SMALLEST)
    below = extent(node.below.parts, smaller) if node.below else Extent(0.0, 0.0)
    above = extent(node.above.parts, smaller) if node.above else Extent(0.0, 0.0)
    if style == DISPLAY and isinstance(node.base, Symbol) and node.base.tex in _LIMITS:
        reach = base.reach + 0.2 + 2 * max(below.reach, above.reach)
        return Extent(max(base.width, below.width, above.width), reach, base.kind)
    raised = (0.413 if style == DISPLAY else 0.363) * _SCALE[style] - 0.06
    high = raised + above.reach if node.above else 0.0
    low = (0.247 if node.above else 0.15) * _SCALE[style] + below.reach if node.below else 0.0
    if base.reach > 0.6:  # scripts stand at the corners of what is tall
        high, low = (base.reach + 0.15 if node.above else 0.0), (base.reach + 0.15 if node.below else 0.0)
    kind = base.kind if base.kind in ("close", "op", "inner") else "ord"
    return Extent(base.width + max(below.width, above.width) + 0.046, max(base.reach, high, low), kind)


def _table(node: Table, style: int) -> Extent:
    if node.environment == "smallmatrix":
        columns = _columns(node, SCRIPT)
        return Extent(sum(columns) + 0.33 * len(columns), 0.45 * len(node.rows))
    if node.environment in ("aligned", "split", "gathered"):
        columns = _columns(node, DISPLAY, "ord")
        lines = [max((extent(cell, DISPLAY).reach for cell in row), default=0.5) for row in node.rows]
        return Extent(sum(columns) + 0.17 + 0.913 * ((len(columns) - 1) // 2), sum(lines) + 0.5 * len(lines))
    columns = _columns(node, TEXT)
    gap = 1.0 if node.environment == "cases" else _GAP_OF_COLUMNS
    tall = max((extent(cell, TEXT).reach for row in node.rows for cell in row), default=0.5)
    reach = max(_ROW / 2, tall) * len(node.rows)
    grown = 2 * _bracket("(", reach - 0.1, style)
    brackets = {"matrix": 0.0, "array": 0.913, "cases": 1.0}.get(node.environment, grown)
    return Extent(sum(columns) + gap * (len(columns) - 1) + brackets, reach, "inner" if brackets else "ord")


def _columns(node: Table, style: int, first: str = "") -> list[float]:
    """How wide each column is; in every second one a line goes on from what stands before it."""
    count = max(len(row) for row in node.rows)
    found = [0.0] * count
    for row in node.rows:
        for place, cell in enumerate(row):
            pieces = spaced(cell, style, first if place % 2 else "")
            found[place] = max(found[place], sum(piece.width + space for piece, space in pieces))
    return found
