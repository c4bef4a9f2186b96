"""Story tokens into a LaTeX article for pdflatex, with nothing beyond Debian's texlive-latex-recommended; pictures need
its texlive-pictures too."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from tracer.errors import clean_text
from tracer.explain.roles import without_names
from tracer.publish import story
from tracer.publish.colour import PREAMBLE
from tracer.publish.formula_width import QUAD
from tracer.publish.latex_text import bookmark, escape_latex, formula, letter, letters
from tracer.publish.line_breaking import breakable, broken

_PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage{textcomp}
\usepackage{amsmath,amssymb}
\usepackage{array,booktabs,longtable}
\usepackage{graphicx}
\usepackage{fancyvrb}
\usepackage[margin=25mm]{geometry}
\usepackage[hidelinks,unicode]{hyperref}
\setcounter{secnumdepth}{0}
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.5\baselineskip plus 2pt}
\setlength{\emergencystretch}{3em}
\renewcommand{\arraystretch}{1.2}
\setlength{\jot}{6pt}
\renewcommand{\labelenumii}{\arabic{enumii}.}
\renewcommand{\labelenumiii}{\arabic{enumiii}.}
\renewcommand{\labelenumiv}{\arabic{enumiv}.}
% what is too wide for the line is made smaller
\newsavebox{\widebox}
\newcommand{\fitted}[1]{\sbox{\widebox}{#1}%
  \ifdim\wd\widebox>\linewidth\resizebox{\linewidth}{!}{\usebox{\widebox}}\else\usebox{\widebox}\fi}
\newcommand{\narrowed}[1]{\fitted{$\displaystyle #1$}}
\makeatletter
% lists as close as their text
% what introduces a table or a list stays on its page
\@beginparpenalty=10000
\def\@listi{\leftmargin\leftmargini \parsep 3pt plus 1pt \topsep 0pt \itemsep 1pt}
\let\@listI\@listi \@listi
% straight quotes in listings
\begingroup
  \catcode`'=\active \catcode``=\active
  \g@addto@macro\@noligs{\let'\textquotesingle \let`\textasciigrave}
\endgroup
\makeatother
"""

#: what pictures in TikZ need; only where there is one
DRAWING = r"""\usepackage{tikz}
\definecolor{traceforward}{HTML}{0072B2}
\definecolor{tracebackward}{HTML}{B84A00}
\definecolor{traceupdate}{HTML}{007A59}
\tikzset{trace picture/.style={x=1bp,y=-1bp,line width=0.9bp,
  forward/.style={traceforward},backward/.style={tracebackward},update/.style={traceupdate},
  value/.style={black!45},note/.style={black!65},current/.style={line width=2bp},pale/.style={opacity=0.35},
  dashed backward/.style={dash pattern=on 5bp off 3bp},dashed update/.style={dash pattern=on 1.5bp off 3bp},
  axis/.style={black!65},grid/.style={black!12,line width=0.6bp}}}
"""

_DISPLAYS = ("math_block", "math_block_label")
_SECTIONS = ("section", "subsection", "subsubsection")
_COLUMNS = {"": "l", "left": "l", "center": "c", "right": "r"}
_ROWS_ON_A_PAGE = 24  # more rows than this may need a second page
_CHARACTERS_IN_A_LINE = 84
_LINE = 455.0  # points
_NUMBER = 30.0  # what the number of an equation takes of the line
#: how far lists in lists are indented, in points
_MARGINS = [quads * QUAD for quads in (2.5, 2.2, 1.87, 1.7, 1.0, 1.0)]
_JOINT = re.compile(r"(?<=[^\W_])(\\_|[.(,/=])(?=[^\W_])")
#: words in a colour, which break at the end of a line as words, and not as a formula
_WORDS = re.compile(r"(\\role\{[a-z]+\}\{)\\text\{([^\\{}$]+)\}\}")
_PICTURES = (".pdf", ".png", ".jpg", ".jpeg")


