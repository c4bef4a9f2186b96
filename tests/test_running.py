"""`tracer run`: what it prints and keeps, what Ctrl-C leaves, and how many digits of a run can be trusted."""

from __future__ import annotations

import errno
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_cli import Command, clean, command, files  # noqa: F401
from test_problem import said
from test_trace_file import BATCHES, STATE, XOR

import tracer
from tracer.calculus.expression import Add, Call, Div, Expr, Mul, Neg, Number, rebuild
from tracer.explain.numbers import Digits
from tracer.explain.summary import summary, survives
from tracer.publish.json_lines import json_lines
from tracer.publish.progress import progress_bar
from tracer.run.building import build
from tracer.run.loading import load
from tracer.run.network import Network
from tracer.run.record import with_record
from tracer.run.run import run, run_network
from tracer.run.stability import Figure, Stability, agreeing, stability
from tracer.run.trace_file import open_trace, save

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs signals")


# -- the summary


def test_summary(command: Command, tmp_path: Path) -> None:  # noqa: F811
    done = command("run", "mazur", "--steps", "1000")
    assert (done.status, done.err) == (0, "")
    assert files(tmp_path) == []
    losses = run("mazur", steps=1000, keep="loss").losses
    rows = re.findall(r"^ *([0-9,]+) +([0-9.]+)$", done.out, re.MULTILINE)
    steps = [int(step.replace(",", "")) for step, _ in rows]
    assert steps == [1, *range(100, 1000, 100), 1000]
    assert [text for _, text in rows] == [f"{losses[step - 1]:.9f}" for step in steps]
    assert "after the last update:\n  E = 0.001114349\n" in done.out


def test_metrics_stand_where_their_values_were_kept() -> None:
    text = summary(run(BATCHES, keep=[1, 10, 30]), Digits(4))
    assert re.search(r"step +E +acc\n", text)
    assert len(re.findall(r"^ *\d+ +\d\.\d+ +[01](\.\d+)?$", text, re.MULTILINE)) == 3
    text = summary(run(BATCHES, keep="loss"), Digits(4))
    rows = re.findall(r"^ *\d+ +\S+$", text, re.MULTILINE)
    assert 10 < len(rows) <= 20


@pytest.mark.others
@pytest.mark.parametrize("count", [1, 2, 19, 20, 21, 22, 99, 100, 1000, 12345])
def test_a_summary_has_at_most_20_rows(count: int) -> None:
    for keep in ("loss", "first-and-last", range(1, count + 1, 3), "everything" if count < 2000 else "loss"):
        text = summary(run("mazur", steps=count, keep=keep), Digits(4))
        steps = [int(step.replace(",", "")) for step in re.findall(r"^ *([0-9,]+) +\S+$", text, re.MULTILINE)]
        assert 1 <= len(steps) <= 20 and steps == sorted(set(steps)) and steps[0] == 1
        assert steps[-1] == count or isinstance(keep, range)


def test_a_summary_of_what_has_no_loss(command: Command) -> None:  # noqa: F811
    assert "computed:\n  g = 24.7041" in command("run", "micrograd").out
    trace = run({"data": {"inputs": [[1.0, 2.0]]}, "layers": [{"weights": [[0.5], [1.0]]}]})
    assert summary(trace, Digits(4)) == "problem: 1 step\n\ncomputed:\n  z1 = [[2.5]]\n"


# -- what is kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("everything", tuple(range(1, 31))),
        ("loss", ()),
        ("first-and-last", (1, 30)),
        ("every:10", (1, 11, 21)),
        ("every:1", tuple(range(1, 31))),
        ("every:1000", (1,)),
        ("30,1, 2", (1, 2, 30)),
        ("7", (7,)),
        ("", tuple(range(1, 31))),
    ],
)
def test_record(text: str, kept: tuple[int, ...], tmp_path: Path) -> None:
    problem = with_record(load(XOR), text)
    assert run(problem).kept == kept
    again = load(dict(problem.keys))
    assert run(again).kept == kept


