"""The documentation cannot rot: what it shows is run, what it prints is compared, what it links to exists.

In README.md, CONTRIBUTING.md and docs/**/*.md, in reading order, in one temporary folder and one namespace a page:

* ```python blocks run; a ```text block that comes next is what they print;
* ```console blocks: `$ tracer ...` runs, and what follows is what it prints; ```sh blocks: `tracer ...` runs;
* ```toml blocks are problem files and run; a first line `# xor.toml` names the file, so that later blocks can use it.

A line `...` in printed output stands for any lines. `<!-- not run -->` above a block leaves it out.

`<!-- generated: tracer render mazur -->` and `<!-- /generated -->` enclose an excerpt of what the command prints (it
may stand in a fence). Rewrite all excerpts with

    python tests/test_docs.py

An excerpt is found again by its first and its last line; for a new one write some of its first lines, a line `...`
and some of its last.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import doctest
import html
import importlib
import io
import re
import shlex
import subprocess
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from commands import run_tracer
from markdown_it import MarkdownIt
from markdown_it.token import Token

import tracer
from tracer.errors import CODES
from tracer.publish.environment import styles_told
from tracer.publish.render import render
from tracer.run.run import run

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINKED = [*PAGES, ROOT / "CHANGELOG.md"]
SOURCES = sorted((ROOT / "tracer").rglob("*.py"))

GENERATED = re.compile(r"^<!-- generated: (.+?) -->\n(.*?)^<!-- /generated -->$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"\bT\d{3}\b")
#: commands that end with status 1 where they find something wrong
FINDS = ("tracer audit ", "tracer check ", "tracer grade ", "tracer weave --check ")
SHELL = {"|", "||", ">", ">>", "<", "2>", "2>&1", ";", "&"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# -- blocks


@dataclass(frozen=True)
class Block:
    """A fenced block: its kind (`python`), its text, the line its fence stands in, and the comment above it."""

    kind: str
    text: str
    line: int
    comment: str


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page, without those of generated excerpts (whose commands are run anyway)."""
    lines = text.splitlines()
    ends = (match.span() for match in GENERATED.finditer(text))
    inside = [(text[:start].count("\n"), text[:end].count("\n")) for start, end in ends]
    found = []
    for token in MarkdownIt("commonmark").parse(text):
        if token.type != "fence" or token.map is None:
            continue
        first = token.map[0]
        if any(start <= first <= end for start, end in inside):
            continue
        above = next((line.strip() for line in reversed(lines[:first]) if line.strip()), "")
        comment = re.fullmatch(r"<!--\s*(.*?)\s*-->", above)
        found.append(Block((token.info.split() or [""])[0], token.content, first + 1, comment[1] if comment else ""))
    return found


def faults(text: str, folder: Path, name: str = "page") -> list[str]:
    """Run the blocks of a page in `folder`; what is wrong, each with its place."""
    found: list[str] = []
    space: dict[str, Any] = {"__name__": "__main__"}
    printed: str | None = None  # what the block before this one printed, if it was Python
    with contextlib.chdir(folder):
        for block in blocks(text):
            where = f"{name}:{block.line}: "
            before, printed = printed, None
            if block.comment == "not run":
                continue
            if block.kind == "python":
                printed, wrong = run_python(block, space, where)
                found += wrong
            elif block.kind == "text" and before is None:
                found.append(f"{where}text that follows no Python block; put <!-- not run --> above it")
            elif block.kind == "text":
                found += [where + wrong for wrong in differences(block.text, before or "")]
            elif block.kind == "console":
                found += [where + wrong for wrong in run_console(block.text, folder)]
            elif block.kind == "sh":
                lines = (f"$ {line}\n..." for line in block.text.replace("\\\n", "").splitlines())
                found += [where + wrong for wrong in run_console("\n".join(lines), folder)]
            elif block.kind == "toml":
                found += [where + wrong for wrong in run_problem(block, folder)]
    return found


