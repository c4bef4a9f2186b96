"""The reference page of operations: what each computes, its derivative, its options, its source."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracer.calculus.equation import Equation
from tracer.calculus.expression import Ref
from tracer.explain.derivation_tex import letters_for
from tracer.explain.derivations import derivations_of
from tracer.explain.notation import notation
from tracer.ops import OPERATIONS, Op

#: kind -> heading, what all of them have in common, a line of a problem file
KINDS = {
    "layer": (
        "Layers",
        "What a `[[layers]]` table without equations of its own computes; whether `bias` is a list, a number or left "
        "out decides which.",
        "",
    ),
    "activation": ("Activations", "In a `[[layers]]` table.", "activation"),
    "loss": (
        "Losses",
        "Under `[training]`; N is the number of examples, K the number of outputs. The name says what is averaged.",
        "loss",
    ),
    "penalty": ("Penalties", "Under `[training]`; added to the loss, for the weights of all layers.", "penalty"),
    "metric": ("Metrics", "Under `[training]`, in a list; computed, and never part of a gradient.", "metrics"),
    "optimizer": ("Optimizers", "Under `[training]`; what is carried from step to step begins as zeros.", "optimizer"),
    "clipping": ("Clipping", "Under `[training]`, by the longest gradient that is kept as it is.", "clip"),
    "schedule": ("Schedules", "Under `[training]`; steps are counted from 1.", "schedule"),
}
HEAD = """\
# Operations

Every operation is declared once, by its equations. Backward equations, numbers and explanations are made from them.
`tracer derive sigmoid` prints a derivative one named rule a line, and a formula of your own is derived in the same way.
Where a textbook has a known form of a derivative, a test proves it equal to the derived one.
"""
_PLAIN = notation("plain")
#: names of the declarations in the letters of books
_LETTERS = (
    (r"\\mathrm\{(\w)\\_new\}", r"\1^{\\mathrm{new}}"),
    (r"\\mathrm\{(\w)hat\}", r"\\hat{\1}"),
    (r"\\mathrm\{dw\}\^\{2\}", r"\\left(\\frac{\\partial E}{\\partial w}\\right)^{2}"),
    (r"\\mathrm\{dw\}", r"\\frac{\\partial E}{\\partial w}"),
)


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for kind, (title, about, key) in KINDS.items():
        parts.append(f"\n## {title}\n\n{about}\n")
        for op in OPERATIONS:
            if op.kind == kind:
                parts += [f"\n### {op.name}\n", *_told(op, key)]
    assert {op.kind for op in OPERATIONS} == set(KINDS)
    return "".join(parts)


def _told(op: Op, key: str) -> Iterator[str]:
    yield f"\n{op.says[:1].upper()}{op.says[1:]}.\n"
    lines = [line for item in op.equations for line in _equation(item)]
    yield _display(lines)
    if op.kind in ("activation", "loss"):
        for one in derivations_of(op):
            last = one.lines[-1].tex
            short = [one.short] if one.short and re.search(r"(?<![a-z\\])s(?![a-z])", last) else []
            held = "" if len(op.equations) == 1 or op.equations[0].routing else f" ({one.title.split(' by ')[-1]})"
            yield f"\nThe derivative{f' by {held[2:-1]}' if held else ''}:\n"
            yield _display([f"{one.slope} = {last}", *short])
            if one.given:
                yield f"\nThis form holds where {one.given}.\n"
    if op.note:
        yield f"\n{op.note}\n"
    if op.options:
        yield "\n| option | what it is | unless given | range |\n| --- | --- | --- | --- |\n"
        for option in op.options:
            yield f"| `{option.name}` | {option.says} | {option.value:.12g} | {option.range} |\n"
    if key == "clip":
        yield "\n`clip = 1.0`\n"
    elif key:
        name = f'"{op.name}"'
        if op.options:
            name = f"{{ name = {name}, {op.options[0].name} = {op.options[0].value:.12g} }}"
        yield f"\n`{key} = {f'[{name}]' if key == 'metrics' else name}`\n"
    yield f"\nSource: {op.source}\n"


def _equation(item: Equation) -> Iterator[str]:
    letters = letters_for(item, Ref("z"), _PLAIN)
    yield f"{letters.in_full(item.left)} = {letters.in_full(item.right)}"


def _display(lines: list[str]) -> str:
    for old, new in _LETTERS:
        lines = [re.sub(old, new, line) for line in lines]
    if len(lines) > 1:
        rows = " \\\\\n".join(line.replace(" = ", " &= ", 1) for line in lines)
        return f"\n```math\n\\begin{{aligned}}\n{rows}\n\\end{{aligned}}\n```\n"
    return f"\n```math\n{lines[0]}\n```\n"
