"""Hostile sheets, all the way: nothing is run, nothing hangs, and the rest of the class is graded.

`CLASSES` are the 24 classes of hostile input that were collected before the checker was built, each with the tests that
cover it. A class of students is graded here in which each hands in one of them.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import time
import tracemalloc
import zipfile
from functools import lru_cache
from pathlib import Path
from random import Random

import pytest

from tracer.check.class_report import rows_of
from tracer.check.grading import Course, results_of
from tracer.check.plain_report import plain_report
from tracer.check.report_json import gradescope_json, report_json
from tracer.check.sheet_report import report_of
from tracer.publish.homework import checked_sheet, course_for
from tracer.publish.report_folder import Pages, grade
from tracer.publish.report_page import student_page
from tracer.read.answers import Sheet, read_answer

HERE = Path(__file__).parent
MOST_SECONDS, MOST_BYTES = 2, 200_000_000

CLASSES = {
    "1 calls of Python (__import__)": ("test_typed_answer.py::test_what_is_refused", "CODE"),
    "2 attributes, lambda, comprehensions, strings": ("test_typed_answer.py::test_what_is_refused", "CODE"),
    "3 names that are code": ("test_typed_answer.py::test_any_name_is_found_or_refused", "test_names_are_text"),
    "4 towers of powers": ("test_typed_answer.py::test_what_is_refused", "LONG"),
    "5 factorials, huge expansions, overflow": ("test_typed_answer.py::test_what_is_refused", "LONG"),
    "6 equalities that cost minutes": ("test_typed_answer.py::test_any_text_is_read_or_refused", "LONG"),
    "7 deep nesting, long sums": ("test_typed_answer.py::test_what_is_refused", "LONG"),
    "8 nan and inf": ("test_read_number.py::test_what_is_refused", "NUMBERS"),
    "9 other digits, signs and spaces": ("test_read_number.py::test_what_is_read", "NUMBERS"),
    "10 exponents that fill the memory": ("test_read_number.py::test_nothing_takes_long", "NUMBERS"),
    "11 numbers of thousands of digits": ("test_read_number.py::test_a_number_has_at_most_sixty_digits", "NUMBERS"),
    "12 JSON: NaN, doubled keys, depth, size, codes": (
        "test_answers.py::test_hostile_sheets_are_read_and_cost_little",
    ),
    "13 YAML": ("test_files_that_are_no_sheets",),
    "14 CSV: fields, NUL, columns, quotes, doubled students": (
        "test_answers.py::test_broken_sheets",
        "test_answers.py::test_several_students_in_one_file",
        "test_a_student_twice",
    ),
    "15 formulas of a spreadsheet": ("test_reports.py::test_no_cell_begins_a_formula", "test_cells_of_a_hostile_class"),
    "16 archives": ("test_class_of_sheets.py::test_hostile_archives", "test_a_hostile_archive"),
    "17 XML": ("test_files_that_are_no_sheets",),
    "18 HTML, TeX, Markdown and terminals": ("test_hostile_text.py", "test_labels_and_answers_are_text"),
    "19 notebooks": ("test_answers.py::test_hostile_sheets_are_read_and_cost_little", "test_a_notebook_is_not_run"),
    "20 slow patterns, very many answers, odd keys": (
        "test_read_number.py::test_nothing_takes_long",
        "test_answers.py::test_ten_thousand_answers_and_no_more",
        "test_names_are_text",
    ),
    "21 keys that leak": (
        "test_reports.py::test_a_hidden_key_stays_hidden",
        "test_reports.py::test_gradescope_takes_it",
    ),
    "22 sheets that play for marks": ("test_sheets_that_play_for_marks",),
    "23 pickles and arrays": ("test_files_that_are_no_sheets",),
    "24 what nobody can interrupt": ("test_a_hostile_class_is_graded", "test_read_number.py::test_nothing_takes_long"),
}

#: answers to z1[1] by what is wrong with them; none is a number, and none may be run
CODE = [
    "__import__('os').system('touch ran')", "x.__class__.__mro__", "().__class__", "lambda:0", "[x for x in z1]",
    "a:=1", "f'{z1}'", "open('ran','w')", "exec(\"open('ran','w')\")", "{{ 7*7 }}", "{% for x in y %}", "${z1}",
]  # fmt: skip
LONG = [
    "9**9**9", "10^100^100", "factorial(10**7)*a1", "exp(exp(exp(exp(9))))*a1", "(" * 5000, "-" * 100_000 + "1",
    "1+" * 20_000 + "1", "(x+y+1)**300", "sqrt(" * 60 + "2" + ")" * 60, "9" * 5000, "a" * 100_000,
]  # fmt: skip
NUMBERS = [
    "nan", "inf", "-inf", "1e400", "Infinity", "1e1000000000", "1E-99999999", "0x10", "1_000", "1.2.3", "--1", "50%",
    "0.1-0.9", "0.37 0.38", "± 0.3775", "\u202e5773.0",
]  # fmt: skip


def named_in(name: str) -> set[str]:
    tree = ast.parse((HERE / name).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_each_class_has_its_tests() -> None:
    assert [name.split()[0] for name in CLASSES] == [str(number) for number in range(1, 25)]
    here = named_in(Path(__file__).name) | {"CODE", "LONG", "NUMBERS"}
    for names in CLASSES.values():
        for name in names:
            file, _, test = name.partition("::") if ".py" in name else (Path(__file__).name, "", name)
            assert (not test and (HERE / file).exists()) or test in (
                here if file == Path(__file__).name else named_in(file)
            )


@lru_cache(maxsize=1)
def course() -> Course:
    return course_for("mazur", asked="z1,a1")


GOOD = "name,value\nz1[1],0.3775\nz1[2],0.3925\na1[1],0.5933\na1[2],0.5969\n"


def graded(folder: Path, output: Path, **how: bool) -> tuple[str, list[dict[str, str]]]:
    """The page of a class and the rows of its marks."""
    grade(course(), folder, output, Pages(**how))  # type: ignore[arg-type]
    marks = (output / "marks.csv").read_bytes().decode("utf-8-sig")
    return (output / "class.md").read_text(encoding="utf-8"), list(csv.DictReader(io.StringIO(marks)))


def test_a_hostile_class_is_graded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "good.csv").write_text(GOOD)
    for place, text in enumerate([*CODE, *LONG, *NUMBERS]):
        (folder / f"h{place}.csv").write_text('name,value\nz1[1],"' + text.replace('"', '""') + '"\na1[1],0.5933\n')
    course()
    tracemalloc.start()
    begun = time.process_time()
    _, rows = graded(folder, tmp_path / "report")
    took, (_, peak) = time.process_time() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < MOST_SECONDS * len(rows) and peak < MOST_BYTES
    assert not (tmp_path / "ran").exists()
    by_name = {row["student"]: row for row in rows}
    assert by_name["good"]["marks"] == "4"
    for place, text in enumerate([*CODE, *LONG, *NUMBERS]):
        row = by_name[f"h{place}"]
        if row["marks"]:  # one answer was not read, or was said to be left out, and the other counts
            assert (int(row["unreadable"]), int(row["right"])) == (1, 1) or row["problems"], text[:40]
            page = (tmp_path / "report" / row["page"]).read_text(encoding="utf-8")
            assert "could not be read: " in page or "What was not read" in page, text[:40]
        else:
            assert row["problems"].startswith("line "), text[:40]


def test_files_that_are_no_sheets(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "good.csv").write_text(GOOD)
    (folder / "bomb.yaml").write_text("a: &a [x, x]\nb: &b [*a, *a]\n")
    (folder / "laughs.xml").write_text('<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>')
    (folder / "arrays.npz").write_bytes(b"PK\3\4")
    (folder / "code.pickle").write_bytes(b"cos\nsystem\n(S'touch ran'\ntR.")
    (folder / "deep.json").write_text("[" * 100_000)
    (folder / "nul.csv").write_bytes(b"z1[1],0.5\nz1[2],\0\n")
    page, rows = graded(folder, tmp_path / "report")
    assert {row["student"]: row["marks"] for row in rows} == {
        "good": "4", "arrays": "", "bomb": "", "code": "", "deep": "", "laughs": "", "nul": "",
    }  # fmt: skip
    reasons = {row["student"]: row["problems"] for row in rows}
    assert (
        reasons["bomb"] == "no file of answers, only bomb.yaml."
        and reasons["nul"] == "line 2: this is not text. Save it as UTF-8 text."
    )
    assert all(reason for name, reason in reasons.items() if name != "good")
    assert "nul (nul.csv): line 2, this is not text." in page


def test_a_student_twice(tmp_path: Path) -> None:
    students = ("anna", "../../anna", "Anna", "=1+1", "ben", "ben", "a/b", "..")
    lines = [f"{student},0.3775,0.5933" for student in students]
    (tmp_path / "class.csv").write_text("\n".join(["student,z1[1],a1[1]", *lines, ""]))
    _, rows = graded(tmp_path / "class.csv", tmp_path / "report")
    pages = [row["page"] for row in rows if row["page"]]
    written = [path.name for path in (tmp_path / "report" / "students").iterdir()]
    assert len(written) == len({name.lower() for name in pages}) == len(pages) >= 6
    assert {path.name for path in tmp_path.iterdir()} == {"class.csv", "report"}
    assert "'=1+1" in [row["student"] for row in rows]


def test_cells_of_a_hostile_class(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    folder.mkdir()
    for place, text in enumerate(('=HYPERLINK("http://x","y")', "=cmd|'/C calc'!A0", "@SUM(A1)", "+1+1", "-2+3+cmd")):
        name = f"{text[0]}name{place}"
        (folder / f"{name}.csv").write_text(
            f'student,"{text.replace(chr(34), chr(34) * 2)}"\nz1[1],"{text.replace(chr(34), "")}"\n'
        )
    (folder / "minus.csv").write_text("z1[1],-0.5\n")
    _, rows = graded(folder, tmp_path / "report")
    for row in rows:
        for name, text in row.items():
            if text[:1] in ("=", "+", "-", "@", "\t", "\r"):
                assert (name, text) == ("written there", "-0.5")


def test_labels_and_answers_are_text(tmp_path: Path) -> None:
    label = "<img src=x onerror=alert(1)> ]]> \\input{/etc/passwd} $x$ [a](javascript:b) \x1b[31m #~}%"
    sheet = tmp_path / "x.json"
    sheet.write_text(
        json.dumps({"student": label, "answers": {"z1[1]": "<script>1</script>", "z1[2]": "\\write18{ls}"}})
    )
    report = checked_sheet(course(), sheet)
    page = student_page(report, "html")
    assert "<img src=x" not in page and "<script>1" not in page and 'href="javascript:' not in page
    tex = student_page(report, "latex")
    assert "\\input{/etc" not in tex and "\\write18" not in tex
    for format in ("markdown", "kramdown", "github", "typst"):
        page = student_page(report, format)
        assert "\x1b" not in page and ("<img src=x" not in page or format == "typst")


def test_a_notebook_is_not_run(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    folder.mkdir()
    cell = {"cell_type": "code", "metadata": {"tags": ["answers"]}, "source": "open('ran', 'w')", "outputs": []}
    (folder / "a.ipynb").write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    (folder / "good.csv").write_text(GOOD)
    _, rows = graded(folder, tmp_path / "report")
    assert {row["student"]: row["marks"] for row in rows}["good"] == "4" and not Path("ran").exists()


def test_a_hostile_archive(tmp_path: Path) -> None:
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("good.csv", GOOD)
        archive.writestr("bomb.csv", b"0" * 30_000_000)
        archive.writestr("inner.zip", b"PK")
    _, rows = graded(path, tmp_path / "report")
    assert {row["student"]: bool(row["marks"]) for row in rows} == {"good": True, "bomb": False, "inner": False}


def test_names_are_text(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("__class__,1\n__proto__,1\n__import__('os').getpid(),1\nz1[1],0.3775\n'; DROP,1\n")
    report = checked_sheet(course(), tmp_path / "x.csv")
    assert report.right == 1 and len(report.problems) == 4
    assert all(name in " ".join(report.problems) for name in ("__class__", "__proto__", "DROP"))


@pytest.mark.parametrize(
    ("problem", "asked", "count"),
    [
        ("eoj-softmax", "forward,E", 8),
        pytest.param("mazur", "", 30, marks=pytest.mark.others),
        pytest.param("eoj-softmax", "", 30, marks=pytest.mark.others),
    ],
)
def test_any_numbers_have_a_report(problem: str, asked: str, count: int) -> None:
    """Numbers beyond reason, zeros where something is divided by, and gaps: every report can be told, in every form."""
    random = Random(1)
    texts = "0 0.0 -1 1 1e300 -1e-300 1/3 999999999999999 0.5 -0,5 1e-12 1e160 0.99999999999 -".split()
    every = course_for(problem, asked=asked)
    sheets = []
    for number in range(count):
        read = {question.address: read_answer(random.choice(texts)) for question in every.plan.asked}
        sheets.append(Sheet(f"s{number}", "", {name: answer for name, answer in read.items() if answer is not None}))
    found = results_of(every, sheets)
    assert len(rows_of(found)) == count
    for place in range(count):
        for hidden in (False, True):
            report = report_of(found, place, hidden)
            assert plain_report(report) and student_page(report, "markdown")
            json.loads(report_json(report), parse_constant=pytest.fail)
            json.loads(gradescope_json(report), parse_constant=pytest.fail)


def test_sheets_that_play_for_marks() -> None:
    """Zeros and copied weights earn next to nothing, and after a right forward pass little more than it does."""
    every = course_for("mazur", asked="forward,E,delta,dw,w_new")
    weights = {"w1_new[1,1]": ".15", "w1_new[1,2]": ".25", "w1_new[2,1]": ".2", "w1_new[2,2]": ".3"}
    weights |= {"w2_new[1,1]": ".4", "w2_new[1,2]": ".5", "w2_new[2,1]": ".45", "w2_new[2,2]": ".55"}
    zeros = {question.address: "0.0000" for question in every.plan.asked} | weights
    forward = {"z1[1]": "0.3775", "z1[2]": "0.3925", "a1[1]": "0.5933", "a1[2]": "0.5969", "z2[1]": "1.1059",
               "z2[2]": "1.2249", "a2[1]": "0.7514", "a2[2]": "0.7729", "E": "0.2984"}  # fmt: skip
    sheets = [
        Sheet(name, "", {key: read_answer(text) for key, text in answers.items()})  # type: ignore[misc]
        for name, answers in (("zeros", zeros), ("forward", zeros | forward))
    ]
    share = [float(marks / every.worth.total) for marks in results_of(every, sheets).marks]
    assert share[0] <= 0.063 and share[1] <= 0.345  # the figures of the prototype
