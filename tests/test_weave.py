"""`tracer weave`: pieces are made anew, nothing else changes by a byte, and what is wrong changes nothing at all."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import embedding
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from test_cli import Command, command  # noqa: F401
from test_docs import PAGES, name_of
from test_problem import outcome, said

from tracer.publish.embed import together, weave
from tracer.publish.embed.fence import Fence
from tracer.publish.embed.markers import Marked, begin_marker, hash_of, read_markers
from tracer.publish.embed.page import Page
from tracer.publish.embed.weave import weave_text

BEGIN = '<!-- trace:begin problem="mazur" show="value net_h1" -->'
END = "<!-- trace:end -->"
PAGE = f"# A page\n\n{BEGIN}\n<!-- trace:end -->\n\nMore.\n"


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces that cost nothing: their text is what they ask for, with everything that Markdown could take amiss."""

    def made(fence: Fence, dialect: str, *, page: Any) -> str:
        return f"Of {fence.problem}: {fence.show}.\n\n~~~text\n<!-- trace:end -->\n~~~\n\n-   ä item\n"

    monkeypatch.setattr(weave, "expand", made)


def body(problem: str, show: str) -> list[str]:
    return ["", f"Of {problem}: {show}.", "", "~~~text", "<!-- trace:end -->", "~~~", "", "-   ä item", ""]


# -- what stays


def test_a_piece_is_woven_and_stays() -> None:
    once = weave_text(PAGE)
    assert once.startswith(f'# A page\n\n{BEGIN}\n\n<a id="z1-1"></a>\n\n```math\n')
    assert re.search(r'&= 0\.3775\n\\end\{aligned\}\n```\n\n<!-- trace:end hash="[0-9a-f]{16}" -->\n\nMore\.\n$', once)
    assert weave_text(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No markers.",
        "No line end <!-- a comment -->",
        "\ufeffBOM\r\nand CRLF\r\n",
        "mac\rlines\r",
        f"```\n{PAGE}```\n",
        f"~~~~ markdown\n~~~\n{PAGE}~~~\n~~~~\n",
        f"- item\n\n  ````\n  ```\n  {BEGIN}\n  ````\n",
        "    " + BEGIN + "\n",
        f"A `{BEGIN}` in words.\n",
        f"``` `{BEGIN}` ```\n",
        f"<pre>\n{BEGIN}\n</pre>\n",
        f"<!-- an example:\n{BEGIN}\n\nof it -->\n",
        f"---\ntitle: |\n  {BEGIN}\n---\n",
        f"---\n{BEGIN}\n---\n",
        r"\<!-- trace:begin -->" + "\n",
        "```trace\nproblem = 'mazur'\n```\n",
        f"```\n{PAGE}",
    ],
)
def test_a_page_without_markers_is_as_it_was(text: str) -> None:
    assert weave_text(text) == text


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "\n"])
def test_line_ends_are_kept(newline: str, last: str) -> None:
    text = f"\ufeffé\n\n{BEGIN}\n<!-- trace:end -->{last}".replace("\n", newline)
    woven = weave_text(text)
    ended = f'<!-- trace:end hash="{hash_of(woven.split(BEGIN)[1].split("<!-- trace:end hash")[0])}" -->'
    assert woven == newline.join(["\ufeffé", "", BEGIN, *body("mazur", "value net_h1"), ended]) + (
        newline if last else ""
    )
    assert weave_text(woven) == woven


@pytest.mark.usefixtures("plain")
def test_a_piece_in_a_list_is_indented() -> None:
    text = f"1. One\n\n    {BEGIN}\n    <!-- trace:end -->\n\n2. Two\n"
    woven = weave_text(text)
    assert "\n    Of mazur: value net_h1.\n\n    ~~~text\n    <!-- trace:end -->\n" in woven
    assert weave_text(woven) == woven and "\n\n2. Two\n" in woven


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize(
    "marker",
    [
        "<!--trace:begin problem='mazur' show=all-->",
        '<!-- trace:begin\n  problem = "mazur"\n\n  digits=4\n-->',
        r'<!-- trace:begin problem="mazur" show="derive \"a-->\"" -->'.replace("-->\\", "--\\"),
        '   <!-- trace:begin problem=mazur deviations=["one-by-one", "a b"] colour=false -->',
    ],
)
def test_how_a_marker_may_be_written(marker: str) -> None:
    indent = " " * (len(marker) - len(marker.lstrip()))
    woven = weave_text(f"{marker}\n{indent}<!-- trace:end -->\n")
    assert woven.startswith(f"{marker}\n\n{indent}Of mazur: ") and weave_text(woven) == woven


