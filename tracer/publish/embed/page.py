"""The page of somebody else that pieces are put into: what they see of it, and what it gets."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from tracer.explain.drawing import Drawing
from tracer.explain.lesson import Lesson
from tracer.publish.embed.fence import Fence
from tracer.publish.picture_text import identifier


@dataclass
class Page:
    """The page of somebody else that pieces are put into, one after the other.

    `file` is its path, which errors name; what a fence names is seen from its folder, or from `root`. Pictures become
    part of the page where no folder `images` is named; else they are `pictures`, texts of files still to be written,
    and are linked to as seen from the page, or below the address `images_at`; their names begin with `prefix`.
    `anchors` are the link targets that the page has, `drawn` its pictures by their names; `lessons` are kept, as fences
    of one page mostly tell of one run. `colours` is the format whose way of writing them the page takes, where it is
    not that of the dialect.
    """

    file: Path = Path("page")
    images: Path | None = None
    images_at: str = ""
    prefix: str = ""
    colours: str = ""
    root: Path | None = None
    anchors: set[str] = field(default_factory=set)
    pictures: dict[Path, str] = field(default_factory=dict)
    lessons: dict[Fence, Lesson] = field(default_factory=dict)
    drawn: dict[str, Drawing] = field(default_factory=dict)

    def named(self, drawing: Drawing, of: str) -> str:
        """The name of a picture on this page: the same drawing has the same one, another has another."""
        wanted = name = identifier(f"{self.prefix}{of}-{drawing.name}")[:160]
        number = 1
        while name in self.drawn and self.drawn[name] != drawing:
            number += 1
            name = f"{wanted}--{number}"
        self.drawn[name] = drawing
        return name

    def beside(self, name: str) -> Path:
        """A file that a fence names, as seen from this page."""
        return (self.file.parent if self.root is None else self.root) / name

    def way(self) -> str:
        """How links of this page reach its pictures."""
        assert self.images is not None
        if self.images_at:
            return self.images_at.rstrip("/")
        return quote(os.fsencode(Path(os.path.relpath(self.images, self.file.parent)).as_posix()))
