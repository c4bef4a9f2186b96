"""Sheets of answers in every format, and what is done with sheets that are broken, hostile or odd."""

from __future__ import annotations

import json
import os
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer import trace
from tracer.errors import TracerError
from tracer.explain.names import names_of
from tracer.explain.notation import notation
from tracer.read.answers import FORMATS, BadSheet, Sheet, read_sheet, sheets_in
from tracer.read.handed_in import SheetError
from tracer.read.number import Unreadable, Written
from tracer.read.resolved import Vocabulary, resolved
from tracer.read.typed_answer import Typed

#: the same answers in every format: a sheet of Anna's
EVERY_FORMAT = {
    "long.csv": 'name,value\nstudent,Anna\nz1,0.590\n"w1[1,2]",.1497\nE,\na1,"0,643"\ndelta,(a1 - t)*a1\n',
    "plain.csv": "student,Anna\nz1,0.590\nw1[1,2],.1497\na1,0.643\nE,-\ndelta,(a1 - t)*a1\n",
    "semicolons.csv": "sep=;\nGröße;Wert\nstudent;Anna\nz1;0.590\nw1[1,2];.1497\na1;0,643\ndelta;(a1 - t)*a1\n",
    "tabs.tsv": "name\twhat\tyour value\nstudent\t\tAnna\nz1\tnet\t0.590\nw1[1,2]\t\t.1497\na1\t\t0,643\n"
    "delta\t\t(a1 - t)*a1\n",
    "row.csv": 'student,z1,w1[1,2],E,a1,delta\nAnna,0.590,.1497,,"0,643",(a1 - t)*a1\n',
    "nested.json": '{"student": "Anna", "answers": {"z1": 0.590, "w1[1,2]": ".1497", "E": null, "a1": "0,643", '
    '"delta": "(a1 - t)*a1"}}',
    "flat.json": '{"student": "Anna", "z1": 0.590, "w1[1,2]": ".1497", "a1": "0,643", "delta": "(a1 - t)*a1"}',
    "lines.toml": 'student = "Anna"\n[answers]\nz1 = 0.590 # rounded\n"w1[1,2]" = ".1497"\na1 = 0,643\nE = ""\n'
    'delta = "(a1 - t)*a1"\n',
    "tables.toml": 'student = "Anna"\n'
    'answers = {z1 = 0.590, "w1[1,2]" = ".1497", a1 = "0,643", delta = "(a1 - t)*a1"}\n',
    "lines.txt": "Student: Anna\nz1 ≈ 0.590\nw1[1,2] = .1497\na1: 0,643\nE = ___\ndelta = (a1 - t)*a1\n",
    "sheet.md": "---\ntitle: Mazur\n---\n\n# A sheet\n\n**Name:** Anna\n\n| name | what | your value |\n|---|:--|--:|\n"
    "| `z1` | net | 0.590 |\n| `w1[1,2]` | a \\| b | $.1497$ |\n| `E` | | ___ |\n\nText.\n\n"
    "| what | value |\n|---|---|\n| not | 1 |\n\n```\n| name | value |\n|---|---|\n| `b` | 1 |\n```\n\n"
    "| Quantity | Your answer |\n|---|---|\n| `a1` | **0,643** |\n| `delta` | `(a1 - t)*a1` |\n",
    "work.ipynb": json.dumps({"cells": [
        {"cell_type": "code", "metadata": {}, "source": "z1 = 9", "outputs": []},
        {"cell_type": "code", "metadata": {"tags": ["answers"]},
         "source": ["# mine\n", "student = 'Anna'\n", "z1 = 0.590"], "outputs": []},
        {"cell_type": "code", "metadata": {"tags": ["answers"]}, "source": "print(solve())", "outputs": [
            {"output_type": "stream", "text": ["w1[1,2] = .1497\n", "a1 = 0,643\n"]}]},
        {"cell_type": "markdown", "metadata": {"tags": ["x", "answers"]},
         "source": "| name | value |\n|--|--|\n| `delta` | (a1 - t)*a1 |"},
    ]}),
}  # fmt: skip


@contextmanager
def bounded() -> Iterator[None]:
    """At most 2 seconds of work and 200 MB, what a sheet may cost."""
    start = time.process_time()
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 200_000_000
    finally:
        tracemalloc.stop()
    assert time.process_time() - start < 8  # what is traced takes about four times as long


