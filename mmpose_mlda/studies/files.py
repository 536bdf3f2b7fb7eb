# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Files that are whole or not there."""

import json
import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import torch


def write_json(content: Any, path: str | Path) -> None:
    """Write readable JSON with a stable order."""
    part = _part(path)
    with part.open('w') as file:
        file.write(json.dumps(content, indent=1) + '\n')
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def write_tensors(content: Any, path: str | Path) -> None:
    """Write a checkpoint."""
    part = _part(path)
    with part.open('wb') as file:
        torch.save(content, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _part(path: str | Path) -> Path:
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f'{path.name}.{uuid4().hex}.part')
