"""`tracer doctor`: what is installed."""

from __future__ import annotations

from tracer.cli.application import app, print_text


@app.command()
def doctor() -> None:
    """Say what is installed, and what each missing extra or program would give.

    Example: `tracer doctor`
    """
    from tracer.publish.doctor import doctor as made

    print_text(made())
