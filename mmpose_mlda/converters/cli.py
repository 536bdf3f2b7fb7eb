# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The command line that all converters share."""

import os
import sys
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmpose_mlda.errors import DISK_FULL

from .base import Converter
from .check import check
from .errors import ConversionError
from .run import run


def main(converter: type[Converter], argv: list[str] | None = None) -> None:
    """Convert or check, and end the program.

    Args:
        converter (type[Converter]): The data set.
        argv (list[str], optional): Instead of the command line.
    """
    parser = make_parser(converter)
    options = vars(parser.parse_args(argv))
    raw, out = options.pop('raw'), options.pop('out')
    how = {
        key: options.pop(key)
        for key in ('processes', 'rank', 'world_size', 'skip_broken')
    }
    if how['processes'] < 1 or not 0 <= how['rank'] < how['world_size']:
        parser.error(
            '--processes must be 1 or more, --rank 0 to --world-size less 1'
        )
    with resumable_work(out):
        if options.pop('check'):
            sys.exit(check(out, how['processes']))
        if not raw.is_dir():
            raise ConversionError(f'the folder {raw} does not exist.')
        sys.exit(run(converter.from_arguments(raw, **options), out, **how))


@contextmanager
def resumable_work(out: Path) -> Iterator[None]:
    """End a work that was interrupted, or cannot go on, with one line.

    Args:
        out (Path): The folder that it writes to.
    """
    try:
        yield
    except ConversionError as error:
        sys.exit(f'error: {error}')
    except KeyboardInterrupt:
        print('\ninterrupted; the same command goes on')
        sys.exit(130)
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        sys.exit(
            f'error: no space left at {error.filename or out}; make room, '
            'the same command goes on.'
        )


def make_parser(converter: type[Converter]) -> ArgumentParser:
    """The flags of all converters and those of one."""
    parser = ArgumentParser(
        description=converter.__doc__.partition('\n\n    Args')[0],
        formatter_class=ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add('raw', type=Path, help='folder of the original release')
    add('out', type=Path, help='folder of the converted data set')
    converter.add_arguments(parser)
    add(
        '--processes',
        type=int,
        default=os.cpu_count(),
        help='workers on this machine',
    )
    add('--rank', type=int, default=0, help='number of this machine, from 0')
    add('--world-size', type=int, default=1, help='number of machines')
    add(
        '--skip-broken',
        action='store_true',
        help='leave out what cannot be read',
    )
    add(
        '--check',
        action='store_true',
        help='convert nothing: count and decode what there is',
    )
    return parser
