"""Every sentence that the engine may put into a page, by where it is said. Rewrite the empty catalogue of the package
with

    python tests/sentences.py
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tracer.calculus.functions import FUNCTIONS
from tracer.calculus.line_by_line import TABLE
from tracer.ops import OPERATIONS
from tracer.ops.pairs import PAIRS
from tracer.publish.catalogue import quoted
from tracer.run.deviations import DEVIATIONS
from tracer.run.drawing import _IN_WORDS

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "templates" / "language.toml"

HEAD = """\
# Every sentence that Tracer itself puts into a page. `tracer template copy STYLE FOLDER --language de` copies this file
# beside a story; write behind each sentence what it is in that language. What stands in {braces} is a slot: it has to
# stand in the translation too, where the language wants it. A sentence that is left empty is asked for by the first
# page that needs it. The names in [sentences.NAME] only order the file.

tag = "en"
decimal = ""     # "," for 0,5; "" leaves it to the notation
thousands = ","  # "." for 10.000

# Words in formulas, where they are not to stay as the notation has them: new = "neu"
[symbols]
"""


def told(tree: ast.AST) -> Iterator[str]:
    """The sentences of a file: texts of calls told("...") and sentence("...")."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    for node in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        if node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("told", "sentence") and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value


def declared_by_the_engine() -> Iterator[tuple[str, str]]:
    """Sections and sentences of the declarations."""
    for op in OPERATIONS:
        yield "operations", op.says
        yield "notes of operations", op.note
        for option in op.options:
            yield "constants of operations", option.says
        for item in (*op.equations, *op.parts):
            yield "equations", item.says
            for book in item.textbook:
                yield "equations", book.given
    for pair in PAIRS.values():
        yield "equations", pair.given
    for says in ("sum of the error of the data and the penalties", "sum of the squares of all gradients"):
        yield "equations", says
    yield "equations", "number of the next step"
    for rule in TABLE.values():
        yield "rules of derivation", rule.name
        yield "rules of derivation", rule.says
    for function in FUNCTIONS.values():
        yield "conventions at kinks", function.convention
    for words in _IN_WORDS.values():
        yield "how numbers are drawn", words
    for deviation in DEVIATIONS.values():
        for text in (deviation.title, deviation.why, deviation.remedy):
            yield "mistakes", text


def by_section() -> dict[str, list[str]]:
    """Section -> its sentences, each in the first section that has it."""
    found: dict[str, list[str]] = {}
    taken: set[str] = set()

    def add(section: str, text: str) -> None:
        if text and text not in taken:
            taken.add(text)
            found.setdefault(section, []).append(text)

    for path in sorted((ROOT / "tracer").rglob("*.py")):
        for text in told(ast.parse(path.read_text(encoding="utf-8"))):
            add(path.stem.removesuffix("_told").replace("_", " "), text)
    for path in sorted((ROOT / "templates" / "page").glob("*.j2")):
        for text in re.findall(r"told\('([^']*)'\)", path.read_text(encoding="utf-8")):
            add("html", text)
    for section, text in declared_by_the_engine():
        add(section, text)
    return found


def catalogue() -> str:
    """The empty catalogue."""
    parts = [HEAD]
    for section, texts in by_section().items():
        parts.append(f"\n[sentences.{quoted(section) if ' ' in section else section}]\n")
        parts += [f'{quoted(text)} = ""\n' for text in texts]
    return "".join(parts)


if __name__ == "__main__":
    CATALOGUE.write_text(catalogue(), encoding="utf-8")
