"""What stands beside the pages: the schema of problem files, what is installed, completion, `python -m tracer`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import metadata
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tracer.publish.doctor import EXTRAS, Package, doctor, packages
from tracer.publish.schema import schema
from tracer.run.loading import built_in

HERE = Path(__file__).parent
PROBLEMS = sorted((HERE.parent / "tracer" / "problems").glob("*.toml"))
MADE = sorted((HERE / "published").rglob("*.toml"))
VALIDATOR = Draft202012Validator(json.loads(schema()))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(VALIDATOR.schema)


@pytest.mark.parametrize("path", [*PROBLEMS, *MADE], ids=lambda path: path.stem)
def test_problem_files_fit_the_schema(path: Path) -> None:
    assert list(VALIDATOR.iter_errors(tomllib.loads(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("tytle = 'x'", "'tytle' was unexpected"),
        ("notation = 'nilsen'", "'nilsen' is not one of"),
        ("[[layers]]\nactivation = 'sigmoyd'", "not valid under any of the given schemas"),
        ("[training]\nsteps = 'two'", "'two' is not of type 'integer'"),
        ("[training]\nmetrics = ['acuracy']", "'acuracy' is not one of"),
        ("deviations = ['slope-droped']", "not valid under any of the given schemas"),
        ("digits = 99", "not valid under any of the given schemas"),
        ("digits = '4xf'", "not valid under any of the given schemas"),
        ("[training]\nloss = 'hse'", "not valid under any of the given schemas"),
        ("[training]\nsteps = 0", "0 is less than the minimum of 1"),
        ("[training]\nbatch = 0", "not valid under any of the given schemas"),
        ("[training]\noptimizer = { name = 'adam', beta3 = 1 }", "not valid under any of the given schemas"),
    ],
)
def test_what_nobody_knows_is_marked(text: str, where: str) -> None:
    (error,) = VALIDATOR.iter_errors({"layers": []} | tomllib.loads(text))
    assert where in error.message


def test_a_problem_has_layers_or_equations() -> None:
    (error,) = VALIDATOR.iter_errors({"title": "Nothing"})
    assert "not valid under any" in error.message


@pytest.mark.parametrize(
    "text",
    [
        "style = 'my-own'",
        "digits = '4sf'",
        "[training]\nloss = 'E = sum(k, (a[k] - t[k])**4)'",
        "[training]\noptimizer = { name = 'adam', beta1 = 0.8 }",
    ],
)
def test_what_may_be_of_ones_own_is_not_marked(text: str) -> None:
    assert VALIDATOR.is_valid({"layers": []} | tomllib.loads(text))


def test_the_doctor_knows_every_extra() -> None:
    declared = metadata("backprop-tracer").get_all("Provides-Extra")
    assert declared is not None
    assert set(EXTRAS) == set(declared)
    assert {"numpy", "sympy", "jinja2", "markdown-it-py"} <= {one.name for one in packages()}
    assert all(one.here for one in packages())


def test_the_doctor_says_what_a_missing_extra_would_give(monkeypatch: pytest.MonkeyPatch) -> None:
    told = doctor()
    assert f"Python {sys.version_info.major}.{sys.version_info.minor}" in told
    assert re.search(r"numpy +\d+\.\d+", told)

    def bare(extra: str = "") -> list[Package]:
        here = {"typst": "", "click": "8.5.1"}
        return [one._replace(here=here.get(one.name, one.here)) for one in packages(extra)]

    monkeypatch.setattr("tracer.publish.doctor.packages", bare)
    assert re.search(r"click +8\.5\.1 +<8\.5,>=8\.1 +<- another version is wanted\n", doctor())
    assert "pip install 'click<8.5,>=8.1'" in doctor()
    assert re.search(r"pdf +missing +pages as PDF.*\n +pip install 'backprop-tracer\[pdf\]'", doctor())


def test_python_m_tracer(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "tracer", "--version"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("tracer ")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("tracer render maz", {"mazur", "mazur-one-by-one"}),
        ("tracer render x", {"xor.toml", "xs/"}),
        ("tracer render mazur --style ma", {"mazur"}),
        ("tracer show mazur w5 --notation ni", {"nielsen"}),
        ("tracer run mazur --deviation slope-d", {"slope-dropped", "slope-dropped-hidden"}),
    ],
)
def test_the_shell_offers_names_and_files(typed: str, offered: set[str], tmp_path: Path) -> None:
    assert "mazur" in built_in()
    (tmp_path / "xs").mkdir()
    for name in ("xor.toml", "xor.md"):
        (tmp_path / name).write_text("")
    asked = {"_TRACER_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    done = subprocess.run(
        [sys.executable, "-c", "import tracer_start; tracer_start.main()"],
        cwd=tmp_path, capture_output=True, text=True, env=os.environ | asked, check=False,
    )  # fmt: skip
    assert set(done.stdout.split()) == offered
