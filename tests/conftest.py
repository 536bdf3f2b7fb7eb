# Copyright (c) mmpose_mlda contributors. All rights reserved.
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / 'shared'


@pytest.fixture(scope='session')
def shared_dir() -> Path:
    """Folder of real data beside the checkout; the test is skipped without."""
    if not (SHARED / 'data').is_dir():
        pytest.skip(f'no real data: {SHARED / "data"} is not there')
    return SHARED
