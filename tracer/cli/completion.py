"""What the shell offers while a command is typed: names, and files beside them."""

from __future__ import annotations

from collections.abc import Callable
from glob import escape, glob
from pathlib import Path


def named(kind: str) -> Callable[[str], list[str]]:
    """A function that offers the names of a kind of `tracer list` that begin as what was typed."""

    def complete(incomplete: str) -> list[str]:
        from tracer.publish.inventory import KINDS

        return [name for name, _ in KINDS[kind]() if name.startswith(incomplete)]

    return complete


def problem(incomplete: str) -> list[str]:
    """Built-in problems, and files and folders that begin as what was typed."""
    from tracer.run.loading import built_in

    files = [f"{path}/" if Path(path).is_dir() else path for path in sorted(glob(escape(incomplete) + "*"))]
    files = [path for path in files if path.endswith((".toml", ".trace", "/"))]
    return [*(name for name in built_in() if name.startswith(incomplete)), *files]
