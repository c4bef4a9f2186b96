"""The pages of docs/reference that are made of the declarations. Rewrite them with

python tests/reference.py
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import reference_commands
import reference_errors
import reference_misconceptions
import reference_notations
import reference_operations
import reference_problem
import reference_templates

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference"
MADE = "<!-- made by tests/reference.py -->\n"
#: file -> its text, in the order of the contents
PAGES: Mapping[str, Callable[[], str]] = {
    "problem-file.md": reference_problem.page,
    "notations.md": reference_notations.page,
    "operations.md": reference_operations.page,
    "misconceptions.md": reference_misconceptions.page,
    "errors.md": reference_errors.page,
    "templates.md": reference_templates.page,
    "command-line.md": reference_commands.page,
}


def made(name: str) -> str:
    """A page as the declarations say it now."""
    return f"{MADE}\n{PAGES[name]().strip()}\n"


if __name__ == "__main__":
    for page in PAGES:
        (FOLDER / page).write_text(made(page), encoding="utf-8", newline="\n")
