"""The command line: render, diagram, show, run, derive, list, new."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from tracer.errors import TracerError
from tracer.publish.standard_output import harmless, print_no_more, printed, use_utf8

app = typer.Typer(
    name="tracer",
    help="Worked examples of how a neural network learns: every number computed, every formula derived.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)

Problem = Annotated[
    str,
    typer.Argument(
        metavar="PROBLEM", help="A problem file, or the name of a built-in problem (see `tracer list problems`)."
    ),
]
Notation = Annotated[
    str,
    typer.Option(
        "--notation",
        "-n",
        metavar="NAME",
        help="Names, index letters and signs (see `tracer list notations`). Default: the problem's own.",
    ),
]
Digits = Annotated[
    str,
    typer.Option(
        "--digits",
        "-d",
        metavar="N",
        help="Decimals (4), significant figures (4sf), or adaptive. Default: the problem's own.",
    ),
]
Arithmetic = Annotated[
    str,
    typer.Option(
        "--arithmetic",
        "-a",
        metavar="HOW",
        help="Rounding as by hand: 3 or 3sf, with half-even, half-up or truncate, and `printed` if the run is to keep "
        "all digits; exact; adaptive. Default: the problem's own.",
    ),
]
Deviations = Annotated[
    list[str] | None,
    typer.Option(
        "--deviation",
        metavar="NAME",
        help="A named mistake that the run makes (see `tracer list deviations`), as in slope-dropped or "
        "'slope-dropped layer=1'; may be given more than once. none: without those of the problem file.",
    ),
]
Steps = Annotated[
    int | None, typer.Option("--steps", "-s", metavar="N", help="Number of training steps. Default: the problem's own.")
]
Source = Annotated[
    str,
    typer.Argument(
        metavar="PROBLEM",
        help="A problem file, the name of a built-in problem (see `tracer list problems`), or a trace file.",
    ),
]
Decimal = Annotated[str, typer.Option("--decimal", metavar="SIGN", help="Decimal sign: . or ,")]


class What(StrEnum):
    """What `tracer list` can list."""

    problems = "problems"
    notations = "notations"
    ops = "ops"
    styles = "styles"
    deviations = "deviations"
    all = "all"


def _version(wanted: bool) -> None:
    from importlib.metadata import version

    if wanted:
        _print(f"tracer {version('backprop-tracer')}\n")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def render(
    problem: Source,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write; the suffix (.md, .tex, .html, .pdf, .ipynb) says the format. Default: Markdown on "
            "screen.",
        ),
    ] = None,
    style: Annotated[
        str,
        typer.Option(
            "--style",
            metavar="NAME",
            help="How the story is told (see `tracer list styles`). Default: the problem's own.",
        ),
    ] = "",
    notation: Notation = "",
    digits: Digits = "",
    arithmetic: Arithmetic = "",
    deviation: Deviations = None,
    steps: Steps = None,
    decimal: Decimal = "",
    times: Annotated[str, typer.Option("--times", metavar="SIGN", help="Sign of multiplication: dot or cross.")] = "",
    step: Annotated[
        int | None, typer.Option("--step", metavar="N", help="The step that is told. Default: the first that was kept.")
    ] = None,
    templates: Annotated[
        Path | None,
        typer.Option(
            "--templates",
            metavar="FOLDER",
            help="Stories of your own; they stand before those of the package (see `tracer template copy`).",
        ),
    ] = None,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            metavar="NAME",
            help="markdown (Pandoc's), github, kramdown, island (MathML in Markdown), latex, html, stepper (HTML, one "
            "section at a time), notebook, typst, pdf. Default: what the suffix of FILE says.",
        ),
    ] = "",
    images: Annotated[
        Path | None,
        typer.Option(
            "--images",
            metavar="FOLDER",
            help="Where the pictures of a Markdown page go; made if there is none. Default: a folder named after the "
            "page, as in mazur-images; on standard output no pictures.",
        ),
    ] = None,
    colour: Annotated[
        bool | None,
        typer.Option(
            "--colour/--no-colour",
            help="One colour for each kind of value (inputs, weights, gradients ...) in formulas, tables and pictures. "
            "Default: in every format but markdown, because Pandoc prints no formula that has a colour.",
        ),
    ] = None,
) -> None:
    """Write a worked example of a problem.

    Examples:

    - `tracer render mazur` (Markdown on the screen)

    - `tracer render mazur -o mazur.md`

    - `tracer render mazur -o mazur.html` (one file that needs no network; `--format stepper` goes section by section)

    - `tracer render mazur -o mazur.pdf` (without TeX; needs `pip install 'backprop-tracer[pdf]'`)

    - `tracer render mazur -o mazur.md --format kramdown` (for a blog made by Jekyll)

    - `tracer render gokadin -o page.md --images pictures` (with a picture at each of its steps)

    - `tracer render xor.toml -o xor.tex --style gokadin --notation nielsen --digits 4`

    - `tracer render mazur --steps 3 --step 2` (the second of three steps; of a trace file any step it has)

    - `tracer render mazur --deviation one-by-one` (with a named mistake, and the correct figures beside it)
    """
    from tracer.publish.files import readable
    from tracer.publish.render import render as make
    from tracer.publish.render import render_to

    how: dict[str, Any] = {
        "style": style,
        "notation_name": notation,
        "digits": digits,
        "steps": steps,
        "decimal": _decimal(decimal),
        "times": _times(times),
        "arithmetic": arithmetic,
        "step": step,
        "deviations": deviation,
        "templates": templates,
        "images": images,
        "colour": colour,
    }
    if output is None:
        with _interrupted():
            page = make(problem, format=format or "markdown", **how)
        _print(page)
        return
    with _interrupted():
        _, *pictures = render_to(output, problem, format=format, **how)
    beside = (
        f" and {len(pictures)} picture{'s' * (len(pictures) > 1)} in {readable(pictures[0].parent)}" if pictures else ""
    )
    _say(f"wrote {readable(output)}{beside}")


@app.command()
def diagram(
    problem: Source,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write the SVG. Default: to standard output."),
    ] = None,
    until: Annotated[
        str,
        typer.Option(
            "--until",
            metavar="NAME",
            help="What is computed in this picture, and all before it: a1, delta2, z1/2 (of unit 2), z2+a2+E; "
            "again (the forward pass after the update); end (everything). Default: the weights alone.",
        ),
    ] = "",
    weight: Annotated[
        str, typer.Option("--weight", metavar="NAME", help="Light every way from a weight or bias to the error: w5.")
    ] = "",
    curve: Annotated[
        str,
        typer.Option(
            "--curve",
            metavar="NAME",
            help="A curve instead of the network: an activation, E or a metric over the steps, a parameter such as w1.",
        ),
    ] = "",
    notation: Notation = "",
    digits: Digits = "",
    arithmetic: Arithmetic = "",
    deviation: Deviations = None,
    steps: Steps = None,
    decimal: Decimal = "",
    step: Annotated[
        int | None,
        typer.Option("--step", metavar="N", help="The step that is shown. Default: the first that was kept."),
    ] = None,
    colour: Annotated[
        bool, typer.Option("--colour/--no-colour", help="One colour for each kind of value, as on a page.")
    ] = True,
) -> None:
    """Draw the network of a problem with its numbers, or a curve, as SVG.

    Examples:

    - `tracer diagram mazur -o net.svg` (the network with its weights)

    - `tracer diagram mazur --until delta2 -o net.svg` (and all that is computed up to these deltas)

    - `tracer diagram mazur --weight w5 -o net.svg` (the ways of one weight to the error)

    - `tracer diagram trask-3-4-1 --curve E --steps 500 -o error.svg` (the error over the steps)
    """
    from tracer.publish.files import readable
    from tracer.publish.picture import diagram as draw
    from tracer.publish.picture import diagram_to

    how: dict[str, Any] = {
        "until": until,
        "weight": weight,
        "curve": curve,
        "notation_name": notation,
        "digits": digits,
        "arithmetic": arithmetic,
        "deviations": deviation,
        "steps": steps,
        "decimal": _decimal(decimal),
        "step": step,
        "colour": colour,
    }
    if output is None:
        with _interrupted():
            picture = draw(problem, **how)
        _print(picture)
        return
    with _interrupted():
        diagram_to(output, problem, **how)
    _say(f"wrote {readable(output)}")


@app.command()
def show(
    problem: Source,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="A quantity: w5, net_h1, dw1[1,2], 2:E, all of delta1, or an expression such as eta*dw1[1,2].",
        ),
    ] = None,
    gradient_check: Annotated[
        bool, typer.Option("--gradient-check", help="Compare all gradients with central differences of the error.")
    ] = False,
    notation: Notation = "",
    digits: Digits = "",
    arithmetic: Arithmetic = "",
    deviation: Deviations = None,
    steps: Steps = None,
    decimal: Decimal = "",
) -> None:
    """Work out one quantity in the terminal, with every path of its chain rule, or check the gradients.

    Examples:

    - `tracer show mazur dw5` (a gradient, factor by factor)

    - `tracer show mazur "dw1[1,2]" --notation plain`

    - `tracer show mazur 2:E` (the error after the update)

    - `tracer show mazur w5+ --arithmetic "3 half-up"` (with three decimals, as by hand)

    - `tracer show mazur --gradient-check` (each gradient beside a central difference)
    """
    from tracer.explain.lesson import lesson
    from tracer.explain.notation import notation_for
    from tracer.run.trace import Trace
    from tracer.run.trace_file import named

    if name is None and not gradient_check:
        raise typer.BadParameter("name a quantity, or ask for --gradient-check.", param_hint="NAME")
    source = named(problem, steps=steps, arithmetic=arithmetic, deviations=deviation)
    checked = source.problem if isinstance(source, Trace) else source
    how = notation_for(checked, notation, decimal=_decimal(decimal))
    made = lesson(source, notation_name=how, shown=digits, steps=steps)
    if name is not None:
        _print(f"{made.quantity(name)}\n")
    if gradient_check:
        _print("\n" * (name is not None) + f"{made.whole_gradient_check() or 'There is no gradient to check.'}\n")


@app.command()
def run(
    problem: Source,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write: FILE.trace keeps the trace, FILE.jsonl (.ndjson, .json) is JSON. "
            "Default: a summary to standard output.",
        ),
    ] = None,
    steps: Steps = None,
    record: Annotated[
        str,
        typer.Option(
            "--record",
            "-r",
            metavar="STEPS",
            help="The steps that are kept: everything, loss, first-and-last, every:100, or 1,2,100. "
            "Default: the problem's own.",
        ),
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="Write JSON, one step a line.")] = False,
    stability: Annotated[
        bool,
        typer.Option(
            "--stability", help="Repeat the run with the parameters moved by the last bit: how many digits survive?"
        ),
    ] = False,
    arithmetic: Arithmetic = "",
    deviation: Deviations = None,
) -> None:
    """Run a problem and keep its trace, or summarise it.

    Examples:

    - `tracer run mazur --steps 1000` (the error of some steps, and where they lead)

    - `tracer run trask-3-4-1 --steps 2000 --record every:100 -o run.trace`

    - `tracer render run.trace --step 1901` (the walkthrough of one of its steps)

    - `tracer run mazur --json` (for other programs)

    - `tracer run gokadin-xor --steps 500 --record loss --stability`

    - `tracer run mazur --deviation one-by-one` (with a named mistake)
    """
    from tracer.publish.running import Asked, carried_out

    asked = Asked(problem, output, steps, record, json, stability, arithmetic, deviation)
    done = carried_out(asked, _print)
    for line in done.said:
        _say(line)
    if done.interrupted:
        raise typer.Exit(130)


@app.command()
def derive(
    formula: Annotated[
        str,
        typer.Argument(
            metavar="NAME_OR_FORMULA",
            help='An activation or loss (see `tracer list ops`), or text such as "a = 1/(1 + exp(-z))".',
        ),
    ],
    by: Annotated[
        str,
        typer.Option("--by", metavar="VARIABLE", help="What to derive by. Default: z, x, or the only one there is."),
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write; the suffix says the format (.md, .tex, .html, .pdf). Default: plain lines to "
            "standard output.",
        ),
    ] = None,
) -> None:
    """Derive the slope of an activation, a loss or a formula, one named rule a line.

    Examples:

    - `tracer derive sigmoid` (from the definition to the textbook form)

    - `tracer derive half-squared-error -o loss.md`

    - `tracer derive "z / (1 + exp(-z))"`

    - `tracer derive "a = where(z > 0, z, alpha*(exp(z) - 1))" --by alpha -o elu.tex`
    """
    from tracer.explain.typed_formula import derivations_for
    from tracer.publish.derivation import derive_to

    if output is None:
        _print("\n\n".join(map(str, derivations_for(formula, by))) + "\n")
    else:
        with _interrupted():
            derive_to(output, formula, by)
        _say(f"wrote {output}")


@app.command("list")
def list_names(
    what: Annotated[
        What, typer.Argument(metavar="[problems|notations|ops|styles|deviations]", help="What to list.")
    ] = What.all,
) -> None:
    """List what there is: built-in problems, notations, operations, styles, deviations.

    Examples:

    - `tracer list` (everything)

    - `tracer list problems`
    """
    from tracer.publish.inventory import inventory

    _print(inventory("" if what is What.all else what.value))


@app.command()
def new(file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to make; it must not exist yet.")]) -> None:
    """Make a commented problem file that runs as it is.

    Example: `tracer new xor.toml`, then `tracer render xor.toml -o xor.md`
    """
    from tracer.publish.files import readable
    from tracer.publish.new_problem import write_new_problem

    write_new_problem(file)
    name = readable(file)
    page = shlex.quote(readable(file.with_suffix(".md")))
    _say(f"wrote {name}. Next: tracer render {shlex.quote(name)} -o {page}")


stories = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help="Stories of your own.")
app.add_typer(stories, name="template")


@stories.callback()
def _stories() -> None:
    pass


@stories.command("copy")
def template_copy(
    style: Annotated[str, typer.Argument(metavar="STYLE", help="A style (see `tracer list styles`).")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the copy goes; it is made if need be.")],
    language: Annotated[
        str, typer.Option("--language", metavar="TAG", help="Also what is to be translated for this language (de).")
    ] = "",
) -> None:
    """Copy the template of a style into a folder, to tell the story your own way there.

    Example: `tracer template copy gokadin mine`, change `mine/walkthrough/gokadin.md.j2`, then
    `tracer render mazur --templates mine --style gokadin`. A file with another name is a style of that name.

    With `--language de` the pieces that the style is made of come too, and `language.toml` with every sentence of the
    engine, to be translated there.
    """
    from tracer.publish.files import readable
    from tracer.publish.template_copy import copy_for_translation, copy_template

    if not language:
        _say(f"wrote {readable(copy_template(style, folder))}")
        return
    for path in copy_for_translation(style, folder, language):
        _say(f"wrote {readable(path)}")


def _decimal(sign: str) -> str:
    if sign not in ("", ".", ","):
        raise TracerError("T504", "--decimal", f"'{sign}' is no decimal sign.", "Expected . or ,")
    return sign


def _times(sign: str) -> str:
    known = {"": "", "dot": r"\cdot", "cross": r"\times"}
    if sign not in known:
        raise TracerError("T504", "--times", f"'{sign}' is no sign of multiplication.", "Expected dot or cross.")
    return known[sign]


@contextmanager
def _interrupted() -> Iterator[None]:
    """Ctrl-C in the middle of a page: said, with exit status 130."""
    try:
        yield
    except KeyboardInterrupt:
        _say("interrupted; nothing was written")
        raise typer.Exit(130) from None


def _print(text: str) -> None:
    """Text to standard output, to its end; silent where the reader has gone."""
    if not printed(text):
        raise typer.Exit


def _say(text: str) -> None:
    """A line to standard error."""
    typer.echo(harmless(text), err=True)


def main() -> None:
    """Run the command line; anything a person can put right is one message and exit status 2."""
    use_utf8()
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except TracerError as error:
        _say(f"tracer: {error}")
        sys.exit(2)
    except OSError as error:  # the engine's own have become TracerErrors
        print_no_more()
        _say(f"tracer: standard output cannot be written: {error.strerror}.   [T501]")
        sys.exit(2)
    except RuntimeError as error:  # what Python makes of Ctrl-C in the body of a class
        if not isinstance(error.__cause__ or error.__context__, KeyboardInterrupt):
            raise
        sys.exit(130)
    except MemoryError:
        _say("tracer: there is not enough memory.\nTake fewer steps or examples.   [T402]")
        sys.exit(2)


if __name__ == "__main__":
    main()
