# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Rendered human figures: a labelled domain pair without files.

A picture is made in this order, one module each:

1. :mod:`.dice`: random numbers keyed by (version, style, seed, index);
2. :mod:`.poses` and :mod:`.skeleton`: joint angles within the anatomical
   limits, then joint positions in space;
3. :mod:`.body`, :mod:`.head`, :mod:`.parts`, :mod:`.palette`: flesh, clothes
   and their colours, as convex hulls of spheres;
4. :mod:`.camera` and :mod:`.figure`: perspective, the order of painting and
   which joints are seen; :mod:`.scene` adds light and objects;
5. :mod:`.hulls`, :mod:`.backdrops`, :mod:`.clutter`, :mod:`.textures`,
   :mod:`.effects`: paint, places, cloth and lens, put together by
   :mod:`.render`.

:mod:`.styles` names all in which the two domains differ.

The pixels and joints of a version never change (another machine or build of
OpenCV may round a pixel by a level or two). Whoever changes what a
picture shows adds a number to ``VERSIONS`` in :mod:`.render` and keeps the
old one working.
"""

from .render import VERSIONS, Rendering, render_figure
from .styles import STYLES

__all__ = ['STYLES', 'VERSIONS', 'Rendering', 'render_figure']
