"""How Sphinx makes a site of these pages: `make site`."""

import re
from pathlib import Path

from sphinx.application import Sphinx

import labeler

project = "Labeler"
copyright = "Labeler contributors, MIT licence"
release = version = labeler.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

html_theme = "furo"
html_title = "Labeler"
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}

myst_heading_anchors = 4
autodoc_member_order = "bysource"
napoleon_google_docstring = False
autodoc_typehints = "none"  # docstrings say more of types, shapes among it
napoleon_use_ivar = True
napoleon_use_rtype = False
nitpick_ignore_regex = [("py:(class|exc|obj)", ".*")]  # said in words, as numpydoc has them

_PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
"""What lies at the top of the repository, and the page of the site that has it."""

_INCLUDED = re.compile(r"^%% (\w+\.md)$", re.MULTILINE)
_LINK = re.compile(r"(?<=\]\()(?:\.\./|docs/)?([\w.-]+)(?=[)#])")


def setup(app: Sphinx) -> None:
    """Put what lies at the top of the repository where a page says ``%% FILE``."""
    app.connect("source-read", _complete)


def _complete(app: Sphinx, name: str, source: list[str]) -> None:
    top = Path(app.srcdir).parent
    text = _INCLUDED.sub(lambda page: top.joinpath(page[1]).read_text(encoding="utf-8"), source[0])
    source[0] = _LINK.sub(lambda link: _PAGES.get(link[1], link[1]), text)
