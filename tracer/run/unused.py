"""Values of a problem that no equation reads: most often a name is misspelt."""

from __future__ import annotations

from tracer.calculus.expression import names
from tracer.errors import TracerError
from tracer.run.problem import Problem


def check_read(problem: Problem) -> None:
    """Refuse values and parameters that no equation reads. Raises TracerError T103."""
    places = [("[values]", problem.values, problem.equations), ("[parameters]", problem.parameters, problem.equations)]
    places += [(f"layer {at}", layer.parameters, layer.equations) for at, layer in enumerate(problem.layers, 1)]
    for where, values, equations in places:
        read = {name for item in equations for name in names(item.right)}
        for name in values:
            if name not in read:
                remedy = "Leave it out, or read it in an equation."
                raise TracerError("T103", where, f"no equation reads '{name}'.", "", remedy)
