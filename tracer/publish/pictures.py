"""The pictures a story asks for, `![caption](trace:diagram/a1)`: found in its tokens, drawn, and put where a format has
them.

A Markdown page has them as files beside it, a notebook as data in it, a LaTeX article as TikZ in place, and a page that
holds everything takes `svg_of` of each token. What can be asked for is told in `drawing_for`.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, unquote

from markdown_it.token import Token

from tracer.errors import TracerError, clean_text, shortened, suggest
from tracer.explain.drawing import Drawing
from tracer.explain.lesson import Lesson
from tracer.publish.files import write_whole
from tracer.publish.picture_text import identifier, svg, tikz
from tracer.run.files import check_writable

SCHEME = "trace:"
_KINDS = ("diagram", "ways", "curve")


@dataclass(frozen=True)
class Picture:
    """A drawing with a name that no other picture of its page has; `either` where the colours of roles are those that
    the page's formulas have, which do not know whether their paper is light or dark. `ground`: "light" or "dark" where
    that is known, "" where the reader's system says it."""

    name: str
    drawing: Drawing
    either: bool = False
    ground: str = ""

    @cached_property
    def svg(self) -> str:
        """The picture as SVG."""
        return svg(self.drawing, self.name, self.either, self.ground)


def drawing_for(lesson: Lesson, address: str) -> Drawing:
    """What an address stands for.

    `diagram` or `diagram/start` is the network with its weights, `diagram/z1/2`, `diagram/z2+a2+E` what is computed up
    to there, `diagram/again` the forward pass after the update, `diagram/end` everything; `ways/w1[1,2]` lights the
    ways of a weight to the error; `curve/sigmoid` is an activation with its slope, `curve/E` the error over the steps,
    `curve/w2` the weights of a layer over them. Raises TracerError T301 for what there is not.

    >>> from tracer.explain.lesson import lesson
    >>> drawing_for(lesson("mazur"), "trace:ways/w5").title
    'A 2-2-2 network, one step of gradient descent: every way from w_5 to the error'
    """
    kind, _, what = unquote(address).removeprefix(SCHEME).partition("/")
    try:
        match kind:
            case "diagram":
                return lesson.diagram(what)
            case "ways":
                return lesson.ways(what)
            case "curve":
                return lesson.curve(what)
    except TracerError as error:
        raise error.at(f"picture {shortened(unquote(address))}") from None
    raise TracerError(
        "T301", f"picture {shortened(unquote(address))}", f"there is no picture '{kind}'.", suggest(kind, _KINDS)
    )


def draw(lesson: Lesson, tokens: Sequence[Token], either: bool = False) -> list[Picture]:
    """Draw every picture that the tokens ask for; each token keeps its own (see `picture_of`)."""
    taken: dict[str, int] = {}
    drawn: dict[str, Drawing] = {}
    made = []
    for token in asking(tokens):
        address = str(token.attrs["src"])
        if address not in drawn:
            drawn[address] = drawing_for(lesson, address)
        name = identifier(drawn[address].name)[:60]
        taken[name] = taken.get(name, 0) + 1
        picture = Picture(name if taken[name] == 1 else f"{name}--{taken[name]}", drawn[address], either)
        token.meta["picture"] = picture
        made.append(picture)
    return made


