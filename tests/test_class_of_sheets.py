"""The sheets of a class: folders and archives as platforms hand them out, and as an enemy would."""

from __future__ import annotations

import os
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from tracer.errors import TracerError
from tracer.read.answers import BadSheet, Sheet
from tracer.read.class_of_sheets import read_class
from tracer.read.file_labels import file_labels

FILES = {
    "ben.csv": "student,Ben K.\nz1,0.5",
    "anna.json": '{"z1": 0.5}',
    "chris.pdf": "%PDF",
    "dora.csv": 'z1,"0.5',
    "emil/answers.md": "| name | value |\n|--|--|\n| z1 | 0.5 |",
    "emil/photo.png": "x",
    "Fay Yu_123_assignsubmission_file/hw/answers.toml": "z1 = 0.5",
    "Fay Yu_124_assignsubmission_file_sheet.csv": "z1,0.5",
    "gina/a.csv": "z1,0.5",
    "gina/b.csv": "z1,0.6",
    "hans.csv": "z1,0.5",
    "hans.json": '{"z1": 0.6}',
    "submission_7/metadata.yml": "a: 1",
    "submission_7/work.txt": "z1 = 0.5",
    ".DS_Store": "x",
    "__MACOSX/._anna.json": "x",
}
EXPECTED = [
    ("Fay Yu_123", "Fay Yu_123_assignsubmission_file/hw/answers.toml", ""),
    ("Fay Yu_124", "Fay Yu_124_assignsubmission_file_sheet.csv", ""),
    ("anna", "anna.json", ""),
    ("ben", "ben.csv", ""),
    ("chris", "chris.pdf", "no file of answers, only chris.pdf."),
    ("dora", "dora.csv", "the quotes or the length of a cell are wrong: unexpected end of data."),
    ("emil", "emil/answers.md", ""),
    ("gina", "gina/a.csv", "several files of answers, a.csv and b.csv; nobody knows which counts."),
    ("hans", "hans.csv", "several files of answers, hans.csv and hans.json; nobody knows which counts."),
    ("submission_7", "submission_7/work.txt", ""),
]


def told(source: Path) -> list[tuple[str, str, str]]:
    found = list(read_class(source))
    for sheet in found:
        assert isinstance(sheet, BadSheet) or {name: answer.text for name, answer in sheet.answers.items()} == {
            "z1": "0.5"
        }
    return [(sheet.student, sheet.source, getattr(sheet, "reason", "")) for sheet in found]


