"""The reference page of errors: every code, what it means, and a message that has it.

Messages about problem files are those of tests/bad; the others are caused here, by the command above each.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

from test_problem import messages
from test_trace_file import VERSION, put, resigned

import tracer
from tracer.errors import CODES
from tracer.publish.pdf import compiler

GROUPS = {
    "T1": "Problem files",
    "T2": "Equations",
    "T3": "Names and addresses",
    "T4": "Runs",
    "T5": "Output, stories, formats",
    "T6": "Trace files",
    "T7": "Answers, marks, classes, pages that are read",
    "T8": "Fences, markers, woven pages",
}
HEAD = """\
# Errors

An error says where it is, what was found, what was expected and what to do, and ends with its code. On the command line
the exit status is 2, and nothing was written; from Python it is a `tracer.TracerError` with `code`, `where`, `found`,
`expected` and `remedy`. `tracer doctor` says whether something is missing on a computer.
"""
BEGIN, END = '<!-- trace:begin problem="mazur" show="{}" -->\n', "<!-- trace:end -->\n"
LANGUAGE = 'tag = "de"\n[sentences]\n"the hiden layer" = "x"\n'


def _files(**texts: str | bytes) -> Callable[[], None]:
    """Files to be written first; `__` in a name is a dot, `_in_` a slash."""

    def write() -> None:
        for name, text in texts.items():
            path = Path(name.replace("__", ".").replace("_in_", "/"))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())

    return write


def _trace(change: Callable[[bytes], bytes]) -> Callable[[], None]:
    """A trace file that is changed."""

    def write() -> None:
        tracer.save(tracer.trace("mazur"), "run.trace")
        path = Path("run.trace")
        path.write_bytes(change(path.read_bytes()))

    return write


def _woven_by_hand() -> None:
    Path("post.md").write_text(BEGIN.format("value E") + END)
    _said("tracer weave post.md")
    Path("post.md").write_text(Path("post.md").read_text().replace("approx", "simeq"))


def _linked() -> None:
    Path("other.md").write_text(BEGIN.format("value E") + END)
    Path("post.md").symlink_to("other.md")


#: code -> the wrong file in tests/bad whose message is shown
FILES = {
    "T102": "toml-no-quotes", "T103": "key-training", "T104": "shape-weights", "T105": "numbers-ragged",
    "T106": "name-activation", "T107": "missing-weights", "T108": "deviation-cannot-apply", "T201": "equation-caret",
    "T202": "index-unknown", "T203": "bomb-length", "T204": "name-unknown", "T205": "circle", "T206": "size-unknown",
    "T207": "slope-wrong", "T301": "arithmetic-quantity", "T401": "diverges", "T402": "large-units",
    "T504": "digits-many",
}  # fmt: skip

#: code -> what happens first, and the command that ends with it
CAUSED: dict[str, tuple[Callable[[], object], str]] = {
    "T101": (list, "tracer render xor.toml"),
    "T302": (list, "tracer show mazur eta*z1"),
    "T303": (list, "tracer show mazur 2:dw1"),
    "T501": (list, "tracer new ."),
    "T502": (_files(mine_in_walkthrough_in_own__md__j2="# {{ lesson.titel }}\n"),
             "tracer render mazur --templates mine --style own"),
    "T503": (list, "tracer render mazur -o mazur.docx"),
    "T505": (_files(mine_in_language__toml=LANGUAGE), "tracer render mazur --templates mine"),
    "T506": (list, "tracer render mazur -o mazur.pdf"),
    "T601": (_trace(lambda good: good[:-5]), "tracer show run.trace E"),
    "T602": (_trace(lambda good: good[:200] + b"!" + good[201:]), "tracer show run.trace E"),
    "T603": (_files(run__trace="title = 'a'\n"), "tracer show run.trace E"),
    "T604": (_trace(lambda good: resigned(good, version=VERSION + 1)), "tracer show run.trace E"),
    "T605": (_trace(lambda good: resigned(good, put("equations", to="0" * 64))), "tracer show run.trace E"),
    "T701": (list, "tracer check mazur anna.csv"),
    "T702": (_files(anna__csv=""), "tracer check mazur anna.csv"),
    "T703": (_files(anna__odt="z1 = 0.38"), "tracer check mazur anna.odt"),
    "T704": (lambda: Path("handed-in").mkdir(), "tracer grade mazur handed-in -o report"),
    "T705": (_files(marks__toml="[credit]\nrihgt = 1\n", anna__csv="h1,0.59\n"),
             "tracer grade mazur anna.csv -o report --marks marks.toml"),
    "T706": (_files(class__csv="name\nAnna\nAnna\n"), "tracer variants mazur --roster class.csv -o week3"),
    "T707": (_files(week3_in_variants__toml="version = 2\n", handed_in_in_anna__csv="h1,0.59\n"),
             "tracer grade week3/variants.toml handed_in -o report"),
    "T721": (_files(post__md=b"one\n\xff\xfe"), "tracer audit post.md"),
    "T722": (_files(post__docx="one"), "tracer audit post.docx"),
    "T801": (_files(post__md='<!-- trace:begin problem=mazur show="value E -->\n' + END), "tracer weave post.md"),
    "T802": (_files(post__md=BEGIN.format('value E" digit="4') + END), "tracer weave post.md"),
    "T803": (_files(post__md=BEGIN.format("wieght w5") + END), "tracer weave post.md"),
    "T804": (_files(post__md=BEGIN.format('weight w5" style="gokadin') + END), "tracer weave post.md"),
    "T811": (_files(post__md=BEGIN.format("value E") + "\nMore of the post.\n"), "tracer weave post.md"),
    "T812": (_woven_by_hand, "tracer weave post.md"),
    "T813": (_linked, "tracer weave post.md"),
}  # fmt: skip


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    of_files = messages()
    caused = dict(_caused())
    for group, title in GROUPS.items():
        parts.append(f"\n## {title}\n")
        for code in (code for code in CODES if code.startswith(group)):
            said = f"$ {CAUSED[code][1]}\n{caused[code]}" if code in CAUSED else of_files[FILES[code]]
            assert said.endswith(f"[{code}]"), said
            says = CODES[code]
            parts.append(f"\n### {code}\n\n{says[:1].upper()}{says[1:]}.\n\n<!-- not run -->\n```text\n{said}\n```\n")
    assert {code[:2] for code in CODES} == set(GROUPS)
    return "".join(parts)


def _caused() -> Iterator[tuple[str, str]]:
    for code, (first, command) in CAUSED.items():
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            first()
            hidden = {"typst": None} if code == "T506" else {}
            with patch.dict(sys.modules, hidden):
                compiler.cache_clear()  # a PDF may have been made before
                said = _said(command)
            assert said.endswith(f"[{code}]"), (code, said)
            yield code, said


def _said(command: str) -> str:
    """What a command says to standard error."""
    with warnings.catch_warnings(), patch.dict(os.environ, {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}):
        warnings.simplefilter("ignore", DeprecationWarning)  # typer 0.24 imports names that click 8.5 is going to drop
        from tracer.cli import main

        out, err = io.StringIO(), io.StringIO()
        with (
            patch.object(sys, "argv", command.split()),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            contextlib.suppress(SystemExit),
        ):
            main()
        return err.getvalue().rstrip("\n")