def asking(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens that ask for a picture of ours, in order."""
    for token in tokens:
        if token.type == "image" and str(token.attrs.get("src", "")).startswith(SCHEME):
            yield token
        yield from asking(token.children or [])


def picture_of(token: Token) -> Picture:
    """The picture of a token that was drawn."""
    found = token.meta["picture"]
    assert isinstance(found, Picture)
    return found


def svg_of(token: Token) -> str:
    """The picture of a token as SVG, to be put into a page; its ids are those of no other picture there."""
    return picture_of(token).svg


def in_place(lesson: Lesson, tokens: Sequence[Token]) -> None:
    """Draw the pictures and give each token the TikZ of its own, for the LaTeX writer."""
    draw(lesson, tokens)
    for token in asking(tokens):
        token.meta["tikz"] = tikz(picture_of(token).drawing)


def as_data(lesson: Lesson, tokens: Sequence[Token]) -> None:
    """Draw the pictures and turn each token into an HTML image that holds its own, for notebooks.

    JupyterLab shows no SVG that is attached to a cell, and VS Code's Markdown no SVG in an address; both, and GitHub,
    show it in an image element.
    """
    draw(lesson, tokens, lesson.coloured)
    hold(tokens)


def hold(tokens: Sequence[Token]) -> None:
    """Turn each token whose picture is drawn into an HTML image that holds it."""
    for token in list(asking(tokens)):
        data = base64.b64encode(svg_of(token).strip().encode("utf-8", "replace")).decode("ascii")
        caption = "".join(as_text(child) for child in token.children or [])
        token.type, token.children = "as_it_stands", None
        token.content = f'<img alt="{_in_attribute(caption)}" src="data:image/svg+xml;base64,{data}">'


def as_text(token: Token) -> str:
    """What a token says, without its markup."""
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return token.content if not token.children else "".join(map(as_text, token.children))


def _in_attribute(text: str) -> str:
    """Text as the value of an attribute in Markdown: Jupyter looks for formulas before it looks for elements."""
    return re.sub(r"[^\w ,.;:()+=/-]", lambda mark: f"&#{ord(mark[0])};", clean_text(text))


def left_out(tokens: Sequence[Token]) -> list[Token]:
    """Tokens without the pictures they ask for, and without the paragraphs that held nothing else."""
    kept: list[Token] = []
    for token in tokens:
        if token.children and any(True for _ in asking(token.children)):
            token.children = left_out(token.children)
            if not any(child.content.strip() or child.type == "image" for child in token.children):
                token.children = []
        if token.type == "image" and str(token.attrs.get("src", "")).startswith(SCHEME):
            continue
        kept.append(token)
        if token.type == "paragraph_close" and kept[-2].type == "inline" and kept[-2].children == []:
            del kept[-3:]
    return kept


def as_files(lesson: Lesson, tokens: Sequence[Token], folder: Path, page: Path) -> dict[Path, str]:
    """Draw the pictures and point each token at a file in `folder`, as seen from the folder of `page`; the files'
    texts, still to be written."""
    pictures = draw(lesson, tokens, lesson.coloured)
    way = quote(os.fsencode(Path(os.path.relpath(folder, page.parent)).as_posix()))
    for token in asking(tokens):
        token.attrs["src"] = f"{way}/{picture_of(token).name}.svg"
    return {folder / f"{picture.name}.svg": picture.svg for picture in pictures}


def folder_of(page: Path) -> Path:
    """Where the pictures of a page go unless a folder is named: `mazur-images` beside `mazur.md`."""
    return page.with_name(f"{page.stem}-images")


def remove_old(folder: Path, kept: Collection[Path]) -> None:
    """Remove from a page's own folder the pictures that an earlier page had there and this one has not.

    Nothing is removed where anything in the folder is not a picture as this program writes them, or is a link: then the
    folder is somebody's. What cannot be removed stays; the page is written by now and does without it.
    """
    with suppress(OSError):
        entries = [] if folder.is_symlink() else list(folder.iterdir())
        if not all(map(_is_ours, entries)):
            return
        for entry in entries:
            if entry not in kept:
                entry.unlink()
        if entries and not kept:
            folder.rmdir()


def _is_ours(path: Path) -> bool:
    """Whether a file is a picture with the name that it was given here."""
    if path.is_symlink() or not path.is_file() or path.suffix != ".svg":
        return False
    with path.open("rb") as file:
        head = file.readline(1000).decode("utf-8", "replace")
    name = path.stem
    begins, ends = f'<svg xmlns="http://www.w3.org/2000/svg" id="{name}" ', f'"{name}-title {name}-desc">\n'
    return head.startswith(begins) and head.endswith(ends)


@contextmanager
def taken_back(folder: Path, files: Collection[Path]) -> Iterator[None]:
    """Pictures that were not there before are not there afterwards, if anything fails in between."""
    new, is_new = [path for path in files if not path.exists()], not folder.exists()
    try:
        yield
    except BaseException:
        with suppress(OSError):
            for path in new:
                path.unlink(missing_ok=True)
            if is_new:
                folder.rmdir()
        raise


def write_pictures(folder: Path, files: dict[Path, str]) -> None:
    """Texts of pictures into files, each written whole; the folder is made if there is none.

    Nothing is written if one of them cannot be. Raises TracerError T501.
    """
    if not files:
        return
    try:
        folder.mkdir(exist_ok=True)
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the path
        reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else str(problem)
        raise TracerError(
            "T501", shortened(folder, 200), f"the folder cannot be made: {reason}.", "", "Name another with --images."
        ) from None
    for path in files:
        check_writable(path)
    for path, text in files.items():
        write_whole(path, text)
