"""The formulas of a whole Sphinx site as MathML: `html_math_renderer = "tracer"`, and no page loads MathJax.

A formula is read as Markdown for GitHub has it, too: between backticks inside the dollars, in lines of `aligned`.
"""

from __future__ import annotations

import html

from docutils import nodes
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

from tracer.errors import TracerError
from tracer.publish.mathml import mathml

NAME = "tracer"
_log = logging.getLogger(__name__)


def in_line(writer: HTML5Translator, node: nodes.math) -> None:
    """A formula in a line of text."""
    tex = node.astext()
    if len(tex) > 2 and tex[0] == tex[-1] == "`":
        tex = tex[1:-1]
    writer.body.append(writer.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    writer.body.append(_made(tex, node) + "</span>")
    raise nodes.SkipNode


def on_its_own(writer: HTML5Translator, node: nodes.math_block) -> None:
    """A formula on lines of its own; a blank line in it begins another one."""
    writer.body.append(writer.starttag(node, "div", CLASS="math block notranslate nohighlight"))
    if node["number"]:
        number = get_node_equation_number(writer, node)
        writer.body.append(f'<span class="eqno">({number})')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    for tex in filter(str.strip, node.astext().split("\n\n")):
        ends = r"\\" in tex and r"\begin{" not in tex
        writer.body.append(_made(rf"\begin{{aligned}}{tex}\end{{aligned}}" if ends else tex, node, display=True))
    writer.body.append("</div>\n")
    raise nodes.SkipNode


def _made(tex: str, node: nodes.Node, display: bool = False) -> str:
    try:
        return mathml(tex, display, styled=True)
    except TracerError as error:
        _log.warning("%s", error, location=node, type="trace", subtype=error.code)
        return f"<code>{html.escape(tex)}</code>"
