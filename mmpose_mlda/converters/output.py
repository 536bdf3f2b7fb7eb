# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The folder of a converted data set.

::

    converter.json              says that it was made here, and how
    annotations/<split>.json    appear when all is done
    images                      a link to the release, or made images
    parts/000017.json           finished chunks and locks; gone when all is
                                done
"""

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import mmpose_mlda

from .base import Converter
from .coco import SplitWriter, open_split
from .errors import ConversionError
from .files import write_json

MARKER = 'converter.json'
PATIENCE = 10  # seconds for the workers of a killed run to end


class Output:
    """A folder that only this tool writes to.

    Args:
        folder (Path): Where it is or will be.
        converter (Converter): What is converted.
    """

    def __init__(self, folder: Path, converter: Converter) -> None:
        self.folder, self.converter = folder, converter
        self.images = folder / 'images'
        self.parts = folder / 'parts'
        items, size = converter.items(), converter.chunk
        if not items:
            raise ConversionError(
                f'{converter.raw}: nothing of {converter.name} to convert; '
                'is it the folder of the release? Its layout is in '
                f'{converter.page}.'
            )
        self.chunks = [
            items[start : start + size] for start in range(0, len(items), size)
        ]
        self.files = {
            split: folder / 'annotations' / f'{converter.name}_{split}.json'
            for split in converter.splits()
        }
        text = json.dumps([items, size])
        self.marker = dict(
            tool=f'mmpose_mlda {converter.name}',
            options=converter.options(),
            items=hashlib.sha256(text.encode()).hexdigest(),
        )

    def claim(self) -> None:
        """Mark the folder as this conversion's.

        Raises:
            ConversionError: If it holds something else.
        """
        path = self.folder / MARKER
        if not path.exists():
            if self.folder.exists() and not self.folder.is_dir():
                raise ConversionError(
                    f'{self.folder} is a file; name another folder.'
                )
            self.folder.mkdir(parents=True, exist_ok=True)
            # two ranks may start at the same time
            foreign = [
                entry.name
                for entry in self.folder.iterdir()
                if not entry.name.startswith(MARKER)
            ]
            if foreign and not path.exists():
                raise ConversionError(
                    f'{self.folder} holds {sorted(foreign)[0]}, which was '
                    f'not made here (no {MARKER}); name another folder.'
                )
            mine = self.folder / f'{MARKER}.{os.getpid()}'
            write_json(self.marker, mine)
            mine.replace(path)
        found = read_marker(self.folder)
        for key, value in self.marker.items():
            if found.get(key) != value:
                what = f'{key} {found.get(key)}, not {value}'
                if key == 'items':
                    what = 'other files than the release has now'
                raise ConversionError(
                    f'{self.folder} was made with {what}; name another '
                    'folder or delete this one.'
                )

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Keep others out who do the same part of the work."""
        self.parts.mkdir(exist_ok=True)
        path = self.parts / f'{name}.lock'
        end = time.monotonic() + PATIENCE
        with path.open('a') as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > end:
                        raise ConversionError(
                            f'{self.folder}: another process does the work '
                            f'of {name}; wait for it or end it.'
                        ) from None
                    time.sleep(0.1)
            yield

    def part(self, index: int) -> Path:
        """File of a finished chunk."""
        return self.parts / f'{index:06d}.json'

    def is_complete(self) -> bool:
        """Whether the files of all splits are there."""
        return all(path.exists() for path in self.files.values())

    def missing(self) -> list[int]:
        """Chunks that are not finished."""
        if self.is_complete():
            return []
        done = {p.name for p in self.parts.glob('*.json')}
        return [
            index
            for index in range(len(self.chunks))
            if self.part(index).name not in done
        ]

    def tidy(self) -> None:
        """Link the images and remove the parts of a finished conversion."""
        target = self.converter.linked()
        if target is not None and not self.images.is_symlink():
            self.images.symlink_to(
                os.path.relpath(target.resolve(), self.folder.resolve())
            )
        shutil.rmtree(self.parts, ignore_errors=True)

    def merge(self) -> dict[str, dict]:
        """Write the files of the splits out of the parts.

        Returns:
            dict[str, dict]: By split the numbers of images and annotations,
            and how many were left out for which reason.

        Raises:
            ConversionError: If a split would be empty.
        """
        pending = {s: p for s, p in self.files.items() if not p.exists()}
        counts: dict[str, dict] = {split: {} for split in pending}
        with ExitStack() as stack:
            writers = {
                split: stack.enter_context(
                    open_split(path, self._header(split))
                )
                for split, path in pending.items()
            }
            for index in range(len(self.chunks)):
                part = json.loads(self.part(index).read_bytes())
                for split, content in part['images']:
                    if split in writers:
                        _add(writers[split], counts[split], content)
                for message in part['broken']:
                    print(f'left out: {message}')
            for split, writer in writers.items():
                self._refuse_empty(split, writer, counts[split])
        self.tidy()
        for split, writer in writers.items():
            counts[split] = dict(
                images=writer.num_images,
                annotations=writer.num_annotations,
                **counts[split],
            )
        return counts

    def _refuse_empty(
        self, split: str, writer: SplitWriter, left_out: dict
    ) -> None:
        if not writer.num_images:
            reasons = ', '.join(f'{n} {why}' for why, n in left_out.items())
            raise ConversionError(
                f'{self.folder}: no image for {self.files[split].name} '
                f'(left out: {reasons or "nothing"}); nothing was written. '
                'Complete the release or its index files, or choose other '
                'options with another folder.'
            )

    def _header(self, split: str) -> dict:
        return dict(
            info=dict(
                description=self.converter.about,
                version=mmpose_mlda.__version__,
                **self.marker,
            ),
            licenses=[dict(id=1, name=self.converter.licence)],
            categories=self.converter.categories(split),
        )


def read_marker(folder: Path) -> dict:
    """What was converted into a folder.

    Raises:
        ConversionError: If it is no folder of this tool.
    """
    path = folder / MARKER
    if not path.exists():
        raise ConversionError(
            f'{folder} was not made by a converter (no {MARKER}).'
        )
    return json.loads(path.read_bytes())


def _add(writer: SplitWriter, left_out: dict, content: dict | str) -> None:
    if isinstance(content, str):
        left_out[content] = left_out.get(content, 0) + 1
    else:
        writer.add(content)