def test_settings_to_a_marker_and_back() -> None:
    values = {"problem": 'a "b" \\ --> ü', "digits": 4, "colour": True, "deviations": ["x y", "z"]}
    (piece,) = read_markers(f"{begin_marker(values)}\n<!-- trace:end -->\n").pieces
    assert {name: getattr(piece.fence, name) for name in values} == values | {"deviations": ("x y", "z")}


# -- generated pages: what is woven is known beforehand, as the page is put together of blocks

_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=12)
_SAFE = _WORDS.map(lambda text: "x" + re.sub(r"[^\w ,.äλ]", "", text))
_TRAPS = [BEGIN, "<!-- trace:end -->", '<!-- trace:end hash="0123456789abcdef" -->', "# no heading", "", "x"]
_LISTING = st.lists(st.sampled_from(_TRAPS), min_size=1, max_size=4)


@st.composite
def _blocks(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """A block as it is written, and as it is to be after weaving."""
    kind = draw(
        st.sampled_from(["words", "heading", "fence", "code", "pre", "comment", "list", "quote", "piece", "table"])
    )
    if kind == "piece":
        show = draw(st.sampled_from(["forward", "weight w5"]))
        begin = draw(st.sampled_from(["", " ", "   "])) + f'<!-- trace:begin problem="p" show="{show}" -->'
        indent = begin.partition("<")[0]
        new = [indent + line if line else "" for line in body("p", show)]
        end = f'{indent}<!-- trace:end hash="{hash_of(chr(10).join(new))}" -->'
        old = draw(st.sampled_from([[], [""], new, ["", *new, ""]]))
        return [begin, *old, draw(st.sampled_from([f"{indent}<!-- trace:end -->", end]))], [begin, *new, end]
    if kind == "fence":
        mark = draw(st.sampled_from(["```", "~~~", "````", "~~~~~"]))
        info = draw(st.sampled_from(["", " markdown", "trace"]))
        inner = draw(_LISTING) + draw(st.sampled_from([[], [mark[:-1]], ["```" if mark[0] == "~" else "~~~"]]))
        made = [mark + info, *inner, mark]
    elif kind == "code":
        made = ["    " + line for line in draw(_LISTING) if line] or ["x"]
    elif kind == "pre":
        made = ["<pre>", *[line for line in draw(_LISTING) if line], "</pre>"]
    elif kind == "comment":
        made = ["<!-- note", "trace:begin", "-->"]
    elif kind == "list":
        made = [f"- {draw(_SAFE)}", "", "  ```", *("  " + line for line in draw(_LISTING) if line), "  ```"]
    elif kind == "quote":
        made = ["> ```", *("> " + line for line in draw(_LISTING)), "> ```"]
    elif kind == "table":
        made = ["| a | b |", "| - | - |", f"| `{BEGIN}` | {draw(_SAFE)} |"]
    else:
        made = [("## " if kind == "heading" else "") + draw(_SAFE)]
    return made, made


@pytest.mark.usefixtures("plain")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    blocks=st.lists(_blocks(), max_size=7),
    newline=st.sampled_from(["\n", "\r\n"]),
    last=st.booleans(),
)
def test_generated_pages(blocks: list[tuple[list[str], list[str]]], newline: str, last: bool) -> None:
    def page(side: int) -> str:
        # an HTML comment keeps a list, or listings by indentation, apart from what follows
        lines = [line for block in blocks for line in [*block[side], "", "<!-- next -->", ""]]
        return newline.join(lines).rstrip("\r\n") + (newline if last else "")

    before, after = page(0), page(1)
    assert weave_text(before) == after
    assert weave_text(after) == after


