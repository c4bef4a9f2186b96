"""A commented problem file to begin with, as it stands in the templates."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

from tracer.errors import TracerError
from tracer.publish.files import write_whole


def write_new_problem(path: Path) -> None:
    """Write the file; it must not exist yet. Raises TracerError T501."""
    if os.path.lexists(path) and not path.is_dir():
        raise TracerError("T501", str(path), "this file exists already.", "Choose another name, or remove it first.")
    write_whole(path, resources.files("tracer.templates").joinpath("problem.toml").read_text(encoding="utf-8"))
