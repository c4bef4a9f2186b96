"""What a lesson knows of its problem, before any number is computed: the first chapter."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from tracer.calculus.expression import Ref
from tracer.explain.constants_told import drawn_says
from tracer.explain.deviations_told import Deviating, deviating
from tracer.explain.diagram_content import MOST_UNITS as MOST_DRAWN
from tracer.explain.glossary import Word
from tracer.explain.inexact import replaced_at_once
from tracer.explain.language import Language
from tracer.explain.long_run import before
from tracer.explain.names import with_names
from tracer.explain.notation import Notation
from tracer.explain.numbers import Digits
from tracer.explain.part import LayerInfo
from tracer.explain.reading import Reading
from tracer.explain.roles import roles_told
from tracer.explain.rules_told import told
from tracer.explain.titles import layer_title
from tracer.explain.written_out import unit_by_unit
from tracer.ops.catalogue import METRICS
from tracer.run.problem import Problem
from tracer.run.trace import Trace

VERSION = 1


class ProblemTold:
    """A problem, its network, and how it is told."""

    #: version (int): that of this context
    version = VERSION

    def __init__(self, trace: Trace, how: Notation, shown: Digits, step: int = 1, example: int = 1) -> None:
        #: step (int): the number of the step that is told; example (int): the number of the example that is worked out
        self.step, self.example = step, example
        self._late, self._asked = before(trace, step), shown
        self._reading = Reading(with_names(trace, how), how, self._late.limited(shown) if self._late else shown, step)
        self._network = trace.network

    @property
    def problem(self) -> Problem:
        """What the problem file says."""
        return self._reading.trace.problem

    @property
    def title(self) -> str:
        """The heading (text, as the user wrote it)."""
        return self.problem.title

    @property
    def source(self) -> str:
        """Where the example was published (text; "" for nowhere)."""
        return self.problem.source

    @property
    def note(self) -> str:
        """What the problem file says about itself (text; "" for nothing)."""
        return self.problem.note

    @property
    def bare(self) -> bool:
        """Whether there are equations alone, no layers."""
        return self.problem.bare

    @property
    def examples(self) -> int:
        """How many examples there are."""
        return self._network.extents.get("n", 1)

    @property
    def steps(self) -> int:
        """How many training steps were run."""
        return self._reading.trace.count

    @property
    def notation(self) -> Notation:
        """The notation in force."""
        return self._reading.notation

    @property
    def language(self) -> Language:
        """The language of the page: its `tag`, and what `told` says in it."""
        return self._reading.language

    @property
    def coloured(self) -> bool:
        """Whether the roles of values are marked in formulas, for a page that shows them in colour."""
        return self.notation.coloured

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that values of this network have, of `input`, `target`, `weight`, `net`, `activation`, `gradient`
        and `new`."""
        return roles_told(self._network)

    @property
    def digits(self) -> Digits:
        """How many digits are printed."""
        return self._reading.digits

    @property
    def adds(self) -> bool:
        """Whether the notation passes back t - o and adds in the update."""
        return self.notation.error_sign < 0

    @property
    def one_by_one(self) -> bool:
        """Whether each parameter is replaced at once, so that later gradients see it."""
        return replaced_at_once(self._network)

    @cached_property
    def deviating(self) -> Deviating | None:
        """The named mistakes of the run, what they change, and the correct figures; None where it has none."""
        return deviating(self._reading)

    @cached_property
    def layers(self) -> tuple[LayerInfo, ...]:
        """The layers from the input up."""
        if self.bare:
            return ()
        found = [LayerInfo(0, self.language.told("the input"), self._network.extents["u0"], "", False, False, False)]
        for number, layer in enumerate(self.problem.layers, 1):
            units = self._network.shapes[self._network.result_of(number)][-1]
            kept = layer.bias is not None and not layer.bias_updated
            own = bool(layer.equations)
            title = self.layer_title(number)
            found.append(LayerInfo(number, title, units, layer.activation, layer.bias is not None, kept, own))
        return tuple(found)

    def layer_title(self, number: int) -> str:
        """A layer in words."""
        return layer_title(self._network, number, self.language)

    @property
    def linear(self) -> bool:
        """Whether no layer has an activation that bends."""
        return not self.bare and all(
            layer.activation in ("", "identity") and not layer.equations for layer in self.problem.layers
        )

    @property
    def unit_by_unit(self) -> bool:
        """Whether every activation makes the output of a unit from its own net input alone (a softmax does not)."""
        return unit_by_unit(self._network)

    @property
    def drawn(self) -> str:
        """How the parameters were drawn; "" where all are given, and where a step tells what others left."""
        return drawn_says(self.problem.drawn, self.language) if self.step == 1 else ""

    @cached_property
    def arithmetic(self) -> tuple[str, ...]:
        """How results are rounded, in sentences of story Markdown; () where all digits are carried on."""
        return told(self._reading)

    @property
    def penalized(self) -> bool:
        """Whether weights add something to the error."""
        return bool(self.problem.penalties)

    @property
    def own(self) -> bool:
        """Whether a layer has equations of its own."""
        return any(layer.own for layer in self.layers)

    @property
    def uphill(self) -> bool:
        """Whether the learning rate is negative, so that a step goes along the gradient."""
        return (self.problem.rate or 0) < 0

    @property
    def shuffled(self) -> bool:
        """Whether every epoch has an order of its own."""
        return self.problem.batches is not None and self.problem.batches.generator is not None

    @property
    def batch(self) -> int:
        """How many examples a step uses, where it does not use all of them; else 0."""
        batches = self.problem.batches
        return batches.size if batches and self._reading.trace.rows is not None else 0

    @property
    def all_examples(self) -> int:
        """How many examples there are in the data."""
        return 0 if self.problem.inputs is None else len(self.problem.inputs)

    @property
    def learns_xor(self) -> bool:
        """Whether the data are the table of XOR: its four cases, each with its answer, as 0 and 1."""
        problem = self.problem
        if problem.inputs is None or problem.targets is None or problem.targets.shape[1:] != (1,):
            return False
        rows = np.column_stack((problem.inputs, problem.targets)).tolist()
        return sorted(rows) == [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]

    @property
    def metrics(self) -> tuple[Word, ...]:
        """The metrics of the problem: the TeX symbol, what it tells, and its name."""
        made = (METRICS[name] for name in self.problem.metrics)
        symbol, of = self._reading.names.symbol, self.language.of
        return tuple(Word(symbol(Ref(op.output)), of(op.says), op.output) for op in made)

    @property
    def output(self) -> str:
        """The canonical name of what the network gives."""
        return self._network.result_of(self._network.layers) if not self.bare else self._network.output

    def letters(self, name: str) -> str:
        """The TeX symbol of a value in index letters."""
        return self._reading.names.symbol(Ref(name, self._network.axes[name]))

    def whole(self, name: str) -> str:
        """The TeX symbol of a value as a whole."""
        return self._reading.names.symbol(Ref(name))

    @property
    def pictured(self) -> bool:
        """Whether the network is small enough for a picture at every step: six units a layer, and layers at all."""
        return not self.bare and all(layer.units <= MOST_DRAWN for layer in self.layers)

    @property
    def late(self) -> str:
        """What is to be known about the numbers of a step late in a long run, in sentences; "" for nothing."""
        return self._late.told(self.language) if self._late else ""
