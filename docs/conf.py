"""How the documentation is built."""

from importlib.metadata import version as installed

project = "kompaslite"
author = "The kompaslite authors"
copyright = "2026, the kompaslite authors"
release = installed("kompaslite")
version = release

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
    "myst_nb",
]
source_suffix = {".md": "myst-nb", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "**.ipynb_checkpoints"]
myst_enable_extensions = ["dollarmath", "deflist", "colon_fence"]
myst_heading_anchors = 3
nb_execution_mode = "auto"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
autosummary_generate = True
numpydoc_show_class_members = False
html_theme = "alabaster"
html_theme_options = {"description": "Population forecasts for municipalities", "fixed_sidebar": True}
html_title = "kompaslite"
