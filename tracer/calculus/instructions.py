"""One list of NumPy instructions, as it is made: each a call with one result, equal calls made once.

`numpy_code` prints the list to be read, `in_place_code` to run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Instruction:
    """`out` = `op`(`args`): a register or a value's name, one NumPy call, registers or names it reads.

    Registers are written %7 and constants #2, which no value can be called.

    `options`: what the call needs besides (axes of a reduction, a transposition, the text of a constant).
    `shape` is the shape of the result; () is a plain number.
    """

    out: str
    op: str
    args: tuple[str, ...]
    options: tuple[object, ...]
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Program:
    """The instructions of a list of equations, the constants they read, and where each equation's part ends."""

    instructions: tuple[Instruction, ...]
    constants: Mapping[str, float | np.ndarray]
    ends: Mapping[str, int]  # name of a value -> number of instructions up to and with it


class Calls:
    """The calls made so far, the constants they read, and the names of the values that registers hold.

    `shapes` holds every value, given or computed; registers and constants join them.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self.shapes = dict(shapes)
        self.made: list[Instruction] = []
        self.known: dict[tuple[str, tuple[str, ...], tuple[object, ...]], str] = {}
        self.constants: dict[str, float | np.ndarray] = {}
        self.named: dict[str, str] = {}  # register -> name of the value it is
        self.ends: dict[str, int] = {}

    def emit(self, op: str, args: tuple[str, ...], options: tuple[object, ...], shape: tuple[int, ...]) -> str:
        """The register of a call, made here unless it was made before."""
        key = (op, args, options)
        if key not in self.known:
            self.known[key] = f"%{len(self.made)}"
            self.made.append(Instruction(self.known[key], op, args, options, shape))
            self.shapes[self.known[key]] = shape
        return self.known[key]

    def constant(self, value: float | np.ndarray) -> str:
        """The name of a constant."""
        if not np.ndim(value):
            value = np.asarray(value).item()  # a plain number: the source that runs knows no np.int64
        for name, old in self.constants.items():
            if type(old) is type(value) and np.array_equal(old, value):
                return name
        name = f"#{len(self.constants)}"
        self.constants[name] = value
        self.shapes[name] = np.shape(value)
        return name

    def name(self, register: str, name: str, shape: tuple[int, ...]) -> None:
        """Say that a register is a value; what holds another value, or is a view, is copied."""
        taken = not register.startswith("%") or register in self.named
        if taken or any(made.out == register and made.op == "view" for made in self.made):
            register = self.emit("copy", (register,), (name,), shape)
        self.named[register] = name
        self.ends[name] = len(self.made)

    def fold(self, register: str) -> np.ndarray | None:
        """The value of an integer register made of constants alone, else None."""
        if register in self.constants:
            return np.asarray(self.constants[register])
        made = next((item for item in self.made if item.out == register), None)
        if made is None:
            return None
        parts = [self.fold(arg) for arg in made.args]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        if made.op == "view":
            order, new = made.options
            return np.expand_dims(known[0].transpose(order), new)  # type: ignore[call-overload,no-any-return]
        return np.asarray(getattr(np, made.op)(*known))

    def program(self) -> Program:
        """The list with values under their names and without what nothing reads (folded index arithmetic)."""
        used = set(self.named)
        for made in reversed(self.made):
            if made.out in used:
                used.update(made.args)
        kept = [made for made in self.made if made.out in used]
        counted = {name: sum(made.out in used for made in self.made[:end]) for name, end in self.ends.items()}
        name = self.named
        instructions = tuple(
            Instruction(name.get(i.out, i.out), i.op, tuple(name.get(a, a) for a in i.args), i.options, i.shape)
            for i in kept
        )
        constants = {key: value for key, value in self.constants.items() if key in used}
        return Program(instructions, constants, counted)
