"""Markdown pages whose pieces between markers are made anew; everything else stays as it is, byte for byte."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tracer.errors import TracerError, shortened
from tracer.publish.dialect import DIALECTS
from tracer.publish.embed.expand import expand
from tracer.publish.embed.fence import Fence, place_of, read_fence
from tracer.publish.embed.markers import Marked, Piece, begin_marker, end_marker, hash_of, read_markers
from tracer.publish.embed.page import Page
from tracer.publish.embed.together import Source, check_replaceable, read_source, replace_together
from tracer.publish.files import encoded, readable
from tracer.publish.formats import ALSO
from tracer.publish.pictures import folder_of, remove_old, taken_back, write_pictures

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Woven:
    """A page as it was read and as it is to be: its new content, its pictures, how many pieces it has and the line of
    the first, notes for the person, and whether the folder of pictures is its own."""

    source: Source
    content: bytes
    pictures: Mapping[Path, str]
    pieces: int
    line: int
    notes: tuple[str, ...]
    folder: Path
    own_folder: bool

    @property
    def stale_pictures(self) -> list[Path]:
        """The pictures that are missing, or not as they are to be."""
        return [path for path, text in self.pictures.items() if not _is(path, encoded(text))]

    @property
    def stale(self) -> bool:
        """Whether the page or a picture of it is not as it is to be."""
        return self.content != self.source.content or bool(self.stale_pictures)

    def diff(self) -> str:
        """What would change, as a unified diff; of pictures only their names."""
        name = readable(self.source.path)
        old, new = (content.decode("utf-8") for content in (self.source.content, self.content))
        if old.splitlines() == new.splitlines():  # the ends of lines alone
            old, new = (text.replace("\r", "\\r") for text in (old, new))
        lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), name, f"{name} (woven)", lineterm=""))
        for path in self.stale_pictures:
            lines.append(f"{readable(path)}: this picture is {'not up to date' if path.exists() else 'missing'}")
        return "".join(f"{line}\n" for line in lines)


def weave_text(text: str, dialect: str = "github", *, page: Page | None = None, force: bool = False) -> str:
    """A Markdown page with its pieces made anew. Woven again it stays the same.

    `page` is where it stands and where its pictures go; see `Page`. Raises TracerError T811 for markers that do not
    pair, T812 for a piece that was changed by hand unless `force` is given, and what `expand` raises.

    >>> page = '<!-- trace:begin problem="mazur" show="value E" -->\\n<!-- trace:end -->\\n'
    >>> weave_text(weave_text(page)) == weave_text(page)
    True
    """
    page = Page() if page is None else page
    file = readable(page.file) if page.file != Page.file else ""
    return _woven_text(read_markers(text, file), dialect, page, file, force)


def woven(path: Path, dialect: str = "github", *, images: Path | None = None, images_at: str = "",
          force: bool = False) -> Woven:  # fmt: skip
    """A Markdown file to what is to become of it; nothing is written. See `weave`."""
    _check_dialect(dialect, "--dialect")
    source = read_source(path)
    file = readable(path)
    marked = read_markers(_decoded(source), file)
    folder = folder_of(path) if images is None else images
    prefix = "" if images is None else _prefix(path, images)
    page = Page(path, folder, images_at, prefix)
    text = _woven_text(marked, dialect, page, file, force)
    bom = _BOM if source.content.startswith(_BOM) else b""
    return Woven(
        source,
        bom + text.encode("utf-8"),
        page.pictures,
        len(marked.pieces),
        marked.pieces[0].start if marked.pieces else 1,
        tuple(_notes(marked, file)),
        folder,
        images is None,
    )


def write_woven(pages: Sequence[Woven]) -> None:
    """Pages and their pictures into their files: all of them, or none.

    Raises TracerError T813 for two pages with pictures of one name and a file that was changed meanwhile, T501 for what
    cannot be written.
    """
    changed: dict[Source, bytes] = {}
    new: dict[Path, dict[Path, str]] = {}
    for path, text in _all_pictures(pages).items():
        if not path.exists():
            new.setdefault(path.parent, {})[path] = text
        elif not _is(path, encoded(text)):
            check_replaceable(path, 1)
            changed[read_source(path)] = encoded(text)
    for page in pages:
        if page.content != page.source.content:
            check_replaceable(page.source.path, page.line)
            changed[page.source] = page.content
    with ExitStack() as stack:
        for folder, pictures in new.items():
            stack.enter_context(taken_back(folder, pictures))
            write_pictures(folder, pictures)
        replace_together(changed)  # pictures before the pages that link to them
    for page in pages:
        if page.own_folder and page.pieces:
            remove_old(page.folder, page.pictures.keys())


def _all_pictures(pages: Iterable[Woven]) -> dict[Path, str]:
    found: dict[Path, str] = {}
    for page in pages:
        for path, text in page.pictures.items():
            if found.setdefault(path, text) != text:
                where = readable(page.source.path)
                said = f"another page has a picture {readable(path)} too, and it is another one."
                raise TracerError("T813", where, said, "", "Name a folder of its own with --images.")
    return found


def _woven_text(marked: Marked, dialect: str, page: Page, file: str, force: bool) -> str:
    made: list[str] = []
    at = 0
    for piece in marked.pieces:
        _check_dialect(piece.fence.dialect or dialect, f"{piece.fence.where}, dialect")
        text = expand(piece.fence, dialect, page=page)
        body = _body(text, piece)
        if not force:
            _check_untouched(piece, piece.body(marked.lines), body, file)
        last = marked.lines[piece.after - 1]  # the last line of the page may end without a line break
        made += marked.lines[at : piece.start]
        made += [body, piece.indent, end_marker(body), last[len(last.rstrip("\r\n")) :]]
        at = piece.after
    return "".join([*made, *marked.lines[at:]])


def _check_dialect(name: str, where: str) -> None:
    """Raises TracerError T503 for what is no dialect of Markdown."""
    if ALSO.get(name, name) not in DIALECTS:
        raise TracerError("T503", where, f"there is no dialect '{shortened(name)}'.", f"Known: {', '.join(DIALECTS)}.")


def _body(text: str, piece: Piece) -> str:
    """What stands between two markers: blank lines at both ends, as a comment and Markdown would else be one block."""
    lines = ["", *text.removesuffix("\n").split("\n"), ""]
    return "".join((piece.indent + line if line else piece.indent.rstrip()) + piece.newline for line in lines)


def _check_untouched(piece: Piece, old: str, new: str, file: str) -> None:
    """Raises TracerError T812 for a body that nobody has woven."""
    if not old.strip(" \t\r\n>") or hash_of(old) in (piece.hash, hash_of(new)):
        return
    found = "this piece was changed by hand since it was woven."
    if not piece.hash:
        found = "between these markers stands text that was not woven."
    remedy = "Move your words out of the markers, or give them up with --force."
    raise TracerError("T812", place_of(file, piece.start), found, "", remedy)


def _prefix(page: Path, images: Path) -> str:
    """What the names of a page's pictures begin with, in a folder that pages may share: its way from there."""
    way = Path(os.path.relpath(page.with_suffix(""), images.parent)).parts
    return "-".join([*(part for part in way if part != ".."), ""])


def _notes(marked: Marked, file: str) -> Iterable[str]:
    """What a person may have overlooked: fences are for programs that know them."""
    for line, text in marked.fences:
        where = place_of(file, line + 1)
        try:
            fence = read_fence(text, file, line + 2)
        except TracerError as error:
            yield f"{where}: a fence is left as it is, and it would be wrong: {error.found}"
            continue
        marker = begin_marker({name: _plain(fence, name) for name in fence.given})
        yield f"{where}: a fence is left as it is; to have it woven, write  {marker} <!-- trace:end -->  on two lines."


def _plain(fence: Fence, name: str) -> object:
    value = getattr(fence, name)
    return list(value) if isinstance(value, tuple) else value


def _decoded(source: Source) -> str:
    content = source.content.removeprefix(_BOM)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        here = place_of(readable(source.path), content.count(b"\n", 0, error.start) + 1)
        found = f"byte 0x{content[error.start]:02x} is not UTF-8."
        raise TracerError("T813", here, found, "", "Save the file as UTF-8 text.") from None


def _is(path: Path, content: bytes) -> bool:
    try:
        return path.is_file() and path.read_bytes() == content
    except OSError:
        return False
