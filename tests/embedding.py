"""The tables of docs/embedding.md, made of the declarations. Rewrite them with

python tests/embedding.py
"""

from __future__ import annotations

from pathlib import Path

from tracer.publish.embed.fence import KEYS
from tracer.publish.embed.showing import SHOWINGS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "embedding.md"
BEGIN, END = "<!-- made by tests/embedding.py -->\n", "<!-- /made -->\n"


def tables() -> str:
    """What can be shown, and every key."""
    lines = ["", "| `show` | the page gets |", "| --- | --- |"]
    for one in SHOWINGS.values():
        lines.append(f'| `"{one.word}{" " * bool(one.what)}{one.what}"` | {_says(one.says, one.example, one.what)} |')
        lines += [f'| `"{one.word}"` | {one.alone} |'] if one.alone else []
    lines += ["", "Every key of a marker; only `problem` has to be there, and for `derive` not even that:", ""]
    lines += ["| key | says |", "| --- | --- |"]
    lines += [f"| `{name}` | {key.says} |" for name, key in KEYS.items()]
    return "\n".join([*lines, "", ""])


def _says(says: str, example: str, what: str) -> str:
    return f'{says}: `"{example}"`' if what else says


def made(text: str) -> str:
    """The page with its tables as the declarations say."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + tables() + END + rest.split(END)[1]


if __name__ == "__main__":
    PAGE.write_text(made(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
