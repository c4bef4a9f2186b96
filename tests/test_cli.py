"""The command line: what it writes and where, exit statuses, and one clear error instead of a traceback."""

from __future__ import annotations

import csv
import errno
import os
import re
import shlex
import shutil
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt

import tracer
from tracer.explain.notation import NOTATIONS
from tracer.ops import ACTIVATIONS, LOSSES, OPERATIONS
from tracer.publish.environment import styles
from tracer.run.deviations import DEVIATIONS
from tracer.run.loading import built_in

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # typer 0.24 imports names that click 8.5 is going to drop
    from tracer.cli import app, main

BAD = Path(__file__).parent / "bad"
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")


class Done(NamedTuple):
    """What a command left behind."""

    status: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """`main` in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*words: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["tracer", *map(str, words)])
        status = 0
        try:
            main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        return Done(status, *capsys.readouterr())

    return call


def process(*words: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[bytes]:
    """A process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tracer", *words],
        capture_output=True,
        cwd=cwd,
        env=clean(os.environ) | env,
        timeout=300,
        check=False,
    )


def clean(env: Mapping[str, str]) -> dict[str, str]:
    """The environment without what says how Python reads and writes text."""
    return {key: value for key, value in env.items() if not key.startswith(("LC_", "LANG", "PYTHONIO", "PYTHONUTF"))}


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# -- render


def test_render_to_files(command: Command, tmp_path: Path) -> None:
    done = command("render", "cs231n-circuit", "-o", "page.md")
    assert done == (0, "", "wrote page.md\n")
    page = (tmp_path / "page.md").read_bytes().decode("utf-8")
    assert page == tracer.render("cs231n-circuit")
    assert page.startswith("# A sigmoid neuron as a circuit of gates\n")
    assert page.endswith("\n")
    assert "\r" not in page
    assert command("render", "cs231n-circuit", "--output", "page.tex").status == 0
    assert (tmp_path / "page.tex").read_text(encoding="utf-8") == tracer.render("cs231n-circuit", format="latex")
    assert command("render", "cs231n-circuit", "-o", "PAGE.MARKDOWN").status == 0
    assert (tmp_path / "PAGE.MARKDOWN").read_text(encoding="utf-8") == page
    assert files(tmp_path) == ["PAGE.MARKDOWN", "page.md", "page.tex"]


def test_render_to_html(command: Command, tmp_path: Path) -> None:
    for name in ("page.html", "page.htm"):
        assert command("render", "mazur", "-o", name) == (0, "", f"wrote {name}\n")
        assert (tmp_path / name).read_text(encoding="utf-8") == tracer.render("mazur", format="html")
    assert command("render", "mazur", "--format", "stepper", "-o", "page.html").status == 0
    stepper = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert stepper == tracer.render("mazur", format="stepper") == command("render", "mazur", "--format", "stepper").out
    assert command("derive", "sigmoid", "-o", "slope.html").status == 0
    assert "<math" in (tmp_path / "slope.html").read_text(encoding="utf-8")


def test_render_to_standard_output(command: Command, tmp_path: Path) -> None:
    assert command("render", "mazur") == (0, tracer.render("mazur"), "")
    assert files(tmp_path) == []


def test_options_of_render(command: Command) -> None:
    words = "--style gokadin --notation nielsen --digits 4sf --steps 2 --decimal , --times cross".split()
    expected = tracer.render(
        "mazur", style="gokadin", notation_name="nielsen", digits="4sf", steps=2, decimal=",", times=r"\times"
    )
    assert command("render", "mazur", *words) == (0, expected, "")
    assert command("render", "mazur", *"-n nielsen -d 4 -s 2".split()).out == tracer.render(
        "mazur", notation_name="nielsen", digits=4, steps=2
    )


