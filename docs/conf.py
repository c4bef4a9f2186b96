"""The site of the documentation:  sphinx-build -W -b html docs build/site

The pages are the Markdown files of this folder, as they lie; formulas become MathML, and nothing is fetched when a
page is opened. The gallery is made here, by Tracer itself.
"""

import shutil
import sys
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(DOCS))

project = "Tracer"
author = "the maintainers of Tracer"
html_title = "Tracer"
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False

extensions = ["myst_parser", "tracer.publish.embed.sphinx", "gallery"]
exclude_patterns = ["README.md", "examples"]
myst_enable_extensions = ["dollarmath"]
myst_dmath_allow_digits = False
myst_dmath_allow_space = False
myst_fence_as_directive = ["trace", "math"]  # as GitHub writes a formula on lines of its own
myst_heading_anchors = 3
html_math_renderer = "tracer"
nitpicky = True
smartquotes = False  # a prime is a prime

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b5fa5", "color-brand-content": "#0b5fa5"},
    "dark_css_variables": {"color-brand-primary": "#6db8f2", "color-brand-content": "#6db8f2"},
}


def _font(app: Any, error: Exception | None) -> None:
    """The mathematics font of the pages beside the style sheet that names it."""
    if error is None and app.builder.format == "html":
        shutil.copy(ROOT / "templates" / "page" / "math.woff2", Path(app.outdir) / "_static" / "math.woff2")


def setup(app: Any) -> None:
    """The font joins the site."""
    app.connect("build-finished", _font)
