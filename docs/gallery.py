"""The gallery of the site: every built-in problem in every style, with its picture, made while the site is built."""

from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import tracer
from tracer.explain.notation import NOTATIONS
from tracer.publish.environment import package_folder, styles
from tracer.run.loading import built_in, load

FOLDER = "gallery"
#: what the pages are made of
SOURCES = (Path(tracer.__file__).parent, package_folder())


def make(folder: Path) -> int:
    """All pages and pictures into a folder, unless those there are newer than Tracer; how many files were written."""
    newest = max(path.stat().st_mtime for source in SOURCES for path in source.rglob("*.*"))
    last = folder / ".made"
    if last.exists() and last.stat().st_mtime > newest:
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for name, file in built_in().items():
        for style in styles():
            _write(folder / f"{name}-{style}.html", with_way_back(tracer.render(name, format="html", style=style)))
            written += 1
        problem = load(name)
        if problem.layers:
            stepper = tracer.render(name, format="stepper", style="gokadin")
            _write(folder / f"{name}-stepper.html", with_way_back(stepper))
            _write(folder / f"{name}.svg", tracer.diagram(name, until="end"))
            written += 2
        _write(folder / f"{name}.toml", file.read_text(encoding="utf-8"))
    last.touch()
    return written


def with_way_back(page: str) -> str:
    """A page with a link to the list of all pages above it.

    >>> with_way_back("<body>\\n<main>\\n<h1>A net</h1>").splitlines()[2]
    '<p><a href="../gallery.html">All examples</a></p>'
    """
    return page.replace("<main>\n", '<main>\n<p><a href="../gallery.html">All examples</a></p>\n', 1)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def cards() -> str:
    """The list of all problems as HTML."""
    return f'<ul class="gallery">\n{"".join(map(_card, built_in()))}</ul>\n'


def _card(name: str) -> str:
    problem = load(name)
    own = f"{FOLDER}/{name}-{problem.style}.html"
    title = escape(problem.title)
    if problem.layers:
        alt = escape(f"The network of {name} with all its numbers", quote=True)
        picture = f'<a href="{own}"><img src="{FOLDER}/{name}.svg" alt="{alt}" loading="lazy"></a>\n'
    else:
        lines = "\n".join(escape(str(item)) for item in problem.equations)
        picture = f'<div class="highlight"><pre>{lines}</pre></div>\n'
    told = [f'<a href="{FOLDER}/{name}-{style}.html">{style}</a>' for style in styles()]
    told += [f'<a href="{FOLDER}/{name}-stepper.html">step by step</a>'] if problem.layers else []
    notation = f"in the notation {problem.notation}" if problem.notation in NOTATIONS else ""
    return (
        f'<li id="{name}">\n<h2><a href="{own}">{title}</a></h2>\n{picture}'
        f"<p><code>{name}</code>, {notation}. {_linked(problem.source)}</p>\n"
        f'<p class="styles">{" ".join(told)} <a href="{FOLDER}/{name}.toml">problem file</a></p>\n</li>\n'
    )


def _linked(source: str) -> str:
    """A source with its address as a link."""
    words = [
        f'<a href="{escape(word.rstrip(",."), quote=True)}">{escape(word)}</a>'
        if word.startswith("http")
        else escape(word)
        for word in source.split()
    ]
    return " ".join(words)


class Gallery(SphinxDirective):
    """The list of all problems, where it is asked for."""

    def run(self) -> list[nodes.Node]:
        """One piece of HTML."""
        return [nodes.raw("", cards(), format="html")]


def setup(app: Sphinx) -> dict[str, Any]:
    """The directive, and the pages it links to."""
    app.add_directive("gallery", Gallery)
    app.connect("builder-inited", lambda app: make(Path(app.outdir) / FOLDER) if app.builder.format == "html" else None)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