def test_every_argument_is_explained(command: Command) -> None:
    """A later version of a library that is used here drops them without a word."""
    from typer.main import get_command

    commands = get_command(app).commands  # type: ignore[attr-defined]
    arguments = [
        (name, one) for name, made in commands.items() for one in made.params if one.param_type_name == "argument"
    ]
    assert len(arguments) > 12
    for name, argument in arguments:
        said = " ".join(command(name, "--help").out.replace("│", " ").split())
        assert argument.help and argument.help.split("`")[0].split(" (")[0][:40] in said, (name, argument.name)


def test_show_without_a_name_lists_all_that_can_be_asked_for(command: Command) -> None:
    done = command("show", "mazur", "--digits", "4")
    assert done.status == 0 and done.out.splitlines()[:2] == ["Given", "  i1         x[1]     0.05"]
    lines = [line.split() for line in done.out.splitlines()]
    assert ["out_h1", "a1[1]", "0.5933"] in lines and ["w5_new", "w2_new[1,1]", "0.3589"] in lines  # as published
    for line in lines[3::9]:
        if len(line) > 1 and line[0] not in ("Forward", "Backward", "eta"):
            (number,) = {command("show", "mazur", name, "--digits", "4").out.split()[-1] for name in line[:-1]}
            assert number == line[-1], line
    assert "... 4 x 3 numbers" not in command("show", "trask-3-4-1").out


