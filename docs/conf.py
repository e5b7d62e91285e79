"""The documentation as a site: ``make docs`` builds it, warnings are errors."""

from __future__ import annotations

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "kgtool"
author = "The kgtool authors"
copyright = "The kgtool authors, MIT licence"
version = release = version_of("kgtool")

extensions = ["myst_parser", "sphinx_click", "reference"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_ext"]
nitpicky = True
suppress_warnings = ["misc.highlighting_failure"]  # excerpts with an ellipsis

html_theme = "furo"
html_title = "kgtool"
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}