def write_latex(tokens: Sequence[Token], *, title: str, language: str = "en") -> str:
    """Story tokens into a complete LaTeX article; it compiles with `pdflatex` run twice.

    A first heading that says the title again is left out. Labelled displays that the text points
    at are numbered; a link to a label that nothing has is printed as its text. `language` is a tag such as "de" or
    "pt-BR".
    """
    tree = story.story_tree(tokens)
    body, repeated = list(tree.children), ""
    if title.strip() and body and body[0].tag == "h1" and _same(story.plain_text(body[0]), title):
        repeated = story.label_of(body.pop(0))
    levels = [int(node.tag[1]) for node in body if node.type == "heading"]
    place = _Place(story.targets(tree), min(levels, default=1), story.referred(tree))
    text = _blocks(body, place)
    colours = PREAMBLE if "\\role{" in text else ""
    return "\n".join(
        [
            _PREAMBLE + (DRAWING if _has_drawings(tree) else "") + _writing(tree) + colours + _language(language),
            f"\\hypersetup{{pdftitle={{{bookmark(clean_text(title))}}}}}",
            r"\begin{document}",
            *_title(clean_text(title), repeated),
            text,
            r"\end{document}",
            "",
        ]
    )


def _has_drawings(tree: SyntaxTreeNode) -> bool:
    return any(node.type == "image" and "tikz" in node.meta for node in tree.walk(include_self=False))


def _writing(tree: SyntaxTreeNode) -> str:
    """A line to write on, with room above it for a pen; only where there is one."""
    blank = any(node.type == "blank" for node in tree.walk(include_self=False))
    return "\\newcommand{\\blank}[1]{\\rule{0pt}{1.9em}\\underline{\\hspace{#1}}}\n" if blank else ""


def _same(first: str, second: str) -> bool:
    return clean_text(first).split() == clean_text(second).split()


def _language(language: str) -> str:
    tag = language if re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", language) else "en"
    # the patterns of other languages are not installed everywhere, and English ones break their words wrongly
    whole_words = "" if tag.lower().split("-")[0] == "en" else "\\hyphenpenalty=10000\n"
    return f"{whole_words}\\hypersetup{{pdflang={{{tag}}}}}"


def _title(title: str, label: str) -> list[str]:
    if not title.strip():
        return []
    anchor = f"\\phantomsection\\label{{{_label(label)}}}" if label else ""
    return [f"\\begin{{center}}{anchor}\n{{\\LARGE\\bfseries {escape_latex(title)}\\par}}\n\\end{{center}}\n"]


def _label(label: str) -> str:
    """A label in letters that LaTeX allows in labels; different labels stay different."""
    return re.sub(r"[^A-Za-z0-9:.-]", lambda mark: f"/{ord(mark[0]):X}/", label)


@dataclass(frozen=True)
class _Place:
    """What a block must know of the document: the labels, the highest heading, and the lists it stands in."""

    targets: Mapping[str, SyntaxTreeNode]
    highest: int
    referred: frozenset[str] = frozenset()
    bullets: int = 0
    numbers: int = 0
    depth: int = 0
    one_line: bool = False
    room: float = _LINE

    def inside(self, both_sides: bool = False) -> _Place:
        """The place in a list, or in a quotation, whose lines are shorter."""
        margin = _MARGINS[min(self.depth, len(_MARGINS) - 1)]
        return replace(self, depth=self.depth + 1, room=self.room - (2 * margin if both_sides else margin))

    def label(self, node: SyntaxTreeNode) -> str:
        """The \\label of a display or heading; nothing where another one has taken it."""
        label = story.label_of(node)
        if node.type != "heading" and label not in self.referred:
            return ""
        return f"\\label{{{_label(label)}}}" if label and self.targets.get(label) is node else ""


def _blocks(nodes: Sequence[SyntaxTreeNode], place: _Place) -> str:
    written = ""
    for number, node in enumerate(nodes):
        # a display belongs to the paragraph or display before it; an empty line would show as one
        before = nodes[number - 1].type if number else ""
        continues = node.type in _DISPLAYS and before in ("paragraph", *_DISPLAYS)
        written += ("\n" if continues else "\n\n" if number else "") + _block(node, place)
    return written


def _block(node: SyntaxTreeNode, place: _Place) -> str:
    match node.type:
        case "paragraph":
            return _paragraph(node, place)
        case "heading":
            return _heading(node, place)
        case "math_block" | "math_block_label":
            label = place.label(node)
            begin, end = (f"\\begin{{equation}}{label}", r"\end{equation}") if label else (r"\[", r"\]")
            room = place.room - (_NUMBER if label else 0)
            return f"{begin}\n{formula(broken(node.content, room))}\n{end}"
        case "fence" | "code_block":
            return _listing(node.content)
        case "blockquote" if place.depth < 6:
            return _environment("quote", _blocks(node.children, place.inside(both_sides=True)))
        case "blockquote":
            return _blocks(node.children, place)
        case "bullet_list" | "ordered_list":
            return _list(node, place)
        case "table":
            return _table(node, place)
        case "hr":
            return "\\begin{center}\\rule{0.4\\linewidth}{0.4pt}\\end{center}"
    raise AssertionError(f"no LaTeX for {node.type}")


