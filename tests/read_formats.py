r"""A page in any format but LaTeX back into Markdown with `$..$` and `$$..$$`, from what stands in the page alone.

>>> as_markdown("so $`x = 1`$\n\n```math\ny\n```\n", "github")
'so $x = 1$\n\n$$\ny\n$$\n'
"""

from __future__ import annotations

import html
import json
import re
from typing import Any

import html_back
import typst_back

#: formats that are read back into Markdown; `IN_ORDER` are those that lose superfluous braces and the order of scripts
FORMATS = ("github", "kramdown", "island", "html", "stepper", "notebook", "typst")
OF_MATHML = ("island", "html", "stepper")
IN_ORDER = (*OF_MATHML, "typst")


def as_markdown(page: str, format: str) -> str:
    """A page into the Markdown that `reread.py` reads."""
    match format:
        case "github":
            page = re.sub(r"```math\n(.*?)\n *```", r"$$\n\1\n$$", page, flags=re.DOTALL)
            return re.sub(r"\$`(.*?)`\$", r"$\1$", page, flags=re.DOTALL)
        case "kramdown":
            page = re.sub(r"\{% (?:end)?raw %\}\n*", "", page).replace("<span></span>", "")
            page = re.sub(r"\\?\$\$(?!\n)([^\n]*?)\$\$", r"$\1$", page)
            return re.sub(r"(?<=\{) (?=[{%])|(?<=[}%]) (?=\})", "", page)  # kept apart for Liquid
        case "island":
            div = r'<div class="math" style="[a-z0-9:; ]+">(<math.*?</math>)</div>'
            page = re.sub(div, lambda found: f"$$\n{found[1]}\n$$", page)
            page = re.sub(r"(?<!\$\n)<math.*?</math>", lambda found: f"${_tex(found[0])}$", page)
            return re.sub(r"<math.*?</math>", lambda found: _tex(found[0]), page)
        case "html" | "stepper":
            return html_back.markdown_of(page)
        case "notebook":
            return "\n\n".join(map(_cell, _joined(json.loads(page)["cells"]))) + "\n"
        case "typst":
            return typst_back.markdown_of(page)
    raise ValueError(f"a format nobody reads: {format}")


def _tex(element: str) -> str:
    (math,) = html_back.read_html(html.unescape(element) if "&#124;" in element else element).elements()
    return html_back.tex_of(math)


def _joined(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Cells, those of one program as a single one."""
    made: list[dict[str, Any]] = []
    for cell in cells:
        if made and cell["cell_type"] == made[-1]["cell_type"] == "code":
            source = [*made[-1]["source"], "\n\n", *cell["source"]]
            made[-1] = {**cell, "source": source, "outputs": [*made[-1]["outputs"], *cell["outputs"]]}
        else:
            made.append(cell)
    return made


def _cell(cell: dict[str, object]) -> str:
    """A cell as the story tells it: a program is a listing, and its output one after it. Pictures are left out."""
    source = "".join(cell["source"])  # type: ignore[arg-type]
    if cell["cell_type"] == "markdown":
        return re.sub(r'\n*<img alt="[^"<>]*" src="data:image/svg\+xml;base64,[A-Za-z0-9+/=]*">', "", source)
    printed = "".join(line for output in cell["outputs"] for line in output["text"])  # type: ignore[attr-defined]
    listing = f"```python\n{source}\n```"
    return f"{listing}\n\nIt prints:\n\n```text\n{printed.rstrip(chr(10))}\n```" if printed else listing
