"""A zip archive into its files, read one at a time and never unpacked to disk.

Anyone may hand one in, so all of it is doubted: how many files it claims, how large they become, whether they overlap,
lead out of it, are links, encrypted, or not what their checksum says.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tracer.read.handed_in import LARGEST_CLASS_FILE, check_size, refused

LARGEST_ARCHIVE, LARGEST_LIST, LARGEST_TOTAL = 500_000_000, 5_000_000, 1_000_000_000  # bytes
MOST_MEMBERS, LARGEST_RATIO = 50_000, 200
_BROKEN = (zipfile.BadZipFile, NotImplementedError, ValueError, RuntimeError)
_END, _END_OF_LARGE = b"PK\x05\x06", b"PK\x06\x07"


def opened_archive(path: Path) -> tuple[zipfile.ZipFile, list[tuple[tuple[str, ...], Callable[[], bytes]]]]:
    """An archive, to be closed, and its files: the parts of each path, and what reads its bytes (raises SheetError).

    Raises T704 for what is no archive, claims too much, or overlaps itself.
    """
    _check_list(path)
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN as problem:
        raise refused(f"this is no archive that can be read: {problem}.", code="T704") from None
    try:
        return archive, _members(archive)
    except BaseException:
        archive.close()
        raise


def _members(archive: zipfile.ZipFile) -> list[tuple[tuple[str, ...], Callable[[], bytes]]]:
    members = [info for info in archive.infolist() if not info.is_dir()]
    if len(members) > MOST_MEMBERS:
        raise refused(f"there are {len(members):,} files in it.", f"Expected at most {MOST_MEMBERS:,}.", code="T704")
    if sum(info.file_size for info in members) > LARGEST_TOTAL:
        raise refused("its files are too large together.", f"Expected {LARGEST_TOTAL:,} bytes at most.", code="T704")
    end = 0
    for info in sorted(members, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise refused("its files overlap.", "Expected an ordinary archive.", code="T704")
        end = info.header_offset + 30 + info.compress_size
    count = Counter(info.filename for info in members)
    found: list[tuple[tuple[str, ...], Callable[[], bytes]]] = []
    for info in members:
        path = info.filename.replace("\\", "/")
        parts = tuple(part for part in path.split("/") if part not in ("", "."))
        if _leads_out(path):
            parts = (
                path if "/" in path else f"/{path}",
                *parts[-1:],
            )  # a label of its own, which is no other student's
        if parts:
            found.append((parts, partial(_content, archive, info, count[info.filename] > 1)))
    return found


def _leads_out(path: str) -> bool:
    return path.startswith("/") or ".." in path.split("/") or path[1:2] == ":"


def _check_list(path: Path) -> None:
    """Refuse an archive whose list of files alone would fill the memory, before anything else looks at it."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise refused("this is no ordinary file.", "Expected an archive.", code="T704")
    check_size(path.stat().st_size, LARGEST_ARCHIVE)
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 70_000))
        tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise refused("this is no zip archive.", "Expected a folder, a zip archive or a file of answers.", code="T704")
    (size,) = struct.unpack_from("<I", tail, at + 12)
    if size > LARGEST_LIST or tail[max(0, at - 20) : at].startswith(_END_OF_LARGE):
        raise refused("its list of files is too large.", f"Expected {LARGEST_LIST:,} bytes at most.", code="T704")


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, twice: bool) -> bytes:
    """The bytes of one file of an archive, as far as they can be trusted."""
    wrong = ""
    if _leads_out(info.filename.replace("\\", "/")):
        wrong = "its path leads out of the archive."
    elif twice:
        wrong = "the archive has two files of this name."
    elif info.flag_bits & 0x1:
        wrong = "it is encrypted."
    elif stat.S_ISLNK(info.external_attr >> 16):
        wrong = "this is a link to another place."
    elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        wrong = "it is compressed in a way that is not read."
    elif info.file_size > 100_000 and info.file_size > LARGEST_RATIO * info.compress_size:
        wrong = "it would become suspiciously large."
    if wrong:
        raise refused(wrong, code="T704")
    check_size(info.file_size, LARGEST_CLASS_FILE)
    try:
        with archive.open(info) as file:
            content = file.read(LARGEST_CLASS_FILE + 1)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as problem:
        raise refused(f"it cannot be unpacked: {problem}.", code="T704") from None
    check_size(len(content), LARGEST_CLASS_FILE)
    return content
