# Copyright (c) mmpose_mlda contributors. All rights reserved.
def apply() -> None:
    """Placeholder until the run-time fixes land."""