def _environment(name: str, content: str) -> str:
    return f"\\begin{{{name}}}\n{content}\n\\end{{{name}}}"


def _paragraph(node: SyntaxTreeNode, place: _Place) -> str:
    parts = node.children[0].children
    if len(parts) == 1 and parts[0].type == "image":
        return _environment("center", _picture(parts[0], place, with_caption=True))
    return _inline(node.children[0], place)


def _heading(node: SyntaxTreeNode, place: _Place) -> str:
    text = _inline(node.children[0], replace(place, one_line=True))
    if place.depth:  # LaTeX has no sections in lists
        label = place.label(node)
        return (f"\\phantomsection{label}" if label else "") + f"\\textbf{{{text}}}"
    section = _SECTIONS[min(int(node.tag[1]) - place.highest, len(_SECTIONS) - 1)]
    outline = f"\\texorpdfstring{{}}{{{bookmark(story.plain_text(node))}}}"
    return f"\\{section}[{{{outline}}}]{{{text}}}{place.label(node)}"


def _listing(code: str) -> str:
    lines = code.removesuffix("\n").replace("\xa0", " ").expandtabs(4).split("\n")
    if not any(lines):
        return ""
    longest = max(map(len, lines))
    sizes = ((88, "small"), (104, "footnotesize"), (118, "scriptsize"))
    size = next((name for limit, name in sizes if longest <= limit), "tiny")
    # only these three act in here, so nothing in the text can end the listing
    marks = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}"}
    text = "\n".join(
        "".join(marks.get(mark, mark) if mark.isascii() else letter(mark) for mark in letters(line)) for line in lines
    )
    return f"\\begin{{Verbatim}}[commandchars=\\\\\\{{\\}},fontsize=\\{size}]\n{text}\n\\end{{Verbatim}}"


def _list(node: SyntaxTreeNode, place: _Place) -> str:
    bullets = node.type == "bullet_list"
    inside = replace(place.inside(), bullets=place.bullets + bullets, numbers=place.numbers + (not bullets))
    start = int(node.attrs.get("start", 1))
    if inside.bullets > 4 or inside.numbers > 4 or inside.depth > 6:  # as deep as LaTeX goes: items become paragraphs
        marks = [r"\textbullet" if bullets else f"{start + number}." for number in range(len(node.children))]
        return "\n\n".join(
            f"{mark}~{_blocks(item.children, place)}" for mark, item in zip(marks, node.children, strict=True)
        )
    items = [f"\\item {_blocks(item.children, inside)}" for item in node.children]
    if bullets:
        return _environment("itemize", "\n".join(items))
    counter = "enum" + ("i", "ii", "iii", "iv")[inside.numbers - 1]
    first = f"\\setcounter{{{counter}}}{{{start - 1}}}\n" if start != 1 else ""
    return _environment("enumerate", first + "\n".join(items))


def _table(node: SyntaxTreeNode, place: _Place) -> str:
    cells = story.table_rows(node)
    rows = [" & ".join(_inline(cell.children[0], place) for cell in row) + r" \\" for row in cells]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    columns = _columns(story.sides(node), widths)
    header = [rows[0], r"\midrule"] if any(_width(cell) for cell in cells[0]) else []
    if len(rows) <= _ROWS_ON_A_PAGE:
        lines = [f"\\begin{{tabular}}{{@{{}}{columns}@{{}}}}", r"\toprule", *header, *rows[1:], r"\bottomrule"]
        table = "\n".join([*lines, r"\end{tabular}"])
        return _environment("center", f"\\fitted{{%\n{table}}}")
    lines = [
        f"\\begin{{longtable}}{{@{{}}{columns}@{{}}}}",
        r"\toprule",
        *header,
        r"\endhead",
        r"\bottomrule",
        r"\endfoot",
    ]
    width = sum(widths) + 3 * len(widths)
    sizes = ((1.0, "normalsize"), (1.2, "footnotesize"), (1.5, "scriptsize"))
    size = next((name for limit, name in sizes if width <= limit * _CHARACTERS_IN_A_LINE), "tiny")
    return "\n".join([f"{{\\{size}", *lines, *rows[1:], r"\end{longtable}}"])


