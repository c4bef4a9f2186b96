"""What notebooks show by more than its name: records that get a display method at the front door."""

from __future__ import annotations


class Shown:
    """A record that a notebook shows. How is attached in `tracer/__init__`, as no record knows a printer."""