_MARKS = st.sampled_from(
    [BEGIN, "<!-- trace:begin show=all -->", "<!-- trace:end -->", "<!-- trace:begin", "-->", "<!--"]
)
_MESS = st.sampled_from(
    [
        *"""<div> </div> <pre> </pre> ``` ~~~ ```` - 1. > --- x ` |a| = " $$ trace:end hash="0" é {%raw%}""".split(),
        *["    ", "  ", "\t", "\x0c", "\u2028", "\x85", "\ufeff", ""],
    ]
)
_LINES = st.one_of(_MARKS, _MESS, st.tuples(_MESS, _MARKS).map("".join), st.tuples(_MARKS, _MESS).map("".join))


@pytest.mark.usefixtures("plain")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_LINES, max_size=12), st.sampled_from(["\n", "\r\n", "\r", "\n\n"]))
def test_any_text_is_woven_once_and_for_all_or_refused(lines: list[str], newline: str) -> None:
    """Whatever is written, a page is refused or woven for good, and lines outside of pieces stay."""
    text = newline.join(lines)
    woven, wrong = outcome(lambda: weave_text(text))
    if wrong is None:
        assert weave_text(woven) == woven
        marked, again = read_markers(text), read_markers(woven)
        assert marked.pieces or woven == text
        assert outside(marked) == outside(again) and len(marked.pieces) == len(again.pieces)
    else:
        assert re.search(r"\bline \d+", wrong)


def outside(marked: Marked) -> list[str]:
    """The lines of a page outside of its pieces, and the markers that begin them."""
    inside = {line for piece in marked.pieces for line in range(piece.start, piece.after)}
    return [line for number, line in enumerate(marked.lines) if number not in inside]


