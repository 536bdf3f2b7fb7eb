# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The checks of :func:`mmpose_mlda.apis.domain_check.check_domains`."""
