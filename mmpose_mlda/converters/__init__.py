# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""From the original releases of data sets to COCO-style files.

A new data set is a module beside this one with a subclass of
:class:`.base.Converter`: the list of its items, and the labelled images that
an item gives. Processes, resuming, merging and checks are the same for all;
the command is a script of three lines in ``tools/dataset_converters``.

Neither torch nor MMPose is needed here.
"""
