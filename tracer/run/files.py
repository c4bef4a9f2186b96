"""Bytes into files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tracer.errors import TracerError, shortened


def write_pieces(path: Path, pieces: Iterable[bytes | memoryview]) -> None:
    """Pieces of bytes into the file at `path`; the old file stays as it was until the new one is complete.

    They are written beside the target, which then is replaced and keeps its permissions. A link is followed. Raises
    T501 when the folder is missing or not writable, and when `path` is a folder, a device or read-only.
    """
    with _refusing(path):
        target = Path(os.path.realpath(path))
        _replace(target, pieces, _mode_to_keep(path, target))


def check_writable(path: Path) -> None:
    """Refuse now what `write_pieces` would refuse after a long run. Raises T501."""
    with _refusing(path):
        _mode_to_keep(path, Path(os.path.realpath(path)))


def check_other_file(path: Path, source: object) -> None:
    """Refuse an output that is the file which is read, also under another name. Raises T501."""
    if not isinstance(source, str | Path):
        return
    try:
        same = os.path.samefile(path, source)
    except (OSError, ValueError):  # one of them is not there
        return
    if same:
        raise _refused(path, "this is the file that is read.", "Expected another one.", "Write to a file of its own.")


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """What the system will not do, as one of our errors."""
    try:
        yield
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the path
        reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else str(problem)
        raise _refused(path, f"cannot be written: {reason}.") from problem


def _mode_to_keep(path: Path, target: Path) -> int | None:
    """The permissions of the target, None when there is no file yet; T501 for what must not be replaced."""
    if target.is_dir():
        raise _refused(path, "is a folder.", "Expected the name of a file.", "Add a file name to it.")
    if not target.parent.is_dir():
        folder = shortened(target.parent, 200)
        raise _refused(
            path, f"the folder {folder} does not exist.", remedy="Make the folder first, or write elsewhere."
        )
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise _refused(
            path, f"the folder {shortened(target.parent, 200)} is not writable.", remedy="Write to another folder."
        )
    if not target.exists():
        return None
    if not target.is_file():  # putting a file in the place of /dev/null would be no kindness
        raise _refused(path, "is not an ordinary file.", "Expected the name of a file.")
    if not os.access(target, os.W_OK):
        raise _refused(path, "is read-only.", remedy="Change its permissions, or write to another file.")
    return stat.S_IMODE(target.stat().st_mode)


def _replace(target: Path, pieces: Iterable[bytes | memoryview], mode: int | None) -> None:
    beside = target.with_name(f".tracer-{secrets.token_hex(8)}.part")
    # O_EXCL: never through a file or link that somebody else put there; 0o666 is cut down by the umask as usual
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(beside, mode)
        os.replace(beside, target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _refused(path: Path, found: str, expected: str = "", remedy: str = "") -> TracerError:
    return TracerError("T501", shortened(path, 200), found, expected, remedy)