def run_python(block: Block, space: dict[str, Any], where: str) -> tuple[str, list[str]]:
    out = io.StringIO()
    try:
        code = compile("\n" * block.line + block.text, where, "exec", dont_inherit=True)
        with contextlib.redirect_stdout(out):
            exec(code, space)  # noqa: S102 - the documentation's own code
    except Exception:
        return out.getvalue(), [where + traceback.format_exc(limit=-1)]
    return out.getvalue(), []


def run_console(text: str, folder: Path) -> Iterator[str]:
    """What is wrong with the commands of a console block. Commands other than tracer's are not run."""
    commands: list[tuple[str, list[str]]] = []
    for line in text.replace("\\\n", "").splitlines():
        if line.startswith("$ "):
            commands.append((line[2:], []))
        elif commands:
            commands[-1][1].append(line)
        else:
            yield "a console block begins with a line '$ command'"
            return
    for command, expected in commands:
        parts = [shlex.split(part, comments=True) for part in command.split(" && ")]
        ours = [words for words in parts if words[:1] == ["tracer"]]
        if any(SHELL & set(words) for words in ours):
            yield f"'{command}' needs a shell; write it without"
            continue
        made = [run_tracer(words, folder) for words in ours]
        output = "".join(result.stdout for result in made)
        refused = any(line.startswith("tracer: ") for line in expected)
        wanted = {2} if refused else {0, 1} if command.startswith(FINDS) else {0}
        if any(result.returncode not in wanted for result in made):
            yield f"'{command}' ends with status {[result.returncode for result in made]}:\n{output}"
        elif len(ours) == len(parts):
            for wrong in differences("\n".join(expected), output):
                yield f"'{command}' {wrong}"


def run_problem(block: Block, folder: Path) -> Iterator[str]:
    name = re.match(r"#\s*(\S+\.toml)\s*$", block.text, re.MULTILINE)
    path = folder / (name[1] if name else f"block-{block.line}.toml")
    path.write_text(block.text, encoding="utf-8")
    try:
        run(path)
        render(path)
    except Exception:
        yield traceback.format_exc(limit=-1)


# -- printed output


def differences(expected: str, actual: str) -> Iterator[str]:
    """What is wrong with printed output; a line `...` stands for any lines. Blanks at line ends do not count."""
    wanted, lines = tidy(expected), tidy(actual)
    if not fits(wanted, lines):
        shown = "\n".join(difflib.unified_diff(wanted, lines, "the page says", "it prints", lineterm="", n=1))
        yield f"prints something else:\n{shown}"


def tidy(text: str) -> list[str]:
    """Lines without blanks at their ends, and without blank lines at both ends of the text."""
    return [line.rstrip() for line in text.strip("\n").splitlines()] if text.strip() else []


def fits(wanted: list[str], lines: list[str]) -> bool:
    if "..." not in wanted:
        return wanted == lines
    pieces: list[list[str]] = [[]]
    for line in wanted:
        if line == "...":
            pieces.append([])
        else:
            pieces[-1].append(line)
    first, *middle, last = pieces
    at, end = len(first), len(lines) - len(last)
    if lines[:at] != first or lines[end:] != last or at > end:
        return False
    for piece in middle:
        start = find(piece, lines[:end], at)
        if start is None:
            return False
        at = start + len(piece)
    return True


def find(piece: list[str], lines: list[str], at: int = 0) -> int | None:
    """Where a run of lines stands in others, from place `at` on."""
    places = range(at, len(lines) - len(piece) + 1)
    return next((place for place in places if lines[place : place + len(piece)] == piece), None)


# -- generated excerpts


