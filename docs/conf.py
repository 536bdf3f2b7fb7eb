# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The site of the documentation: make docs."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import mmpose_mlda.registry  # noqa: I001 - before MMPose is imported
import mmcv.transforms.utils

# autodoc stumbles over what the decorator makes of a method
mmcv.transforms.utils.cache_randomness = lambda method: method

project = 'mmpose_mlda'
version = release = mmpose_mlda.__version__
author = project_copyright = 'mmpose_mlda contributors'
extensions = [
    'myst_parser',
    'sphinx.ext.autodoc',
    'sphinx.ext.autosummary',
    'sphinx.ext.napoleon',
    'sphinx.ext.viewcode',
    'sphinx.ext.mathjax',
]
root_doc = 'index'
source_suffix = {'.md': 'markdown', '.rst': 'restructuredtext'}
exclude_patterns = ['_build', '_templates', 'results/runs']
html_theme = 'furo'
templates_path = ['_templates']

autodoc_default_options = {
    'members': True,
    'show-inheritance': True,
    'member-order': 'bysource',
}
autodoc_typehints = 'signature'
napoleon_google_docstring = True
myst_enable_extensions = ['dollarmath']
myst_heading_anchors = 4
# links out of docs/, to files of the repository
suppress_warnings = ['myst.xref_missing', 'misc.highlighting_failure']