def refusal(source: Path) -> str:
    with pytest.raises(TracerError) as caught:
        list(read_class(source))
    return str(caught.value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        path = tmp_path / "class" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return tmp_path / "class"


def test_a_folder(folder: Path) -> None:
    assert told(folder) == EXPECTED
    (ben,) = (sheet for sheet in read_class(folder) if sheet.student == "ben")
    assert isinstance(ben, Sheet) and ben.signed == "Ben K."


@pytest.mark.parametrize("outer", ["", "homework 3/"])
def test_an_archive(tmp_path: Path, outer: str) -> None:
    with zipfile.ZipFile(tmp_path / "class.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in reversed(FILES.items()):
            archive.writestr(outer + name, content)
    assert told(tmp_path / "class.zip") == EXPECTED


def test_an_archive_of_one_student(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.writestr("anna/answers.csv", "z1,0.5")
        archive.writestr("anna/photo.png", "x")
    assert told(tmp_path / "class.zip") == [("anna", "anna/answers.csv", "")]


def test_one_file_with_a_class(tmp_path: Path) -> None:
    (tmp_path / "class.csv").write_text("id;z1\nben;0.5\n../../x;0.5\n", encoding="utf-8")
    assert told(tmp_path / "class.csv") == [("ben", "class.csv", ""), ("../../x", "class.csv", "")]


def test_links_and_devices_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "anna.csv").write_text("z1,0.5")
    os.symlink("/etc/passwd", tmp_path / "ben.csv")
    os.symlink(tmp_path, tmp_path / "round.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    assert told(tmp_path) == [
        ("anna", "anna.csv", ""),
        ("ben", "ben.csv", "this is a link to another place. Expected a file."),
        ("pipe", "pipe.csv", "this is no ordinary file. Expected a file of answers."),
        ("round", "round.csv", "this is a link to another place. Expected a file."),
    ]


def test_what_is_no_class(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert refusal(tmp_path / "empty") == (
        "empty: there are no sheets in it.\nExpected a file or a folder for each student.   [T704]"
    )
    (tmp_path / "no.zip").write_bytes(b"z1,0.5")
    assert "this is no zip archive." in refusal(tmp_path / "no.zip")
    assert "No such file" in refusal(tmp_path / "missing")
    assert "[T704]" in refusal(tmp_path / "missing.zip")
    deep = tmp_path / "deep" / "/".join("a" * 20)
    deep.mkdir(parents=True)
    assert "its folders are more than 8 deep." in refusal(tmp_path / "deep")


def entry(name: str, content: str = "z1,0.5", **about: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    for key, value in about.items():
        setattr(info, key, value)
    return info


def test_hostile_members_are_refused_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("../out.csv", "/etc/absolute.csv", "C:/drive.csv", "..\\back.csv", "good.csv"):
            archive.writestr(entry(name), "z1,0.5")
        archive.writestr(entry("link.csv", external_attr=0o120777 << 16), "/etc/passwd")
        archive.writestr("nested.zip", b"PK\x05\x06" + b"\0" * 18)
        archive.writestr(entry("bomb.csv", compress_type=zipfile.ZIP_DEFLATED), "1" * 9_000_000)
        archive.writestr(entry("large.csv"), "1" * 10_000_001)
        archive.writestr(entry("lzma.csv", compress_type=zipfile.ZIP_LZMA), "z1,0.5")
        archive.writestr(entry("wrong.csv"), "z1,0.5wrong")
        archive.writestr(entry("secret.csv"), "z1,0.5")
        archive.writestr(entry("twice.csv"), "z1,0.5")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(entry("twice.csv"), "z1,0.6")
    content = bytearray(path.read_bytes().replace(b"z1,0.5wrong", b"z1,0.5wrung"))
    at = content.rindex(b"secret.csv") - 46
    content[at + 8] |= 1  # the flag of encryption
    path.write_bytes(content)
    before = sorted(tmp_path.rglob("*"))
    start = time.process_time()
    found = {student: reason for student, _, reason in told(path)}
    assert time.process_time() - start < 2
    assert sorted(tmp_path.rglob("*")) == before  # nothing was unpacked
    assert found == {
        "good": "",
        "../out.csv": "its path leads out of the archive.",
        "../back.csv": "its path leads out of the archive.",
        "/etc/absolute.csv": "its path leads out of the archive.",
        "C:/drive.csv": "its path leads out of the archive.",
        "link": "this is a link to another place.",
        "nested": "an archive in an archive is not opened.",
        "bomb": "it would become suspiciously large.",
        "large": "the file is too large. Expected at most 10,000,000 bytes.",
        "lzma": "it is compressed in a way that is not read.",
        "wrong": "it cannot be unpacked: Bad CRC-32 for file 'wrong.csv'.",
        "secret": "it is encrypted.",
        "twice": "several files of answers, twice.csv and twice.csv; nobody knows which counts.",
    }


def overlapping(path: Path) -> None:
    """One compressed file that many entries of the list point at."""
    data = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = data.compress(b"1" * 50_000) + data.flush()
    name = b"a.csv"
    sizes = struct.pack("<III", zlib.crc32(b"1" * 50_000), len(body), 50_000)
    local = (
        b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 33) + sizes + struct.pack("<HH", len(name), 0) + name + body
    )
    listed = b""
    for number in range(500):
        other = b"%04d.csv" % number
        listed += b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33) + sizes
        listed += struct.pack("<HHHHHII", len(other), 0, 0, 0, 0, 0, 0) + other
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 500, 500, len(listed), len(local), 0)
    path.write_bytes(local + listed + end)


def test_hostile_archives(tmp_path: Path) -> None:
    path = tmp_path / "class.zip"
    overlapping(path)
    assert "its files overlap." in refusal(path)
    path.write_bytes(b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 9, 9, 900_000_000, 0, 0))
    assert "its list of files is too large." in refusal(path)
    path.write_bytes(b"PK\x06\x07" + b"\0" * 16 + b"PK\x05\x06" + b"\0" * 18)
    assert "its list of files is too large." in refusal(path)
    path.write_bytes(b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 9, 9, 900, 0, 0))
    assert "no archive that can be read" in refusal(path)
    with path.open("wb") as file:
        file.truncate(600_000_000)
    assert "too large" in refusal(path)


def test_a_hundred_thousand_members(tmp_path: Path) -> None:
    listed = b"".join(
        b"PK\x01\x02" + b"\0" * 24 + struct.pack("<H", 6) + b"\0" * 16 + b"%06d" % number for number in range(100_000)
    )
    (tmp_path / "class.zip").write_bytes(
        listed + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 9, 9, len(listed), 0, 0)
    )
    assert "its list of files is too large." in refusal(tmp_path / "class.zip")


def test_labels_for_files_are_safe_and_differ() -> None:
    students = ["../../x", "x", "X", "con", "", "a\nb", "a,b", "=cmd", "\u202e", "日本", "é" * 200, ".hidden", "a/b"]
    labels = file_labels(students)
    assert list(labels) == students
    assert len({label.lower() for label in labels.values()}) == len(students)
    for label in labels.values():
        assert 0 < len(label) < 80 and label.isascii() and label.replace("-", "").replace("_", "").isalnum()
        assert label.lower() != "con" and label[0] not in "-."
