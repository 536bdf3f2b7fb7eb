# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The mathematics: pure functions of tensors, without state.

Nothing here imports more than torch, so that every equation can be read,
tested and reused alone.
"""
