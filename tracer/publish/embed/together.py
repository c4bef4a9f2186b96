"""Several files replaced together: all of them, or none."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tracer.errors import TracerError
from tracer.publish.files import readable


@dataclass(frozen=True)
class Source:
    """A file as it was read."""

    path: Path
    content: bytes


def read_source(path: Path) -> Source:
    """A file with its content. Raises TracerError T813 for what is no ordinary file or cannot be read."""
    try:
        if path.is_dir():
            raise _refused(path, "this is a folder.", "Expected a Markdown file.")
        if path.exists() and not path.is_file():
            raise _refused(path, "this is no ordinary file.", "Expected a Markdown file.")
        return Source(path, path.read_bytes())
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _refused(path, f"the file cannot be read: {reason}.") from None


def check_replaceable(path: Path, line: int) -> None:
    """Refuse a file that must not be replaced: a link, or one that is read-only. Raises TracerError T813."""
    here = f"{readable(path)}, line {line}"
    if path.is_symlink():
        raise TracerError("T813", here, "this file is a symbolic link.", "", "Name the file that it leads to.")
    if not os.access(path, os.W_OK) or not stat.S_IMODE(path.stat().st_mode) & 0o222:
        raise TracerError("T813", here, "this file is read-only.", "", "Change its permissions first.")


def replace_together(new: Mapping[Source, bytes]) -> None:
    """Files get new contents, and keep their permissions: all of them, or none.

    Each content is written beside its file first, and all are put in their places at the end; what is killed on the
    way leaves every file whole. Raises TracerError T813 for a file that is no longer as it was read, T501 for what
    cannot be written.
    """
    beside: dict[Source, Path] = {}
    done: list[Source] = []
    at = Path()
    try:
        for source, content in new.items():
            at = source.path
            beside[source] = _written_beside(source, content)
        for source in new:
            _check_unchanged(source)
        for source in new:
            at = source.path
            _check_unchanged(source)
            os.replace(beside[source], source.path)
            done.append(source)
    except BaseException as error:
        for source in done:
            with suppress(OSError):
                os.replace(_written_beside(source, source.content), source.path)
        if isinstance(error, OSError):
            found = f"cannot be written: {error.strerror}; no file was changed."
            raise TracerError("T501", readable(at), found) from None
        raise
    finally:
        for path in beside.values():
            path.unlink(missing_ok=True)


def _written_beside(source: Source, content: bytes) -> Path:
    """A new file in the same folder, complete and on the disk."""
    beside = source.path.with_name(f".tracer-{secrets.token_hex(8)}.part")
    # O_EXCL: never through a file or link that somebody else put there
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, stat.S_IMODE(source.path.stat().st_mode))
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    return beside


def _check_unchanged(source: Source) -> None:
    if source.path.is_symlink() or read_source(source.path).content != source.content:
        raise _refused(source.path, "this file was changed while it was being woven.", "", "Run the command again.")


def _refused(path: Path, found: str, expected: str = "", remedy: str = "") -> TracerError:
    return TracerError("T813", f"{readable(path)}, line 1", found, expected, remedy)
