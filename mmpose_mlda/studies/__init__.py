# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Tables of several methods and seeds; see docs/studies.md."""
