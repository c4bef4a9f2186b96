"""Instructions to the NumPy source that runs: every result straight into a buffer or into the trace's own arrays.

It is the only source that is ever compiled: printed here, from a checked tree, with names from a table. What it
computes has the bits of the listing that `numpy_code` prints.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from tracer.calculus.instructions import Instruction, Program
from tracer.calculus.numpy_code import COMPARED, call_text, erf
from tracer.calculus.rounding import rounded

#: operations whose NumPy call takes no output array: their result is an array of its own
ALLOCATING = {"gather", "where", "within", "place", "erf", "rounded", *COMPARED}

_HEAD = "def step(first, last, given, kept, buffers):"


def in_place(
    program: Program,
    *,
    given: Mapping[str, tuple[int, ...]],
    carried: Mapping[str, str],
    kept: frozenset[str],
    each: frozenset[str] = frozenset(),
) -> str:
    """The source of `step(first, last, given, kept, buffers)`: steps first .. last - 1, each through the whole program.

    `given`: values that no step changes, with their shapes; those in `each` have a row for every step of the call (the
    examples of a mini-batch). `carried`: a value -> what replaces it after a step (`w1` -> `w1_new`); `kept`: the names
    written for every step into `kept[name][step]` (a carried value that is kept is read at step and its replacement
    written at step + 1; a replacement may also be kept alone). All others live in `buffers[name]`, overwritten.
    """
    return _Printer(program, given, carried, kept, each).source()


def _identifier(name: str) -> str:
    """A name in the source that runs: values v_..., registers r..., constants c..., so that no value can be taken for
    anything else, whatever it is called."""
    return {"%": f"r{name[1:]}", "#": f"c{name[1:]}"}.get(name[0], f"v_{name}")


class _Printer:
    def __init__(
        self,
        program: Program,
        given: Mapping[str, tuple[int, ...]],
        carried: Mapping[str, str],
        kept: frozenset[str],
        each: frozenset[str],
    ) -> None:
        self.key = {_identifier(name): name for name in [*given, *carried, *carried.values(), *kept, *program.ends]}
        self.program = Program(
            tuple(
                replace(made, out=_identifier(made.out), args=tuple(map(_identifier, made.args)))
                for made in program.instructions
            ),
            {_identifier(name): value for name, value in program.constants.items()},
            {_identifier(name): end for name, end in program.ends.items()},
        )
        self.key |= {_identifier(name): name for name in program.constants}
        self.given = {_identifier(name): shape for name, shape in given.items()}
        self.carried = {_identifier(old): _identifier(new) for old, new in carried.items()}
        self.kept = frozenset(map(_identifier, kept))
        self.each = frozenset(map(_identifier, each))
        self.shape = {item.out: item.shape for item in self.program.instructions} | self.given
        #: plain constants, and later what is made of them alone
        self.alone = {name for name, value in self.program.constants.items() if not np.ndim(value)}
        self.setup: list[str] = []  # once, before the loop
        self.columns: list[tuple[str, str]] = []  # (name in the loop, array to run along)
        self.views: dict[str, str] = {}
        self.replaced = {new: old for old, new in self.carried.items()}
        for old, new in self.carried.items():
            self.shape[old] = self.shape[new]

    def source(self) -> str:
        body: list[str] = []
        for name in self.given:
            if name in self.each:
                self.columns.append((name, f"given['{self.key[name]}']"))
            else:
                self.setup.append(f"{name} = given['{self.key[name]}']")
        for name, value in self.program.constants.items():
            self.setup.append(f"{name} = given['{self.key[name]}']" if np.ndim(value) else f"{name} = {value!r}")
            if not np.ndim(value):
                self.setup.append(f"{name}_a = asarray({value!r})")
        for name, new in self.carried.items():
            self.hold(
                name, f"kept['{self.key[name]}'][first:last]" if name in self.kept else f"buffers['{self.key[name]}']"
            )
            if self.shape[name] and self.in_own_place(name, new):
                self.setup.append(f"{new} = {name}")
            elif self.shape[name]:
                self.hold(new, self.place_of_new(name, new), name in self.kept or new in self.kept)
        for item in self.program.instructions:
            if item.op == "view":
                body += self.view(item)
            elif not item.shape:
                body += self.scalar(item)
            else:
                self.buffer(item)
                body.append(self.call(item))
        for name, new in self.carried.items():
            if not self.shape[name]:
                body.append(f"{name} = {new}")
                if name in self.kept:
                    body.append(f"kept_{name}[s + 1] = {name}")
                elif new in self.kept:
                    self.setup.append(f"kept_{new} = kept['{self.key[new]}']")
                    body.append(f"kept_{new}[s] = {name}")
            elif name not in self.kept and not self.in_own_place(name, new):
                body.append(f"copyto({name}, {new})")
        scalars = [name for name in self.carried if not self.shape[name]]
        footer = [f"buffers['{self.key[name]}'] = {name}" for name in scalars]
        setup = [f"    {line}" for line in self.setup]
        if self.columns:
            names = "".join(f", {name}" for name, _ in self.columns)
            arrays = "".join(f", {array}" for _, array in self.columns)
            loop = f"    for s{names} in zip(range(first, last){arrays}):"
        else:
            loop = "    for s in range(first, last):"
        lines = [f"        {line}" for line in body] or ["        pass"]
        return "\n".join([_HEAD, *setup, loop, *lines, *(f"    {line}" for line in footer), "    return None", ""])

    # -- where values live

    def place_of_new(self, name: str, new: str) -> str:
        """Where a replacement is written: into the next row of its value, into a row of its own, or into a buffer."""
        if name in self.kept:
            return f"kept['{self.key[name]}'][first + 1:last + 1]"
        return f"kept['{self.key[new]}'][first:last]" if new in self.kept else f"buffers['{self.key[new]}']"

    def in_own_place(self, name: str, new: str) -> bool:
        """Whether the replacement may overwrite the value: nobody reads the old one afterwards."""
        if name in self.kept or new in self.kept:
            return False
        outs = [item.out for item in self.program.instructions]
        readers = {view.out for view in self.program.instructions if view.op == "view" and name in view.args} | {name}
        if new not in outs:
            return False
        return not any(readers & set(item.args) for item in self.program.instructions[outs.index(new) + 1 :])

    def hold(self, name: str, source: str, per_step: bool | None = None) -> None:
        """Give a value its place: an array of its own, or one row of the trace's array for each step."""
        per_step = name in self.kept if per_step is None else per_step
        if not self.shape[name]:
            self.setup.append(
                f"{name} = kept['{self.key[name]}'][first]"
                if name in self.kept
                else f"{name} = buffers['{self.key[name]}']"
            )
            if name in self.kept:
                self.setup.append(f"kept_{name} = kept['{self.key[name]}']")
        elif per_step:
            self.columns.append((name, source))
        else:
            self.setup.append(f"{name} = {source}")

    def buffer(self, item: Instruction) -> None:
        name = item.out
        if name in self.replaced or any(name == column for column, _ in self.columns):
            return
        if name in self.kept:
            self.columns.append((name, f"kept['{self.key[name]}'][first:last]"))
        elif item.op not in ALLOCATING:
            self.setup.append(f"{name} = empty({item.shape})")

    def view(self, item: Instruction) -> list[str]:
        source, (order, new) = item.args[0], item.options
        assert isinstance(order, tuple) and isinstance(new, tuple)
        column = dict(self.columns).get(source)
        allocated = any(made.out == source and made.op in ALLOCATING for made in self.program.instructions)
        if source in self.carried and not self.in_own_place(source, self.carried[source]) and source in self.kept:
            column = f"kept['{self.key[source]}'][first:last]"
        if column is not None:
            moved = tuple(place + 1 for place in order)
            self.columns.append(
                (item.out, f"expand_dims({column}.transpose({(0, *moved)}), {tuple(place + 1 for place in new)})")
            )
            return []
        line = f"{item.out} = expand_dims({source}.transpose({order}), {new})"
        if allocated:
            return [line]
        self.setup.append(line)
        return []

    # -- one line an instruction

    def argument(self, name: str) -> str:
        return f"{name}_a" if name in self.program.constants and not np.ndim(self.program.constants[name]) else name

    def scalar(self, item: Instruction) -> list[str]:
        def text(name: str, _: int) -> str:
            return name

        if item.op == "sum":
            right = f"add_reduce({item.args[0]}, None)"
        elif item.op == "max_over":
            right = f"max_reduce({item.args[0]}, None)"
        elif item.op == "gather":
            right = f"{item.args[0]}[{', '.join(item.args[1:])}]"
        elif item.op == "rounded":
            right = f"rounded({item.args[0]}, {', '.join(map(repr, item.options))})"
        elif item.op == "divide" and self.alone.issuperset(item.args):
            right = f"divide({', '.join(item.args)})"  # Python's own division of constants raises where NumPy gives inf
        else:
            right = call_text(item, text, 0).replace("np.", "")
        if self.alone.issuperset(item.args):
            self.alone.add(item.out)
        lines = [f"{item.out} = {right}"]
        if item.out in self.kept and item.out not in self.replaced:
            self.setup.append(f"kept_{item.out} = kept['{self.key[item.out]}']")
            lines.append(f"kept_{item.out}[s] = {item.out}")
        return lines

    def call(self, item: Instruction) -> str:
        out = item.out
        args = [self.argument(arg) for arg in item.args]
        match item.op:
            case "dot":
                return f"{args[0]}.dot({args[1]}, {out})"
            case "sum":
                return f"add_reduce({args[0]}, {item.options[0]}, None, {out})"
            case "max_over":
                return f"max_reduce({args[0]}, {item.options[0]}, None, {out})"
            case "einsum":  # not with out=: the order in which it sums depends on that
                made = call_text(item, lambda arg, _: self.argument(arg), 0).replace("np.", "")
                return f"copyto({out}, {made})"
            case "copy" | "turn" | "spread":
                return f"copyto({out}, {args[0]})"
            case "gather":
                right = f"{args[0]}[{', '.join(args[1:])}]"
            case "place":
                right = f"({args[0]} - 1).astype(int)"
            case "within":
                right = f"({args[0]} >= 1) & ({args[0]} <= {item.options[0]})"
            case "rounded":
                right = f"rounded({args[0]}, {', '.join(map(repr, item.options))})"
            case "maximum" | "minimum" as op:
                return f"{op}({', '.join(args)}, out={out})"  # NumPy 2.4 warns about a third place
            case op if op in ALLOCATING:
                right = f"{op}({', '.join(args)})"
            case op:
                return f"{op}({', '.join(args)}, {out})"
        return f"{out}[...] = {right}" if self.stored(out) else f"{out} = {right}"

    def stored(self, name: str) -> bool:
        return name in self.kept or name in self.replaced


_NAMES = (
    "add subtract multiply divide negative square power exp log sqrt abs tanh maximum minimum sign where "
    "less less_equal greater greater_equal equal einsum copyto empty expand_dims asarray sum"
)


def compiled(source: str) -> Callable[[int, int, Mapping[str, Any], Mapping[str, Any], dict[str, Any]], None]:
    """The printed source as a function. Its globals hold the NumPy calls the printer knows, and nothing else."""
    space: dict[str, Any] = {name: getattr(np, name) for name in _NAMES.split()}
    space |= {
        "add_reduce": np.add.reduce,
        "max_reduce": np.maximum.reduce,
        "erf": erf,
        "rounded": rounded,
        "zip": zip,
        "range": range,
        "int": int,
        "broadcast_to": np.broadcast_to,
    }
    space["__builtins__"] = {}
    exec(compile(source, "<printed from equations>", "exec"), space)  # noqa: S102 - see the module's docstring
    step = space["step"]
    assert callable(step)
    return step  # type: ignore[no-any-return]
