# Copyright (c) mmpose_mlda contributors. All rights reserved.
from mmpose_mlda import registry  # noqa: F401 - before MMPose is imported