@pytest.mark.parametrize("dialect", ["github", "kramdown", "island"])
def test_no_title_of_a_problem_ends_a_piece(dialect: str, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(
        f"title = '{END} ``` <pre> -->'\n"
        f"note = {json.dumps(f'{END}{chr(10)}{BEGIN}{chr(10)}~~~')}\n"
        "equations = ['f = x*y']\nvalues = {x = 2, y = 3}\n"
    )
    text = f"- x\n\n  <!-- trace:begin problem='p.toml' dialect={dialect} -->\n  {END}\n\nEnd.\n"
    woven = weave_text(text, page=Page(tmp_path / "page.md"))
    assert weave_text(woven, page=Page(tmp_path / "page.md")) == woven and woven.endswith("\n\nEnd.\n")
    assert len(read_markers(woven).pieces) == 1 and "6" in woven


@pytest.mark.parametrize("lead", ["> ", "> > ", ">   ", "  > "])
def test_a_piece_in_a_quotation_stays_in_it(lead: str) -> None:
    inside = f"{lead}Before.\n{lead.rstrip()}\n{lead}{BEGIN}\n{lead}{END}\n"
    woven = weave_text(f"# Page\n\n{inside}\nAfter.\n")
    lines = woven.split("\n")
    assert all(line.startswith(lead.rstrip()) for line in lines[2:-3]) and lines[-3:] == ["", "After.", ""]
    assert "0.3775" in woven and weave_text(woven) == woven and weave_text(woven.replace("> \n", ">\n")) == woven
    assert "T812" in said(lambda: weave_text(woven.replace("0.3775", "0.38")))
    tokens = MarkdownIt("commonmark").parse(woven)
    places = [token.type for token in tokens]
    assert places.index("fence") < places.index("blockquote_close")


# -- what a hand has changed


def test_a_hand_edit_is_noticed() -> None:
    woven = weave_text(PAGE)
    edited = woven.replace("0.3775", "0.38")
    message = said(lambda: weave_text(edited))
    assert message.startswith("line 3: this piece was changed by hand since it was woven.") and "T812" in message
    assert weave_text(edited, force=True) == woven
    assert weave_text(woven.replace("\n", "\r\n")) == woven.replace("\n", "\r\n")
    older = woven.replace("value net_h1", "value net_h2")  # other settings are no edit of the body
    assert "0.3925" in weave_text(older)
    own = PAGE.replace("<!-- trace:end", "My words.\n\n<!-- trace:end")
    assert "text that was not woven" in said(lambda: weave_text(own))


# -- markers that are wrong


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"x\n\n{BEGIN}\nx\n", "line 3: the piece that begins here does not end.\nExpected <!-- trace:end -->."),
        (f"x\n\n{END}\n", "line 3: here ends a piece that has not begun."),
        (f"{BEGIN}\n{BEGIN}\n{END}\n{END}\n", "line 2: a piece begins inside the one that begins in line 1."),
        (f"{BEGIN}\n{BEGIN}\n{END}\n", "line 2: a piece begins inside the one that begins in line 1."),
        (f"{BEGIN}\n{END}\n{END}\n", "line 3: here ends a piece that has not begun."),
        (f"{BEGIN}\n\n- a\n\n  {END}\n", "line 5: this end belongs to the marker in line 1, and"),
        (f"- a\n\n  {BEGIN}\n\n- b\n\n  {END}\n", "line 7: this end belongs to the marker in line 3, and"),
        (f"{BEGIN}\n\n```\n{END}\n", "line 1: the piece that begins here does not end."),
        ("x\n\n<!-- trace:begin problem='mazur'\n\nx\n", "line 3: this comment does not end."),
        (f"{BEGIN} x\n{END}\n", "line 1: a marker does not stand alone."),
        (f"{BEGIN}{END}\n", "line 1: a marker does not stand alone."),
        (f"x {BEGIN}\n", "line 1: a marker does not stand alone."),
        (f"<div>\n{BEGIN}\n{END}\n</div>\n", "line 1: a marker does not stand alone."),
        (f"> {BEGIN}\n\n{END}\n", "line 3: this end belongs to the marker in line 1, and stands elsewhere"),
        (f"- {BEGIN}\n  {END}\n", "line 1: a marker cannot stand in the first line of a list item."),
        (f"> - {BEGIN}\n>   {END}\n", "line 1: a marker cannot stand in the first line of a list item."),
        (f"{BEGIN}\n<!-- trace:end now -->\n", "line 2: this marker says 'now'."),
        (f"<!-- trace:begin mazur -->\n{END}\n", "line 1: this marker says 'mazur'."),
        ("<!-- trace: begin problem=a -->\n<!-- trace: end -->\n", "line 1: <!-- trace: begin problem=a --> looks"),
        (f"<!-- Trace:Begin problem=a -->\n{END}\n", "line 1: <!-- Trace:Begin problem=a --> looks like a marker"),
        (f"{BEGIN}\n\n<!-- trace:stop -->\n", "line 3: <!-- trace:stop --> looks like a marker, and is none."),
        (f"<!-- trace:begin problem=\u201ca\u201d -->\n{END}\n", "line 1: problem is \u201ca\u201d.\nExpected straig"),
        (f"<!-- trace:begin\nproblem=a\nproblem=b -->\n{END}\n", "line 3: problem is said twice."),
        (f"<!-- trace:begin\nproblem=mazur\nshw=all -->\n{END}\n", "line 3: unknown key 'shw'.\nDid you mean 'show'?"),
        (f"<!-- trace:begin problem=mazur digits=[4] -->\n{END}\n", "line 1: digits is a list."),
        (f"<!-- trace:begin problem=mazur step=[4 -->\n{END}\n", "line 1: this marker says 'step=[4'."),
        (f"\n<!-- trace:begin problem=nobody -->\n{END}\n", "line 2, problem: there is no such file beside this page"),
        (f"<!-- trace:begin problem=mazur dialect=html -->\n{END}\n", "line 1, dialect: there is no dialect 'html'."),
        (f"<!-- trace:begin problem=mazur dialect=gihub -->\n{END}\n", "line 1, dialect: there is no dialect 'gihub'."),
    ],
)  # fmt: skip
def test_wrong_markers(text: str, message: str) -> None:
    found = said(lambda: weave_text(text))
    assert found.startswith(message), found


# -- files


@pytest.fixture
def folder(tmp_path: Path, command: Command) -> Path:  # noqa: F811
    (tmp_path / "page.md").write_text(PAGE)
    return tmp_path


