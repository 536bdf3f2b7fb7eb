# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What can be wrong with a release or with the folder of the output."""


class ConversionError(Exception):
    """A message for the user: the file, the value and the remedy."""


class BrokenItemError(ConversionError):
    """One video or image of many cannot be used; the others can."""
