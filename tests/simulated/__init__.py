"""Simulated classes: sheets of students who round, slip and misunderstand in known ways, to measure a checker with.

It shares nothing with Tracer: own formulas, `decimal` arithmetic, own problem files (a test asserts that Tracer is not
imported, and another that both agree on every quantity). A sheet is a line of JSON:

    python -m tests.simulated --net random-2-2-2 --sheets 1000 --seed 1 > class.jsonl

`sheets()` is the same for Python. `measure.py` compares the verdicts of any checker with the truth, `baselines.py`
holds the fixed-tolerance rules of others. Synthetic mistakes are not students': the catalogue is written by people who
know the mistakes, and was not validated with a class.
"""

from .sheet import Cell, Sheet, from_json, to_json
from .simulate import sheet, sheets, work

__all__ = ["Cell", "Sheet", "from_json", "sheet", "sheets", "to_json", "work"]
