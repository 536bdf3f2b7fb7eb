# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What a step costs, against references that are measured beside it."""
