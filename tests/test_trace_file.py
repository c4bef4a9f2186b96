"""Trace files: what goes in comes out, bit for bit, and nothing else is ever taken for a trace."""

from __future__ import annotations

import copy
import errno
import json
import mmap
import os
import random
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_problem import little_memory, said

import tracer
from tracer.calculus.equation import equation
from tracer.errors import TracerError
from tracer.ops import ACTIVATIONS
from tracer.publish.environment import styles
from tracer.run.array_file import MAGIC, PREAMBLE, VERSION, begins_as_ours
from tracer.run.loading import built_in, load
from tracer.run.long_lists import with_arrays
from tracer.run.problem import Problem
from tracer.run.run import run
from tracer.run.trace import Trace
from tracer.run.trace_file import open_trace, save

XOR: dict[str, Any] = {
    "title": "Größe \ud800 誤差",
    "data": {"inputs": [[0, 0], [0, 1], [1, 0], [1, 1]], "targets": [0, 1, 1, 0]},
    "layers": [
        {"units": 3, "activation": "tanh", "weights": {"draw": "xavier"}, "bias": {"draw": "zeros"}},
        {"units": 1, "activation": "sigmoid", "weights": {"draw": "normal"}, "bias": 0.0},
    ],
    "training": {"loss": "half-squared-error", "rate": 0.5, "steps": 30},
    "random": {"seed": 7},
}
BATCHES = XOR | {"training": XOR["training"] | {"batch": 2, "shuffle": True, "metrics": ["binary-accuracy"]}}
STATE = XOR | {"training": XOR["training"] | {"optimizer": {"name": "adam", "beta1": 0.8}, "clip": 1.0}}
LABELS = {
    "data": {"inputs": np.linspace(-1, 1, 120).reshape(40, 3), "labels": [number % 4 for number in range(40)]},
    "layers": [{"units": 4, "activation": "softmax", "weights": {"draw": "uniform"}}],
    "training": {"loss": "cross-entropy", "rate": 0.5, "steps": 5, "metrics": ["accuracy"]},
}
ROUNDED = XOR | {"arithmetic": {"digits": 3, "rounding": "truncate", "quantities": {"delta": "exact"}}}
BARE = {
    "equations": ["f = (x - 1)**2"],
    "parameters": {"x": 0.0},
    "training": {"rate": 0.1, "steps": 12, "record": {"every": 5}},
}
CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "everything": (XOR, {}),
    "sparse": (XOR, {"keep": [1, 7, 8, 30]}),
    "first and last": (XOR, {"keep": "first-and-last"}),
    "loss": (XOR, {"keep": "loss"}),
    "batches": (BATCHES, {}),
    "batches, sparse": (BATCHES, {"keep": [3, 4, 29]}),
    "state": (STATE, {}),
    "state, sparse": (STATE, {"keep": [2, 30]}),
    "labels": (LABELS, {}),
    "rounded": (ROUNDED, {}),
    "bare": (BARE, {}),
    **{name: (name, {}) for name in built_in()},
}


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal to the last bit, however deep."""
    if isinstance(one, np.ndarray):
        return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, tuple) and one and isinstance(one[0], np.ndarray | dict):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def raw_size(trace: Trace) -> int:
    """The bytes of all arrays of a trace."""
    arrays = [array for part in trace.segments for array in part.arrays.values()]
    arrays += [trace.losses, *trace.after.values(), *([] if trace.rows is None else [trace.rows])]
    return sum(array.nbytes for array in arrays)


@cache
def content() -> bytes:
    """A small trace file."""
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"tracer-test-{os.getpid()}.trace"
    try:
        save(run(BARE), path)
        return path.read_bytes()
    finally:
        path.unlink()


def code_of(path: Path, changed: bytes) -> str:
    """The code that opening these bytes ends in; "" for none."""
    path.write_bytes(changed)
    code, where = "", path.name
    try:
        open_trace(path)
    except TracerError as error:
        code, where = error.code, error.where
    assert where == path.name
    return code


# -- there and back


@pytest.mark.parametrize("case", CASES)
def test_there_and_back(case: str, tmp_path: Path) -> None:
    problem, how = CASES[case]
    made = run(problem, **how)
    path = tmp_path / "a file.trace"
    save(made, path)
    found = open_trace(path)
    assert same(found.losses, made.losses)
    assert same(dict(found.after), dict(made.after))
    assert (found.rows is None) == (made.rows is None) and (made.rows is None or same(found.rows, made.rows))
    assert [part.steps for part in found.segments] == [part.steps for part in made.segments]
    for one, other in zip(found.segments, made.segments, strict=True):
        assert same(dict(sorted(one.arrays.items())), dict(sorted(other.arrays.items())))
    for field in fields(Problem):
        if field.name not in ("layers", "batches", "keys"):
            assert same(getattr(found.problem, field.name), getattr(made.problem, field.name)), field.name
    assert same(dict(found.network.parameters), dict(made.network.parameters))
    assert same(dict(found.network.given), dict(made.network.given))
    assert path.stat().st_size <= 1.02 * raw_size(made) + 64 * 1024
    again = tmp_path / "again.trace"
    save(found, again)
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.others
@pytest.mark.parametrize("case", ["sparse", "batches", "state", "bare", "mazur"])
def test_a_trace_from_a_file_is_like_any_other(case: str, tmp_path: Path) -> None:
    problem, how = CASES[case]
    made = tracer.trace(problem, **how)
    tracer.save(made, tmp_path / "run.trace")
    found = tracer.open_trace(tmp_path / "run.trace")
    step = made.kept[-1]
    for name in made.names():
        assert same(found.value(name, step), made.value(name, step)), name
    assert tracer.gradient_check(found, step) == tracer.gradient_check(made, step)
    for name in ("w1_new[1,1]", "dw1[2,3]", "delta2[1,1]") if case != "bare" and case != "mazur" else ():
        assert str(found.worked(f"{step}:{name}")) == str(made.worked(f"{step}:{name}"))
    for style in styles() if case != "state" else ["plain"]:
        assert tracer.render(found, style=style, step=step) == tracer.render(made, style=style, step=step)
    if case == "mazur":
        assert found["w5"] == 0.4 and found["dw5"] == made["dw5"]
        assert "0.082167041" in str(found.worked("dw5"))


def test_names_of_a_notation(tmp_path: Path) -> None:
    tracer.save(tracer.trace("mazur"), str(tmp_path / "m.trace"))
    found = tracer.open_trace(str(tmp_path / "m.trace"), notation="nielsen")
    assert found["w1[1,1]"] == 0.15


def test_an_interrupted_run_stays_one(tmp_path: Path) -> None:
    def stop(done: int) -> None:
        if done >= 20:
            raise KeyboardInterrupt

    made = run(XOR, progress=stop)
    assert made.interrupted and 20 <= made.count < 50
    save(made, tmp_path / "i.trace")
    found = open_trace(tmp_path / "i.trace")
    assert found.interrupted and found.count == made.count and found.kept == made.kept
    assert same(found.value("w1", found.count + 1), made.value("w1", made.count + 1))


def test_what_a_diverged_run_kept_can_be_saved(tmp_path: Path) -> None:
    growing = {"equations": ["f = x**2"], "parameters": {"x": 1.0}, "training": {"rate": 1.5, "steps": 2000}}
    for keep in ("everything", [1, 5, 1500], "loss"):
        with pytest.raises(TracerError) as caught:
            run(growing, keep=keep)
        made = caught.value.trace  # type: ignore[attr-defined]
        save(made, tmp_path / "d.trace")
        found = open_trace(tmp_path / "d.trace")
        assert same(found.losses, made.losses) and found.kept == made.kept and not found.after


def test_arithmetic_chosen_for_a_run_goes_with_it(tmp_path: Path) -> None:
    made = tracer.trace("mazur", arithmetic="3sf truncate")
    tracer.save(made, tmp_path / "a.trace")
    found = tracer.open_trace(tmp_path / "a.trace")
    assert found.problem.arithmetic.everything == made.problem.arithmetic.everything
    assert tracer.render(found) == tracer.render(made)


def test_long_lists_become_arrays_and_come_back() -> None:
    problem = load(LABELS)
    assert isinstance(problem.keys["data"]["inputs"], np.ndarray)
    assert problem.keys["data"]["labels"].dtype == np.int32
    assert isinstance(load("mazur").keys["layers"][0]["weights"], list)
    again = load(dict(problem.keys))
    assert same(again.inputs, problem.inputs) and same(again.targets, problem.targets)
    for other in (["a"] * 40, [2**40] * 40, [True] * 40, [{}] * 40, [[1.0, 2.0], [3.0]] * 40, []):
        assert with_arrays(other) == other


# -- size and memory


def test_size() -> None:
    """The bound holds for a network of many small arrays too."""
    layers = [{"units": 2, "activation": "tanh", "weights": {"draw": "xavier"}, "bias": {"draw": "zeros"}}] * 40
    deep = {"data": {"inputs": [1, 2], "targets": [0, 1]}, "layers": layers}
    made = run(deep | {"training": {"loss": "half-squared-error", "rate": 0.1}})
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"tracer-deep-{os.getpid()}.trace"
    try:
        save(made, path)
        assert path.stat().st_size <= 1.02 * raw_size(made) + 64 * 1024
    finally:
        path.unlink(missing_ok=True)


def base_of(array: Any) -> Any:
    while getattr(array, "base", None) is not None:
        array = array.base
    return array


def test_arrays_are_mapped_and_read_only(tmp_path: Path) -> None:
    save(run(XOR), tmp_path / "a.trace")
    found = open_trace(tmp_path / "a.trace")
    for array in [found.losses, *found.after.values(), *found.segments[0].arrays.values()]:
        assert isinstance(base_of(array), mmap.mmap)
        assert not array.flags.writeable
        with pytest.raises(ValueError):
            array[...] = 0


def test_a_large_file_is_not_loaded(tmp_path: Path) -> None:
    """100 MB are opened with 30 MB more memory than a small file."""
    if not Path("/proc/self/status").exists():
        pytest.skip("needs /proc")
    wide = {
        "data": {"inputs": [[0.5] * 200], "targets": [[0.1] * 200]},
        "layers": [{"units": 200, "weights": {"draw": "xavier"}}],
        "training": {"loss": "half-squared-error", "rate": 0.001, "steps": 160},
    }
    save(run(wide), tmp_path / "large.trace")
    save(run("mazur"), tmp_path / "small.trace")
    assert (tmp_path / "large.trace").stat().st_size > 100_000_000
    code = (
        "import sys, re, tracer\n"
        "def used(): return int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
        "tracer.open_trace(sys.argv[1]); before = used()\n"
        "trace = tracer.open_trace(sys.argv[2]); assert trace.value('w1', 100).shape == (200, 200)\n"
        "print(used() - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "small.trace", tmp_path / "large.trace"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert int(done.stdout) < 30_000, "kB"


# -- damage


def test_every_changed_byte_is_noticed(tmp_path: Path) -> None:
    good = content()
    assert code_of(tmp_path / "good.trace", good) == ""
    for place in range(len(good)):
        changed = bytearray(good)
        changed[place] ^= 1 << place % 8
        expected = "T603" if place < len(MAGIC) else "T602"
        assert code_of(tmp_path / "changed.trace", bytes(changed)) == expected, place


def test_every_length_is_noticed(tmp_path: Path) -> None:
    good = content()
    for length in range(len(good)):
        assert code_of(tmp_path / "short.trace", good[:length]) == "T601", length
    assert code_of(tmp_path / "long.trace", good + b"\0") == "T602"
    assert code_of(tmp_path / "twice.trace", good + good) == "T602"


@pytest.mark.parametrize(
    "other", [b"title = 'a'\n", b"\x89PNG\r\n\x1a\n" + bytes(99), b"PK\3\4", bytes(5000), b"\x80\4."]
)
def test_other_files(tmp_path: Path, other: bytes) -> None:
    assert code_of(tmp_path / "run.trace", other) == "T603"


def test_messages(tmp_path: Path) -> None:
    good, path = content(), tmp_path / "run.trace"
    messages = []
    for changed in (good[:-5], good[:200] + b"!" + good[201:], b"?" + good, resigned(good, version=VERSION + 1)):
        path.write_bytes(changed)
        messages.append(said(lambda: open_trace(path)))
    assert messages == [
        f"run.trace: the file has {len(good) - 5:,} bytes of {len(good):,}.\n"
        "It was cut off, perhaps while it was copied; copy it again.   [T601]",
        "run.trace: its header does not agree with its checksum.\n"
        "It was changed after it was written; get it again, or make it anew with tracer run.   [T602]",
        "run.trace: this is no trace file.\n"
        "A trace file is what tracer run PROBLEM -o FILE.trace writes. If it was one, its beginning is damaged.   "
        "[T603]",
        f"run.trace: the file has format {VERSION + 1}.\nExpected at most {VERSION}.\n"
        "Open it with a newer Tracer.   [T604]",
    ]


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, found in [
        (tmp_path / "none.trace", "No such file"),
        (tmp_path, "a folder"),
        (tmp_path / "pipe", "no ordinary file"),
        (tmp_path / "nul\0", "cannot be read"),
    ]:
        message = said(lambda path=path: open_trace(path))  # type: ignore[misc]
        assert found in message and message.endswith("[T101]")


# -- hostile files, with checksums that agree


def resigned(good: bytes, change: Callable[[Any], Any] = lambda header: header, version: int = VERSION) -> bytes:
    """A file with another header, its checksums made anew; `change` gives the header, or bytes in its place."""
    length = PREAMBLE.unpack(good[: PREAMBLE.size])[2]
    data = good[-(-(PREAMBLE.size + length) // 64) * 64 :]
    made = change(json.loads(good[PREAMBLE.size : PREAMBLE.size + length]))
    header = made if isinstance(made, bytes) else json.dumps(made).encode("ascii")
    return signed(header, data, version)


def signed(header: bytes, data: bytes, version: int = VERSION) -> bytes:
    start = -(-(PREAMBLE.size + len(header)) // 64) * 64
    first = struct.pack("<12sIQQ", MAGIC, version, len(header), start + len(data))
    first += blake2b(first + header, digest_size=28).digest()
    first += struct.pack("<I", zlib.crc32(first))
    return first + header + bytes(start - PREAMBLE.size - len(header)) + data


def put(*places: Any, to: Any) -> Callable[[Any], Any]:
    """A change of a header at one place."""

    def change(header: Any) -> Any:
        part = header
        for place in places[:-1]:
            part = part[place]
        part[places[-1]] = copy.deepcopy(to)
        return header

    return change


def without(*places: Any) -> Callable[[Any], Any]:
    def change(header: Any) -> Any:
        part = header
        for place in places[:-1]:
            part = part[place]
        del part[places[-1]]
        return header

    return change


def bomb(depth: int) -> Callable[[Any], bytes]:
    """A header whose problem has a value of so many brackets."""

    def change(header: Any) -> bytes:
        text = json.dumps(put("problem", "values", to={"y": "BOMB"})(header))
        return text.replace('"BOMB"', "[" * depth + "]" * depth).encode("ascii")

    return change


HOSTILE: dict[str, tuple[Callable[[Any], Any], str]] = {
    "no header": (lambda _: b"", "T602"),
    "no JSON": (lambda _: b"{", "T602"),
    "no table": (lambda _: [], "T602"),
    "not UTF-8": (lambda _: b"\xff\xfe", "T602"),
    "deep": (lambda _: b"[" * 200_000 + b"]" * 200_000, "T602"),
    "a long number": (lambda header: json.dumps(header).replace("12,", "1" + "0" * 9999 + ",").encode(), "T602"),
    "a deep problem": (bomb(30), "T605"),
    "the deepest problem": (bomb(100_000), "T602"),
    "no arrays": (without("arrays"), "T602"),
    "no array at all": (put("arrays", to=[]), "T602"),
    "arrays of texts": (put("arrays", to=["losses"]), "T602"),
    "an offset below 0": (put("arrays", 0, 3, to=-64), "T602"),
    "an offset outside": (put("arrays", 1, 3, to=2**40), "T602"),
    "an offset that is no number": (put("arrays", 1, 3, to=None), "T602"),
    "an offset that is true": (put("arrays", 0, 3, to=False), "T602"),
    "two at one place": (put("arrays", 1, 3, to=0), "T602"),
    "a shape below 0": (put("arrays", 0, 2, to=[-12]), "T602"),
    "a huge shape": (put("arrays", 0, 2, to=[2**62, 2**62]), "T602"),
    "a shape that is beyond all": (put("arrays", 0, 2, to=[10**300]), "T602"),
    "a shape of nothing": (put("arrays", 0, 2, to=[0] * 15), "T602"),
    "a long shape": (put("arrays", 0, 2, to=[1] * 10_000), "T602"),
    "a shape with fractions": (put("arrays", 0, 2, to=[12.0]), "T602"),
    "a shape that does not fit": (put("arrays", 0, 2, to=[3, 4]), "T602"),
    "Python objects": (put("arrays", 0, 1, to="|O"), "T602"),
    "a wrong type": (put("arrays", 1, 1, to="<f4"), "T602"),
    "a type that is a list": (put("arrays", 0, 1, to=["<f8"]), "T602"),
    "a name twice": (put("arrays", 1, 0, to="losses"), "T602"),
    "a name that is a number": (put("arrays", 1, 0, to=1), "T602"),
    "an unknown name": (put("arrays", 2, 0, to="1/nosuch"), "T602"),
    "a checksum": (put("arrays", 0, 4, to=1), "T602"),
    "a key too many": (put("run", to="rm -rf /"), "T602"),
    "a key too few": (without("equations"), "T602"),
    "no steps": (put("count", to=0), "T602"),
    "too many steps": (put("count", to=10**9), "T602"),
    "one step more": (put("count", to=13), "T602"),
    "steps that are true": (put("count", to=True), "T602"),
    "kept twice": (put("kept", to=[None, None]), "T602"),
    "kept in a row": (put("kept", to=[[1, 3]]), "T602"),
    "kept from 0": (put("kept", to=[[0, 2]]), "T602"),
    "kept backwards": (put("kept", to=[[9, 2]]), "T602"),
    "kept beyond": (put("kept", to=[[1, 10**18]]), "T602"),
    "nothing kept": (put("kept", to=[]), "T602"),
    "nothing after": (put("after", to=False), "T602"),
    "after is 1": (put("after", to=1), "T602"),
    "other equations": (put("equations", to="0" * 64), "T605"),
    "other numbers": (put("numbers", to="0" * 64), "T605"),
    "another problem": (put("problem", "equations", to=["f = (x - 2)**2"]), "T605"),
    "another start": (put("problem", "parameters", "x", to=0.5), "T605"),
    "a bad problem": (put("problem", "equations", to=["f = ("]), "T605"),
    "a problem with a key too many": (put("problem", "deviations", to=[1]), "T605"),
    "a problem that is a list": (put("problem", to=[]), "T602"),
    "an array as a problem": (put("problem", to={"@": "losses"}), "T602"),
    "an array that is not there": (put("problem", "parameters", to={"x": {"@": "problem/1"}}), "T602"),
    "an array as a title": (put("problem", "title", to={"@": "losses"}), "T605"),
    "a place in Python": (put("problem", to={"__reduce__": ["os.system", "true"]}), "T605"),
    "an ugly name": (put("where", to="\x1b[2J" * 5000), ""),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_headers(tmp_path: Path, name: str) -> None:
    change, code = HOSTILE[name]
    start = time.process_time()
    with little_memory():
        assert code_of(tmp_path / "hostile.trace", resigned(content(), change)) == code
    assert time.process_time() - start < 2


def test_a_problem_about_as_deep_as_python_goes(tmp_path: Path) -> None:
    for depth in range(100, 1100, 100):  # where it ends depends on how deep the caller is
        assert code_of(tmp_path / "deep.trace", resigned(content(), bomb(depth))) in ("T602", "T605")


def test_a_header_without_end(tmp_path: Path) -> None:
    for length in (2**24, 2**63):
        first = struct.pack("<12sIQQ", MAGIC, VERSION, length, 2**63 + 2**62)
        first += bytes(28)
        first += struct.pack("<I", zlib.crc32(first))
        with little_memory():
            assert code_of(tmp_path / "long.trace", first + bytes(1000)) in ("T601", "T602")
    assert code_of(tmp_path / "large.trace", signed(b" " * 2**24, bytes(64))) == "T602"


def test_hostile_numbers(tmp_path: Path) -> None:
    """Numbers that are none, steps that go back, examples that there are not: with checksums that agree."""

    def with_array(path: Path, name: str, change: Callable[[Any], Any]) -> bytes:
        good = path.read_bytes()
        length = PREAMBLE.unpack(good[: PREAMBLE.size])[2]
        start = -(-(PREAMBLE.size + length) // 64) * 64
        header, data = json.loads(good[PREAMBLE.size : PREAMBLE.size + length]), bytearray(good[start:])
        row = next(row for row in header["arrays"] if row[0] == name)
        size = int(np.prod(row[2])) * np.dtype(row[1]).itemsize
        array = np.frombuffer(bytes(data[row[3] : row[3] + size]), row[1]).copy()
        change(array)
        data[row[3] : row[3] + size] = array.tobytes()
        row[4] = zlib.crc32(array.tobytes())
        return signed(json.dumps(header).encode("ascii"), bytes(data))

    path = tmp_path / "b.trace"
    save(run(BATCHES, keep=[3, 4, 29]), path)
    for name, place, value in [
        ("losses", 0, np.nan),
        ("1/w1", 1, np.inf),
        ("after/E", 0, -np.inf),
        ("1/steps", 1, 3),
        ("1/steps", 2, 31),
        ("1/steps", 0, -3),
        ("1/steps", 0, 0),
        ("rows", 5, 4),
        ("rows", 0, -1),
    ]:
        changed = with_array(path, name, lambda array, at=place, to=value: array.__setitem__(at, to))  # type: ignore[misc]
        assert code_of(tmp_path / "h.trace", changed) == "T602", name
    assert code_of(tmp_path / "h.trace", with_array(path, "losses", lambda array: None)) == ""


def test_forged_numbers_end_in_a_page_or_in_an_error_of_ours() -> None:
    """Checksums cannot tell numbers that somebody made up."""
    chance = np.random.default_rng(3)
    ends = set()
    for problem in ("mazur", "gokadin-xor", "micrograd"):
        made = run(problem)
        for scale in (0.0, 1.0, 1e16, 1e-310, 1e160, 1e308):

            def forged(array: Any, by: float = scale) -> Any:
                return chance.choice([-1.0, 0.5, 1.0], array.shape) * by

            parts = [
                replace(part, arrays={name: forged(array) for name, array in part.arrays.items()})
                for part in made.segments
            ]
            after = {name: forged(array) for name, array in made.after.items()}
            trace = replace(made, segments=tuple(parts), losses=forged(made.losses), after=after)
            try:
                with np.errstate(all="ignore"):
                    ends.add(bool(tracer.render(trace, style="mazur")))
            except TracerError as error:
                ends.add(error.code)
    assert ends <= {True, "T105", "T401"}


def test_fuzz(tmp_path: Path) -> None:
    """Headers with anything anywhere, and bytes anywhere: an error of ours, or a trace."""
    chance = random.Random(5)
    junk: list[Any] = [None, True, 0, -1, 1, 2**31, 2**64, 1.5, "", "losses", [], [[]], {}, {"@": "losses"}, [1, 2]]
    good = content()

    def places(part: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        inside = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
        return [at, *(place for key, item in inside for place in places(item, (*at, key)))]

    def mutate(header: Any) -> Any:
        for _ in range(chance.randint(1, 3)):
            at = chance.choice(places(header)[1:])
            change = without(*at) if chance.random() < 0.3 else put(*at, to=chance.choice(junk))
            header = change(header)
        return header

    ends, codes = time.process_time() + 1, set()
    while time.process_time() < ends:
        changed = bytearray(resigned(good, mutate))
        if chance.random() < 0.3:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        codes.add(code_of(tmp_path / "fuzz.trace", bytes(changed)))
    assert codes <= {"", "T601", "T602", "T603", "T605"} and {"T602", "T605"} <= codes


def test_other_equations_are_noticed(tmp_path: Path) -> None:
    """A trace that was made when the sigmoid had another equation."""
    with pytest.MonkeyPatch.context() as other:
        sigmoid = ACTIVATIONS["sigmoid"]
        wrong = equation("a = 1 / (1 + exp(-z)) + 0 * z", "sigmoid")
        other.setitem(ACTIVATIONS, "sigmoid", replace(sigmoid, equations=(wrong,)))
        save(run("mazur"), tmp_path / "old.trace")
        assert open_trace(tmp_path / "old.trace").count == 1
    assert code_of(tmp_path / "old.trace", (tmp_path / "old.trace").read_bytes()) == "T605"


# -- writing


def failing(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    made, path = run(XOR), tmp_path / "run.trace"
    before = b""
    for old in (False, True):
        if old:
            save(run("mazur"), path)
            before = path.read_bytes()
        with monkeypatch.context() as patch:
            patch.setattr(os, step, failing)
            assert said(lambda: save(made, path)) == f"{path}: cannot be written: No space left on device.   [T501]"
        assert [item.name for item in tmp_path.iterdir()] == ["run.trace"] * old
    assert path.read_bytes() == before


def test_a_disk_that_fills_up_in_the_middle(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    made = run(XOR | {"training": XOR["training"] | {"steps": 2000}})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        message = said(lambda: save(made, tmp_path / "run.trace"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "cannot be written: File too large" in message
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_saved(tmp_path: Path) -> None:
    made = run("mazur")
    assert "does not exist" in said(lambda: save(made, tmp_path / "no" / "run.trace"))
    changed = replace(made, network=replace(made.network, schedule=made.network.schedule[::-1]))
    assert said(lambda: save(changed, tmp_path / "run.trace")).endswith("[T605]")
    moved = {name: np.asarray(value + 1) for name, value in made.network.parameters.items()}
    changed = replace(made, network=replace(made.network, parameters=moved))
    assert said(lambda: save(changed, tmp_path / "run.trace")).endswith("[T605]")
    bare = replace(made, network=replace(made.network, problem=replace(made.problem, keys={})))
    assert said(lambda: save(bare, tmp_path / "run.trace")).endswith("[T605]")
    nothing = replace(made, losses=np.zeros(0), segments=())
    assert said(lambda: save(nothing, tmp_path / "run.trace")).endswith("[T504]")
    long = run({**load("mazur").keys, "note": "x" * 9_000_000})
    assert said(lambda: save(long, tmp_path / "run.trace")).endswith("[T402]")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.toml", "a.md", "a.tex", "a.json", "a.csv", "a", "trace"])
def test_a_trace_is_named_as_one(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    assert said(lambda: save(run("mazur"), tmp_path / name)).endswith("[T503]")
    assert (tmp_path / name).read_text() == "mine" and len(list(tmp_path.iterdir())) == 1


def test_a_trace_takes_the_place_of_a_trace_only(tmp_path: Path) -> None:
    path, made = tmp_path / "a.trace", run("mazur")
    for mine in ("mine", "[data]\ninputs = [1.0]\n"):
        path.write_text(mine)
        assert said(lambda: save(made, path)) == (
            f"{path}: this file exists already, and it is no trace file.\n"
            "Choose another name, or remove it first.   [T501]"
        )
        assert path.read_text() == mine
    path.write_bytes(b"")  # nothing is lost
    save(made, path)
    save(run("mazur", steps=3), path)
    assert open_trace(path).count == 3


# -- where a problem is named, a trace file may be


@pytest.mark.parametrize("name", ["run.trace", "run.toml"])
def test_a_damaged_beginning_is_that_of_a_trace_file(tmp_path: Path, name: str) -> None:
    good, path = content(), tmp_path / name
    for changed, code in [
        (good[:1], "T601"),
        (good[:11], "T601"),
        (b"\0" + good[1:], "T603"),
        (b"\x88\x75" + good[2:], "T603"),
    ]:
        path.write_bytes(changed)
        for act in (tracer.render, tracer.lesson):
            assert said(lambda act=act: act(path)).endswith(f"[{code}]"), changed[:12]  # type: ignore[misc]
    path.write_bytes(b"")
    assert said(lambda: tracer.render(path)).endswith("[T601]" if name == "run.trace" else "[T107]")


def test_a_trace_file_in_place_of_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "looks like a problem.toml"
    made = run("trask-3-4-1", steps=50, keep=[1, 20, 50])
    save(made, tmp_path / "run.trace")
    (tmp_path / "run.trace").rename(path)
    assert begins_as_ours(path) and not begins_as_ours(tmp_path) and not begins_as_ours("mazur")
    assert tracer.render(path, step=20) == tracer.render(made, step=20)
    assert tracer.render(path) == tracer.render(made, step=1)
    made_20 = tracer.lesson(path, step=20)
    assert (made_20.step, made_20.steps) == (20, 50)
    assert tracer.lesson(str(path)).step == 1
    assert said(lambda: tracer.render(path, steps=9)).endswith("[T107]")
    assert said(lambda: tracer.lesson(path, arithmetic=3)).endswith("[T107]")
    path.write_bytes(path.read_bytes()[:-1])
    assert said(lambda: tracer.render(path)).endswith("[T601]")


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (30, "step: step 30 was not kept.\nThe nearest that were kept: 20 and 50.\nKeep it: "),
        (60, "step: step 60 was not kept.\nThe nearest that was kept: 50.\nKeep it: "),
        (101, "step: there is no step 101 to tell.\nExpected 1 to 100.   [T301]"),
        (0, "step: there is no step 0 to tell.\nExpected 1 to 100.   [T301]"),
        (True, "step: there is no step True to tell.\n"),
    ],
)
def test_a_step_that_cannot_be_told(step: int, message: str) -> None:
    made = run("trask-3-4-1", steps=100, keep=[1, 20, 50])
    assert said(lambda: tracer.render(made, step=step)).startswith(message)


def test_no_step_was_kept() -> None:
    made = run("trask-3-4-1", steps=9, keep="loss")
    assert said(lambda: tracer.render(made, step=3)).startswith("step: step 3 was not kept.\nNo step was kept.\n")


@pytest.mark.parametrize("style", styles())
@pytest.mark.parametrize(
    "keep",
    [pytest.param(keep, marks=pytest.mark.others) for keep in ("everything", [3], [6], "first-and-last")] + [[3, 4]],
)
def test_a_page_of_any_step_says_which(style: str, keep: Any) -> None:
    made = run("gokadin-xor", steps=6, keep=keep)
    page = tracer.render(made, style=style, step=made.kept[-1])
    assert f"This page tells step {made.kept[-1]} of 6." in page
    assert "initial weights" not in page and "were drawn" not in page
    error = made.losses[made.kept[-1] - 1]
    assert f"{error:.6f}" in page
    assert "This page tells" not in tracer.render(run("gokadin-xor", steps=6), style=style)
