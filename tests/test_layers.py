"""Who may import whom, and what `import tracer` costs: the rooms of the house, from the ground up.

Imports are read from the source, wherever they stand; only what is under `if TYPE_CHECKING:` is left out.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import tracer

ROOT = Path(tracer.__file__).parent
FILES = sorted(path for path in ROOT.rglob("*.py") if "templates" not in path.parts)
NAMES = [str(path.relative_to(ROOT)) for path in FILES]

#: from the ground up; a room imports only from itself and from those before it
ORDER = ("errors", "calculus", "ops", "run", "explain", "read", "check", "publish", "cli")
#: the package itself and its data: tracer/__init__ gathers the public names, problems holds files alone
GATHERS, DATA = ("__init__", "__main__"), ("problems",)
#: what only these files or rooms may import
ONLY = {
    "sympy": ("calculus/algebra.py",),
    "jinja2": ("publish",),
    "markdown_it": ("read", "publish"),
    "mdit_py_plugins": ("read", "publish"),
    "typer": ("cli",),
    "rich": ("cli", "publish/progress.py"),
    "typst": ("publish/pdf.py",),
    "markdown": ("publish/embed/python_markdown.py",),
    "IPython": ("publish/embed/jupyter.py",),
    "sphinx": ("publish/embed/sphinx.py", "publish/embed/sphinx_math.py"),
    "docutils": ("publish/embed/sphinx.py", "publish/embed/sphinx_math.py"),
    "msgspec": ("run", "check", "publish"),
}
HEAVY = ("sympy", "jinja2", "markdown_it", "mdit_py_plugins", "typer", "rich", "typst", "markdown", "IPython", "sphinx",
         "docutils")  # fmt: skip


class Import(NamedTuple):
    """One imported module, by its full name, and the line."""

    module: str
    line: int


def imports(path: Path) -> Iterator[Import]:
    """Every module a file imports, also inside functions; `from tracer.run import names` counts as tracer.run.names."""

    def visit(node: ast.AST) -> Iterator[Import]:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for part in node.orelse:
                yield from visit(part)
            return
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}, line {node.lineno}: a relative import"
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                inside = ROOT.parent.joinpath(*module.split("."))
                found = inside.is_dir() or inside.with_suffix(".py").exists()
                yield Import(module if found else str(node.module), node.lineno)
        for part in ast.iter_child_nodes(node):
            yield from visit(part)

    yield from visit(ast.parse(path.read_text(encoding="utf-8")))


def room(path: Path) -> str:
    """The room a file is in: its folder, or itself where it stands at the top."""
    inside = path.relative_to(ROOT)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_rooms(path: Path) -> None:
    own = room(path)
    assert own in (*ORDER, *GATHERS, *DATA), f"'{own}' has no place among {' < '.join(ORDER)}"
    if own in GATHERS:
        return
    for module, line in imports(path):
        parts = module.split(".")
        if parts[0] != "tracer":
            continue
        # A file inside the house never imports the front door: that would be a circle.
        other = parts[1] if len(parts) > 1 else "tracer itself"
        allowed = ORDER[: ORDER.index(own) + 1] if own in ORDER else ()
        assert other in allowed, f"{path.name}, line {line}: {module}"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_who_may_import_packages(path: Path) -> None:
    inside = str(path.relative_to(ROOT))
    for module, line in imports(path):
        places = ONLY.get(module.split(".")[0])
        allowed = places is None or any(inside == place or inside.startswith(f"{place}/") for place in places)
        assert allowed, f"{inside}, line {line}: {module} is for {', '.join(places or ())}"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_names_of_files(path: Path) -> None:
    """A file is called after its one concept."""
    for word in ("util", "helper", "base", "common", "misc", "manager", "handler", "tools"):
        assert word not in path.stem.lower().split("_") and f"{word}s" not in path.stem.lower().split("_"), path.name


def test_every_room_is_in_the_wheel() -> None:
    """setuptools takes the packages that pyproject.toml lists, and no other."""
    settings = tomllib.loads((ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))
    listed = settings["tool"]["setuptools"]["packages"]
    there = {".".join(("tracer", *path.parent.relative_to(ROOT).parts)) for path in ROOT.rglob("__init__.py")}
    assert set(listed) == there | {"tracer.templates"}


def loaded_after(statement: str) -> set[str]:
    """The heavy packages in a fresh Python after a statement."""
    code = f"import sys\n{statement}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split()) & set(HEAVY)


def test_import_is_light() -> None:
    """`import tracer` loads none of the heavy packages; each comes with the first call that needs it."""
    assert loaded_after("import tracer") == set()


def test_a_problem_is_read_without_printers() -> None:
    """A file is read and checked without SymPy and without anything that prints."""
    assert loaded_after("import tracer; tracer.load('mazur')") == set()


def test_a_run_loads_no_printer() -> None:
    """A run needs SymPy, for its derivatives, and nothing that prints."""
    assert loaded_after("import tracer; from tracer.run.run import run; run('mazur')") <= {"sympy"}