def said(act: Callable[[], object]) -> str:
    with pytest.raises(TracerError) as caught:
        act()
    return str(caught.value)


def only(name: str, content: str | bytes, decimal: str = "") -> Sheet:
    (sheet,) = sheets_in(name, content.encode() if isinstance(content, str) else content, "", decimal)
    assert isinstance(sheet, Sheet), sheet
    return sheet


def texts(sheet: Sheet) -> dict[str, str]:
    return {name: answer.text for name, answer in sheet.answers.items()}


@pytest.mark.parametrize("name", EVERY_FORMAT)
@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16", "crlf"])
def test_the_same_answers_in_every_format(name: str, code: str, tmp_path: Path) -> None:
    text = EVERY_FORMAT[name]
    content = text.replace("\n", "\r\n").encode() if code == "crlf" else text.encode(code)
    (tmp_path / name).write_bytes(content)
    sheet = read_sheet(tmp_path / name)
    assert sheet.student == "Anna" and sheet.source == name
    z1, w, a1, delta = (sheet.answers[name] for name in ("z1", "w1[1,2]", "a1", "delta"))
    assert z1 == Written("0.590", Fraction(59, 100), 3, 3)
    assert isinstance(w, Written) and (w.value, w.decimals) == (Fraction(1497, 10000), 4)
    assert isinstance(a1, Written) and (a1.value, a1.decimals) == (Fraction(643, 1000), 3)
    assert isinstance(delta, Typed) and delta.text.strip("`") == "(a1 - t)*a1"
    assert len(sheet.answers) == 4  # the blank is none
    assert not [problem for problem in sheet.problems if "print" not in problem and "Mazur" not in problem]


def test_the_digits_of_a_sheet_decide_what_is_ambiguous() -> None:
    assert only("a.csv", 'z1,"1,234"\nz2,"0,5"').answers["z1"] == Written("1,234", Fraction(1234, 1000), 3, 4)
    assert only("a.csv", 'z1,"1,234"\nz2,0.5').answers["z1"] == Written("1,234", Fraction(1234), 0, 4)
    assert isinstance(only("a.csv", 'z1,"1,234"\nz2,0.5\nz3,"0,5"').answers["z1"], Unreadable)
    assert isinstance(only("a.csv", 'z1,"1,234"\nz2,7').answers["z1"], Unreadable)
    assert only("a.csv", 'z1,"1,234"', ",").answers["z1"] == Written("1,234", Fraction(1234, 1000), 3, 4)


def test_a_decimal_comma_without_quotes_is_never_read_as_its_first_half() -> None:
    sheet = only("a.csv", "name,value\nz1,0,593\nz2,0.5,a remark\nz3\n")
    assert sheet.answers["z1"] == Unreadable("0 , 593", "several numbers; write one")
    assert sheet.answers["z2"] == Written("0.5", Fraction(1, 2), 1, 1)
    assert sheet.problems == (
        "line 2: '0,593' is several cells; write a point, put the number in quotes, or put semicolons between cells",
        "line 3: 'a remark' is left out",
        "line 4: 'z3' has no comma",
    )
    (row,) = sheets_in("a.csv", b"student,z1,z2\nanna,0,5,0,6")
    assert row == BadSheet(
        "anna", "a.csv", 2, "there are 5 cells, but 3 headings. A number with a comma stands in quotes."
    )


def test_several_students_in_one_file() -> None:
    for content in ("student;z1;z2\nanna;0,5;1\nben;;2\n", "student;name;value\nanna;z1;0,5\nben;z2;2\nanna;z2;1"):
        found = list(sheets_in("a.csv", content.encode()))
        assert [(sheet.student, texts(sheet)) for sheet in found if isinstance(sheet, Sheet)] == [
            ("anna", {"z1": "0,5", "z2": "1"}), ("ben", {"z2": "2"})
        ]  # fmt: skip
    found = list(sheets_in("a.json", b'[{"student": "a", "answers": {"z": 1.0}}, {"student": "b", "z": 2}, 7]'))
    assert [(sheet.student, texts(sheet)) for sheet in found if isinstance(sheet, Sheet)] == [
        ("a", {"z": "1.0"}), ("b", {"z": "2"})
    ]  # fmt: skip
    assert isinstance(found[2], BadSheet)