def state(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_command(folder: Path, command: Command) -> None:  # noqa: F811
    before = state(folder)
    done = command("weave", "page.md", "--check")
    assert (done.status, state(folder)) == (1, before)
    assert done.out.startswith("--- page.md\n+++ page.md (woven)\n@@ ") and "\n+&= 0.3775\n" in done.out
    assert command("weave", "page.md", "--diff").status == 0 and state(folder) == before
    os.chmod("page.md", 0o640)
    assert command("weave", "page.md", "./page.md") == (0, "", "wove page.md: 1 piece\n")
    assert Path("page.md").read_text() == weave_text(PAGE) and os.stat("page.md").st_mode & 0o777 == 0o640
    assert command("weave", "page.md", "--check") == (0, "", "")
    assert command("weave", "page.md") == (0, "", "page.md is up to date: 1 piece\n")
    Path("page.md").write_text(weave_text(PAGE).replace("0.3775", "1"))
    assert command("weave", "page.md").status == 2 and command("weave", "page.md", "--force").status == 0
    assert state(folder).keys() == {"page.md"} and Path("page.md").read_text() == weave_text(PAGE)


@pytest.mark.usefixtures("plain")
def test_the_bytes_of_a_file_are_kept(folder: Path, command: Command) -> None:  # noqa: F811
    before = b"\xef\xbb\xbf\xc3\xa9\r\n\r\n" + BEGIN.encode() + b"\r\n<!-- trace:end -->"
    Path("page.md").write_bytes(before)
    assert command("weave", "page.md").status == 0
    after = Path("page.md").read_bytes()
    beginning = before.removesuffix(b"<!-- trace:end -->")
    assert after.startswith(beginning + b"\r\nOf mazur: value net_h1.\r\n") and after.endswith(b'" -->')
    assert b"\n" not in after.replace(b"\r\n", b"") and command("weave", "page.md", "--check").status == 0


def test_pictures(folder: Path, command: Command) -> None:  # noqa: F811
    piece = f'<!-- trace:begin problem=mazur show="diagram after a1" -->\n{END}\n'
    Path("page.md").write_text(piece)
    assert command("weave", "page.md") == (0, "", "wove page.md: 1 piece, 1 picture in page-images\n")
    assert "](page-images/mazur-network-a1.svg)" in Path("page.md").read_text()
    drawn = folder / "page-images" / "mazur-network-a1.svg"
    drawn.write_text("changed")
    done = command("weave", "page.md", "--check")
    assert (done.status, done.out) == (1, "page-images/mazur-network-a1.svg: this picture is not up to date\n")
    assert command("weave", "page.md").status == 0 and drawn.read_text().startswith("<svg ")
    Path("page.md").write_text(Path("page.md").read_text().replace("after a1", "after a2"))
    assert command("weave", "page.md").status == 0  # the old picture is nobody's any more
    assert [path.name for path in drawn.parent.iterdir()] == ["mazur-network-a2.svg"]
    Path("other.md").write_text(piece)
    (folder / "posts").mkdir()
    shutil.copy("other.md", "posts/post.md")
    done = command("weave", "other.md", "posts/post.md", "--images", "drawn", "--images-at", "/assets/")
    assert done.status == 0, done
    assert {path.name for path in Path("drawn").iterdir()} == {
        "other-mazur-network-a1.svg",
        "posts-post-mazur-network-a1.svg",
    }
    assert "](/assets/posts-post-mazur-network-a1.svg)" in Path("posts/post.md").read_text()
    (folder / "drafts").mkdir()
    Path("drafts/post.md").write_text(piece.replace("mazur", "mazur digits=3"))
    assert command("weave", "drafts/post.md", "--images", "drawn").status == 0  # another page of this name
    assert command("weave", "posts/post.md", "--images", "drawn", "--images-at", "/assets/", "--check").status == 0


def test_nothing_is_written_where_one_page_is_wrong(folder: Path, command: Command) -> None:  # noqa: F811
    Path("other.md").write_text("<!-- trace:begin problem=mazur show=network -->\n")
    before = state(folder)
    done = command("weave", "page.md", "other.md")
    assert done.status == 2 and done.err.startswith(
        "tracer: other.md, line 1: the piece that begins here does not end."
    )
    assert state(folder) == before


def _link(page: Path) -> None:
    page.rename(page.with_name("target.md"))
    page.symlink_to("target.md")


@pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_link, "page.md, line 3: this file is a symbolic link."),
        (lambda page: page.chmod(0o444), "page.md, line 3: this file is read-only."),
        (lambda page: page.write_bytes(b"a\n\xff\n" + PAGE.encode()), "page.md, line 2: byte 0xff is not UTF-8."),
        (lambda page: page.write_text(PAGE, encoding="utf-16"), "page.md, line 1: byte 0xff is not UTF-8."),
        (lambda page: page.unlink(), "page.md, line 1: the file cannot be read: No such file or directory."),
        (lambda page: (page.unlink(), page.mkdir()), "page.md, line 1: this is a folder."),
    ],
)
def test_files_that_are_not_woven(
    folder: Path,
    command: Command,  # noqa: F811
    spoil: Callable[[Path], object],
    message: str,
) -> None:
    (folder / "first.md").write_text(PAGE)
    spoil(folder / "page.md")
    before = state(folder)
    done = command("weave", "first.md", "page.md")
    assert done.status == 2 and done.err.startswith(f"tracer: {message}") and "[T813]" in done.err, done
    assert state(folder) == before


