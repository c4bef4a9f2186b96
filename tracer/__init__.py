"""Step-by-step traces of how a neural network learns."""
from tracer.run.run import run
from tracer.run.problem import load
