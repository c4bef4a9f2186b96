"""Arguments and options that several commands share, and what their signs mean."""

from __future__ import annotations

from typing import Annotated

import typer

from tracer.cli.completion import named, problem
from tracer.errors import TracerError

Problem = Annotated[
    str,
    typer.Argument(
        metavar="PROBLEM",
        help="A problem file, or the name of a built-in problem (see `tracer list problems`).",
        autocompletion=problem,
    ),
]
Notation = Annotated[
    str,
    typer.Option(
        "--notation",
        "-n",
        metavar="NAME",
        help="Names, index letters and signs (see `tracer list notations`). Default: the problem's own.",
        autocompletion=named("notations"),
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
        autocompletion=named("deviations"),
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
        autocompletion=problem,
    ),
]
Decimal = Annotated[str, typer.Option("--decimal", metavar="SIGN", help="Decimal sign: . or ,")]


def decimal_sign(sign: str) -> str:
    """What `--decimal` says; T504 for another sign."""
    if sign not in ("", ".", ","):
        raise TracerError("T504", "--decimal", f"'{sign}' is no decimal sign.", "Expected . or ,")
    return sign


def times_sign(sign: str) -> str:
    """What `--times` says as TeX, empty for the notation's own; T504 for another word."""
    known = {"": "", "dot": r"\cdot", "cross": r"\times"}
    if sign not in known:
        raise TracerError("T504", "--times", f"'{sign}' is no sign of multiplication.", "Expected dot or cross.")
    return known[sign]
