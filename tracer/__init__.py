"""Step-by-step traces of how a neural network learns."""

from tracer.run.problem import load
from tracer.run.run import run

__all__ = ["load", "run"]
