"""How the documentation is built."""

import sys
from importlib.metadata import version as installed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from rooms import INNER, public_names, rooms

project = "kompaslite"
author = "The kompaslite authors"
copyright = "2026, the kompaslite authors"
release = installed("kompaslite")
version = release

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_nb",
    "sphinx_gallery.gen_gallery",
    "mathml",
    "rooms",
]
source_suffix = {".rst": "restructuredtext", ".md": "myst-nb"}
templates_path = ["_templates"]
exclude_patterns = [
    "_build",
    "**.ipynb_checkpoints",
    "auto_examples/*.ipynb",
    "auto_examples/*.json",
]
default_role = "py:obj"

myst_enable_extensions = ["dollarmath", "deflist", "colon_fence"]
myst_heading_anchors = 3

# Every code cell is run anew, in a folder of its own.
nb_execution_mode = "auto"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True

autosummary_generate = True
ALL_ROOMS = [f"kompaslite.{room}" for room in (*rooms(), *INNER)]
autosummary_context = {"rooms": {room: public_names(room) for room in ALL_ROOMS}}
autodoc_typehints = "none"  # docstrings say the types
autodoc_preserve_defaults = True
add_module_names = False
autodoc_member_order = "bysource"
numpydoc_show_class_members = False

sphinx_gallery_conf = {
    "examples_dirs": ["../examples"],
    "gallery_dirs": ["auto_examples"],
    "filename_pattern": r"\.py$",
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_memory": False,
    "write_computation_times": False,
    "show_signature": False,
    "plot_gallery": "True",
    "abort_on_example_error": True,
    "reset_modules": ("matplotlib", "gallery.know_own_file"),
}

html_math_renderer = "mathml"
html_theme = "alabaster"
html_theme_options = {
    "description": "Population forecasts for municipalities",
    "fixed_sidebar": True,
    "page_width": "1200px",
    "sidebar_width": "240px",
    "font_family": "system-ui, 'Segoe UI', 'Noto Sans', 'Liberation Sans', sans-serif",
    "head_font_family": "system-ui, 'Segoe UI', 'Noto Sans', 'Liberation Sans', sans-serif",
    "code_font_size": "0.85em",
    "show_relbars": True,
}
html_static_path = ["_static"]
html_css_files = ["house.css"]
html_title = "kompaslite"
html_copy_source = False
html_show_sourcelink = False
