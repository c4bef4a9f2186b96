"""`tracer template`: stories of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tracer.cli.application import app, say

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
        say(f"wrote {readable(copy_template(style, folder))}")
        return
    for path in copy_for_translation(style, folder, language):
        say(f"wrote {readable(path)}")
