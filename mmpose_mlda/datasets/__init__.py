# Copyright (c) mmpose_mlda contributors. All rights reserved.
