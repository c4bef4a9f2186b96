"""`tracer weave`: pieces of a trace inside Markdown pages, kept up to date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracer.cli.application import app, interrupted, print_text, say

if TYPE_CHECKING:
    from tracer.publish.embed.weave import Woven


@app.command()
def weave(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Markdown files: a README, posts of a blog, pages of a site."),
    ],
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Write nothing; print what would change, and end with status 1 if anything would."
        ),
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; print what would change.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace pieces that were changed by hand, too.")] = False,
    dialect: Annotated[
        str,
        typer.Option(
            "--dialect",
            metavar="NAME",
            help="How formulas are written: github, kramdown, markdown (Pandoc's), island (MathML). A marker that says "
            "dialect=... decides for itself.",
        ),
    ] = "github",
    images: Annotated[
        Path | None,
        typer.Option(
            "--images",
            metavar="FOLDER",
            help="Where pictures go; pages may share it. Default: a folder for each page, as in README-images.",
        ),
    ] = None,
    images_at: Annotated[
        str,
        typer.Option(
            "--images-at",
            metavar="ADDRESS",
            help="What links to pictures begin with, where a site serves them elsewhere: /assets/traces. Default: the "
            "way from the page to the folder.",
        ),
    ] = "",
) -> None:
    """Make the pieces between markers of Markdown pages anew; everything else stays as it is, byte for byte.

    A piece stands between two comments, each alone on its line:

    `<!-- trace:begin problem="mazur" show="weight w5" -->`

    `<!-- trace:end -->`

    Either all files are written or none. Exit status 0: done, or nothing to do. 1: `--check` has found something to do.
    2: something is wrong, and nothing was written.

    Examples:

    - `tracer weave page.md`

    - `tracer weave page.md --check` (for CI: prints what would change)

    - `tracer weave page.md --diff`

    - `tracer weave post.md --dialect kramdown --images assets --images-at /assets` (a post of a Jekyll blog)
    """
    from tracer.publish.embed.weave import woven, write_woven
    from tracer.publish.files import readable

    with interrupted():
        pages: list[Woven] = []
        for path in dict.fromkeys(files):
            if not any(_same(path, page.source.path) for page in pages):
                pages.append(woven(path, dialect, images=images, images_at=images_at, force=force))
        stale = [page for page in pages if page.stale]
        if not check and not diff:
            write_woven(pages)
    for page in pages:
        for note in page.notes:
            say(note)
    if check or diff:
        print_text("".join(page.diff() for page in stale))
        if stale and check:
            say(f"{len(stale)} of {len(pages)} pages would change")
            raise typer.Exit(1)
        return
    for page in pages:
        count = f"{page.pieces} piece{'s' * (page.pieces != 1)}"
        drawn = f", {len(page.pictures)} picture{'s' * (len(page.pictures) != 1)} in {readable(page.folder)}"
        said = f"{count}{drawn if page.pictures else ''}"
        name = readable(page.source.path)
        say(f"wove {name}: {said}" if page in stale else f"{name} is up to date: {said}")


def _same(path: Path, other: Path) -> bool:
    """Whether two names lead to one file."""
    try:
        return path.samefile(other)
    except (OSError, ValueError):
        return False
