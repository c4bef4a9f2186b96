"""The reference page of templates: every file that stories and pictures are made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tracer.publish.embed.showing import SHOWINGS
from tracer.publish.environment import package_folder, styles, styles_told

HEAD = """\
# Templates

Every story is a template that a teacher can change. `tracer template copy STYLE FOLDER` copies one, and `--templates
FOLDER` makes `render`, `worksheet`, `variants`, `check` and `grade` look there first. How to write a story is told in
[Stories of your own](../stories.md), what one can use in [What a story can use](story-context.md).

## Styles

`style = "plain"` in a problem file, `--style plain` on the command line. *Pieces* are what [other
pages](../embedding.md) can ask for one by one; where a style has none of a kind, another one stands in.

| style | how it tells | pieces of its own |
| --- | --- | --- |
"""
FOLDERS = {
    "worksheet": "Worksheets, answer keys, and what a teacher sees of a class with personal exercises.",
    "report": "What `tracer check` and `tracer grade` say.",
    "audit": "What `tracer audit` says of a page.",
    "derivation": "What `tracer derive` writes.",
    "embed": "Pieces that no style tells.",
    "diagram": "Pictures, laid out before.",
}
ABOUT = re.compile(r"\A(?:\{#|\(\(#)\s*(.*?)\s*(?:#\}|#\)\))", re.DOTALL)


def page() -> str:
    """The whole page."""
    return "".join([HEAD, *_styles(), *_others()])


def _styles() -> Iterator[str]:
    words = {one.block: one.word for one in SHOWINGS.values() if one.block} | {"step": "step"}
    told = styles_told()
    for style in styles():
        text = (package_folder() / "walkthrough" / f"{style}.md.j2").read_text(encoding="utf-8")
        own = sorted({words[name] for name in re.findall(r"{%-? block (\w+)", text) if name in words})
        yield f"| `{style}` | {told[style]} | {', '.join(f'`{name}`' for name in own)} |\n"
    shared = (package_folder() / "walkthrough" / "parts.md.j2").read_text(encoding="utf-8")
    yield "\n## Pieces that styles share\n\nMacros of `walkthrough/parts.md.j2`, which is copied by the name `parts`:\n"
    yield "\n| macro | takes |\n| --- | --- |\n"
    for name, takes in re.findall(r"{%-? macro (\w+)\((.*?)\)", shared):
        yield f"| `{name}` | {f'`{takes}`' if takes else '–'} |\n"


def _others() -> Iterator[str]:
    yield "\n## The other templates\n"
    for folder, about in FOLDERS.items():
        found = {path.name: ABOUT.match(path.read_text(encoding="utf-8")) for path in _templates(folder)}
        yield f"\n### {folder}\n\n{about}\n"
        if any(found.values()):
            yield "\n| file | what it is |\n| --- | --- |\n"
        for name, says in found.items():
            if says:
                yield f"| `{name}` | {says[1].rstrip('.')} |\n"


def _templates(folder: str) -> list[Path]:
    return sorted(path for path in (package_folder() / folder).iterdir() if path.suffix == ".j2")