@pytest.mark.parametrize("text", ["all", "every:0", "every:", "every:-1", "1,", "1;2", "1.5", "x" * 99, "every:1e3"])
def test_record_that_says_nothing(text: str) -> None:
    assert "does not say which steps to keep.\nExpected everything, loss" in said(lambda: with_record(load(XOR), text))


def test_record_of_a_step_that_is_not_run(command: Command, tmp_path: Path) -> None:  # noqa: F811
    words = ("run", "mazur", "--steps", "9", "--record", "1,10", "-o", "run.trace")
    assert command(*words) == (
        2, "", "tracer: --record: there is no step 10.\nExpected 1 to 9.\n--steps says how many are run.   [T504]\n"
    )  # fmt: skip
    assert files(tmp_path) == []


def test_into_a_file_and_on(command: Command, tmp_path: Path) -> None:  # noqa: F811
    words = ("run", "trask-3-4-1", "--steps", "60", "--record", "every:20", "-o", "my run.trace")
    assert command(*words) == (0, "", "wrote my run.trace\n")
    made = run("trask-3-4-1", steps=60, keep=range(1, 61, 20))
    assert open_trace(tmp_path / "my run.trace").kept == made.kept == (1, 21, 41)
    assert command("render", "my run.trace", "--step", "41").out == tracer.render(made, step=41)
    assert command("render", "my run.trace").out == tracer.render(made)
    done = command("render", "my run.trace", "--step", "40", "-o", "page.md")
    assert (done.status, done.out) == (2, "")
    assert "step 40 was not kept.\nThe nearest that were kept: 21 and 41." in done.err
    assert command("render", "my run.trace", "--step", "41", "-o", "page.tex").status == 0
    shown = command("show", "my run.trace", "41:dw2[1,1]")
    assert shown.status == 0 and f"{float(made.value('dw2', 41)[0, 0]):.8f}"[:9] in shown.out
    assert command("run", "my run.trace").out == command("run", *words[1:6]).out
    for extra in (("--steps", "3"), ("--record", "loss"), ("--arithmetic", "3")):
        done = command("run", "my run.trace", *extra)
        assert done.status == 2 and "this run is over" in done.err and done.err.endswith("[T107]\n")


@pytest.mark.parametrize("damage", ["short", "changed"])
def test_a_damaged_file_is_one_clear_error(command: Command, tmp_path: Path, damage: str) -> None:  # noqa: F811
    save(run("mazur"), tmp_path / "m.trace")
    good = (tmp_path / "m.trace").read_bytes()
    (tmp_path / "m.trace").write_bytes(good[:-1] if damage == "short" else good[:-9] + b"!" + good[-8:])
    for words in (("render",), ("show",), ("run",), ("run", "--json")):
        name = ["w5"] if words[0] == "show" else []
        done = command(words[0], "m.trace", *name, *words[1:])
        assert (done.status, done.out) == (2, "")
        assert done.err.endswith("[T601]\n" if damage == "short" else "[T602]\n")


def test_arithmetic_of_a_run(command: Command, tmp_path: Path) -> None:  # noqa: F811
    assert command("run", "hmkcode", "--arithmetic", "2 truncate", "-o", "h.trace").status == 0
    made = tracer.trace("hmkcode", arithmetic="2 truncate")
    assert command("render", "h.trace").out == tracer.render(made)


