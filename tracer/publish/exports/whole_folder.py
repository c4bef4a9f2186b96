"""A folder of files that is written whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from tracer.errors import TracerError, shortened


def write_folder(output: Path, files: Mapping[str, bytes]) -> None:
    """Files into a new folder, or in place of one that holds nothing but files of these names. It is made beside its
    place and put there when it is complete. Raises T501."""
    check_new_folder(output, files)
    target = Path(os.path.realpath(output))
    beside = target.with_name(f".tracer-{secrets.token_hex(8)}.part")
    old = target.with_name(f".tracer-{secrets.token_hex(8)}.old")
    try:
        beside.mkdir()
        for name, content in files.items():
            (beside / name).write_bytes(content)
        if target.exists():
            target.rename(old)
        beside.rename(target)
    except OSError as problem:
        if old.exists() and not target.exists():
            old.rename(target)
        raise _refused(output, f"cannot be written: {problem.strerror or problem}.") from problem
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def check_new_folder(output: Path, names: Collection[str]) -> None:
    """Refuse a folder that must not be replaced: a file, or one in which anything else stands. Raises T501."""
    where = shortened(output.parent, 200)
    try:
        if not output.parent.is_dir():
            raise _refused(output, f"the folder {where} does not exist.", "", "Make it first, or write elsewhere.")
        if not os.access(output.parent, os.W_OK | os.X_OK):
            raise _refused(output, f"the folder {where} is not writable.", "", "Write to another folder.")
        if not os.path.lexists(output):
            return
        if not output.is_dir():
            raise _refused(output, "this is a file.", "Expected the name of a folder.", "Choose another name.")
        foreign = [one for one in sorted(os.listdir(output)) if one not in names or not (output / one).is_file()]
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the path
        raise _refused(output, f"cannot be written: {problem}.") from None
    if foreign:
        found = f"there is something else in this folder: {shortened(foreign[0])}."
        raise _refused(output, found, "Expected a new folder, or the question of an earlier time.",
                       "Choose another name.")  # fmt: skip


def _refused(path: Path, found: str, expected: str = "", remedy: str = "") -> TracerError:
    return TracerError("T501", shortened(path, 200), found, expected, remedy)
