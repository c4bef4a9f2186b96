"""Many pages of one kind in Markdown: what they have in common is read and written once.

The reports of a class say the same sentences about other numbers. A block of a story in which only numbers differ from
one that was written before is written like it, and so is a cell of a table. What comes out is what `write_markdown`
makes of the same story, to the byte; a story with anything unusual in it is left to that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from tracer.publish.dialect import DIALECTS
from tracer.publish.markdown import write_markdown
from tracer.publish.story import read_story

#: a number that stands by itself
_NUMBER = re.compile(r"(?<![\w#&.\\{])[0-9]+(?:\.[0-9]+)?(?![\w;])")
_FIRST = 7_000_000  # what stands for the first number of a block
_STANDS = re.compile(r"(?<![0-9])70000[0-9][0-9](?![0-9])")
_PLAIN_CELL = re.compile(
    r"-?[0-9]+(?:\.[0-9]+)?(?: to -?[0-9]+(?:\.[0-9]+)?)?|[A-Za-z][A-Za-z ]*"
    r"|(?:≈ )?[-+−]?[0-9]*[.,]?[0-9]+(?:e[-+]?[0-9]+)?"
    r"|\[[A-Za-z][A-Za-z0-9 -]*\]\([a-z]+/[A-Za-z0-9-]+\.[a-z]+\)"
)
_BAR = re.compile(r"(?<!\\)\|")
#: how the blocks begin that stand for themselves: a heading, a paragraph, a display
_ALONE = re.compile(r"#{1,6} \S|\$\$\n|[A-Za-z(]|\*\*(?=\S)|\$(?=[^\s$])")
_RULE = re.compile(r"\|(?: ?:?-+:? ?\|)+")


def repeated_markdown(story: str, dialect: str) -> str:
    """Story Markdown into Markdown, as `write_markdown` does it, faster where much was written before.

    >>> repeated_markdown("# Marks\\n\\n\\nYou have 7 of 9.", "markdown")
    '# Marks\\n\\nYou have 7 of 9.\\n'
    """
    blocks = [block for block in re.split(r"\n(?:[ \t]*\n)+", story.strip("\n")) if block.strip()]
    written: list[str] = []
    after_list = False
    for block in blocks:
        made = _table(block, dialect) if block[0] == "|" else _block(block, dialect, after_list)
        if made is None:
            return write_markdown(read_story(story), DIALECTS[dialect])
        written.append(made)
        after_list = block[0] == "-"
    return "\n\n".join(written) + "\n"


def _block(block: str, dialect: str, after_list: bool) -> str | None:
    """A block that stands for itself; None where that is not sure."""
    if block[0] == "-":
        lines = block.split("\n")
        if after_list or not all(line.startswith("- ") and line[2:3].strip() for line in lines):
            return None
    elif not _ALONE.match(block) or (block[0] == "$" and block[1] == "$" and not _is_display(block)):
        return None
    return _filled(block, dialect, _pieces) or write_markdown(read_story(block), DIALECTS[dialect]).removesuffix("\n")


def _filled(text: str, dialect: str, pieces_of: Callable[[str, int, str], tuple[str, ...] | None]) -> str:
    """A text like one that was written before, with its own numbers in place; "" where that cannot be."""
    numbers = _NUMBER.findall(text)
    places = iter(range(_FIRST, _FIRST + len(numbers)))
    pieces = pieces_of(_NUMBER.sub(lambda _: str(next(places)), text), len(numbers), dialect)
    if pieces is None:
        return ""
    made = [pieces[0]]
    for number, piece in zip(numbers, pieces[1:], strict=True):
        made += (number, piece)
    return "".join(made)


def _is_display(block: str) -> bool:
    return block.endswith("\n$$") and block.count("$$") == 2


@lru_cache(maxsize=2**12)
def _pieces(block: str, count: int, dialect: str) -> tuple[str, ...] | None:
    """A block with stand-ins for its numbers, written, and cut where they stand."""
    return _cut(write_markdown(read_story(block), DIALECTS[dialect]).removesuffix("\n"), count)


def _cut(written: str, count: int) -> tuple[str, ...] | None:
    """What was written, without the stand-ins; None where not all of them are there, once and in order."""
    if count > 99 or _STANDS.findall(written) != [str(_FIRST + place) for place in range(count)]:
        return None
    return tuple(_STANDS.split(written))


def _table(block: str, dialect: str) -> str | None:
    """A table, cell by cell; None where its rows are not alike."""
    rows = [_BAR.split(line) for line in block.split("\n")]
    if len(rows) < 2 or not _RULE.fullmatch(block.split("\n")[1]) or ":" in block.split("\n")[1]:
        return None
    if any(len(row) != len(rows[0]) or row[0] or row[-1].strip() for row in rows):
        return None
    made = [f"| {' | '.join([_cell(cell.strip(), dialect) for cell in row[1:-1]])} |" for row in rows]
    made[1] = f"| {' | '.join(['---'] * (len(rows[0]) - 2))} |"
    return "\n".join(made)


@lru_cache(maxsize=2**15)
def _cell(cell: str, dialect: str) -> str:
    if _PLAIN_CELL.fullmatch(cell):
        return cell
    return _filled(cell, dialect, _cell_pieces) or _written_cell(cell, dialect)


@lru_cache(maxsize=2**12)
def _cell_pieces(cell: str, count: int, dialect: str) -> tuple[str, ...] | None:
    return _cut(_written_cell(cell, dialect), count)


def _written_cell(cell: str, dialect: str) -> str:
    written = write_markdown(read_story(f"| {cell} |\n|---|"), DIALECTS[dialect])
    return written.partition("\n")[0].removeprefix("| ").removesuffix(" |")
