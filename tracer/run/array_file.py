"""Named arrays and a page of JSON in one file: safe to open from a stranger, and mapped instead of loaded.

The layout, all numbers little-endian:

    0    12 bytes   MAGIC
    12   4          version of the format
    16   8          length of the header
    24   8          length of the file
    32   28         BLAKE2b of these first 32 bytes and the header
    60   4          CRC-32 of the first 60 bytes
    64   header     JSON: what the writer says, and "arrays": [[name, dtype, shape, offset, CRC-32], ...]
    ...  arrays     each from a multiple of 64 bytes, in the order of the header; zeros between them

Nothing in it is ever run. An offset counts from the first multiple of 64 after the header.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from tracer.errors import TracerError, shortened
from tracer.run.files import write_pieces

Array = np.ndarray[Any, np.dtype[Any]]

MAGIC = b"\x89tracer\r\n\x1a\n\0"  # as in PNG: what changes line ends or cuts off the eighth bit shows at once
SUFFIX = ".trace"
VERSION = 1
PREAMBLE = struct.Struct("<12sIQQ28sI")
ALIGNED = 64  # bytes
LARGEST_HEADER = 2**23  # bytes
CHUNK = 2**20  # bytes that are read at once
DTYPES = ("<f8", "<i4")


# -- writing


def write_arrays(path: Path, about: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """What is to be said (plain data) and named arrays (float64, int32) to a file, written whole or not at all.

    Raises TracerError T402 for a header that is too large and T501 for a path that cannot be written.
    """
    plain = {name: np.ascontiguousarray(array, _dtype(array)).reshape(array.shape) for name, array in arrays.items()}
    rows = []
    end = 0
    for name, array in plain.items():
        start = _aligned(end)
        rows.append([name, array.dtype.str, list(array.shape), start, zlib.crc32(_bytes(array))])
        end = start + array.nbytes
    try:
        header = json.dumps({**about, "arrays": rows}, separators=(",", ":")).encode("ascii")
    except ValueError as error:  # a whole number with thousands of digits
        raise TracerError("T402", shortened(path, 200), f"the problem cannot be written down: {error}.") from None
    if len(header) > LARGEST_HEADER:
        found = f"what is to be said about the arrays would take {len(header):,} bytes."
        raise TracerError("T402", shortened(path, 200), found, f"Expected at most {LARGEST_HEADER:,}.")
    write_pieces(path, _pieces(header, plain, end))


def _pieces(header: bytes, arrays: Mapping[str, Array], size: int) -> Iterator[bytes | memoryview]:
    start = _aligned(PREAMBLE.size + len(header))
    first = struct.pack("<12sIQQ", MAGIC, VERSION, len(header), start + size)
    first += hashlib.blake2b(first + header, digest_size=28).digest()
    yield first + struct.pack("<I", zlib.crc32(first))
    yield header
    yield bytes(start - PREAMBLE.size - len(header))
    end = 0
    for array in arrays.values():
        yield bytes(_aligned(end) - end)
        yield _bytes(array)
        end = _aligned(end) + array.nbytes


def _dtype(array: Array) -> str:
    """Whole numbers are places and numbers of steps, which are small; everything else is float64."""
    return "<i4" if array.dtype.kind == "i" else "<f8"


def _bytes(array: Array) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _aligned(place: int) -> int:
    return -(-place // ALIGNED) * ALIGNED


# -- reading


def begins_as_ours(path: str | Path) -> bool:
    """Whether an ordinary file begins as `write_arrays` begins one; a pipe is not touched, it can be read only once."""
    try:
        if not Path(path).is_file():
            return False
        with Path(path).open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except (OSError, ValueError):
        return False


def meant_as_ours(path: str | Path) -> bool:
    """Whether an ordinary file is to be read as ours, also where its beginning was damaged: it is named as a trace
    file, it was cut off early, or most of its first bytes are ours."""
    try:
        if not Path(path).is_file():
            return False
        with Path(path).open("rb") as file:
            head = file.read(len(MAGIC))
    except (OSError, ValueError):
        return False
    agree = sum(one == other for one, other in zip(head, MAGIC, strict=False))
    cut = bool(head) and MAGIC.startswith(head)
    return Path(path).suffix.lower() == SUFFIX or cut or agree >= len(MAGIC) - 3


def read_arrays(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    """A file of `write_arrays` to what it says and its arrays, read-only and mapped: pages come when they are read.

    Every byte is checked first. Raises TracerError T101 for a file that cannot be read, T601 for a truncated one, T602
    for one that was changed, T603 for one of another kind, T604 for one of a newer version.
    """
    where = shortened(path.name or path, 200)
    try:
        if path.is_dir():
            raise TracerError("T101", where, "this is a folder.", "Expected a trace file.", "Name a file inside it.")
        if path.exists() and not path.is_file():  # a pipe cannot be mapped, and might never end
            raise TracerError("T101", where, "this is no ordinary file.", "Expected a trace file.")
        with path.open("rb") as file:
            about, rows, start = _header(file, where)
            size = os.fstat(file.fileno()).st_size
            _check_bytes(file, rows, start, where)
            whole = np.memmap(file, np.uint8, "r", shape=(size,))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise TracerError("T101", where, f"the file cannot be read: {reason}.") from None
    arrays = {}
    for name, dtype, shape, offset, _ in rows:
        first = start + offset
        last = first + math.prod(shape) * np.dtype(dtype).itemsize
        arrays[name] = np.asarray(whole[first:last]).view(dtype).reshape(shape)
    return about, arrays


def _header(file: IO[bytes], where: str) -> tuple[dict[str, Any], list[Any], int]:
    """What a file says, the rows of its arrays, and where the arrays begin; all of it checked."""
    size = os.fstat(file.fileno()).st_size
    first = file.read(PREAMBLE.size)
    if first[: len(MAGIC)] != MAGIC[: len(first)]:
        remedy = (
            "A trace file is what tracer run PROBLEM -o FILE.trace writes. If it was one, its beginning is damaged."
        )
        raise TracerError("T603", where, "this is no trace file.", "", remedy)
    if len(first) < PREAMBLE.size:
        raise _truncated(where, f"the file ends after {size:,} bytes.")
    _, version, length, whole, digest, check = PREAMBLE.unpack(first)
    if zlib.crc32(first[:-4]) != check:
        raise _changed(where, "the first 64 bytes do not agree with their checksum.")
    if version > VERSION:
        found = f"the file has format {version}."
        raise TracerError("T604", where, found, f"Expected at most {VERSION}.", "Open it with a newer Tracer.")
    if size < whole:
        raise _truncated(where, f"the file has {size:,} bytes of {whole:,}.")
    start = _aligned(PREAMBLE.size + length)
    if version < 1 or size > whole or length > LARGEST_HEADER or start > size:
        raise _changed(where, "its lengths do not fit together.")
    header = file.read(length)
    if hashlib.blake2b(first[:32] + header, digest_size=28).digest() != digest:
        raise _changed(where, "its header does not agree with its checksum.")
    try:
        about = json.loads(header)
    except (ValueError, RecursionError):
        raise _changed(where, "its header is no JSON.") from None
    rows = about.pop("arrays", None) if isinstance(about, dict) else None
    if not isinstance(rows, list) or not _plausible(rows, size - start):
        raise _changed(where, "its header does not say where the arrays are.")
    return about, rows, start


def _plausible(rows: list[Any], size: int) -> bool:
    """Whether rows of a header are arrays that fill `size` bytes as `write_arrays` lays them out."""
    end = 0
    seen = set()
    for row in rows:
        if not (isinstance(row, list) and len(row) == 5):
            return False
        name, dtype, shape, offset, check = row
        if not (isinstance(name, str) and dtype in DTYPES and isinstance(shape, list) and len(shape) < 16):
            return False
        if name in seen or not all(type(number) is int and 0 <= number < 2**63 for number in [*shape, offset, check]):
            return False
        seen.add(name)
        if offset != _aligned(end):
            return False
        end = offset + math.prod(shape) * np.dtype(dtype).itemsize
        if end > size:
            return False
    return end == size and bool(rows)


def _check_bytes(file: IO[bytes], rows: list[Any], start: int, where: str) -> None:
    """Read a file to its end, a piece at a time: checksums agree, numbers are finite, gaps are zero."""
    place = file.tell()
    for name, dtype, shape, offset, check in rows:
        if file.read(start + offset - place).strip(b"\0"):
            raise _changed(where, "there is something between its arrays.")
        left = math.prod(shape) * np.dtype(dtype).itemsize
        place, found, finite = start + offset + left, 0, True
        while left:
            piece = file.read(min(left, CHUNK))
            if not piece:
                raise _truncated(where, "the file became shorter while it was read.")
            found = zlib.crc32(piece, found)
            finite = finite and (dtype != "<f8" or bool(np.isfinite(np.frombuffer(piece, dtype)).all()))
            left -= len(piece)
        if found != check:
            raise _changed(where, f"the array {shortened(name)} does not agree with its checksum.")
        if not finite:
            raise _changed(where, f"the array {shortened(name)} holds something that is no finite number.")


def _truncated(where: str, found: str) -> TracerError:
    return TracerError("T601", where, found, "", "It was cut off, perhaps while it was copied; copy it again.")


def _changed(where: str, found: str) -> TracerError:
    remedy = "It was changed after it was written; get it again, or make it anew with tracer run."
    return TracerError("T602", where, found, "", remedy)
