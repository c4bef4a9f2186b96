"""The wheel on its own: built, looked into, installed into a fresh environment and used from another folder.

A script, because it takes half a minute and downloads what Tracer needs:  python tests/wheel_check.py
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "Übung 1 für Łukasz ∂E"  # spaces, and letters outside every 8-bit code
#: what an editable install, a build or a test run leaves in a checkout, and what no build reads
LEFT_BEHIND = (
    ".git", ".*_cache", ".hypothesis", ".venv", "venv", "*.egg-info", "build", "dist", "__pycache__", "tests", "docs"
)  # fmt: skip
CODE = (
    "import tracer; trace = tracer.trace('mazur'); "
    "print(tracer.__file__); print(round(float(trace['E']), 9), round(float(trace['2:E']), 9))"
)


def main() -> None:
    """Build, look, install, use; exit status 1 with what is wrong, or one line."""
    start = perf_counter()
    with tempfile.TemporaryDirectory(prefix="tracer-wheel-") as temporary:
        wheel = build(Path(temporary))
        files = look_into(wheel)
        environment = install(wheel, Path(temporary))
        used = use(environment, Path(temporary) / FOLDER)
    print(f"wheel: {wheel.name}, {files} files, {used} commands from '{FOLDER}', {perf_counter() - start:.0f} s")


def build(temporary: Path) -> Path:
    """The checkout, without what earlier builds left in it, to a wheel."""
    source = temporary / "source"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
    run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", temporary / "dist", source], ROOT)
    (wheel,) = (temporary / "dist").iterdir()
    expect(wheel.name.startswith("backprop_tracer-") and wheel.name.endswith("-py3-none-any.whl"), wheel.name)
    return wheel


def look_into(wheel: Path) -> int:
    """Compare the wheel's files with the checkout's: all of tracer/ and templates/, the licence, and nothing else."""
    wanted = {path.relative_to(ROOT).as_posix() for path in shipped(ROOT / "tracer", "*.py", "*.toml", "py.typed")}
    templates = shipped(ROOT / "templates", "*.py", "*.toml", "*.j2", "page/*")
    wanted |= {f"tracer/{path.relative_to(ROOT).as_posix()}" for path in templates}
    wanted.add("tracer_start.py")
    for name in ("tracer/py.typed", "tracer/problems/mazur.toml", "tracer/templates/walkthrough/plain.md.j2"):
        expect(name in wanted, f"{name} is not in the checkout")
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if not name.endswith("/")}
        about = {name for name in found if ".dist-info/" in name}
        metadata = archive.read(next(name for name in about if name.endswith("/METADATA"))).decode()
    expect(found - about == wanted, f"missing: {sorted(wanted - found)}, too many: {sorted(found - about - wanted)}")
    expect(any(name.endswith("/licenses/LICENSE") for name in about), "the licence is not in the wheel")
    expect("\nLicense-Expression: MIT\n" in metadata, "the wheel does not name its licence")
    needed = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:") and "extra ==" not in line]
    expect(not any(word in line for line in needed for word in ("pytest", "torch", "mypy")), f"too much: {needed}")
    return len(found)


def shipped(folder: Path, *patterns: str) -> list[Path]:
    """The files of a folder that belong into a wheel."""
    return [path for pattern in patterns for path in folder.rglob(pattern) if "__pycache__" not in path.parts]


def install(wheel: Path, temporary: Path) -> Path:
    """The wheel and what it needs in an environment of its own; the folder of its programs."""
    run([sys.executable, "-m", "venv", temporary / "venv"], temporary)
    programs = temporary / "venv" / ("Scripts" if os.name == "nt" else "bin")
    run([programs / "python", "-m", "pip", "install", "--quiet", wheel], temporary)
    run([programs / "python", "-m", "pip", "check"], temporary)
    return programs


def without_pictures(page: Path) -> str:
    """A page as standard output has it."""
    return re.sub(r"!\[.*\]\(.*\.svg\)\n\n", "", page.read_text(encoding="utf-8"))


def use(programs: Path, folder: Path) -> int:
    """Run the commands a newcomer runs, in an empty folder, and check what they give."""
    folder.mkdir()

    def file(name: str, *parts: str) -> Callable[[str], bool]:
        return lambda _: all(part in (folder / name).read_text(encoding="utf-8") for part in parts)

    def text(*parts: str) -> Callable[[str], bool]:
        return lambda output: all(part in output for part in parts)

    problems = sorted(path.stem for path in (ROOT / "tracer/problems").glob("*.toml"))
    styles = {path.name.split(".")[0] for path in (ROOT / "templates/walkthrough").glob("*.md.j2")} - {"parts"}
    commands: list[tuple[list[str], Callable[[str], bool]]] = [
        (["tracer", "render", "mazur", "-o", "x y.md"], file("x y.md", "# A 2-2-2", "0.298371109", "0.291027774")),
        (["tracer", "render", "hmkcode", "-o", "a.tex"], file("a.tex", r"\documentclass", "0.3947", r"\end{document}")),
        (["tracer", "render", "mazur", "-o", "a.html"], file("a.html", "<math", "font/woff2", "</html>")),
        (["tracer", "render", "mazur"], lambda output: output == without_pictures(folder / "x y.md")),
        (["tracer", "list"], text(*problems, *styles, "sigmoid", "half-squared-error", "nielsen")),
        (["tracer", "show", "mazur", "dw5"], text("∂E_total/∂w_5", "0.082167041", "net_o1")),
        (["tracer", "new", "p.toml"], file("p.toml", "[data]", "[[layers]]")),
        (["tracer", "render", "p.toml"], text("# My first worked example", r"\frac{\partial E}{\partial w")),
        (["tracer", "render", "p.toml", "-o", "ö ∂.md"], file("ö ∂.md", "# My first worked example")),
        (["python", "-c", CODE], text(f"{Path('site-packages', 'tracer', '__init__.py')}", "0.298371109 0.291027774")),
    ]
    for words, right in commands:
        output = run([programs / words[0], *words[1:]], folder)
        expect(right(output), f"'{' '.join(words)}' does not give what it should:\n{output}")
    left = sorted(path.name for path in folder.iterdir())
    wanted = ["x y.md", "x y-images", "a.tex", "a.html", "p.toml", "ö ∂.md", "ö ∂-images"]
    expect(left == sorted(wanted), f"files in the folder: {left}")
    pictures = [path.read_text(encoding="utf-8") for path in (folder / "ö ∂-images").iterdir()]
    expect(bool(pictures) and all("<svg" in picture for picture in pictures), f"{len(pictures)} pictures")
    return len(commands)


def run(words: Sequence[str | Path], folder: Path) -> str:
    """Run a program as if nothing of this checkout were there; its standard output."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    environment |= {"PYTHONIOENCODING": "ascii", "PYTHONNOUSERSITE": "1"}  # ascii: a terminal that cannot show ∂
    made = subprocess.run(
        list(map(str, words)), cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=900
    )
    output, errors = made.stdout.decode(errors="replace"), made.stderr.decode(errors="replace")
    expect(made.returncode == 0, f"{' '.join(map(str, words))}: exit status {made.returncode}\n{output}{errors}")
    return output


def expect(holds: bool, otherwise: str) -> None:
    """End the script with status 1 where something does not hold."""
    if not holds:
        raise SystemExit(f"wheel: FAILED: {otherwise}")


if __name__ == "__main__":
    main()