def _columns(alignments: Sequence[str], widths: Sequence[int]) -> str:
    """The columns of a table; those of long sentences get lines that break, when the table is too wide without."""
    narrow = sum(width for width in widths if width <= 30)
    room = (_CHARACTERS_IN_A_LINE - narrow - 3 * len(widths)) / max(1, sum(width for width in widths if width > 30))
    columns = ""
    for alignment, width in zip(alignments, widths, strict=True):
        if width <= 30 or room >= 1:
            columns += _COLUMNS[alignment]
        else:
            share = max(20, width * room) / _CHARACTERS_IN_A_LINE
            columns += f">{{\\raggedright\\arraybackslash}}p{{{share:.3f}\\linewidth}}"
    return columns


def _width(cell: SyntaxTreeNode) -> int:
    """About how many characters wide a cell is printed: a command of TeX counts as one."""
    return len(re.sub(r"[{}_^]", "", re.sub(r"\\[A-Za-z]+", "x", without_names(story.plain_text(cell)))))


def _inline(node: SyntaxTreeNode, place: _Place) -> str:
    match node.type:
        case "text":
            return _loose(escape_latex(node.content))
        case "softbreak":
            return "\n"
        case "hardbreak" if place.one_line:
            return " "
        case "hardbreak":
            return "\\leavevmode\\\\\n"
        case "code_inline":
            return f"\\texttt{{{_straight(node.content)}}}"
        case "math_inline":
            words = _WORDS.fullmatch(node.content)
            return words[1] + escape_latex(words[2]) + "}" if words else f"${formula(breakable(node.content))}$"
        case "image":
            return _picture(node, place)
        case "blank":
            return f"\\blank{{{'8cm' if node.meta.get('long') else '3.6cm'}}}"
    text = "".join(_inline(child, place) for child in node.children)
    match node.type:
        case "inline":
            return text
        case "em":
            return f"\\emph{{{text}}}"
        case "strong":
            return f"\\textbf{{{text}}}"
        case "link":
            return _link(str(node.attrs.get("href", "")), text, place)
    raise AssertionError(f"no LaTeX for {node.type}")


def _straight(code: str) -> str:
    """Code in a sentence, with its quotes as they are typed."""
    return _loose(r"\textquotesingle{}".join(map(escape_latex, code.split("'"))), 16)


def _loose(text: str, longest: int = 24) -> str:
    """LaTeX whose long words, as paths and names of programs, may be broken after a dot, a dash or an underscore."""
    return re.sub(rf"\S{{{longest},}}", lambda word: _JOINT.sub(r"\1\\allowbreak{}", word[0]), text)


def _link(address: str, text: str, place: _Place) -> str:
    if address.startswith("#"):
        label = unquote(address[1:])
        target = place.targets.get(label)
        if target is None:
            return text
        if target.type == "heading":
            return f"\\hyperref[{_label(label)}]{{{text}}}"
        return f"{text}~\\eqref{{{_label(label)}}}" if text else f"\\eqref{{{_label(label)}}}"
    return f"\\href{{{_address(address)}}}{{{text}}}" if address else text


def _address(address: str) -> str:
    """An address as \\href takes it also inside other commands."""
    encoded = re.sub(r"[^A-Za-z0-9;/?:@&=+,.!#%_-]", lambda mark: f"%{ord(mark[0]):02X}", address)
    return re.sub(r"[%#&_]", r"\\\g<0>", encoded)


def _picture(node: SyntaxTreeNode, place: _Place, with_caption: bool = False) -> str:
    """A picture no wider than the line; its caption in a frame where there is no file that pdflatex can read."""
    if drawn := node.meta.get("tikz"):
        below = "".join(_inline(child, replace(place, one_line=True)) for child in node.children)
        return f"\\fitted{{%\n{drawn}}}" + (f"\\\\{{\\small {below}}}" if with_caption and below else "")
    path = unquote(str(node.attrs.get("src", "")))
    caption = "".join(_inline(child, replace(place, one_line=True)) for child in node.children)
    instead = f"\\fbox{{{caption or escape_latex(path)}}}"
    path = re.sub(r"\.svg$", ".pdf", path)  # pdflatex reads no SVG; whoever makes both puts them side by side
    if not path.endswith(_PICTURES) or not re.fullmatch(r"[A-Za-z0-9/._-]+", path):
        return instead
    below = f"\\\\{{\\small {caption}}}" if with_caption and caption else ""
    return f"\\IfFileExists{{{path}}}{{\\fitted{{\\includegraphics{{{path}}}}}{below}}}{{{instead}}}"
