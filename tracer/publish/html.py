"""Story tokens into one HTML file that asks the network for nothing: MathML, its font, styles and script are inside.

A page is a row of sections, each from a heading to the next. The stepper is the same page with controls that show one
section at a time; without script, and on paper, it is the whole document.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib import resources
from itertools import pairwise
from typing import NamedTuple

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from markupsafe import Markup

from tracer.errors import clean_text
from tracer.explain.language import ENGLISH, Language
from tracer.publish import story
from tracer.publish.colour import style_sheet
from tracer.publish.environment import page_environment
from tracer.publish.mathml import formula_text, mathml

DEEPEST = 3  # headings that begin a section: h1 to h3
_SIZES = re.compile(r"(?<![\w&#-])\d+(?:-\d+)+(?![\w-])")  # a 2-2-1 network: no line ends in it
_SIGN = re.compile(r"[.,;:!?)]+")
WIDE = 24  # characters of a formula in a line that a telephone may not be able to show whole
LONG = 40  # lines of a listing that may be broken where a printed page ends


@dataclass(frozen=True)
class Section:
    """A part of a page: its number, its title as text, and its HTML."""

    number: int
    title: str
    body: Markup


def write_html(tokens: Sequence[Token], *, title: str, language: Language = ENGLISH, stepper: bool = False) -> str:
    """Story tokens into a complete HTML page; `stepper` adds the controls that show one section at a time.

    Labelled displays that the text points at are numbered; a link to a label that nothing has is printed as its text.
    The few words of the page itself are those of `language`. Raises TracerError T502 for a formula that has no MathML.

    >>> page = write_html(story.read_story("# A page\\n\\nIt says $a = 1$."), title="A page")
    >>> "<math><mi>a</mi><mo>=</mo><mn>1</mn></math>" in page
    True
    """
    tree = story.story_tree(tokens)
    made = _Page(tree, language)
    sections = made.sections()
    tag = language.tag if re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", language.tag) else "en"
    return (
        page_environment()
        .get_template("page/page.html.j2")
        .render(
            title=clean_text(title).strip() or sections[0].title,
            language=tag,
            told=language.told,
            sections=sections,
            contents=[entry for entry in made.contents if entry.level in (2, 3)],
            stepper=stepper,
            blanks=any(node.type == "blank" for node in tree.walk(include_self=False)),
            font=_font() if made.formulas else "",
            colours=style_sheet() if any('class="role-' in section.body for section in sections) else "",
        )
    )


def write_fragment(tokens: Sequence[Token], language: Language = ENGLISH) -> str:
    """Story tokens into HTML that stands in a page of others: one `<div class="trace">`, which needs no style sheet, no
    script and no font of ours. Only what has a label has an id. Raises TracerError T502.

    >>> print(write_fragment(story.read_story("It says 1.")))
    <div class="trace">
    <p>It says 1.</p>
    </div>
    """
    made = _Page(story.story_tree(tokens), language, alone=False)
    return f'<div class="trace">\n{made.fragment()}\n</div>'


@cache
def _font() -> str:
    """The mathematics font, as text that stands in a style sheet."""
    data = (resources.files("tracer.templates") / "page" / "math.woff2").read_bytes()
    return base64.b64encode(data).decode("ascii")


class Entry(NamedTuple):
    """A line of the table of contents."""

    level: int
    anchor: str
    title: str


@dataclass
class _Page:
    """One page while it is written: what it has been given so far."""

    tree: SyntaxTreeNode
    language: Language = ENGLISH
    anchors: set[str] = field(default_factory=set)
    formulas: int = 0
    alone: bool = True  # else it is part of a page of others: no ids of its own making, and no style sheet
    heading: str = "page"  # the anchor of the heading above what is written
    contents: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.targets = story.targets(self.tree)
        asked = story.referred(self.tree)
        displays = [label for label, node in self.targets.items() if node.type == "math_block_label" and label in asked]
        self.numbers = {label: number for number, label in enumerate(displays, 1) if self.alone}
        self.ids = {label: self._free(label) if self.alone else label for label in self.targets}

    def sections(self) -> list[Section]:
        """The page in sections; a heading right below another one does not begin a new one."""
        groups: list[list[SyntaxTreeNode]] = [[]]
        for node in self.tree.children:
            begins = node.type == "heading" and _level(node) <= DEEPEST
            if begins and any(other.type != "heading" for other in groups[-1]):
                groups.append([])
            groups[-1].append(node)
        return [self._section(number, nodes) for number, nodes in enumerate(groups, 1)]

    def fragment(self) -> str:
        """Everything, without sections."""
        return "\n".join(
            self._heading(node, story.label_of(node)) if node.type == "heading" else self._block(node)
            for node in self.tree.children
        )

    def _section(self, number: int, nodes: list[SyntaxTreeNode]) -> Section:
        heading = next((node for node in nodes if node.type == "heading"), None)
        anchors = {id(node): self._anchor(node) for node in nodes if node.type == "heading"}
        body = "\n".join(
            self._heading(node, anchors[id(node)]) if node.type == "heading" else self._block(node) for node in nodes
        )
        title = self._title(heading) if heading else ""
        return Section(number, title, Markup(body))

    # -- headings

    def _anchor(self, node: SyntaxTreeNode) -> str:
        """The id of a heading: its label, or its words; each once on a page."""
        label = story.label_of(node)
        if label and self.targets[label] is node:
            return self.ids[label]
        return self._free(re.sub(r"[^\w]+", "-", self._title(node).lower()).strip("-") or "part")

    def _free(self, name: str) -> str:
        """A name as an id that nothing on the page has yet; those of sections (section-3) are taken."""
        anchor, number = name, 1
        while anchor in self.anchors or re.fullmatch(r"section-\d+", anchor):
            number += 1
            anchor = f"{name}-{number}"
        self.anchors.add(anchor)
        return anchor

    def _title(self, node: SyntaxTreeNode) -> str:
        """A heading as text; a formula in it as the text it shows."""
        if node.type == "math_inline":
            return formula_text(node.content)
        if node.type in ("softbreak", "hardbreak"):
            return " "
        if node.type in ("text", "code_inline"):
            return clean_text(node.content)
        return "".join(map(self._title, node.children))

    def _heading(self, node: SyntaxTreeNode, anchor: str) -> str:
        self.heading = anchor
        self.contents.append(Entry(_level(node), anchor, self._title(node)))
        named = f' id="{escape(anchor)}"' if anchor else ""
        return f"<{node.tag}{named}>{self._inline(node.children[0])}</{node.tag}>"

    # -- blocks

    def _blocks(self, nodes: Sequence[SyntaxTreeNode]) -> str:
        return "\n".join(map(self._block, nodes))

    def _block(self, node: SyntaxTreeNode) -> str:
        match node.type:
            case "paragraph" if _only_picture(node):
                picture = node.children[0].children[0]
                caption = "".join(map(self._inline, picture.children))
                styled = "" if self.alone else ' style="margin: 1em 0"'
                return f"<figure{styled}>\n{self._picture(picture)}\n<figcaption>{caption}</figcaption>\n</figure>"
            case "paragraph" if node.hidden:
                return self._inline(node.children[0])
            case "paragraph":
                return f"<p>{self._inline(node.children[0])}</p>"
            case "heading":  # in a list or a quotation
                return f"<p><strong>{self._inline(node.children[0])}</strong></p>"
            case "math_block" | "math_block_label":
                return self._display(node)
            case "fence" | "code_block":
                long = ' class="long"' if node.content.count("\n") > LONG else ""
                return f"<pre{long}><code>{escape(node.content, quote=False)}</code></pre>"
            case "blockquote":
                return f"<blockquote>\n{self._blocks(node.children)}\n</blockquote>"
            case "bullet_list":
                return f"<ul>\n{self._items(node)}\n</ul>"
            case "ordered_list":
                start = int(node.attrs.get("start", 1))
                opening = "<ol>" if start == 1 else f'<ol start="{start}">'
                return f"{opening}\n{self._items(node)}\n</ol>"
            case "table":
                return self._table(node)
            case "hr":
                return "<hr>"
        raise AssertionError(f"no HTML for {node.type}")

    def _items(self, node: SyntaxTreeNode) -> str:
        return "\n".join(f"<li>{self._blocks(item.children)}</li>" for item in node.children)

    def _display(self, node: SyntaxTreeNode) -> str:
        self.formulas += 1
        label = story.label_of(node)
        made = mathml(node.content, display=True, styled=not self.alone)
        if not self.alone:
            named = f' id="{escape(label)}"' if label else ""
            # what is a pixel too high gets no scroll bar
            styled = "margin: 1em 0; padding: 0.25em 0; overflow: auto hidden"
            return f'<div class="equation"{named} style="{styled}">{made}</div>'
        formula = f'<div class="formula">{made}</div>'
        if not label or self.targets.get(label) is not node:
            return f'<div class="equation" id="{escape(self._free(f"{self.heading}-formula"))}">{formula}</div>'
        anchor = escape(self.ids[label])
        if label not in self.numbers:
            return f'<div class="equation" id="{anchor}">{formula}</div>'
        number = self.numbers[label]
        said = self.language.told("equation {number}", number=number)
        link = f'<a class="number" href="#{anchor}" aria-label="{escape(said)}">({number})</a>'
        return f'<div class="equation" id="{anchor}">{formula}{link}</div>'

    def _table(self, node: SyntaxTreeNode) -> str:
        rows, sides = story.table_rows(node), story.alignments(node)
        styles = [f' class="{side}"' if side else "" for side in sides]
        if not self.alone:  # a page of others may have no room between the cells of a table
            styles = [f'{style} style="padding: 0.1em 0.6em"' for style in styles]

        def row(cells: list[SyntaxTreeNode], tag: str, more: str = "") -> str:
            made = (
                f"<{tag}{more}{style}>{self._inline(cell.children[0])}</{tag}>"
                for cell, style in zip(cells, styles, strict=True)
            )
            return f"<tr>{''.join(made)}</tr>"

        head = ""
        if any(story.plain_text(cell).strip() for cell in rows[0]):
            head = "<thead>\n" + row(rows[0], "th", ' scope="col"') + "\n</thead>\n"
        body = "\n".join(row(cells, "td") for cells in rows[1:])
        styled = "" if self.alone else ' style="margin: 1em 0; overflow-x: auto"'
        return f'<div class="table"{styled}><table>\n{head}<tbody>\n{body}\n</tbody>\n</table></div>'

    # -- inside a line

    def _inline(self, node: SyntaxTreeNode) -> str:
        match node.type:
            case "text":
                return _SIZES.sub(r'<span class="whole">\g<0></span>', escape(clean_text(node.content), quote=False))
            case "softbreak":
                return "\n"
            case "hardbreak":
                return "<br>"
            case "code_inline":
                return f"<code>{escape(clean_text(node.content), quote=False)}</code>"
            case "math_inline":
                self.formulas += 1
                made = mathml(node.content, styled=not self.alone)
                wide = len(re.sub(r"<[^<>]*>|&\w+;", "", made)) > WIDE
                return f'<span class="wide">{made}</span>' if wide else made
            case "image":
                return self._picture(node)
            case "blank":
                return _blank(node)
        text = self._line(node.children)
        match node.type:
            case "inline":
                return text
            case "em" | "strong":
                return f"<{node.type}>{text}</{node.type}>"
            case "link":
                return self._link(str(node.attrs.get("href", "")), text)
        raise AssertionError(f"no HTML for {node.type}")

    def _line(self, nodes: Sequence[SyntaxTreeNode]) -> str:
        """Pieces of a line; a formula and the sign behind it are kept together, as a line could end between them."""
        made = list(map(self._inline, nodes))
        for place, (node, after) in enumerate(pairwise(nodes)):
            sign = _SIGN.match(made[place + 1]) if node.type == "math_inline" and after.type == "text" else None
            if sign and made[place].startswith("<math"):
                made[place] = f'<span class="whole">{made[place]}{sign[0]}</span>'
                made[place + 1] = made[place + 1][sign.end() :]
        return "".join(made)

    def _picture(self, node: SyntaxTreeNode) -> str:
        """A picture of ours in place; of any other its caption, as a page asks the network for nothing."""
        if "picture" in node.meta:
            made = str(node.meta["picture"].svg).strip()
            return made if self.alone else made.replace("<svg ", '<svg style="max-width: 100%; height: auto" ', 1)
        return f'<span class="picture">{escape(story.plain_text(node), quote=False)}</span>'

    def _link(self, address: str, text: str) -> str:
        if not address.startswith("#"):
            return f'<a href="{escape(address)}">{text}</a>' if address else text
        label = address[1:]
        target = self.targets.get(label)
        if target is None:
            return text
        number = f"({self.numbers[label]})" if label in self.numbers else ""
        shown = f"{text} {number}".strip() or self._title(target)
        return f'<a href="#{escape(self.ids[label])}">{shown}</a>'


def _blank(node: SyntaxTreeNode) -> str:
    """A place to type a number in, or to write on when the page is printed."""
    name = escape(clean_text(node.content))
    kind = ' class="blank long"' if node.meta.get("long") else ' class="blank" inputmode="decimal"'
    return f'<input type="text"{kind} aria-label="{name}" autocomplete="off" spellcheck="false" maxlength="60">'


def _only_picture(node: SyntaxTreeNode) -> bool:
    """Whether a paragraph is nothing but a picture of ours, its caption below it."""
    parts = node.children[0].children
    return len(parts) == 1 and parts[0].type == "image" and "picture" in parts[0].meta


def _level(node: SyntaxTreeNode) -> int:
    return int(node.tag[1])
