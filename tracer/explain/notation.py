"""Notations as records: names, index letters, numbering, order of factors, signs, layout, source.

A template is TeX with slots in angle brackets:

    <l> <L>      number of the layer; the same counted with the input as layer 1
    <j> <i>      unit of this layer, unit below        <ij> <ji>  both
    <nj>         example (left out where there is one) and unit
    <(n)>        the example as a superscript (left out where there is one)
    <_j>         the unit as a subscript (left out where the layer has one)
    <U> <J>      label of the layer (i, h, o); its index letter
    <V> <I>      the same of the layer below
    <k>          number of a weight through the whole net, unit by unit
    <u> <v>      number of a unit through the whole net, and of the unit below (letters in general formulas)
    <s>          the symbol of the value (in gradient, computed, new)

To add a notation, add a record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from tracer.errors import TracerError, suggest
from tracer.explain.language import ENGLISH, Language
from tracer.run.problem import Problem


@dataclass(frozen=True, eq=False)
class Notation:
    """One notation. `symbols` are general formulas, `elements` single elements where they differ, `whole` matrices,
    `spelling` the names a person types. Bases: x t z a w b, b0 (one bias for a layer), result and prediction (what a
    hidden layer and the last layer pass on, where they have names of their own), delta, E, e, eta."""

    name: str
    title: str
    source: str
    symbols: Mapping[str, str]
    whole: Mapping[str, str]
    elements: Mapping[str, str] = field(default_factory=dict)
    spelling: Mapping[str, str] = field(default_factory=dict)
    gradient: str = r"\frac{\partial E}{\partial <s>}"
    computed: str = r"g(<s>)"
    new: str = r"{<s>}^{\mathrm{new}}"
    letters: str = "layer"  # layer: a letter for each layer; relative: j for the unit itself, k for the others
    order_forward: tuple[str, ...] = ("number", "value", "parameter", "gradient")
    order_backward: tuple[str, ...] = ("number", "gradient", "parameter", "value")
    times: str = r"\cdot"
    decimal: str = "."
    error_sign: int = 1  # -1: what is passed back is t - o, and updates add
    layout: str = "in-out"
    columns: bool = False  # whether matrices have examples as columns
    origin: int = 1
    language: Language = ENGLISH
    coloured: bool = False  # whether the roles of values are marked (see `roles.py`)


_PLAIN = Notation(
    name="plain",
    title="Plain",
    source="the usual letters of the field (Bishop 2006; Goodfellow, Bengio, Courville 2016), layers in brackets",
    symbols={
        "x": "x_{<nj>}",
        "t": "t_{<nj>}",
        "z": "z^{(<l>)}_{<nj>}",
        "a": "a^{(<l>)}_{<nj>}",
        "w": "w^{(<l>)}_{<ij>}",
        "b": "b^{(<l>)}_{<j>}",
        "b0": "b^{(<l>)}",
        "delta": r"\delta^{(<l>)}_{<nj>}",
        "E": "E",
        "e": "E_{<nj>}",
        "eta": r"\eta",
    },
    whole={
        "x": "X",
        "t": "T",
        "z": "Z^{(<l>)}",
        "a": "A^{(<l>)}",
        "w": "W^{(<l>)}",
        "b": "b^{(<l>)}",
        "delta": r"\Delta^{(<l>)}",
    },
)

NOTATIONS: dict[str, Notation] = {
    notation.name: notation
    for notation in (
        _PLAIN,
        Notation(
            name="hmkcode",
            title="hmkcode",
            source="hmkcode, Backpropagation Step by Step, http://hmkcode.github.io/ai/backpropagation-step-by-step/",
            symbols={
                "x": "i_{<j>}<(n)>",
                "t": r"\mathrm{actual}<_j><(n)>",
                "z": r"\mathrm{net}_{<U><j>}<(n)>",
                "a": r"\mathrm{out}_{<U><j>}<(n)>",
                "result": "<U>_{<j>}<(n)>",
                "prediction": r"\mathrm{prediction}<_j><(n)>",
                "w": "w_{<ij>}",
                "b": "b_{<U><j>}",
                "b0": "b_{<l>}",
                "delta": r"\Delta_{<U><j>}<(n)>",
                "E": r"\mathrm{Error}",
                "e": r"\mathrm{Error}<_j><(n)>",
                "eta": "a",
            },
            elements={"w": "w_{<k>}"},
            whole={
                "x": "i",
                "t": r"\mathrm{actual}",
                "z": r"\mathrm{net}_{<U>}",
                "a": r"\mathrm{out}_{<U>}",
                "result": "<U>",
                "prediction": r"\mathrm{prediction}",
                "w": "W_{<l>}",
                "b": "b_{<l>}",
                "delta": r"\Delta_{<U>}",
            },
            spelling={
                "x": "i<j>",
                "t": "actual<j?>",
                "z": "net_<U><j>",
                "a": "out_<U><j>",
                "result": "<U><j>",
                "prediction": "prediction<j?>",
                "w": "w<k>",
                "b": "b_<U><j>",
                "delta": "delta_<U><j>",
                "E": "Error",
                "eta": "a",
            },
            gradient=r"\frac{\partial \mathrm{Error}}{\partial <s>}",
            new=r"{<s>}^{*}",
            order_backward=("number", "value", "gradient", "parameter"),
        ),
        Notation(
            name="gokadin",
            title="gokadin",
            source="gokadin, Backpropagation algorithm, README of https://github.com/gokadin/ai-backpropagation",
            symbols={
                "x": "y_{<j>}<(n)>",
                "t": "{y'}_{<j>}<(n)>",
                "z": "x_{<j>}<(n)>",
                "a": "y_{<j>}<(n)>",
                "w": "w_{<ij>}",
                "b": "b_{<j>}",
                "b0": "b_{<J>}",
                "delta": r"\delta_{<j>}<(n)>",
                "E": "E",
                "e": "E_{<j>}<(n)>",
                "eta": r"\epsilon",
            },
            elements={
                "x": "y_{<J><j>}<(n)>",
                "t": "{y'}_{<J><j>}<(n)>",
                "z": "x_{<J><j>}<(n)>",
                "a": "y_{<J><j>}<(n)>",
                "w": "w_{<I><i><J><j>}",
                "b": "b_{<J><j>}",
                "delta": r"\delta_{<J><j>}<(n)>",
                "e": "E_{<J><j>}<(n)>",
            },
            whole={
                "x": "Y_{I}",
                "t": "Y'",
                "z": "X_{<JJ>}",
                "a": "Y_{<JJ>}",
                "w": "W_{<IJ>}",
                "b": "b_{<JJ>}",
                "delta": r"\Delta_{<JJ>}",
            },
            spelling={
                "x": "y_<J><j>",
                "t": "t_<J><j>",
                "z": "x_<J><j>",
                "a": "y_<J><j>",
                "w": "w_<I><i><J><j>",
                "b": "b_<J><j>",
                "delta": "delta_<J><j>",
                "E": "E",
                "eta": "epsilon",
            },
            gradient=r"\nabla_{<s>} E",
            order_forward=("number", "parameter", "value", "gradient"),
        ),
        Notation(
            name="mazur",
            title="Mazur",
            source="Matt Mazur (2015), A Step by Step Backpropagation Example, https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/",
            symbols={
                "x": "i_{<j>}<(n)>",
                "t": r"\mathrm{target}_{<U><j>}<(n)>",
                "z": r"\mathrm{net}_{<U><j>}<(n)>",
                "a": r"\mathrm{out}_{<U><j>}<(n)>",
                "w": "w_{<ij>}",
                "b": "b_{<U><j>}",
                "b0": "b_{<l>}",
                "delta": r"\delta_{<U><j>}<(n)>",
                "E": r"E_{\mathrm{total}}",
                "e": "E_{<U><j>}<(n)>",
                "eta": r"\eta",
            },
            elements={"w": "w_{<k>}"},
            whole={
                "x": "i",
                "t": r"\mathrm{target}",
                "z": r"\mathrm{net}_{<U>}",
                "a": r"\mathrm{out}_{<U>}",
                "w": "W_{<l>}",
                "b": "b_{<l>}",
                "delta": r"\delta_{<U>}",
            },
            spelling={
                "x": "i<j>",
                "t": "target_<U><j>",
                "z": "net_<U><j>",
                "a": "out_<U><j>",
                "w": "w<k>",
                "b": "b_<U><j>",
                "b0": "b<l>",
                "delta": "delta_<U><j>",
                "E": "E_total",
                "e": "E_<U><j>",
                "eta": "eta",
            },
            gradient=r"\frac{\partial E_{\mathrm{total}}}{\partial <s>}",
            new=r"{<s>}^{+}",
            order_forward=("number", "parameter", "value", "gradient"),
        ),
        Notation(
            name="han-kamber",
            title="Han and Kamber",
            source="Han, Kamber (2006), Data Mining: Concepts and Techniques, section 6.6",
            symbols={
                "x": "x_{<u>}<(n)>",
                "t": "T_{<u>}<(n)>",
                "z": "I_{<u>}<(n)>",
                "a": "O_{<u>}<(n)>",
                "w": "w_{<vu>}",
                "b": r"\theta_{<u>}",
                "b0": r"\theta_{<l>}",
                "delta": r"\mathrm{Err}_{<u>}<(n)>",
                "E": "E",
                "e": "E_{<u>}<(n)>",
                "eta": "l",
            },
            whole={
                "x": "x",
                "t": "T",
                "z": "I^{(<l>)}",
                "a": "O^{(<l>)}",
                "w": "W^{(<l>)}",
                "b": r"\theta^{(<l>)}",
                "delta": r"\mathrm{Err}^{(<l>)}",
            },
            spelling={
                "x": "x<u>",
                "t": "T<u>",
                "z": "I<u>",
                "a": "O<u>",
                "w": "w<vu>",
                "b": "theta<u>",
                "b0": "theta_<l>",
                "delta": "Err<u>",
                "E": "E",
                "eta": "l",
            },
            gradient=r"-\frac{\partial E}{\partial <s>}",
            order_forward=("number", "parameter", "value", "gradient"),
            order_backward=("number", "value", "gradient", "parameter"),
            error_sign=-1,
        ),
        Notation(
            name="nielsen",
            title="Nielsen",
            source="Michael Nielsen (2015), Neural Networks and Deep Learning, chapter 2, http://neuralnetworksanddeeplearning.com/chap2.html",
            symbols={
                "x": "x_{<j>}<(n)>",
                "t": "y_{<j>}<(n)>",
                "z": "z^{<L>}_{<nj>}",
                "a": "a^{<L>}_{<nj>}",
                "w": "w^{<L>}_{<ji>}",
                "b": "b^{<L>}_{<j>}",
                "b0": "b^{<L>}",
                "delta": r"\delta^{<L>}_{<nj>}",
                "E": "C",
                "e": "C_{<j>}<(n)>",
                "eta": r"\eta",
            },
            whole={
                "x": "x",
                "t": "y",
                "z": "z^{<L>}",
                "a": "a^{<L>}",
                "w": "w^{<L>}",
                "b": "b^{<L>}",
                "delta": r"\delta^{<L>}",
            },
            spelling={  # the layers as they are printed, and an underscore before each unit: w2_1_2 is no other weight
                "x": "x_<j>",
                "t": "y_<j>",
                "z": "z<L>_<j>",
                "a": "a<L>_<j>",
                "w": "w<L>_<j>_<i>",
                "b": "b<L>_<j>",
                "b0": "b<L>",
                "delta": "delta<L>_<j>",
                "E": "C",
                "eta": "eta",
            },
            gradient=r"\frac{\partial C}{\partial <s>}",
            letters="relative",
            order_forward=("number", "parameter", "value", "gradient"),
            order_backward=("number", "parameter", "value", "gradient"),
            layout="out-in",
            columns=True,
        ),
        Notation(
            name="pytorch",
            title="PyTorch",
            source="PyTorch, torch.nn.Linear: weight[out, in], counted from 0",
            symbols={
                "x": r"\mathrm{input}_{<nj>}",
                "t": r"\mathrm{target}_{<nj>}",
                "z": r"\mathrm{linear}^{(<l>)}_{<nj>}",
                "a": r"\mathrm{act}^{(<l>)}_{<nj>}",
                "w": r"\mathrm{weight}^{(<l>)}_{<ji>}",
                "b": r"\mathrm{bias}^{(<l>)}_{<j>}",
                "b0": r"\mathrm{bias}^{(<l>)}",
                "delta": r"\mathrm{grad}^{(<l>)}_{<nj>}",
                "E": r"\mathrm{loss}",
                "e": r"\mathrm{loss}_{<nj>}",
                "eta": r"\mathrm{lr}",
            },
            whole={
                "x": r"\mathrm{input}",
                "t": r"\mathrm{target}",
                "z": r"\mathrm{linear}^{(<l>)}",
                "a": r"\mathrm{act}^{(<l>)}",
                "w": r"\mathrm{weight}^{(<l>)}",
                "b": r"\mathrm{bias}^{(<l>)}",
                "delta": r"\mathrm{grad}^{(<l>)}",
            },
            spelling={
                "x": "input[<j>]",
                "t": "target[<j>]",
                "z": "linear<l>[<j>]",
                "a": "act<l>[<j>]",
                "w": "weight<l>[<j>,<i>]",
                "b": "bias<l>[<j>]",
                "b0": "bias<l>",
                "delta": "grad<l>[<j>]",
                "E": "loss",
                "eta": "lr",
            },
            gradient=r"\frac{\partial \mathrm{loss}}{\partial <s>}",
            layout="out-in",
            origin=0,
        ),
    )
}


def notation(name: str | Notation, *, decimal: str = "", times: str = "", coloured: bool = False) -> Notation:
    """A notation by name, with another decimal sign (`,`) or multiplication sign (`\\times`) if wanted, and with the
    roles of values marked.

    Raises TracerError T106 with the closest names.

    >>> notation("mazur").error_sign
    1
    """
    if isinstance(name, str):
        if name not in NOTATIONS:
            raise TracerError("T106", "notation", f"there is no notation '{name}'.", suggest(name, NOTATIONS))
        name = NOTATIONS[name]
    return _with_signs(name, decimal or name.decimal, times or name.times, coloured or name.coloured)


def notation_for(
    problem: Problem, name: str | Notation = "", *, decimal: str = "", times: str = "", coloured: bool = False
) -> Notation:
    """The notation that is asked for, or else the problem's own; an error about that one names the file."""
    if name:
        return notation(name, decimal=decimal, times=times, coloured=coloured)
    try:
        return notation(problem.notation, decimal=decimal, times=times, coloured=coloured)
    except TracerError as error:
        raise error.at(problem.where) from None


@lru_cache(maxsize=64)
def _with_signs(record: Notation, decimal: str, times: str, coloured: bool) -> Notation:
    """The same object for the same wish: what is prepared for one notation is found again."""
    if (decimal, times, coloured) == (record.decimal, record.times, record.coloured):
        return record
    return replace(record, decimal=decimal, times=times, coloured=coloured)


def in_language(record: Notation, language: Language) -> Notation:
    """The same notation on a page in another language, with its words in the formulas."""
    if language is ENGLISH:
        return record

    def words(templates: Mapping[str, str]) -> dict[str, str]:
        return {base: language.symbol(tex) for base, tex in templates.items()}

    return replace(
        record,
        language=language,
        symbols=words(record.symbols),
        whole=words(record.whole),
        elements=words(record.elements),
        gradient=language.symbol(record.gradient),
        computed=language.symbol(record.computed),
        new=language.symbol(record.new),
    )
