"""What the stories say: in words that are true for the problem at hand, and with every number where it is needed."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from test_true_as_printed import ZOO, Case, reading_of

import tracer
from tracer.explain.numbers import Digits
from tracer.explain.summary import summary
from tracer.explain.worked import worked
from tracer.publish.environment import styles
from tracer.run.loading import built_in

OWN: dict[str, Any] = {
    "data": {"inputs": [[1, 2], [0.5, -1]], "targets": [[1, 0], [0, 1]]},
    "layers": [
        {
            "equations": ["h[n,j] = sum(i, x[n,i] * v[i,j])", "g = h / (1 + abs(h))"],
            "parameters": {"v": [[0.1, 0.2], [0.3, 0.4]]},
        },
        {"activation": "tanh", "weights": [[0.5, 0.2], [-0.3, 0.1]]},
    ],
    "training": {"loss": "mean-squared-error", "rate": 0.1},
}
RELU: dict[str, Any] = {
    "data": {"inputs": [[1, -2]], "targets": [[1]]},
    "layers": [
        {"activation": "relu", "weights": [[0.1, 0.2], [0.3, 0.1]], "bias": 0.1, "bias_updated": False},
        {"activation": "relu", "weights": [[0.5], [0.2]], "bias": [0.05]},
    ],
    "training": {"loss": "squared-error", "rate": 0.1},
}
DEEP: dict[str, Any] = {
    "data": {"inputs": [1, 0.5], "targets": [1]},
    "layers": [
        {"activation": "tanh", "weights": [[0.2, -0.4], [0.3, 0.1]], "bias": [0.1, -0.2]},
        {"activation": "tanh", "weights": [[0.5, 0.1], [-0.3, 0.7]], "bias": 0.3},
        {"activation": "identity", "weights": [[0.5], [-0.3]]},
    ],
    "training": {"loss": "half-squared-error", "rate": 0.5, "update_order": "one-by-one"},
}
#: x reaches f in two ways
SKIP: dict[str, Any] = {"equations": ["g = max(0, x)*y", "f = g + x"], "values": {"x": 2, "y": 5}}


def page(problem: Any, style: str, **how: Any) -> str:
    return tracer.render(problem, style=style, digits=4, **how)


def after(text: str, heading: str) -> str:
    """A section of a page, up to the next heading of its rank."""
    level = heading.partition(" ")[0]
    return re.split(rf"^#{{1,{len(level)}}} ", text.partition(f"\n{heading}\n")[2], flags=re.MULTILINE)[0]


def trained(rate: float, **more: Any) -> dict[str, Any]:
    layer = {"weights": [[0.5]]}
    return {
        "data": {"inputs": [1], "targets": [2]},
        "layers": [layer],
        "training": {"loss": "half-squared-error", "rate": rate, **more},
    }


# -- every parameter is told


@pytest.mark.parametrize("style", styles())
def test_parameters_of_equations_of_ones_own_are_told(style: str) -> None:
    text = page(OWN, style)
    assert r"\frac{\partial E}{\partial v^{(1)}" in text
    told = text.partition("```python")[0]
    assert "-0.1133" in told and "0.3898" in told  # its gradient, and the last new value


def test_a_parameter_with_very_many_ways_is_told_by_what_comes_back() -> None:
    inputs = [[0.1 * k, 1 - 0.2 * k] for k in range(5)]
    problem = OWN | {"data": {"inputs": inputs, "targets": [[0, 1]] * 5}}
    told = after(page(problem, "mazur"), "### The hidden layer")
    assert "too many ways" in told
    chain = r"\frac{{\partial E}}{{\partial {}^{{(1)}}_{{1,1}}}} &= "
    assert told.index(chain.format("h")) < told.index(chain.format("v"))


# -- one symbol, one value


@pytest.mark.parametrize("problem", ["micrograd", SKIP, ZOO["arrays"], OWN, "mazur"])
def test_a_factor_of_a_way_never_has_the_symbol_of_another_value(problem: Any) -> None:
    trace = tracer.trace(problem)
    reading = reading_of(trace, Case("", "", trace.problem.notation, 9), 1)
    found: dict[str, float] = {}
    for entry in trace.network.phase("backward"):
        for place in np.ndindex(trace.network.shapes[entry.name]):
            where = f"[{','.join(str(at + 1) for at in place)}]" if place else ""
            made = worked(reading, f"{entry.name}{where}")
            values = [(made.derivative, made.value), *((f.symbol, f.value) for way in made.paths for f in way.factors)]
            for symbol, value in values:
                assert found.setdefault(symbol, value) == pytest.approx(value, rel=1e-9), symbol


def test_the_direct_part_has_a_mark_that_is_explained() -> None:
    direct = r"\left(\frac{\partial f}{\partial x}\right)_{\mathrm{direct}}"
    for style in styles():
        assert direct in page(SKIP, style), style
        assert "marked _direct_" in page(SKIP, style)
        assert r"\mathrm{direct}" not in page("mazur", style) and "_direct_" not in page("mazur", style)
    assert "Direct: " in str(tracer.trace(SKIP).worked("dx"))


def test_the_chain_rule_stands_before_every_derivative_of_several_ways() -> None:
    text = page("micrograd", "plain")
    ways = r"\frac{\partial g}{\partial g_{1}} \cdot \frac{\partial g_{1}}{\partial f} + \left("
    assert r"\frac{\partial g}{\partial f} = " + ways in text


def test_negative_gradients_of_bare_equations_carry_their_sign() -> None:
    text = page("micrograd", "plain", notation_name="han-kamber")
    assert r"-\frac{\partial g}{\partial f} = \frac{-\frac{\partial g}{\partial g_{1}}}{2} + \frac{10}{f^{2}}" in text
    assert r"\approx -0.5 + 0.0042 = -0.4958" in text


# -- one by one


@pytest.mark.parametrize("problem", ["mazur-one-by-one", DEEP])
def test_a_stand_in_is_never_called_a_gradient(problem: Any) -> None:
    for style in styles():
        text = page(problem, style)
        assert "the what" not in text
        assert not re.search(r"That is \$g\(", text)
        assert re.search(r"only a stand-in for one[,;] (and )?it is written \$g\(", text), style
    assert "| stand-in for the gradient |" in page(problem, "mazur")


def test_the_delta_of_a_stand_in_is_worked_out() -> None:
    told = after(page("mazur-one-by-one", "mazur"), "### The hidden layer")
    assert told.index(r"\tilde{\delta}_{h1} &= ") < told.index(r"g(w_{1}) = \tilde{\delta}_{h1}")


def test_one_by_one_is_the_order_of_the_algorithm() -> None:
    steps = re.findall(r"^    -   (\w+)", after(page(DEEP, "gokadin"), "## The algorithm"), re.MULTILINE)
    assert steps[:4] == ["compute", "compute", "replace", "compute"]
    assert steps[-1] == "replace" and steps.count("replace") == 5


def test_no_two_steps_have_one_title() -> None:
    for problem in (DEEP, "mazur-one-by-one", "gokadin-xor", OWN):
        titles = re.findall(r"^### Step \d+: (.*)$", page(problem, "gokadin", steps=1), re.MULTILINE)
        assert len(set(titles)) == len(titles)
    assert "### Step 24: new biases of hidden layer 1" not in page(DEEP, "gokadin")
    assert "all new weights" not in page(DEEP, "gokadin") and "all new weights" in page("mazur", "gokadin")


def test_what_only_reads_a_stand_in_does_not_claim_to_read_new_weights() -> None:
    told = after(page(DEEP, "plain"), "### Stand-in for the gradient in the biases of hidden layer 2")
    assert "made from such a stand-in" in told and "replaced" not in told


# -- sentences that depend on the run


@pytest.mark.parametrize(
    ("rate", "sentence"),
    [
        (0.5, "The step made it smaller."),
        (1e-7, "The step made it smaller, by less than these digits show."),
        (0, "The step did not change it."),
        (-0.5, "The step made it larger: a negative learning rate goes uphill."),
        (3, "The step made it larger: the learning rate may be too large for it."),
    ],
)
def test_what_the_step_did_to_the_error(rate: float, sentence: str) -> None:
    for style in styles():
        text = page(trained(rate), style)
        assert sentence in text
        assert "goes down and down" not in text and "changed only a little" not in text
        assert ("Learning is many of them" in text) == (rate > 0 and "smaller" in sentence and style == "mazur")


def test_the_overview_says_what_is_done() -> None:
    assert "train it for one step by hand" in page("hmkcode", "hmkcode")
    assert "train it for 3 steps, the first of them by hand" in page("hmkcode", "hmkcode", steps=3)
    assert "compute its gradients by hand" in page(ZOO["no-update"], "hmkcode")
    forward = page(ZOO["forward"], "hmkcode")
    assert "compute what it gives by hand" in forward and "learning rate" not in forward and "\nThe data:" in forward
    assert "backpropagation" not in page(ZOO["forward"], "mazur")


@pytest.mark.parametrize("style", styles())
def test_rounding_is_told(style: str) -> None:
    for problem in ("mazur", "micrograd", ZOO["forward"]):
        assert page(problem, style).count("only what is printed is rounded") == 1


@pytest.mark.parametrize("style", styles())
def test_conventions_at_kinks_are_told(style: str) -> None:
    assert "-   relu: The slope at 0 does not exist; it is taken as 0." in page(RELU, style)
    assert "-   abs: the slope at 0 is taken as 0." in page(OWN, style)
    assert "-   max: where both arguments are equal the first one counts as the larger" in page(SKIP, style)
    assert "agreed on" not in page("mazur", style)


SOFTMAX: dict[str, Any] = {
    "data": {"inputs": [[1, 0]], "targets": [[0, 1]]},
    "layers": [{"activation": "softmax", "weights": [[0.1, -0.2], [0.3, 0.4]]}],
    "training": {"loss": "cross-entropy", "rate": 0.1},
}


@pytest.mark.parametrize("style", styles())
def test_a_note_about_a_formula_is_no_convention(style: str) -> None:
    text = page(SOFTMAX, style)
    assert "agreed on" not in text
    assert ("keeps the exponentials small" in text) == (style in ("plain", "gokadin", "cavar"))


@pytest.mark.parametrize("optimizer", ["gradient-descent", "momentum", "adam"])
def test_what_an_optimizer_makes_has_a_title_of_its_own(optimizer: str) -> None:
    text = page(SOFTMAX | {"training": {"loss": "cross-entropy", "rate": 0.1, "optimizer": optimizer}}, "plain")
    titles = re.findall(r"^### (.*)$", text, re.MULTILINE)
    assert len(set(titles)) == len(titles)
    assert "hidden layer 0" not in text and "New weights into the output layer" in titles
    assert ("Velocity, for the weights into the output layer" in titles) == (optimizer == "momentum")


@pytest.mark.parametrize("style", styles())
def test_digits_are_kept_only_where_nothing_is_rounded_by_hand(style: str) -> None:
    text = page("mazur", style, arithmetic="3")
    assert "with all its digits" not in text and "rounded to 3 decimals" in text
    assert "with all its digits" in page(tracer.trace("mazur", arithmetic="3"), style, arithmetic="exact")


@pytest.mark.parametrize("style", styles())
def test_ways_without_factors_are_not_told_factor_by_factor(style: str) -> None:
    text = page("mazur", style, arithmetic="3")
    assert "Factor by factor" not in text and "Putting it together" not in text and "added up:" not in text


def test_a_stand_in_that_is_rounded_is_told_once() -> None:
    text = page("mazur-one-by-one", "gokadin", arithmetic="3").partition("## Step by step")[2]
    assert text.count(r"g(\mathrm{out}_{h1}) &= ") == 1


@pytest.mark.parametrize("style", styles())
def test_a_bias_that_is_kept_is_told(style: str) -> None:
    text = page(RELU, style)
    assert "the hidden layer: 2 units, activation: relu, with a bias that is kept as it is" in text
    assert "the output layer: 1 unit, activation: relu, with a bias\n" in text
    assert style != "mazur" or text.count("(its bias is kept as it is)") == 1


@pytest.mark.parametrize("style", styles())
def test_the_second_forward_pass_says_what_its_symbols_stand_for(style: str) -> None:
    assert "the new values: $w_{1}$ is what was ${w_{1}}^{+}$ above" in page("mazur", style)


# -- the gradient of hmkcode


def test_the_factors_are_multiplied_before_delta_has_a_name() -> None:
    text = page("hmkcode", "hmkcode")
    before, _, _ = text.partition("### A name for what comes back")
    assert r"\Delta" not in before
    assert r"\left(-1.6053\right) \cdot 0.05 \cdot 5 \\" in before and r"= -0.401325" in tracer.render("hmkcode")
    assert "same for all weights into one unit" in text


def test_every_gradient_has_its_numbers() -> None:
    text = page(OWN, "hmkcode")
    for name in ("g", "h", "v"):
        assert re.search(r"-?\d\.\d", after(text, f"### Gradient in the values {name} of the hidden layer")), name
    biased = {
        "data": {"inputs": [1, 2], "targets": [1]},
        "layers": [{"weights": [[0.1], [0.2]], "bias": 0.1}],
        "training": {"loss": "half-squared-error", "rate": 0.1},
    }
    told = after(page(biased, "hmkcode"), "### Gradient in the biases of the output layer")
    assert "= -0.4\n" in told and "column times a row" not in told
    assert page("hmkcode", "hmkcode").count("a column times a row") == 2


def test_only_the_weights_can_change_also_where_they_cannot_be_written_out() -> None:
    assert "By the formulas above, only of the inputs and the weights." in page(OWN, "hmkcode")


# -- bare equations


def test_each_derivative_is_asked_for_by_name() -> None:
    text = page("cs231n-circuit", "mazur")
    assert "with each step" not in text
    assert text.count("How much does $f$ change with $") == len(
        tracer.trace("cs231n-circuit").network.phase("backward")
    )


@pytest.mark.parametrize("style", styles())
def test_bare_equations_are_updated_in_every_style(style: str) -> None:
    assert re.search(r"w\}\^\{\\mathrm\{new\}\}", page(ZOO["trained-equations"], style))


@pytest.mark.parametrize("style", styles())
def test_words_of_the_user_keep_their_letters(style: str) -> None:
    text = page("micrograd", style)
    assert not re.search(r"^(C \+= c|E = c|F = e|D \+= d)", text, re.MULTILINE)
    own = OWN["layers"][0] | {"equations": [{"equation": OWN["layers"][0]["equations"][0], "says": "u*v* <b>"}]}
    layered = page(OWN | {"layers": [own, OWN["layers"][1]]}, style)
    assert "U\\*v" not in layered and "<b>" not in layered


@pytest.mark.parametrize("style", styles())
def test_values_of_ones_own_have_readable_titles(style: str) -> None:
    text = page(OWN, style)
    assert not re.search(r"\bthe [hgv]1\b|^#+ [HGV]1|gradient of [hgv]1|no activation", text, re.MULTILINE)
    assert "equations of its own" in text
    if style != "cavar":  # which tells whole matrices
        assert "x_{1,1}" in text and "g^{(1)}_{1,1}" in text
    assert "g^{(1)}_{11}" not in text


# -- several examples


@pytest.mark.parametrize("style", [style for style in styles() if style != "cavar"])  # its matrices hold them all
def test_values_of_all_examples_stand_before_they_are_read(style: str) -> None:
    text = page("gokadin-xor", style, steps=1)
    outputs = text.index("| 4 | $0$ | $0$ | $0.4070$ | $0.4617$ | $0.2821$ | $0$ |")
    deltas = text.index(r"| $\delta_{k1}^{(n)}$ |")
    assert outputs < text.index(r"0.2464 - 1") < deltas
    if style != "mazur":  # which follows the ways of one weight first
        assert deltas < text.index("### Gradient in the w" if style == "hmkcode" else r"\nabla_{w_{j1k1}} E &= ")


def test_the_errors_of_all_examples_are_told_before_their_sum() -> None:
    text = page("trask-3-4-1", "mazur", steps=1)
    for example in (2, 3, 4):
        assert f"\nE_{{{example},1}} \\approx " in text
    assert [re.findall(rf"\(example {example}\)", text) for example in (1, 2, 3, 4)] == [
        [f"(example {example})"] * 2 for example in (1, 2, 3, 4)
    ]


def test_single_examples_are_not_numbered() -> None:
    for name in built_in():
        if tracer.trace(name, steps=1).network.extents.get("n", 1) == 1:
            assert "(example 1)" not in page(name, "mazur", steps=1)


# -- listings and tables


def test_names_of_the_program_are_told_with_their_sign() -> None:
    text = page("han-kamber", "plain")
    assert r"| `delta1`, `delta2` | $-\mathrm{Err}_{j}$, $-\mathrm{Err}_{k}$ |" in text
    assert "| `z1`, `z2` | $I_{j}$, $I_{k}$ |" in text
    assert r"| `z1`, `z2` | $\mathrm{net}_{hj}$, $\mathrm{net}_{ok}$ |" in page("mazur", "hmkcode")
    assert "| `z1`, `z2` | $z^{2}_{j}$, $z^{3}_{j}$ |" in page("mazur", "plain", notation_name="nielsen")
    assert "in the program" not in page("trask-3-4-1", "plain", steps=1)
    for style in styles():
        assert "| in the program | on this page |" in page("mazur", style)


def test_a_listing_of_several_steps_says_which_step_it_prints() -> None:
    assert "\nz1 in step 3 = [[" in page("gokadin-xor", "gokadin", steps=3)
    assert "\nw1 after 3 steps: [[" in page("gokadin-xor", "hmkcode", steps=3)
    assert "\nz1 = [[" in page("gokadin-xor", "gokadin", steps=1)


@pytest.mark.parametrize("style", styles())
def test_listings_end_without_an_empty_line(style: str) -> None:
    assert "\n\n```\n" not in page("mazur", style)


@pytest.mark.parametrize("steps", [2, 19, 20, 50, 1500])
def test_the_table_of_errors_has_few_rows_and_round_numbers(steps: int) -> None:
    text = page(trained(0.01), "plain", steps=steps)
    rows = [int(row) for row in re.findall(r"^\| (\d+) \|", text.partition("Meanwhile")[0], re.MULTILINE)]
    assert len(rows) <= 20 and rows[0] == 1 and rows[-1] == steps + 1
    apart = rows[2] - rows[1]
    assert all(row % apart == 0 for row in rows[1:-1]) and str(apart).strip("0") in ("1", "2", "5")


def test_xor_is_told_where_the_data_are_its_table() -> None:
    assert "cannot learn XOR" in page("gokadin-xor", "gokadin", steps=1)
    for name in ("cavar-3-1", "gokadin", "mazur"):
        assert "cannot learn XOR" not in page(name, "gokadin", steps=1)


# -- mini-batches

BATCHES: dict[str, Any] = {
    "data": {"inputs": [[1.0, 0.5], [0.2, -0.7]], "targets": [[1.0], [0.0]]},
    "layers": [{"weights": [[0.2], [0.3]], "bias": [0.1], "activation": "sigmoid"}],
    "training": {
        "loss": "half-squared-error", "rate": 0.5, "batch": 1, "steps": 2, "metrics": ["binary-accuracy"],
    },
}  # fmt: skip


@pytest.mark.parametrize("style", styles())
def test_errors_of_different_batches_are_not_compared(style: str) -> None:
    text = page(BATCHES, style)
    assert "The step made it" not in text and "Did it help" not in text and "forward pass again" not in text
    assert "the next batch is example 2 of the data" in text
    assert r"\begin{pmatrix} 0.2 & -0.7 \end{pmatrix}" in text.partition("the next batch is example 2")[2]
    assert "that of the next batch is $0.1212$" in text and "Each row tells of its own batch" in text
    assert "E of the next batch with the new parameters = 0.0711" in text


@pytest.mark.parametrize("style", styles())
def test_errors_of_all_examples_in_another_order_are_compared(style: str) -> None:
    whole = {"loss": "half-squared-error", "rate": 0.5, "steps": 2, "shuffle": True}
    text = page(BATCHES | {"training": whole, "random": {"seed": 1}}, style)
    assert "The step made it smaller" in text and "next batch" not in text and "own batch" not in text
    assert "uses 2 of them" not in text and "example 1 is" not in text


def test_a_summary_says_that_rows_are_of_batches() -> None:
    text = summary(tracer.trace(BATCHES), Digits(4))
    assert "Each row tells of its own batch." in text and "in the forward pass of the next batch:" in text
    assert "batch" not in summary(tracer.trace("mazur"), Digits(4))


@pytest.mark.parametrize("style", [style for style in styles() if style != "cavar"])
def test_the_examples_of_a_batch_are_named_by_their_places(style: str) -> None:
    data = {"inputs": [[1, 0], [0, 1], [1, 1]], "targets": [[1], [0], [1]]}
    text = page(BATCHES | {"data": data, "training": BATCHES["training"] | {"batch": 2, "drop_last": True}}, style)
    assert "All examples of this batch (examples 1 and 2 of the data):" in text and "\nAll examples:" not in text


@pytest.mark.parametrize("style", styles())
def test_a_metric_in_a_table_is_explained(style: str) -> None:
    assert r"Here $\mathrm{acc}$ is the part of the outputs that are on the right side of one half." in page(
        BATCHES, style
    )


# -- more than gradient descent

ADAM: dict[str, Any] = {
    "data": {"inputs": [[1.0, 0.5]], "targets": [[1.0]]},
    "layers": [{"activation": "tanh", "weights": [[0.2], [0.3]], "bias": [0.1]}],
    "training": {
        "loss": "huber", "rate": 0.5, "optimizer": "adam", "penalty": {"name": "l1", "lambda1": 0.1}, "clip": 0.3,
        "schedule": "exponential",
    },
}  # fmt: skip


@pytest.mark.parametrize("style", styles())
def test_what_holds_for_gradient_descent_is_not_said_of_adam(style: str) -> None:
    text = page(ADAM, style)
    for untrue in (
        "negative of its component of the gradient", "against its gradient, scaled", "subtract the learning rate",
        "is delta times what comes in:", "beginning of these products", "a column times a row", "Much of this is",
        "what the weights pay", "By what they",
    ):  # fmt: skip
        assert untrue not in text, untrue
    assert not re.search(r"in matrix form:\s+#", text)
    for constant in (r"\beta_{1}", r"\epsilon", r"\lambda_{1}", r"\mathrm{width}", r"\eta_{0}", r"\gamma"):
        assert f"{constant} = " in text, constant
    assert "negative of its component of the gradient" in page("gokadin", "gokadin")
    assert "is delta times what comes in:" in page("mazur", "mazur")


def test_constants_are_told_in_words() -> None:
    for style in ("mazur", "hmkcode"):
        assert r"$\beta_{1} = 0.9$, a constant of adam: how much of the mean gradient is kept" in page(ADAM, style)
        assert "constants are given" not in page("mazur", style)
    assert r"$\lambda_{1}$: a constant of l1: how much it counts" in page(ADAM, "gokadin")


def test_a_softmax_is_never_one_of_a_single_net_input() -> None:
    text = page(SOFTMAX, "hmkcode")
    assert r"\mathrm{softmax}" not in text and "bends" not in text and "only of the inputs and the weights" in text
    assert "net inputs of a layer into its outputs" in page(SOFTMAX, "gokadin")
    assert r"\mathrm{tanh}\left(" in page(ADAM, "hmkcode")


@pytest.mark.parametrize("style", styles())
def test_what_a_loss_makes_on_the_way_belongs_to_no_layer(style: str) -> None:
    layer = {"weights": [[0.2, -0.4], [0.3, 0.1]], "bias": [0.1, 0.2]}
    data = {"inputs": [[1.0, 0.5], [0.2, -0.7]], "labels": [1, 0]}
    text = page({"data": data, "layers": [layer], "training": {"loss": "softmax-cross-entropy", "rate": 0.1}}, style)
    assert "hidden layer 0" not in text
    assert style == "mazur" or "radient in the logarithm of the sum of the exponentials" in text


def test_weights_of_a_later_step_are_not_those_a_run_begins_with() -> None:
    assert "Ours begin as" in page("hmkcode", "hmkcode", steps=3)
    assert "Ours begin as" not in page("hmkcode", "hmkcode", steps=3, step=2)


def test_many_steps_are_counted_with_separators() -> None:
    assert "The error over 1,500 steps" in page(trained(0.01), "plain", steps=1500)
