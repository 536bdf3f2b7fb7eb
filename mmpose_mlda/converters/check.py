# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A look at all files of a converted data set."""

from collections import Counter
from itertools import starmap
from pathlib import Path

import numpy as np

from .errors import ConversionError
from .files import image_size, read_json
from .output import read_marker
from .pool import run_parallel

SHOWN = 10
CHUNK = 100  # images


def check(folder: Path, processes: int = 1) -> int:
    """Print counts of a converted data set, and what is wrong with it.

    Args:
        folder (Path): Of the output.
        processes (int): That decode images. Defaults to 1.

    Returns:
        int: Exit code, 1 if an image is missing, broken or of another size.

    Raises:
        ConversionError: If the folder holds no finished conversion.
    """
    tool = read_marker(folder)['tool']
    files = sorted((folder / 'annotations').glob('*.json'))
    if not files:
        raise ConversionError(
            f'{folder}: the conversion by {tool} is not finished; run it '
            'again without --check.'
        )
    sizes = {}
    for path in files:
        content = read_json(path)
        print(f'{path.name}: {describe(content)}')
        for image in content['images']:
            size = (image['width'], image['height'])
            sizes[str(folder / 'images' / image['file_name'])] = size
    items = list(sizes.items())
    chunks = [items[n : n + CHUNK] for n in range(0, len(items), CHUNK)]
    results = run_parallel(_problems, chunks, processes)
    problems = [problem for found in results for problem in found]
    kinds = Counter(kind for kind, _ in problems)
    print(
        f'{len(sizes)} images: '
        + ', '.join(
            f'{kinds[kind]} {kind}'
            for kind in ('missing', 'broken', 'resized')
        )
    )
    for kind, message in sorted(problems)[:SHOWN]:
        print(f'  {kind}: {message}')
    return int(bool(problems))


def describe(content: dict) -> str:
    """Counts of a COCO-style file."""
    annotations = content['annotations']
    sizes = {i['id']: (i['width'], i['height']) for i in content['images']}
    joints = len(content['categories'][0]['keypoints'])
    labels = np.array([a['keypoints'] for a in annotations], float)
    labels = labels.reshape(-1, joints, 3)
    size = np.array([sizes[a['image_id']] for a in annotations])
    points, labelled = labels[..., :2], labels[..., 2] > 0
    outside = ((points < -0.5) | (points > size.reshape(-1, 1, 2) - 0.5)).any(
        axis=-1
    )
    return (
        f'{len(sizes)} images, {len(annotations)} annotations of {joints} '
        f'joints, {labelled.mean():.1%} labelled, '
        f'{(outside & labelled).sum()} of them outside of the image'
    )


def _problems(items: list) -> list[tuple[str, str]]:
    """Kind and message of what is wrong with images and sizes."""
    return [found for found in starmap(_problem, items) if found]


def _problem(name: str, expected: tuple[int, int]) -> tuple[str, str] | None:
    path = Path(name)
    if not path.exists():
        return 'missing', name
    try:
        size = image_size(path)
    except ConversionError as error:
        return 'broken', str(error)
    if size != expected:
        return 'resized', f'{name} is {size}, the file says {expected}'
    return None
