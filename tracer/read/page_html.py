r"""A page in HTML into its passages: MathML, TeX for MathJax and KaTeX, formulas as pictures, prose, tables, code.

Of a formula that a script has rendered, the TeX in its annotation is read, and what it draws is passed over. Nothing
is loaded; there are no entities but those of HTML itself. Tags that do not fit are taken as browsers do: as they come.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import unquote_plus, urlsplit

from tracer.read.mathml_as_tex import DEEPEST, Element, as_tex
from tracer.read.passage import Found, Kind
from tracer.read.tex_in_text import LONGEST_TEX, pieces

_VOID = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
_BLOCKS = {
    *("p", "div", "li", "ul", "ol", "dl", "dt", "dd", "table", "tbody", "thead", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("blockquote", "section", "article", "header", "footer", "figure", "figcaption", "hr", "main", "nav"),
    *("body", "html", "td", "th", "tr", "caption", "details", "summary", "aside", "mjx-container", "center", "form"),
}
_PASSED = {"script", "style", "svg", "template", "noscript", "mjx-math", "textarea", "select", "button"}
_DRAWN = ("katex-html", "MathJax_Preview", "MathJax", "MathJax_Display", "MathJax_SVG", "MathJax_CHTML")
_SERVICE = re.compile(r"latex|codecogs|/tex/|/math/|equation|formula|render\.githubusercontent", re.IGNORECASE)
_TEX_LIKE = re.compile(r"\\[A-Za-z]|[_^]\{|\A[^A-Za-z]*=[^A-Za-z]*\Z|\A[A-Za-z][A-Za-z0-9_{}]*\s*=")
#: a picture in the page itself
_EMBEDDED = re.compile(r"data:[a-z/+;-]{1,60},[A-Za-z0-9+/=%]+")
LONGEST_TAG = 16_000  # characters
MARK = "\ufffc"  # stands in prose for what is no prose


def html_page(text: str) -> Found:
    """The text of an HTML file into its passages."""
    found = Found()
    read_html(text, 1, found)
    return found


def read_html(text: str, line: int, found: Found) -> None:
    """A text with HTML in it, which begins on a line of a page.

    The parser looks to the end of the text for the end of each tag. So it gets the text piece by piece, and what does
    not end within two pieces is passed over; else a page of tags that never end would take it for ever.
    """
    reader = _Reader(line - 1, found)
    text = _EMBEDDED.sub("", text)
    for start in range(0, len(text), LONGEST_TAG):
        reader.feed(text[start : start + LONGEST_TAG])
        if len(reader.rawdata) > LONGEST_TAG:
            reader.rawdata = ""
    if reader.rawdata.startswith("<"):  # a tag that does not end
        reader.rawdata = ""
    reader.close()
    reader.flush()


class _Reader(HTMLParser):
    """The page while it is read: the text of the block at hand, and in what it stands."""

    def __init__(self, before: int, found: Found) -> None:
        super().__init__(convert_charrefs=True)
        self.before, self.found = before, found
        self.text, self.start = "", 0
        self.passed: list[str] = []  # open elements that are passed over, with all in them of the same name
        self.formula: list[Element] = []  # open elements of MathML, from <math>
        self.tex = ""  # what an annotation says of it
        self.formula_line = 0
        self.kept = ""  # the name of the element whose text is kept by itself: code, pre, script, annotation
        self.own = ""
        self.own_line = 0
        self.row: list[str] | None = None

    def line(self) -> int:
        return self.before + self.getpos()[0]

    # -- tags

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if self.passed:
            if tag == self.passed[0]:
                self.passed.append(tag)
            return
        classes = given.get("class", "").split()
        if tag == "script" and given.get("type", "").startswith("math/tex"):
            self.keep("script")
        elif tag == "annotation" and "tex" in given.get("encoding", ""):
            self.keep("annotation")
        elif tag == "math":
            self.formula, self.tex, self.formula_line = [Element("math")], "", self.line()
        elif self.formula:
            self.open(tag, given)
        elif tag in _PASSED or (tag not in _VOID and self.is_drawn(classes, given)):
            self.passed.append(tag)
        elif tag == "img":
            self.image(given)
        elif tag in ("code", "pre") and not self.kept:
            self.keep(tag)
        elif tag in ("sub", "sup"):
            self.text += "_" if tag == "sub" else f"{MARK}^"
        elif tag == "br":
            self.text += "\n"
        elif tag == "tr":
            self.flush()
            self.row = []
        elif tag in _BLOCKS and self.row is not None and tag not in ("td", "th", "table"):
            self.text += " "
        elif tag in _BLOCKS:
            self.row = None if tag == "table" else self.row
            self.flush()

    def is_drawn(self, classes: list[str], given: dict[str, str]) -> bool:
        """Whether an element shows a formula whose TeX stands beside it, or is hidden."""
        return bool(set(classes) & set(_DRAWN)) or (given.get("aria-hidden") == "true" and "katex" in str(classes))

    def handle_endtag(self, tag: str) -> None:
        if self.passed:
            if tag == self.passed[-1]:
                self.passed.pop()
            return
        if self.kept == tag:
            self.finish_kept(tag)
        elif tag == "math" and self.formula:
            self.formula_ends()
        elif self.formula:
            if len(self.formula) > 1 and self.formula[-1].name == tag:
                self.formula.pop()
        elif tag == "sup":
            self.raised()
        elif tag == "tr":
            self.flush()
            if self.row:
                self.found.add(Kind.ROW, "\t".join(self.row), self.line())
            self.row = None
        elif tag in ("td", "th") and self.row is not None:
            cell = self.text
            self.flush(Kind.WHOLE)
            self.row.append(cell.strip())
        elif tag in _BLOCKS and self.row is None:
            self.flush()

    def handle_data(self, data: str) -> None:
        if self.passed:
            return
        if self.kept:
            self.own += data
        elif self.formula:
            self.formula[-1].text += data
        else:
            if not self.text.strip():
                self.start = self.line()
            self.text += data

    def raised(self) -> None:
        """The end of what is raised: a number is an exponent as it stands, all else is no arithmetic."""
        before, mark, power = self.text.rpartition(f"{MARK}^")
        if mark and re.fullmatch(r"[-−][0-9.]{1,20}|[0-9]{0,20}\.[0-9]{1,20}", power):
            self.text = f"{before}{mark}({power})"
        elif mark and not re.fullmatch(r"[0-9]{1,20}|\+", power):
            self.text += MARK

    # -- what is kept by itself

    def keep(self, tag: str) -> None:
        self.kept, self.own, self.own_line = tag, "", self.line()

    def finish_kept(self, tag: str) -> None:
        self.kept = ""
        if tag == "annotation":
            self.tex = self.own
        elif tag == "script":
            self.formula_found(self.own, self.own_line)
        elif tag == "pre":
            self.flush()
            self.found.add(Kind.CODE, self.own, self.own_line)
        else:
            self.found.add(Kind.WHOLE, self.own, self.own_line)
            self.text += f"`{self.own}`" if self.row is not None else MARK

    # -- formulas

    def open(self, tag: str, given: dict[str, str]) -> None:
        element = Element(tag)
        if tag == "mtd" and "left" in given.get("style", "") + given.get("columnalign", ""):
            element.columns = "left"
        if tag == "mtable":
            element.columns = given.get("columnalign", "")
        if len(self.formula) <= DEEPEST + 1:
            self.formula[-1].parts.append(element)
        if tag == "mspace":
            element.text = "wide" if given.get("width", "").startswith(("1em", "2em", "1.")) else ""
        else:
            self.formula.append(element)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in _VOID and tag != "mspace":
            self.handle_endtag(tag)

    def formula_ends(self) -> None:
        whole, self.formula = self.formula[0], []
        self.formula_found(self.tex or as_tex(whole), self.formula_line)

    def formula_found(self, tex: str, line: int) -> None:
        if self.row is not None:  # it is found again when its cell ends
            self.text += f"\\({tex[:LONGEST_TEX]}\\)"
        else:
            self.found.add(Kind.TEX, tex[:LONGEST_TEX], line)
            self.text += MARK

    def image(self, given: dict[str, str]) -> None:
        """A picture: a formula where a service has drawn it, which often says so in its address or its words."""
        source, words = given.get("src", ""), given.get("alt", "").strip()
        drawn = bool(_SERVICE.search(source[:300])) or "latex" in given.get("class", "").split()
        if words.startswith("$") or (drawn and _TEX_LIKE.search(words[:500])):
            self.formula_found(words.strip("$"), self.line())
        elif drawn and "?" in source:
            query = urlsplit(source).query if "//" in source[:12] else source.partition("?")[2]
            tex = unquote_plus(query.split("&")[0].replace("+", "%2B"))
            tex = re.sub(r"\A(?:latex|math|tex|eq)=", "", tex)
            if "\\" in tex or "=" in tex or "_" in tex:
                self.formula_found(tex, self.line())
            else:
                self.found.formula_pictures += 1
        elif drawn:
            self.found.formula_pictures += 1
        else:
            self.found.pictures += 1

    # -- prose

    def flush(self, kind: Kind = Kind.PROSE) -> None:
        """The text of a block: its formulas, and the lines between them."""
        if (self.text.strip() and self.row is None) or kind is Kind.WHOLE:
            for piece in pieces(self.text):
                line = self.start + piece.lines
                if not piece.tex:
                    self.found.add(kind, " ".join(piece.text.split()) if kind is Kind.WHOLE else piece.text, line)
                else:
                    self.found.add(Kind.TEX, piece.text, line)
        self.text = ""