@pytest.mark.usefixtures("plain")
def test_a_file_changed_meanwhile(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "first.md").write_text(PAGE)
    pages = [weave.woven(folder / name) for name in ("first.md", "page.md")]
    (folder / "page.md").write_text(PAGE + "Saved meanwhile.\n")
    before = state(folder)
    assert "changed while it was being woven" in said(lambda: weave.write_woven(pages))
    assert state(folder) == before
    # at the last moment, when the first file is in its place already
    checks = iter([None, None, None, together._refused(folder, "changed")])
    (folder / "page.md").write_text(PAGE)

    def check(source: Any) -> None:
        if error := next(checks):
            raise error

    monkeypatch.setattr(together, "_check_unchanged", check)
    before = state(folder)
    assert "changed" in said(lambda: weave.write_woven(pages)) and state(folder) == before


@pytest.mark.usefixtures("plain")
def test_a_disk_that_fails_in_the_middle(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("first.md", "second.md"):
        (folder / name).write_text(PAGE)
    pages = [weave.woven(folder / name) for name in ("first.md", "second.md", "page.md")]
    before, replace, calls = state(folder), os.replace, iter(range(9))

    def fails(source: Path, target: Path) -> None:
        if next(calls) == 2:
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fails)
    wrong = said(lambda: weave.write_woven(pages))
    assert "page.md: cannot be written: No space left on device; no file was changed." in wrong
    assert state(folder) == before


@pytest.mark.parametrize("killed_in", ["fsync", "replace"])
def test_a_killed_run_leaves_the_old_file_whole(tmp_path: Path, killed_in: str) -> None:
    page = tmp_path / "page.md"
    page.write_text("old")
    code = (
        "import os, pathlib, sys; from tracer.publish.embed.together import *\n"
        f"os.{killed_in} = lambda *_: os._exit(9)\n"
        "source = read_source(pathlib.Path(sys.argv[1])); replace_together({source: b'new' * 10**6})"
    )
    done = subprocess.run([sys.executable, "-c", code, str(page)], check=False, timeout=60)
    assert done.returncode == 9 and page.read_text() == "old"


def test_a_fence_is_left_and_said(folder: Path, command: Command) -> None:  # noqa: F811
    Path("page.md").write_text('x\n\n```trace\nproblem = "mazur"\nshow = "value E"\n```\n\n````\n```trace\n```\n````\n')
    before = state(folder)
    done = command("weave", "page.md")
    marker = '<!-- trace:begin problem="mazur" show="value E" -->'
    assert done.err.startswith(f"page.md, line 3: a fence is left as it is; to have it woven, write  {marker}")
    assert done.err.count("fence") == 1 and state(folder) == before


# -- the documentation


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_the_documentation_is_woven(path: Path) -> None:
    """tracer weave README.md docs/*.md"""
    made = weave.woven(path)
    assert not made.stale, made.diff()


def test_the_how_to_knows_everything_that_can_be_asked_for() -> None:
    text = embedding.PAGE.read_text(encoding="utf-8")
    assert embedding.made(text) == text, "python tests/embedding.py"


def test_hooks_of_pre_commit_are_commands(command: Command) -> None:  # noqa: F811
    hooks = (PAGES[0].parent / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    for words in re.findall(r"entry: tracer (.+)", hooks):
        Path("page.md").write_text("x")
        assert command(*words.split(), "page.md").status == 0