def test_what_cannot_be_written_is_said_before_the_run(
    command: Command,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tracer.publish.running.run", lambda *_, **__: pytest.fail("it was run"))
    done = command("run", "mazur", "-o", Path("no") / "run.trace")
    assert done.status == 2 and "does not exist" in done.err
    done = command("run", "mazur", "-o", ".")
    assert done.status == 2 and "is a folder" in done.err


@pytest.mark.parametrize("name", ["a.toml", "a.trace", "a.json", "a.jsonl", "link.trace", "link.jsonl", "./a.toml"])
@pytest.mark.parametrize("json_too", [[], ["--json"]], ids=["", "json"])
def test_a_problem_is_never_written_over(
    command: Command,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    json_too: list[str],
) -> None:
    monkeypatch.setattr("tracer.publish.running.run", lambda *_, **__: pytest.fail("it was run"))
    problem = tmp_path / ("a.toml" if "link" in name else name)
    problem.write_bytes((Path(__file__).parents[1] / "tracer" / "problems" / "mazur.toml").read_bytes())
    if "link" in name:
        (tmp_path / name).symlink_to(problem)
    before = problem.read_bytes()
    done = command("run", problem.name, *json_too, "-o", name)
    assert (done.status, done.out) == (2, "")
    assert "this is the file that is read.\nExpected another one.\nWrite to a file of its own.   [T501]" in done.err
    assert problem.read_bytes() == before
    assert files(tmp_path) == sorted({problem.name, Path(name).name})


def test_a_page_is_never_written_over_its_problem(command: Command, tmp_path: Path) -> None:  # noqa: F811
    text = (Path(__file__).parents[1] / "tracer" / "problems" / "mazur.toml").read_text(encoding="utf-8")
    (tmp_path / "a.md").write_text(text, encoding="utf-8")
    (tmp_path / "b.tex").symlink_to("a.md")
    for page in ("a.md", "b.tex"):
        done = command("render", "a.md", "-o", page)
        assert done.status == 2 and "this is the file that is read." in done.err
    assert (tmp_path / "a.md").read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", ["y.md", "y.tex", "y.toml", "y.csv", "y", "y.trace.txt"])
def test_a_trace_has_a_name_of_its_own(
    command: Command,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    monkeypatch.setattr("tracer.publish.running.run", lambda *_, **__: pytest.fail("it was run"))
    done = command("run", "mazur", "-o", name)
    assert done.status == 2 and "Expected a name that ends in .trace." in done.err and "[T503]" in done.err
    done = command("run", "mazur", "--json", "-o", name)
    assert done.status == 2 and "Expected a name that ends in .jsonl, .ndjson or .json." in done.err
    assert command("run", "mazur", "--json", "-o", "l.trace") == (
        2,
        "",
        "tracer: l.trace: JSON is not written as '.trace'.\nExpected a name that ends in .jsonl, .ndjson or .json.\n"
        "Leave --json out to keep a trace.   [T503]\n",
    )
    assert files(tmp_path) == []


@pytest.mark.parametrize("name", ["run.trace", "run.jsonl"])
def test_a_full_disk_leaves_nothing(
    command: Command,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    done = command("run", "mazur", "-o", name)
    assert done == (2, "", f"tracer: {name}: cannot be written: No space left on device.   [T501]\n")
    assert files(tmp_path) == []


def test_a_run_that_diverges_leaves_nothing(command: Command, tmp_path: Path) -> None:  # noqa: F811
    bad = Path(__file__).parent / "bad" / "diverges.toml"
    done = command("run", bad, "-o", "run.trace")
    assert done.status == 2 and done.err.endswith("[T401]\n")
    assert files(tmp_path) == []


# -- JSON


@pytest.mark.parametrize("problem", [XOR, BATCHES, STATE, "mazur", "micrograd"], ids=str)
@pytest.mark.parametrize("keep", ["everything", [1], "loss"])
def test_json_lines_agree(problem: Any, keep: Any) -> None:
    trace = run(problem, keep=keep)
    lines = [json.loads(line) for line in json_lines(trace)]
    steps = [*(trace.kept or range(1, trace.count + 1)), *([trace.count + 1] if trace.after else [])]
    assert [line["step"] for line in lines] == steps
    for line in lines:
        assert line.keys() == {"step", "values"}
        for name, value in line["values"].items():
            np.testing.assert_array_equal(np.array(value), trace.value(name, line["step"]), strict=False)
    whole = [name for name in trace.network.shapes if name in lines[0]["values"]]
    assert len(whole) >= len(trace.network.schedule) or keep == "loss"
    for line in lines:
        if trace.network.metrics and (keep != "loss" or line["step"] > trace.count):
            assert set(trace.network.metrics) <= line["values"].keys()


def test_json_on_the_command_line(command: Command, tmp_path: Path) -> None:  # noqa: F811
    done = command("run", "mazur", "--steps", "3", "--json")
    assert (done.status, done.err) == (0, "")
    assert done.out == "".join(json_lines(run("mazur", steps=3)))
    assert [line.count("\n") for line in done.out.splitlines(keepends=True)] == [1] * 4
    for words in (
        ("-o", "run.jsonl"),
        ("--json", "-o", "run.json"),
        ("-o", "run.ndjson"),
        ("-o", "r.json"),
        ("-o", "RUN.JSONL"),
    ):
        assert command("run", "mazur", "--steps", "3", *words) == (0, "", f"wrote {words[-1]}\n")
        assert (tmp_path / words[-1]).read_bytes().decode("ascii") == done.out


# -- Ctrl-C


class Stopped(Exception):
    """Stands for KeyboardInterrupt where pytest itself would stop."""


@pytest.mark.others
@pytest.mark.parametrize("problem", [XOR, BATCHES, STATE], ids=["plain", "batches", "state"])
@pytest.mark.parametrize("keep", ["everything", [1, 20, 700], range(1, 801, 2), "loss"], ids=str)
@POSIX
def test_an_interrupted_run_is_the_beginning_of_a_whole_one(problem: Any, keep: Any) -> None:
    """Whenever it is stopped: in the middle of a step, of a chunk, while something is noted."""
    network = build(load(problem))
    whole = run_network(network, 800)
    chance = random.Random(1)
    stopped = 0

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        start = time.perf_counter()
        run_network(network, 800, keep)
        took = time.perf_counter() - start
        for _ in range(6):
            try:
                signal.setitimer(signal.ITIMER_REAL, chance.uniform(0.2, 0.9) * took)
                trace = run_network(network, 800, keep)
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:  # while it was prepared, or after its last step
                continue
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            stopped += trace.interrupted
            assert trace.interrupted or trace.count == 800
            np.testing.assert_array_equal(trace.losses, whole.losses[: trace.count])
            asked = range(1, 801) if keep == "everything" else () if keep == "loss" else keep
            assert trace.kept == tuple(step for step in asked if step <= trace.count)
            for step in trace.kept[-2:]:
                for name in (entry.name for entry in network.schedule):
                    np.testing.assert_array_equal(trace.value(name, step), whole.value(name, step))
            for name in network.carried if trace.count else ():
                np.testing.assert_array_equal(
                    trace.value(name, trace.count + 1), whole.value(name, trace.count + 1), name
                )
    finally:
        signal.signal(signal.SIGALRM, before)
    assert stopped


@pytest.mark.parametrize("name", ["run.trace", "run.jsonl", ""])
def test_ctrl_c_keeps_what_was_run(
    command: Command,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    def stop(done: int) -> None:
        if done >= 1000:
            raise KeyboardInterrupt

    monkeypatch.setattr("tracer.publish.running.run", lambda *words, **how: run(*words, **(how | {"progress": stop})))
    done = command("run", "trask-3-4-1", "--steps", "5000", *(["-o", name] if name else []), "--stability")
    (count,) = re.findall(r"stopped after step ([0-9,]+) of 5,000\n", done.err)
    assert done.status == 130
    assert done.err == (
        f"stopped after step {count} of 5,000\n"
        + (f"wrote {name}\n" if name else "")
        + "stopped before it was known how many digits survive\n"
    )
    assert files(tmp_path) == ([name] if name else [])
    if name == "run.trace":
        found = open_trace(tmp_path / name)
        assert found.interrupted and f"{found.count:,}" == count
        again = command("run", name)
        assert (again.status, again.err) == (0, f"this run was stopped after step {count}, before its end\n")
    assert bool(done.out) == (not name)


def test_ctrl_c_while_stability_is_measured(
    command: Command,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tracer.publish.running.stability", stop)
    done = command("run", "mazur", "--stability", "-o", "run.trace")
    assert done == (130, "", "wrote run.trace\nstopped before it was known how many digits survive\n")


@pytest.mark.parametrize("words", ["render mazur", "render mazur -o a.md", "derive tanh -o a.md"])
def test_ctrl_c_leaves_no_page(
    command: Command,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: str,
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    stopped = replace(run("mazur", steps=9), interrupted=True)
    monkeypatch.setattr("tracer.run.trace_file.run", lambda *_, **__: stopped)
    monkeypatch.setattr("tracer.publish.derivation.derivations_for", stop)
    assert command(*words.split(), *["--steps", "2000000"] * words.startswith("render")) == (
        130,
        "",
        "interrupted; nothing was written\n",
    )
    assert files(tmp_path) == []


@POSIX
def test_ctrl_c_while_it_begins(tmp_path: Path) -> None:
    """The imports of the package are stopped: no traceback, and the exit status of Ctrl-C."""
    root = Path(__file__).parents[1]
    hook = f"import sys; sys.path[:0] = ['.', {str(root)!r}]; import tracer_start; tracer_start.main()"
    stop = "os.kill(os.getpid(), signal.SIGINT)"
    (tmp_path / "numpy.py").write_text(f"import os, signal\ntry: {stop}\nexcept: raise ImportError")
    done = subprocess.run(
        [sys.executable, "-c", hook],
        capture_output=True,
        cwd=tmp_path,
        timeout=60,
        check=False,
        preexec_fn=listen_to_ctrl_c,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_ctrl_c_before_the_first_step(
    command: Command,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nothing = replace(run("mazur"), losses=np.zeros(0), segments=(), after={}, interrupted=True)
    monkeypatch.setattr("tracer.publish.running.run", lambda *_, **__: nothing)
    assert command("run", "mazur", "-o", "run.trace") == (130, "", "stopped before step 1\n")
    assert files(tmp_path) == []


def listen_to_ctrl_c() -> None:
    """What a shell starts in the background is told to ignore it, and so would its children."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@POSIX
def test_a_real_ctrl_c(tmp_path: Path) -> None:
    """On a terminal: when the bar is there, the run is stopped."""
    words = ["run", "trask-3-4-1", "--steps", "5000000", "--record", "every:1000", "-o", "run.trace"]
    ours, its = os.openpty()
    told = b""
    with subprocess.Popen(
        [sys.executable, "-m", "tracer", *words],
        stderr=its,
        cwd=tmp_path,
        env=clean(os.environ) | {"TERM": "xterm"},
        preexec_fn=listen_to_ctrl_c,
    ) as made:
        os.close(its)
        while b"steps a second" not in told:
            told += os.read(ours, 4096)
        made.send_signal(signal.SIGINT)
        while b"wrote" not in told:
            told += os.read(ours, 4096)
        assert made.wait(60) == 130, told
    os.close(ours)
    (count,) = re.findall(r"stopped after step ([0-9,]+) of 5,000,000\r\nwrote run.trace", told.decode())
    assert files(tmp_path) == ["run.trace"]
    found = open_trace(tmp_path / "run.trace")
    assert f"{found.count:,}" == count and found.interrupted
    np.testing.assert_array_equal(
        found.losses[:3000], run("trask-3-4-1", steps=3000, keep="loss").losses[: found.count]
    )


# -- named mistakes


def test_a_run_with_a_named_mistake(command: Command, tmp_path: Path) -> None:  # noqa: F811
    how = ("--deviation", "one-by-one")
    wrong = tracer.trace("mazur", deviations=["one-by-one"])
    assert command("run", "mazur", *how).out == summary(wrong, Digits(9)) != command("run", "mazur").out
    assert command("run", "mazur", *how, "--json").out == "".join(json_lines(wrong))
    assert command("run", "mazur", *how, "-o", "w.trace").status == 0
    assert open_trace(tmp_path / "w.trace").losses.tolist() == wrong.losses.tolist()
    assert open_trace(tmp_path / "w.trace")["2:E"] == wrong["2:E"]
    assert "survive" not in command("run", "mazur", *how, "--stability").err
    assert (
        command("run", "mazur-one-by-one", "--deviation", "none").out.split(":")[1:]
        == command("run", "mazur-one-by-one").out.split(":")[1:]
    )
    assert command("run", "w.trace", *how).err.endswith("[T107]\n")
    done = command("run", "mazur", "--deviation", "one-by-two")
    assert done.status == 2 and "[T106]" in done.err


# -- text of a problem on a terminal


def test_text_of_a_problem_does_not_act_on_the_terminal(command: Command, tmp_path: Path) -> None:  # noqa: F811
    text = (Path(__file__).parents[1] / "tracer" / "problems" / "mazur.toml").read_text(encoding="utf-8")
    bad = '"\\u001b[31mred\\u0007\\u009b2J\\r over \\u202e"'
    text = re.sub("^title = .*$", lambda _: f"title = {bad}", text, flags=re.MULTILINE)
    (tmp_path / "esc.toml").write_text(text, encoding="utf-8")
    (tmp_path / "key.toml").write_text(f"{bad} = 1\n{text}", encoding="utf-8")
    assert command("run", "esc.toml", "-o", "esc.trace").status == 0
    for words in (("run",), ("run", "--json"), ("render",), ("show", "w5")):
        for name in ("esc.toml", "esc.trace", "key.toml"):
            done = command(words[0], name, *words[1:])
            assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", done.out + done.err), words
            assert done.status == (2 if name == "key.toml" else 0)
    assert command("run", "esc.trace").out.startswith("\ufffd[31mred\ufffd\ufffd2J")
    done = command("render", "mazur", "-o", "\x1b[31m.doc")
    assert done.status == 2 and "\x1b" not in done.err


# -- progress


class Terminal(io.StringIO):
    """A standard error that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_is_for_terminals_and_long_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    now = [0.0]
    monkeypatch.setattr("tracer.publish.progress.time.monotonic", lambda: now[0])
    with progress_bar(1000) as told:
        assert told is not None
        for done in range(0, 1001, 10):
            now[0] += 0.005
            told(done)
    assert screen.getvalue() == "", "half a second"
    with progress_bar(1000) as told:
        assert told is not None
        for done in range(0, 1001, 10):
            now[0] += 0.05
            told(done)
    assert "/1000" in screen.getvalue() and "steps a second" in screen.getvalue()
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress_bar(1000) as told:
        assert told is None
    monkeypatch.setattr(sys, "stderr", None)
    with progress_bar(1000) as told:
        assert told is None


def test_progress_tells_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    for keep in ("everything", "loss", [1, 50, 90]):
        told: list[int] = []
        run(XOR, steps=100, keep=keep, progress=told.append)
        assert told == sorted(set(told)) and told[-1] == 100


# -- digits that can be trusted


def at_the_activation(network: Network) -> Network:
    """The network with sigmoid(a)(1 - sigmoid(a)) for its slopes: a mistake that people make."""

    def changed(node: Expr) -> Expr:
        if isinstance(node, Mul):
            for factor in node.factors:
                if isinstance(factor, Add) and isinstance(factor.terms[-1], Neg):
                    a = factor.terms[-1].operand
                    again = Div(Number(1), Add((Number(1), Call("exp", (Neg(a),)))))
                    other = {a: again, factor: Add((Number(1), Neg(again)))}
                    return Mul(tuple(other.get(part, part) for part in node.factors))
        return rebuild(node, changed)

    schedule = tuple(
        replace(entry, equation=replace(entry.equation, right=changed(entry.equation.right)))
        if entry.name.startswith("delta")
        else entry
        for entry in network.schedule
    )
    assert schedule != network.schedule
    return replace(network, schedule=schedule, memo={})


def test_a_slope_taken_at_the_activation_moves_in_the_first_digits() -> None:
    """10,000 steps of the 3-4-1 network: the correct run keeps all but the last digit, the wrong one next to none."""
    network = build(load("trask-3-4-1"))
    right = stability(run_network(network, 10_000, "loss"))
    assert right.digits >= 12
    assert {figure.name.partition("[")[0] for figure in right.figures} == {"E", "a2", "w1", "w2"}
    wrong = stability(run_network(at_the_activation(network), 10_000, "loss"))
    assert wrong.digits <= 3
    assert "amplifies the last bit" in survives(wrong) and "amplifies" not in survives(right)


def test_nothing_to_move(command: Command, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "a.toml").write_text('equations = ["f = x*y"]\n[values]\nx = 2.0\ny = 3.0\n')
    done = command("run", "a.toml", "--stability")
    assert (done.status, done.err) == (0, "there are no parameters that --stability could move\n")
    assert "figures" not in done.out


def test_stability_is_the_same_every_time() -> None:
    trace = run(STATE, steps=300, keep="loss")
    assert stability(trace) == stability(run(STATE, steps=300))
    told: list[int] = []
    stability(trace, told.append)
    assert told == sorted(set(told)) and told[-1] == 600


def test_stability_of_a_run_that_diverges_when_moved() -> None:
    edge = {"equations": ["f = 1 / where(x > 1, 0, 1)"], "parameters": {"x": 1.0}, "training": {"rate": 0.1}}
    found = stability(run(edge))
    assert found.digits == 0


@pytest.mark.parametrize(
    ("one", "other", "digits"),
    [
        (1.0, 1.0, 15),
        (0.0, 0.0, 15),
        (0.0, 1e-300, 0),
        (1.0, -1.0, 0),
        (123.4, 123.44, 4),
        (123.4, 123.46, 3),
        (0.001234, 0.0012344, 4),
        (1.0, 1.0 + 2**-52, 15),
        (9.99, 10.01, 2),
        (1e-320, 2e-320, 0),
    ],
)
def test_agreeing(one: float, other: float, digits: int) -> None:
    assert agreeing(np.array([one]), np.array([other])).tolist() == [digits]


def test_sentences() -> None:
    made = Stability(1, (Figure("E", 1.0, 15),))
    assert survives(made).endswith("1 step ends in figures that agree to 15 significant figures.")
    made = Stability(60_000, (Figure("E", 1.0, 15), Figure("w1[1,2]", 2.0, 1)))
    assert survives(made) == (
        "With every parameter moved by one unit in the last place, up and down, 60,000 steps end in figures that agree "
        "to 1 significant figure (the fewest: w1[1,2]).\n"
        "The run amplifies the last bit: other machines print other numbers."
    )


def test_stability_on_the_command_line(command: Command) -> None:  # noqa: F811
    done = command("run", "gokadin-xor", "--steps", "300", "--record", "loss", "--stability")
    assert (done.status, done.err) == (0, "")
    assert re.search(r"\n\nWith every parameter moved .* 300 steps .* agree to 1[0-5] significant figures", done.out)
    done = command("run", "mazur", "--json", "--stability")
    assert done.status == 0 and done.err.startswith("With every parameter moved")
    assert all(json.loads(line) for line in done.out.splitlines())