def test_a_student_with_two_lines_is_not_guessed() -> None:
    found = list(sheets_in("a.csv", b"student,z1,z2\nanna,1,2\nben,3,4\nanna,1,3\n,5,6"))
    assert [sheet.student for sheet in found] == ["anna", "ben", "a"]
    assert found[0] == BadSheet("anna", "a.csv", 2, "this student stands in line 4 too; nobody knows which counts.")
    assert found[2] == BadSheet("a", "a.csv", 5, "there is no student in this line.")


def test_an_answer_that_is_given_twice_is_not_guessed() -> None:
    sheet = only("a.json", '{"z1": 0.5, "z1": 0.6, "z2": 0.5, "z2": 0.5}')
    assert sheet.answers["z1"] == Unreadable("0.5 | 0.6", "answered twice, differently")
    assert sheet.answers["z2"] == Written("0.5", Fraction(1, 2), 1, 1)


def test_a_cell_that_names_another_quantity_is_said() -> None:
    assert only("a.csv", "z1,a1 = 0.5\nw_5,w5 = 0.5").problems == (
        "line 1: 'a1 = 0.5' stands at z1, but names another",
    )


#: what a file says -> what is said about it
BROKEN: dict[str, tuple[str, bytes, str]] = {
    "empty": ("a.csv", b"", "a.csv: the file is empty.\nExpected lines like  z1,0.59   [T702]"),
    "one column": ("a.csv", b"z1\nz2", "line 1: there is no comma, semicolon or tab in 'z1'."),
    "open quote": ("a.csv", b'z1,"0.5\nz2,1\n', "line 1: the quotes or the length of a cell are wrong"),
    "long cell": ("a.csv", b'z1,"' + b"1" * 140_000 + b'"', "line 1: the quotes or the length of a cell are wrong"),
    "a million columns": ("a.csv", b"student" + b",z" * 10**6 + b"\n1", "line 1: there are too many cells."),
    "NUL": ("a.csv", b"z1,0.5\nz2,\x001", "line 2: this is not text."),
    "UTF-16 without a mark": ("a.csv", "z1,0.5".encode("utf-16-le"), "line 1: this is not text."),
    "a picture": ("a.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x90", "line 1: this is not text."),
    "many lines": ("a.csv", b"\n" * 300_000, "there are too many lines."),
    "JSON is not": ("a.json", b'{"z1": 0.5,\n oops}', "line 2: this is not JSON"),
    "deep JSON": ("a.json", b"[" * 100_000, "brackets are nested too deep."),
    "deep objects": ("a.json", b'{"a":' * 100_000, "brackets are nested too deep."),
    "JSON of one number": ("a.json", b"0.5", "this is no object with names and values."),
    "answers is a list": ("a.json", b'{"answers": [1]}', "'answers' is not one object"),
    "answers twice": ("a.json", b'{"answers": {}, "answers": {}}', "'answers' is not one object"),
    "not UTF-8": ("a.json", b'{"z1": "\xff"}', "line 1: this is not UTF-8."),
    "no TOML": ("a.toml", b"z1 z2\n= 3", "line 1: this is neither TOML nor lines of answers"),
    "deep TOML": ("a.toml", b"a = " + b"[" * 9_000, "brackets are nested too deep."),
    "long TOML": ("a.toml", b"a = [" + b"[]," * 5_000 + b"]", "the file is too large."),
    "digits in TOML": ("a.toml", b"[x]\na = [" + b"1" * 5_000 + b"]", "this is neither TOML nor lines of answers"),
    "hexadecimal TOML": ("a.toml", b"a = {b = 0x10}", "a number is written with 0x"),
    "no line": ("a.txt", b"Dear teacher,\nI was ill.", "there is no line with an answer."),
    "no table": ("a.md", b"# Sheet\n\n| a | b |\n|---|---|\n| 1 | 2 |", "there is no table with answers."),
    "no notebook": ("a.ipynb", b"[]", "this is no notebook: it has no list of cells."),
    "no tag": ("a.ipynb",
               b'{"cells": [{"source": "z1 = 1"}, 5, {"metadata": {"tags": 3}}]}', "no cell has the tag 'answers'."),
    "a pickle": ("a.pkl", b"\x80\x04cos\nsystem\n(S'x'\ntR.", "files ending in '.pkl' are not read."),
    "arrays": ("a.npz", b"PK", "files ending in '.npz' are not read."),
    "YAML": ("a.yaml", b"a: &a [1]", "files ending in '.yaml' are not read."),
    "XML": ("a.xml", b'<!DOCTYPE a [<!ENTITY b "c">]>', "files ending in '.xml' are not read."),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_broken_sheets(name: str, tmp_path: Path) -> None:
    file, content, expected = BROKEN[name]
    (tmp_path / file).write_bytes(content)
    with bounded():
        message = said(lambda: read_sheet(tmp_path / file))
    assert message.startswith(file) and expected in message and len(message) < 400
    assert all(character.isprintable() or character == "\n" for character in message)


def test_files_that_are_none(tmp_path: Path) -> None:
    assert "No such file" in said(lambda: read_sheet(tmp_path / "no.csv"))
    assert "this is a folder" in said(lambda: read_sheet(tmp_path))
    os.mkfifo(tmp_path / "pipe.csv")
    assert "no ordinary file" in said(lambda: read_sheet(tmp_path / "pipe.csv"))
    assert "no ordinary file" in said(lambda: read_sheet("/dev/zero"))
    with (tmp_path / "huge.csv").open("wb") as file:
        file.truncate(10**12)
    assert "too large" in said(lambda: read_sheet(tmp_path / "huge.csv"))
    assert "cannot be read" in said(lambda: read_sheet("a\0b.csv"))


#: sheets that are read, whatever is in them; what cannot be read is one answer
HOSTILE: dict[str, tuple[str, bytes]] = {
    "code": ("a.csv", b"z1,__import__('os').getpid()\nz2,().__class__\nz3,x.__class__.__mro__\nz4,lambda:0\nz5,a:=1\n"),
    "powers": ("a.csv", b"z1,9**9**9\nz2,10**100**100\nz3,9^9^9\nz4,1e1000000\n"
               b"z5,factorial(10**7)\nz6,exp(exp(exp(x)))\n"),
    "deep": ("a.csv", b"z1," + b"(" * 5_000 + b"\nz2," + b"-" * 100_000 + b"\nz3," + b"1+" * 20_000 + b"x\n"),
    "long": ("a.csv", b"z1," + b"a" * 100_000 + b"\nz2," + b"1" * 5_000 + b"\n" + b"n" * 100_000 + b",1\n"),
    "many": ("a.csv", b"".join(b"z%d,0.5\n" % number for number in range(9_999))),
    "names": ("a.csv", b"__proto__,1\n__class__,2\n__init__,3\n../../x,4\n=cmd,5\n<script>,6\n"),
    "injection": ("a.csv", b'z1,"=HYPERLINK(""http://x"",""y"")"\nz2,=cmd|\' /C calc\'!A0\nz3,@SUM(1)\nz4,-0.5\n'),
    "JSON": ("a.json", b'{"z1": NaN, "z2": -Infinity, "z3": 1e999999999, "z4": '
             + b"1" * 100_000 + b', "z5": "\\ud800", '
             b'"\\udc00": 1, "z6": [1, [2]], "z7": {"a": 1}, "z8": true, "__class__": 1}'),
    "lists": ("a.json", b'{"z1": [' + b"[]," * 200_000 + b"1]}"),
    "notebook": ("a.ipynb", b'{"cells": [{"cell_type": "code", "metadata": {"tags": ["answers"]}, "outputs": 7, '
                 b'"source": "import os\\nos.system(\'x\')\\nz1 = open(\'/etc/passwd\').read()\\n'
                 b'%run x\\n!ls\\nz2 = 0.5"}]}'),
    "Markdown": ("a.md", b"| name | value |\n|---|---|\n" + b"|" * 5_000 + b"\n| `z1` | " + b"`" * 4_000 + b" |\n"),
    "bars": ("a.md", b"|name|value|\n|-|-|\n" + b"| `" * 40_000 + b"\n|a|1|" ),
    "rule": ("a.md", (b"|" + b"-|" * 40_000 + b"x\n") * 2 + b"| name | value |\n|---|---|\n|a|1|"),
    "dotted TOML": ("a.toml", b"z1 = [0.5]\n" + b"b." * 4_900 + b"c = 1\n"),
    "Windows": ("a.csv", "Größe;Wert\nstudent;Jörg\nz1;½\n".encode("cp1252")),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_sheets_are_read_and_cost_little(name: str, tmp_path: Path) -> None:
    file, content = HOSTILE[name]
    (tmp_path / file).write_bytes(content)
    with bounded():
        sheet = read_sheet(tmp_path / file)
    assert sheet.answers
    for typed, answer in sheet.answers.items():
        (typed + answer.text + "".join(sheet.problems)).encode("utf-8")
        if isinstance(answer, Unreadable):
            assert answer.reason and len(answer.text) <= 520
    readable = {typed for typed, answer in sheet.answers.items() if not isinstance(answer, Unreadable)}
    assert readable == {
        "code": set(), "powers": {"z6"}, "deep": set(), "long": {"n" * 97 + "..."},
        "many": {f"z{number}" for number in range(9_999)}, "names": set(sheet.answers), "injection": {"z4"},
        "JSON": {"\ufffd", "__class__"}, "lists": set(), "notebook": {"z2"}, "Markdown": set(), "bars": {"a"},
        "rule": {"a"}, "dotted TOML": {"z1[1]"}, "Windows": {"z1"},
    }[name]  # fmt: skip


def test_ten_thousand_answers_and_no_more() -> None:
    (sheet,) = sheets_in("a.csv", b"".join(b"z%d,0.5\n" % number for number in range(10_001)))
    assert sheet == BadSheet("a", "a.csv", 0, "there are more than 10,000 answers.")


LINES = st.sampled_from([
    "name", "value", "student", "z1", "w1[1,2]", "0.5", "0,5", ",", ";", "\t", '"', "'", "\n", "|", "---", "`", "=",
    ":", "[answers]", "{", "}", "[", "]", '"answers"', '{"cells":[', '"metadata":{"tags":["answers"]}', "\\", "\0",
    "\x1c", "\u2028", "(a1 - t)*a1", "$", "#", "1e5", "sep=",
])  # fmt: skip
CONTENTS = st.binary(max_size=200) | st.lists(LINES, max_size=30).map("".join).map(str.encode)


@given(st.sampled_from(sorted(FORMATS)), CONTENTS)
def test_any_file_is_read_or_refused(ending: str, content: bytes) -> None:
    with suppress(SheetError):
        for sheet in sheets_in(f"a{ending}", content):
            assert sheet.student.isprintable()
            if isinstance(sheet, Sheet):
                assert all(name and name.isprintable() and len(name) <= 100 for name in sheet.answers)
                assert all(problem.isprintable() for problem in sheet.problems)
            else:
                assert sheet.reason


JSONS = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.sampled_from(["answers", "code"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cells", "metadata", "tags", "source", "outputs", "answers", "student", "z"]), inner
        )
    ),
    max_leaves=12,
)


@given(JSONS, st.sampled_from([".json", ".ipynb"]))
def test_any_json_is_read_or_refused(data: object, ending: str) -> None:
    with suppress(SheetError):
        list(sheets_in(f"a{ending}", json.dumps(data).encode()))


@pytest.mark.parametrize("ending", ["json", "toml"])
def test_arrays_are_their_elements(ending: str) -> None:
    text = {"json": '{"a1": [0.59, "0,60"], "w1": [[0.1, 0.20], [0.3, null]], "z": [[1, [2]]], "E": []}',
            "toml": 'a1 = [0.59, "0,60"]\nw1 = [[0.1, 0.20], [0.3, ""]]\nz = [[1, [2]]]\nE = []'}  # fmt: skip
    (sheet,) = sheets_in(f"anna.{ending}", text[ending].encode())
    assert isinstance(sheet, Sheet)
    assert {name: one.text for name, one in sheet.answers.items() if isinstance(one, Written)} == {
        "a1[1]": "0.59", "a1[2]": "0,60", "w1[1,1]": "0.1", "w1[1,2]": "0.20", "w1[2,1]": "0.3"
    }  # fmt: skip
    assert len([one for one in sheet.problems if "several values" in one]) == 2


def meant(text: str, notation_name: str = "mazur") -> tuple[dict[str, str], tuple[str, ...]]:
    """A sheet of Mazur's network in JSON: what it says of which canonical element, and its problems."""
    network = trace("mazur").network
    (sheet,) = sheets_in("a.json", text.encode())
    assert isinstance(sheet, Sheet)
    read = resolved(sheet, Vocabulary(names_of(network, notation(notation_name))))
    found = {f"{key.name}{list(key.indices[-2:])}": given.answer.text for key, given in read.answers.items()}
    return found, read.problems


def test_arrays_are_counted_as_the_notation_counts() -> None:
    assert meant('{"weight1": [[1, 2], [3, 4]], "act1": [5, 6]}', "pytorch") == (
        {"w1[1, 1]": "1", "w1[2, 1]": "2", "w1[1, 2]": "3", "w1[2, 2]": "4", "a1[1, 1]": "5", "a1[1, 2]": "6"}, ()
    )  # fmt: skip
    assert meant('{"w1": [[1, 2], [3, 4]]}', "pytorch")[0]["w1[1, 2]"] == "2"  # its canonical name: by row


def test_an_array_that_does_not_fit_is_read_not_at_all() -> None:
    found, problems = meant('{"a1": [1, 2, 3], "z1": [4, 5]}')
    assert found == {"z1[1, 1]": "4", "z1[1, 2]": "5"}
    assert len(problems) == 1 and problems[0].startswith("'a1': this array is not read. a1 has no element")


def test_a_layer_that_may_be_another_one_is_not_guessed() -> None:
    """z2 is Nielsen's second layer, and canonically the third of his."""
    found, problems = meant('{"z2[1]": 1, "z3[1]": 2, "z1[2]": 3, "layer2.z[2]": 4, "dw2_1_2": 5}', "nielsen")
    assert found == {"z2[1, 1]": "2", "z1[1, 2]": "3", "z2[1, 2]": "4", "dw1[2, 1]": "5"}
    assert problems == (
        "'z2[1]': this is z2_1 in this notation, and another number by its canonical name. Write z2_1.",
    )


def test_a_list_of_names_and_values_is_one_sheet() -> None:
    text = b'[{"name": "z1", "value": 0.50}, {"value": "0,6", "name": "a1"}]'
    (sheet,) = sheets_in("anna.json", text)
    assert isinstance(sheet, Sheet) and {name: one.text for name, one in sheet.answers.items()} == {
        "z1": "0.50", "a1": "0,6"
    }  # fmt: skip


def test_a_name_beside_an_id_is_kept() -> None:
    text = b"id,name,z1\n17,Anna,0.5\n"
    (sheet,) = sheets_in("class.csv", text)
    assert isinstance(sheet, Sheet) and (sheet.student, sheet.name) == ("17", "Anna")
    (other,) = sheets_in("class.csv", b"Last name,First name,Email,z1\nKurz,Ida,i@x.org,0.5\n")
    assert isinstance(other, Sheet) and (other.student, other.name) == ("i@x.org", "Kurz Ida")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_names_may_stand_side_by_side(separator: str) -> None:
    text = 'z1[1],a1,"E"\n0.59,,-0.12\n'.replace(",", separator)
    (sheet,) = sheets_in("anna.csv", text.encode())
    assert isinstance(sheet, Sheet)
    assert {name: one.text for name, one in sheet.answers.items()} == {"z1[1]": "0.59", "E": "-0.12"}
    (two,) = sheets_in("anna.csv", f"{text}1{separator}2{separator}3\n".encode())
    assert isinstance(two, BadSheet) and two.line == 3 and "no column says whose they are" in two.reason
    (remarks,) = sheets_in("anna.csv", "z1,0.59,sure\na1,x1*w1,0.3\n".replace(",", separator).encode())
    assert list(remarks.answers) == ["z1", "a1"]  # a line for each answer, with remarks
    (pair,) = sheets_in("anna.csv", "z1,a1\n0.59,0.64\n".replace(",", separator).encode())
    assert {name: one.text for name, one in pair.answers.items()} == {"z1": "0.59", "a1": "0.64"}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: (path / "x.xlsx").write_bytes(b"PK"), "Save the table as CSV."),
        (lambda path: (path / "x").mkdir(), "For a whole class there is  tracer grade PROBLEM FOLDER -o report"),
        (lambda path: (path / "x.csv").write_text("student,z1,a1\na,1,2\nb,3,4\n"), "For a whole class there is"),
    ],
)
def test_what_is_no_sheet_says_what_to_do(make: Any, message: str, tmp_path: Path) -> None:
    make(tmp_path)
    with pytest.raises(TracerError, match=message):
        read_sheet(next(tmp_path.iterdir()))
