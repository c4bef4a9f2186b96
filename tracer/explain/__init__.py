"""From a trace to finished strings: names of a notation, TeX, printed numbers, worked quantities, the lesson."""