def test_a_page_takes_the_place_of_the_old_one(command: Command, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("old")
    page.chmod(0o640)
    assert command("render", "cs231n-circuit", "-o", page).status == 0
    assert page.read_text(encoding="utf-8") == tracer.render("cs231n-circuit")
    assert os.name != "posix" or page.stat().st_mode & 0o777 == 0o640
    assert files(tmp_path) == ["page.md"]


@pytest.mark.parametrize("name", ["mit Leerzeichen.md", "Übung – 誤差.md", 'a\'b "c".tex', "-.md", "..md"])
def test_paths(command: Command, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "my folder ñ"
    folder.mkdir()
    problem = folder / "ein Problem ß.toml"
    assert command("new", problem).status == 0
    done = command("render", problem, "-o", folder / name)
    assert (done.status, done.out) == (0, "")
    assert (folder / name).read_text(encoding="utf-8").strip()
    pictures = [] if name.endswith(".tex") else [name.removesuffix(".md") + "-images"]
    assert files(folder) == sorted([name, problem.name, *pictures])
    page = (folder / name).read_text(encoding="utf-8")
    for link in re.findall(r"!\[.*?\]\((.*?)\)", page):
        assert (folder / unquote(link)).is_file()


# -- errors

STEPS = "Expected a whole number, 1 to 10,000,000.   [T504]"
FAILING: dict[tuple[str, ...], str] = {
    ("render", "mazr"): "mazr: there is no such file and no built-in problem of this name.\n"
    "Did you mean 'mazur'?   [T101]",
    ("render", "no/such.toml"): "no/such.toml: there is no such file and no built-in problem of this name.\n"
    "Check the name and the folder it is in.   [T101]",
    ("render", "."): ".: this is a folder.\nExpected a TOML file.\nName a file inside it.   [T101]",
    ("render", "mazur", "--style", "gokadim"): "style: there is no style 'gokadim'.\nDid you mean 'gokadin'?   [T106]",
    ("render", "mazur", "--notation", "mazzur"): "notation: there is no notation 'mazzur'.\n"
    "Did you mean 'mazur'?   [T106]",
    ("render", "mazur", "--digits", "99"): "digits: '99' is no number of digits.\n"
    "Expected 1 to 12 decimals (4), or significant figures (4sf), or adaptive.   [T504]",
    ("render", "mazur", "--steps", "0"): f"steps is 0.\n{STEPS}",
    ("render", "mazur", "--steps", "-1"): f"steps is -1.\n{STEPS}",
    ("render", "mazur", "--steps", "1000000000"): f"steps is 1000000000.\n{STEPS}",
    ("render", "mazur", "--decimal", ";"): "--decimal: ';' is no decimal sign.\nExpected . or ,   [T504]",
    ("render", "mazur", "--times", "x"): "--times: 'x' is no sign of multiplication.\nExpected dot or cross.   [T504]",
    ("render", "mazur", "-o", "page.doc"): "page.doc: nobody knows the format of '.doc'.\n"
    "Known suffixes: .md, .markdown, .tex, .html, .htm, .ipynb, .pdf, .typ.   [T503]",
    ("render", "mazur", "-f", "pdf"): "format pdf: a PDF is no text.\nWrite it to a file: -o page.pdf.   [T503]",
    ("render", "mazur", "-o", "page"): "page: nobody knows the format of 'page'.\n"
    "Known suffixes: .md, .markdown, .tex, .html, .htm, .ipynb, .pdf, .typ.   [T503]",
    ("render", "mazur", "-f", "stepper", "-o", "page.md"): "page.md: a page in stepper is no .md file.\n"
    "Expected .html.   [T503]",
    ("show", "mazur", "w9"): "'w9': 'w9' means nothing here.\nKnown: w1, w3, w2, w4, w5, w7, w6, w8.   [T301]",
    ("show", "mazur", "eta*z1"): "'eta*z1': z1 is an array of shape (1, 2).\nSay which element: z1[1,1].   [T302]",
    ("show", "mazur", "db1"): "'db1': 'b1' is kept as it is, so its gradient is not computed.\n"
    "Gradients are computed of what is updated, and of what lies between it and the output.   [T301]",
    ("show", "mazur", "3:E"): "'3:E': there is no step 3.\n"
    "Steps are 1 to 1; 2 is the forward pass after the last.   [T301]",
    ("show", "mazur", "1/0"): "'1/0': this is not a finite number.   [T105]",
    ("show", "mazur", ""): "'': nothing is named.\nExpected a name like w1[1,2], or an expression of names.   [T301]",
    ("show", "mazr", "w5"): "mazr: there is no such file and no built-in problem of this name.\n"
    "Did you mean 'mazur'?   [T101]",
    ("show", "mazur", "w5", "--notation", "mazzur"): "notation: there is no notation 'mazzur'.\n"
    "Did you mean 'mazur'?   [T106]",
    ("new", "."): ".: is a folder.\nExpected the name of a file.\nAdd a file name to it.   [T501]",
}  # fmt: skip


@pytest.mark.parametrize("words", FAILING, ids=" ".join)
def test_one_clear_error(command: Command, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert command(*words) == (2, "", f"tracer: {FAILING[words]}\n")
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    "words",
    [
        ("render",),
        ("render", "mazur", "--nosuch"),
        ("render", "mazur", "more"),
        ("render", "mazur", "--steps", "many"),
        ("render", "mazur", "--steps"),
        ("list", "nothing"),
        ("nosuch",),
        ("--nosuch",),
    ],
    ids=" ".join,
)
def test_wrong_usage(command: Command, words: tuple[str, ...]) -> None:
    done = command(*words)
    assert (done.status, done.out) == (2, "")
    assert "Error" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("name", ["diverges", "toml-bracket", "shape-weights", "circle", "digits-text", "large-trace"])
def test_a_failing_page_leaves_the_old_one(command: Command, tmp_path: Path, name: str) -> None:
    for page in (tmp_path / "old.md", tmp_path / "old.tex"):
        page.write_text("the old page")
        done = command("render", BAD / f"{name}.toml", "-o", page)
        assert (done.status, done.out) == (2, "")
        assert done.err.startswith("tracer: ")
        assert re.search(r"   \[T\d\d\d\]\n\Z", done.err)
        assert page.read_text() == "the old page"
    assert command("render", BAD / f"{name}.toml", "-o", tmp_path / "new.md").status == 2
    assert files(tmp_path) == ["old.md", "old.tex"]


def test_a_diverging_run_says_where(command: Command) -> None:
    done = command("render", BAD / "diverges.toml")
    assert done == (
        2,
        "",
        "tracer: diverges.toml, step 2: "
        "E is no longer a finite number in 'E = sum(n, u1, (z1[n,u1] - t[n,u1])**2)/2'.\n"
        "The learning rate may be too large for this problem.\n"
        "Step 1 stayed finite.   [T401]\n",
    )


def test_a_folder_that_does_not_exist(command: Command, tmp_path: Path) -> None:
    done = command("render", "mazur", "-o", Path("no") / "page.md")
    assert done.status == 2
    assert done.err == (
        f"tracer: {Path('no') / 'page.md'}: the folder {tmp_path / 'no'} does not exist.\n"
        "Make the folder first, or write elsewhere.   [T501]\n"
    )
    assert command("new", Path("no") / "a.toml").status == 2
    assert files(tmp_path) == []


def test_a_name_that_is_too_long(command: Command, tmp_path: Path) -> None:
    for words in (("render", "mazur", "-o", "a" * 300 + ".md"), ("new", "a" * 300 + ".toml"), ("render", "a" * 300)):
        done = command(*words)
        assert done.status == 2
        assert "File name too long" in done.err or "no such file" in done.err
        assert len(done.err) < 400
    assert files(tmp_path) == []


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_page(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "page.md").write_text("the old page")
    monkeypatch.setattr(os, fails, full)
    done = command("render", "mazur", "-o", "page.md")
    first = "page-images/network-start.svg"
    assert done == (2, "", f"tracer: {first}: cannot be written: No space left on device.   [T501]\n")
    assert (tmp_path / "page.md").read_text() == "the old page"
    assert files(tmp_path) == ["page.md"]
    done = command("render", "cs231n-circuit", "-o", "page.md")  # which has no pictures
    assert done == (2, "", "tracer: page.md: cannot be written: No space left on device.   [T501]\n")
    assert (tmp_path / "page.md").read_text() == "the old page"
    assert files(tmp_path) == ["page.md"]


def test_an_interrupted_write_leaves_the_old_page(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / "page.md").write_text("the old page")
    monkeypatch.setattr(os, "replace", interrupted)
    assert command("render", "mazur", "-o", "page.md").status != 0
    assert (tmp_path / "page.md").read_text() == "the old page"
    assert files(tmp_path) == ["page.md"]


def test_too_little_memory(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("tracer.publish.render.render", none_left)
    done = command("render", "mazur")
    assert done == (2, "", "tracer: there is not enough memory.\nTake fewer steps or examples.   [T402]\n")


# -- processes: encodings, pipes, closed and full outputs

PROBLEM = """\
title = "Größe, Δ and 誤差"
notation = "mazur"

[data]
inputs = [1.0, 0.5]
targets = [1.0]

[[layers]]
activation = "sigmoid"
weights = [[0.1], [0.2]]

[training]
loss = "half-squared-error"
rate = 0.5
"""


def test_output_is_utf8_on_every_terminal(tmp_path: Path) -> None:
    env = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    (tmp_path / "p.toml").write_text(PROBLEM, encoding="utf-8")
    expected = tracer.render(tmp_path / "p.toml").encode("utf-8")
    assert "Größe, Δ and 誤差".encode() in expected
    done = process("render", "p.toml", cwd=tmp_path, PYTHONIOENCODING="ascii", **env)
    assert (done.returncode, done.stdout, done.stderr) == (0, expected, b"")
    done = process("render", "p.toml", "-o", "größe.md", cwd=tmp_path, **env)
    assert (done.returncode, done.stdout) == (0, b"")
    done.stderr.decode("utf-8")
    page = (tmp_path / "größe.md").read_bytes()
    assert re.sub(rb"!\[.*\]\(gr%C3%B6%C3%9Fe-images/.*\.svg\)\n\n", b"", page) == expected
    done = process("render", "größe.toml", cwd=tmp_path, **env)
    assert (done.returncode, done.stdout) == (2, b"")
    assert "e.toml: there is no such file" in done.stderr.decode("utf-8")


@POSIX
@pytest.mark.parametrize("words", [("render", "mazur"), ("list",)], ids=" ".join)
def test_a_reader_that_has_gone(words: tuple[str, ...]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tracer", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as made:
        assert made.stdout is not None
        assert made.stderr is not None
        made.stdout.close()
        assert made.stderr.read() == b""
        assert made.wait(300) == 0


@POSIX
@pytest.mark.parametrize(
    ("words", "where", "message"),
    [
        (
            "render mazur",
            ">/dev/full",
            "tracer: standard output cannot be written: No space left on device.   [T501]\n",
        ),
        ("--help", ">/dev/full", "tracer: standard output cannot be written: No space left on device.   [T501]\n"),
        ("list", ">&-", "tracer: standard output: it is closed.\nWrite to a file: -o FILE.   [T501]\n"),
    ],
)
def test_an_output_that_takes_nothing(words: str, where: str, message: str) -> None:
    if "full" in where and not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    line = f"{shlex.quote(sys.executable)} -m tracer {words} {where}"
    done = subprocess.run(["/bin/sh", "-c", line], stderr=subprocess.PIPE, timeout=300, check=False)
    assert (done.returncode, done.stderr.decode()) == (2, message)


# -- new


def test_new_runs_as_it_is(command: Command, tmp_path: Path) -> None:
    done = command("new", "my problem.toml")
    assert (done.status, done.out) == (0, "")
    assert done.err == "wrote my problem.toml. Next: tracer render 'my problem.toml' -o 'my problem.md'\n"
    next_words = shlex.split(done.err.split("Next: tracer ")[1])
    assert command(*next_words).status == 0
    page = (tmp_path / "my problem.md").read_text(encoding="utf-8")
    assert page.startswith("# My first worked example\n")
    assert command("show", "my problem.toml", "dw1[1,1]").status == 0


def test_new_never_overwrites(command: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("mine")
    done = command("new", "mine.toml")
    assert done == (
        2, "", "tracer: mine.toml: this file exists already.\nChoose another name, or remove it first.   [T501]\n"
    )  # fmt: skip
    assert (tmp_path / "mine.toml").read_text() == "mine"
    if os.name == "posix":
        (tmp_path / "link.toml").symlink_to(tmp_path / "target.toml")
        assert command("new", "link.toml").status == 2
        assert files(tmp_path) == ["link.toml", "mine.toml"]


def test_what_new_suggests_in_comments_runs_too(command: Command, tmp_path: Path) -> None:
    command("new", "a.toml")
    text = (tmp_path / "a.toml").read_text(encoding="utf-8")
    switched_on = re.sub(r"(?m)^# (bias_updated|update_order)", r"\1", text)
    assert switched_on.count("\nbias_updated") == switched_on.count("\nupdate_order") == 1
    assert tracer.trace(load_text(tmp_path, switched_on))["E"] > 0
    _, _, equations = text.partition("# Equations instead of layers:\n")
    bare = "\n".join(line.removeprefix("#").strip() for line in equations.splitlines())
    assert tracer.trace(load_text(tmp_path, bare))["f"] == -12
    for comment, names in (("notation", set(NOTATIONS)), ("style", set(styles()))):
        (line,) = re.findall(rf"(?m)^{comment} = .*# (.*)$", text)
        assert set(line.split(", ")) == names
    (line,) = set(re.findall(r"(?m)^activation = .*# (.*): tracer list ops", text))
    assert set(line.split(", ")) <= set(ACTIVATIONS)
    (line,) = re.findall(r"(?m)^loss = \"(.*)\"", text)
    assert line in LOSSES


def load_text(folder: Path, text: str) -> Path:
    file = folder / "changed.toml"
    file.write_text(text, encoding="utf-8")
    return file


# -- show


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("mazur", "dw5"), ["dw5", "0.082167041"]),
        (("mazur", "dw1"), ["E_total", "0.000438568"]),
        (("mazur", "dw1[1,2]", "--notation", "plain", "--digits", "4"), ["0.0005"]),
        (("mazur", "2:E"), ["0.291027774"]),
        (("mazur", "eta*dw5", "-d", "3"), ["0.041"]),
        (("mazur", "w5+"), ["0.35891648"]),
        (("trask-3-4-1", "2:E", "--steps", "3", "-n", "plain", "-d", "8"), ["0.49486223"]),
        (("cs231n-circuit", "dw0", "--decimal", ","), ["-0,20"]),
    ],
    ids=str,
)
def test_show(command: Command, words: tuple[str, ...], parts: list[str]) -> None:
    done = command("show", *words)
    assert (done.status, done.err) == (0, "")
    for part in parts:
        assert part in done.out


def test_show_a_value_with_a_sign_of_its_own(command: Command) -> None:
    assert "-0.4" in command("show", "mazur", "--", "-w5").out


@pytest.mark.parametrize("problem", built_in())
def test_show_the_last_value_of_every_problem(command: Command, problem: str) -> None:
    trace = tracer.trace(problem)
    name = f"1:{trace.network.output}"
    done = command("show", problem, name)
    assert (done.status, done.err) == (0, "")
    assert done.out.strip()


def test_show_a_whole_value(command: Command) -> None:
    shown = command("show", "mazur", "delta1", "-n", "plain", "-d", "4").out
    assert shown.startswith("delta1: deltas of the hidden layer\n\n  delta1[j] = ∂E/∂a1[j] · a1[j] · (1 - a1[j])\n")
    assert "\n  delta1[1] = " in shown and "\n  delta1[2] = " in shown and "≈ 0.0088" in shown
    assert command("show", "mazur", "layer1.w").out.splitlines()[2:] == [f"  w_{k} = {v}" for k, v in WEIGHTS]
    assert "1 x 2" not in command("show", "mazur", "2:z1").out
    assert command("show", "mazur", "2:z1").out != command("show", "mazur", "1:z1").out


WEIGHTS = [(1, 0.15), (2, 0.2), (3, 0.25), (4, 0.3)]


def test_what_is_shown_can_be_typed(command: Command) -> None:
    shown = command("show", "trask-3-4-1", "1:dw1[2,3]", "-d", "4").out
    names = set(re.findall(r"(?<![\w∂])(?:delta|[zaw])\d\[[\d,]+\]", shown))
    assert {"z1[1,3]", "delta1[4,3]"} <= names and "^(" not in shown and "_1" not in shown
    for name in names:
        assert command("show", "trask-3-4-1", f"1:{name}").status == 0, name


@pytest.mark.parametrize(
    ("problem", "printed", "typed"),
    [
        ("han-kamber", "Err_4", "Err4"),
        ("han-kamber", "w_14", "w14"),
        ("mazur", "w_5", "w5"),
        ("mazur", "neth1", "net_h1"),
        ("gokadin", "wi1j1", "w_i1j1"),
        ("mazur", "1/(1 + e^-net_h1)", "1/(1 + exp(-net_h1))"),
        ("mazur", "e^(-net_h1)", "exp(-net_h1)"),
        ("mazur", "e^2", "exp(2)"),
    ],
)
def test_names_as_pages_print_them(problem: str, printed: str, typed: str) -> None:
    trace = tracer.trace(problem, notation=tracer.load(problem).notation)
    assert trace[printed] == trace[typed]


def test_an_index_below_is_an_index() -> None:
    trace = tracer.trace({"equations": ["f = sum(i, q[i])"], "values": {"q": [3, 4]}})
    assert trace["q_2"] == 4


# -- list


def test_list(command: Command) -> None:
    records = {
        "problems": list(built_in()),
        "notations": list(NOTATIONS),
        "ops": [op.name for op in OPERATIONS],
        "styles": styles(),
        "deviations": list(DEVIATIONS),
    }
    pages = {}
    for kind, names in records.items():
        done = command("list", kind)
        assert (done.status, done.err) == (0, "")
        assert [line.split()[0] for line in done.out.splitlines()] == names
        pages[kind] = f"{kind}:\n{done.out}"
    assert all(re.search(r"  \w.* \w", line.strip()) for line in pages["styles"].splitlines()[1:])
    assert command("list") == (0, "".join(pages[kind] for kind in records), "")


# -- help


@pytest.mark.parametrize("name", [record.name or record.callback.__name__ for record in app.registered_commands])  # type: ignore[union-attr]
def test_help_has_an_example(command: Command, name: str) -> None:
    done = command(name, "--help")
    assert (done.status, done.err) == (0, "")
    assert "Example" in done.out
    assert re.search(rf"tracer {name}\b", done.out.partition("Example")[2])


@pytest.mark.others
def test_examples_in_help_run(command: Command, tmp_path: Path) -> None:
    """Every `tracer ...` among the examples, in the order of the help, with the files that they speak of."""
    assert command("new", "xor.toml").status == 0
    homework(command, tmp_path)
    examples = [text_of(record).partition("Examples:")[2] for record in app.registered_commands]
    lines = [line for example in examples for line in re.findall(r"^ *- `tracer (.*?)`", example, re.MULTILINE)]
    assert len(lines) >= 40
    for line in lines:
        (tmp_path / "xor.toml").unlink() if line.startswith("new") else None
        shutil.rmtree(tmp_path / "report", ignore_errors=True)
        done = command(*shlex.split(re.sub(r" > \S+$", "", line)))
        assert done.status == 0, (line, done.err)


def homework(command: Command, folder: Path) -> None:
    """Rosters, sheets without a mistake and a scheme of marks, under the names of the examples."""
    key = folder / "sheet-key.csv"
    assert command("worksheet", "mazur", "--digits", 4, "-o", "sheet.md").status == 0
    for name in ("anna.csv", "answers.csv", "handed-in/anna.csv"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(key, folder / name)
    with zipfile.ZipFile(folder / "submissions.zip", "w") as archive:
        archive.write(key, "anna/answers.csv")
    assert command("worksheet", "mazur", "--ask", "z,a,delta,w_new", "--digits", 4, "-o", "sheet.md").status == 0
    numbers = dict(rows_of(key))
    blank = re.compile(r"\| `(\S+)` \| _+ \|")
    filled = blank.sub(lambda row: f"| `{row[1]}` | {numbers[row[1]]} |", (folder / "sheet.md").read_text())
    (folder / "anna.md").write_text(filled)
    assert command("worksheet", "xor.toml", "--ask", "forward,delta,w_new", "--digits", 4, "-o", "sheet.md").status == 0
    with (folder / "class.csv").open("w", newline="") as file:
        csv.writer(file).writerows(zip(("name", "anna"), *rows_of(key)[1:], strict=True))
    (folder / "roster.csv").write_text("id,name\nanna,Anna\n")
    (folder / "names.txt").write_text("Anna\n")
    (folder / "marks.toml").write_text("points = 10\n")
    for name in ("page.md", "post.md"):
        (folder / name).write_text("<!-- trace:begin problem=mazur show=network -->\n<!-- trace:end -->\n")


def rows_of(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))


def text_of(record: object) -> str:
    """The help of one command, as it was written (mentions of a list of names in the options do not count)."""
    return str(getattr(record, "callback").__doc__)  # noqa: B009


def test_the_version(command: Command) -> None:
    assert command("--version") == (0, f"tracer {tracer.__version__}\n", "")


@POSIX
def test_the_name_of_a_file_is_readable_in_every_locale(tmp_path: Path) -> None:
    done = process("new", "naïve.toml", cwd=tmp_path, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert done.returncode == 0 and "wrote naïve.toml. Next: tracer render 'naïve.toml'" in done.stderr.decode("utf-8")


def test_the_commands_are_told(command: Command) -> None:
    done = command("--help")
    assert done.status == 0
    assert all(word in done.out for word in ("render", "show", "run", "derive", "list", "new"))
    assert command().status == 2  # no command: the same help


# -- hostile text

HOSTILE = [
    "{{ 7*7 }} {% raw %} {% include '/etc/passwd' %} {{{x}}} {# gone #}",
    r"\input{/etc/passwd} \write18{ls} \end{document} $x^2$ \(a\) % & _ ^ ~ # { } \\ ``q'' --- <<a>>",
    "<script>alert(1)</script> <!-- x --> <img src=x onerror=y> &lt; &amp; <b>",
    "**bold** _it_ `code` [a](javascript:x) ![p](trace:diagram) | a | ~~s~~ # ## $$ :::note \\* 1. - + > ---",
    "# a heading",
    "1. a list",
    "ends with a backslash \\",
]


class Text(HTMLParser):
    """The text of the first heading of a page, and every tag of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.first: list[str] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        self.inside = self.inside or (tag == "h1" and not self.first)

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "h1"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.first.append(data)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_markdown(command: Command, tmp_path: Path, text: str) -> None:
    page = hostile_page(command, tmp_path, text, ".md")
    assert "{{" not in page.partition("$")[0]
    assert not re.search(r"(?<!\\)(\{\{|\{%)", re.sub(r"\$[^$]*\$", "", page)), "Liquid would act on it"
    seen = Text()
    seen.feed(MarkdownIt("commonmark", {"html": True}).render(page))
    assert "".join(seen.first) == text
    assert not {"script", "b"} & set(seen.tags)
    assert seen.tags.count("img") == len(re.findall(r"^!\[.*\]\(p-images/[A-Za-z0-9-]+\.svg\)$", page, re.MULTILINE))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_latex(command: Command, tmp_path: Path, text: str) -> None:
    page = hostile_page(command, tmp_path, text, ".tex")
    (title,) = re.findall(r"\{\\LARGE\\bfseries (.*)\\par\}", page)
    title = re.sub(r"\{([-*[\]<>]?)\}", r"\1", title)  # what is kept from becoming one mark with its neighbour
    title = re.sub(r"\\([{}])", r"\1", title)
    words = {"textbackslash": "\\", "textasciicircum": "^", "textasciitilde": "~", "textasciigrave": "`"}
    title = re.sub(rf"\\({'|'.join(words)})", lambda word: words[word[1]], title)
    assert re.sub(r"\\([$%&_#])", r"\1", title) == text
    assert page.count(r"\end{document}") == 1
    assert r"\input" not in page
    assert r"\write" not in page


def hostile_page(command: Command, folder: Path, text: str, suffix: str) -> str:
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    head = f"title = {quoted}\nsource = {quoted}\nnote = {quoted}\n"
    (folder / "p.toml").write_text(head + PROBLEM.partition("\n")[2], encoding="utf-8")
    assert command("render", "p.toml", "-o", f"p{suffix}").status == 0
    return (folder / f"p{suffix}").read_text(encoding="utf-8")


# -- gradients are checked


def test_show_checks_gradients(command: Command) -> None:
    done = command("show", "mazur", "--gradient-check")
    assert done.status == 0
    assert re.search(r"∂E_total/∂w_6 +0.082667628 +0.082667628 +< 0.000001", done.out)
    both = command("show", "mazur", "dw5", "--gradient-check").out
    assert both.endswith(done.out) and both.startswith("dw5 (canonical name dw2[1,1])")


def test_operations_are_listed_with_their_options(command: Command) -> None:
    told = {line.split()[0]: line for line in command("list", "ops").out.splitlines()}
    assert told["adam"].endswith("; options: beta1 = 0.9, beta2 = 0.999, epsilon = 1e-08")
    assert "options" not in told["sigmoid"]
    for op in OPERATIONS:
        assert all(f" {option.name} = " in told[op.name] for option in op.options), op.name


def test_colours_can_be_switched_off_and_on(command: Command, tmp_path: Path) -> None:
    for option, there in (("--colour", True), ("--no-colour", False)):
        assert command("render", "mazur", "-o", "page.tex", option).status == 0
        assert (r"\role{weight}" in (tmp_path / "page.tex").read_text(encoding="utf-8")) is there
        assert ("role-weight" in command("diagram", "mazur", option).out) is there