def excerpts(text: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """The excerpts of a page: the command, the fence around it ([] or its two lines), the lines."""
    for match in GENERATED.finditer(text):
        yield match[1], *unfenced(tidy(match[2]))


def unfenced(lines: list[str]) -> tuple[list[str], list[str]]:
    if len(lines) > 1 and lines[0].startswith("```") and lines[-1] == re.match("`+", lines[0])[0]:  # type: ignore[index]
        return [lines[0], lines[-1]], tidy("\n".join(lines[1:-1]))
    return [], lines


@cache
def output_of(command: str) -> list[str]:
    words = shlex.split(command)
    assert words[:1] == ["tracer"] and not {"-o", "--output", *SHELL} & set(words), command
    result = run_tracer(words, ROOT, subprocess.PIPE)
    assert result.returncode == 0, f"{command}:\n{result.stderr}"
    return [line.rstrip() for line in result.stdout.splitlines()]


def stale(text: str) -> Iterator[str]:
    """The excerpts that their commands do not print now."""
    if len(re.findall(r"^<!-- /?generated", text, re.MULTILINE)) != 2 * len(list(GENERATED.finditer(text))):
        yield "the marks of generated excerpts do not pair"
    for command, _, lines in excerpts(text):
        if not lines:
            yield f"the excerpt of '{command}' is empty"
        elif find(lines, output_of(command)) is None:
            close = located(lines, output_of(command)) or []
            shown = "\n".join(difflib.unified_diff(lines, close, "the page says", "it prints", lineterm="", n=1))
            yield f"the excerpt of '{command}' is not what it prints; run: python tests/test_docs.py\n{shown}"


def located(lines: list[str], output: list[str]) -> list[str] | None:
    """The part of `output` that an excerpt means, None where its ends are not found."""
    if lines.count("...") == 1:
        cut = lines.index("...")
        head, tail = lines[:cut], lines[cut + 1 :]
        start = find(head, output)
        end = None if start is None else find(tail, output, start + len(head))
        return None if start is None or end is None else output[start : end + len(tail)]
    starts = [place for place, line in enumerate(output) if line == lines[0]]
    ends = [place for place, line in enumerate(output) if line == lines[-1]]
    parts = [output[start : end + 1] for start in starts for end in ends if start <= end]
    return max(parts, key=lambda part: difflib.SequenceMatcher(None, part, lines).ratio(), default=None)


def rewritten(text: str) -> str:
    """A page with its excerpts as their commands print them now."""

    def change(match: re.Match[str]) -> str:
        fence, lines = unfenced(tidy(match[2]))
        part = located(lines, output_of(match[1])) if lines else None
        if part is None:
            raise SystemExit(f"'{match[1]}': the ends of the excerpt are not in its output")
        inside = "\n".join([*fence[:1], *part, *fence[1:]])
        old = match[2].strip("\n")
        return match[0].replace(f"{old}\n", f"{inside}\n", 1)

    return GENERATED.sub(change, text)


# -- links


def broken_links(path: Path, text: str) -> Iterator[str]:
    """Relative links of a page to files that do not exist, and links to headings that do not exist."""
    for target in targets(MarkdownIt("commonmark").parse(text)):
        if re.match(r"[a-z][a-z0-9+.-]*:|//", target):
            continue
        place, _, anchor = unquote(target).partition("#")
        file = (path.parent / place).resolve() if place else path
        if not file.exists() or not file.is_relative_to(ROOT):
            yield f"the link to {target} leads nowhere"
        elif anchor and file.suffix == ".md":
            shown = text if file == path else file.read_text(encoding="utf-8")
            if anchor not in anchors(shown):
                yield f"there is no heading for the link to {target}"


def targets(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        yield from targets(token.children or [])
        for attribute in ("href", "src"):
            if token.type in ("link_open", "image") and (value := token.attrGet(attribute)):
                yield str(value)
        if token.type in ("html_block", "html_inline"):
            yield from map(html.unescape, re.findall(r'\b(?:href|src)="([^"]+)"', token.content))


def anchors(text: str) -> set[str]:
    """The anchors of a page: its headings in small letters with dashes, and its own ids."""
    tokens = MarkdownIt("commonmark").parse(text)
    titles = [tokens[place + 1] for place, token in enumerate(tokens) if token.type == "heading_open"]
    plain = ["".join(part.content for part in title.children or []) for title in titles]
    slugs = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in plain}
    return slugs | set(re.findall(r'\b(?:id|name)="([^"]+)"', text))


# -- the pages


@pytest.mark.others  # half a minute
@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_blocks_run(path: Path, tmp_path: Path) -> None:
    found = faults(path.read_text(encoding="utf-8"), tmp_path, name_of(path))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_generated_excerpts_are_fresh(path: Path) -> None:
    found = list(stale(path.read_text(encoding="utf-8")))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", LINKED, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    found = list(broken_links(path, path.read_text(encoding="utf-8")))
    assert not found, "\n".join(found)


def test_docs_are_listed() -> None:
    start = ROOT / "docs" / "README.md"
    listed = {
        (start.parent / target).resolve()
        for target in targets(MarkdownIt("commonmark").parse(start.read_text(encoding="utf-8")))
    }
    assert not [name_of(path) for path in LINKED if path != start and path not in listed]


# -- the README


def test_readme_shows_each_kind() -> None:
    text = README.read_text(encoding="utf-8")
    run = {block.kind for block in blocks(text) if block.comment != "not run"}
    assert {"python", "console", "toml"} <= run
    assert list(excerpts(text))


def commands() -> list[str]:
    """The commands of the command line: the functions under `@app.command("another name")` or `@app.command()`."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "tracer" / "cli").glob("*.py"))]
    functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    marks = [(re.match(r"app\.command\((.*)\)", ast.unparse(mark)), f) for f in functions for mark in f.decorator_list]
    return [mark[1].strip("'") or function.name for mark, function in marks if mark]


def test_readme_names_everything_public() -> None:
    text = README.read_text(encoding="utf-8")
    code = "\n".join([*re.findall(r"`([^`\n]+)`", text), *(block.text for block in blocks(text))])
    missing = [name for name in tracer.__all__ if not re.search(rf"\b{name}\b", code)]
    assert len(commands()) >= 4
    missing += [f"tracer {name}" for name in commands() if not re.search(rf"\btracer {name}\b", code)]
    assert not missing


def test_readme_and_ci_share_the_test_command() -> None:
    text, ci = README.read_text(encoding="utf-8"), (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in ("python -m pip install -e '.[test]'", "python -m pytest"):
        assert command in text and command in ci, command


# -- the source


def docstrings(path: Path) -> Iterator[tuple[str, str, int]]:
    """The docstrings of a file that have an example: name, text, line. Wrapped functions do not hide theirs."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            text = ast.get_docstring(node)
            if text and ">>>" in text:
                yield getattr(node, "name", "module"), text, getattr(node, "lineno", 1)


EXAMPLES = [path for path in SOURCES if any(docstrings(path))]


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 10


@pytest.mark.parametrize("path", EXAMPLES, ids=name_of)
def test_docstring_examples(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    parts = path.relative_to(ROOT).with_suffix("").parts
    module = importlib.import_module(".".join(part for part in parts if part != "__init__"))
    runner, out = doctest.DocTestRunner(verbose=False), io.StringIO()
    for name, text, line in docstrings(path):
        example = doctest.DocTestParser().get_doctest(text, dict(vars(module)), name, name_of(path), line)
        runner.run(example, out=out.write)
    assert runner.tries and not runner.failures, out.getvalue()


def is_code(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(CODE.fullmatch(node.value))


def test_error_codes_are_used_and_known() -> None:
    used: set[str] = set()
    named: set[str] = set()
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        named |= set(CODE.findall(text))
        if path.name != "errors.py":
            used |= {node.value for node in ast.walk(ast.parse(text)) if is_code(node)}  # type: ignore[attr-defined]
    assert used == set(CODES), f"never used: {sorted(set(CODES) - used)}, unknown: {sorted(used - set(CODES))}"
    assert named <= set(CODES), f"named but unknown: {sorted(named - set(CODES))}"


# -- these tests can fail


def page(kind: str, text: str, comment: str = "") -> str:
    return f"{comment}\n```{kind}\n{text}\n```\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (page("python", "print(1 + 1)") + page("text", "2"), ""),
        (page("python", "print(1 + 1)") + page("text", "3"), "prints something else"),
        (page("python", "a = 2") + page("python", "print(a)") + page("text", "2"), ""),
        (page("python", "for n in range(9): print(n)") + page("text", "0\n...\n4\n...\n8"), ""),
        (page("python", "for n in range(9): print(n)") + page("text", "0\n...\n8\n...\n7"), "prints something else"),
        (page("python", "for n in range(9): print(n)") + page("text", "0\n..."), ""),
        (page("python", "1 / 0"), "ZeroDivisionError"),
        (page("python", "1 / 0", "<!-- not run -->"), ""),
        (page("text", "2"), "follows no Python block"),
        (
            page(
                "console",
                f"$ tracer list styles\n  cavar    {styles_told()['cavar']}\n...",
            ),
            "",
        ),
        (page("console", "$ tracer list styles\n  nobody\n..."), "prints something else"),
        (page("console", "$ tracer list nothing"), "ends with status"),
        (page("console", "$ tracer render nobody\ntracer: nobody: ...\n..."), "prints something else"),
        (page("console", "$ tracer show mazur nobody\ntracer: nobody\n..."), "prints something else"),
        (
            page("sh", "tracer list styles   # all\npython -c 1 && tracer new q.toml") + page("sh", "tracer list o"),
            "'o'",
        ),
        (page("console", "$ tracer list styles > a.txt"), "needs a shell"),
        (page("console", "$ python -m pip install . && tracer list styles"), ""),
        (page("toml", "# q.toml\nequations = ['f = x*y']\nvalues = {x = 2, y = 3}"), ""),
        (page("toml", "equations = ['f = x*']\nvalues = {x = 2}"), "T201"),
        (
            page("toml", "# q.toml\nequations = ['f = x*y']\nvalues = {x = 2, y = 3}")
            + page("python", "import tracer\nprint(float(tracer.trace('q.toml')['f']))")
            + page("text", "6.0"),
            "",
        ),
    ],
)
def test_a_wrong_block_is_found(text: str, fault: str, tmp_path: Path) -> None:
    found = faults(text, tmp_path)
    assert bool(found) == bool(fault) and fault in "\n".join(found)


STYLES = "<!-- generated: tracer list styles -->\n{}<!-- /generated -->"


def test_a_stale_excerpt_is_found_and_rewritten() -> None:
    printed = output_of("tracer list styles")
    fresh = STYLES.format("\n" + "\n".join(printed) + "\n\n")
    assert not list(stale(fresh)) and rewritten(fresh) == fresh
    old = STYLES.format("\n" + "\n".join([printed[0], "  nobody", printed[-1]]) + "\n\n")
    assert "not what it prints" in next(stale(old)) and rewritten(old) == fresh
    new = STYLES.format("\n".join(["```text", printed[0], "...", printed[1], "```"]) + "\n")
    assert rewritten(new) == STYLES.format("\n".join(["```text", *printed[:2], "```"]) + "\n")
    assert "empty" in next(stale(STYLES.format("")))
    assert "do not pair" in next(stale("<!-- generated: tracer list styles -->\n"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[a](LICENSE) [b](docs/README.md) [c](https://example.org) `[d](nowhere)`", 0),
        ("[a](nowhere.md)", 1),
        ("![a](nowhere.png)", 1),
        ('<img src="nowhere.png">', 1),
        ("[a][b]\n\n[b]: nowhere.md", 1),
        ("# A `b`, c\n\n[a](#a-b-c)", 0),
        ("# A\n\n[a](#b)", 1),
        ("[a](../outside)", 1),
    ],
)
def test_a_broken_link_is_found(text: str, found: int) -> None:
    assert len(list(broken_links(README, text))) == found


def main() -> None:
    """Rewrite the generated excerpts of all pages."""
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        made = rewritten(text)
        if made != text:
            path.write_text(made, encoding="utf-8", newline="\n")
            print(f"rewrote {name_of(path)}")


if __name__ == "__main__":
    main()
