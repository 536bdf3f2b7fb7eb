# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A conversion: chunk by chunk, resumable, then merged."""

from functools import partial
from pathlib import Path

from .base import Converter
from .errors import BrokenItemError
from .files import write_json
from .output import Output
from .pool import run_parallel

SHOWN = 20  # messages about broken items

# of this process, set before workers are forked
_output: Output | None = None


def run(
    converter: Converter,
    folder: Path,
    processes: int = 1,
    rank: int = 0,
    world_size: int = 1,
    skip_broken: bool = False,
) -> int:
    """Convert what is left of a data set.

    Args:
        converter (Converter): The data set.
        folder (Path): Of the output.
        processes (int): Workers. Defaults to 1.
        rank (int): Number of this machine, from 0. Defaults to 0.
        world_size (int): Of how many. Defaults to 1.
        skip_broken (bool): Leave out what cannot be read. Defaults to
            ``False``: finish all else and report it.

    Returns:
        int: Exit code, 1 if something is broken.

    Raises:
        ConversionError: If the output cannot be written.
    """
    global _output
    _output = output = Output(folder, converter)
    output.claim()
    if output.is_complete():
        output.tidy()
        print(f'{folder} is complete; --check looks at its images')
        return 0
    broken = []
    with output.locked(f'rank{rank}'):
        todo = [n for n in output.missing() if n % world_size == rank]
        work = partial(_convert_chunk, skip_broken=skip_broken)
        for messages in run_parallel(work, todo, processes):
            broken += messages
    for message in broken[:SHOWN]:
        print(f'broken: {message}')
    if len(broken) > SHOWN:
        print(f'... and {len(broken) - SHOWN} more')
    return _finish(output, bool(broken))


def _finish(output: Output, broken: bool) -> int:
    with output.locked('merge'):
        left = output.missing()
        if left and broken:
            print(
                f'{len(left)} of {len(output.chunks)} parts are not done. '
                'Mend the files above and run the same command again, or '
                'add --skip-broken to leave them out.'
            )
        elif left:
            print(f'{len(left)} parts are left to other ranks')
        elif not output.is_complete():  # by another rank
            report(output.merge())
    return int(bool(left) and broken)


def report(counts: dict[str, dict]) -> None:
    """Print how much there is of each split."""
    for split, numbers in counts.items():
        parts = ', '.join(f'{n} {what}' for what, n in numbers.items())
        print(f'{split}: {parts}')


def _convert_chunk(index: int, skip_broken: bool) -> list[str]:
    """Convert a chunk and write its part; messages about what is broken.

    With broken items there is no part, unless they are to be skipped.
    """
    found, broken = [], []
    for item in _output.chunks[index]:
        try:
            # a list: of a broken item nothing is used
            found += list(_output.converter.convert(item, _output.images))
        except BrokenItemError as error:
            broken.append(str(error))
    if not broken or skip_broken:
        write_json(dict(images=found, broken=broken), _output.part(index))
        return []
    return broken
