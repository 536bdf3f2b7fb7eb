# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What a data set has to tell to be converted."""

from abc import ABC, abstractmethod
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar


@dataclass
class Converter(ABC):
    """One data set; the fields of a subclass are its options.

    Args:
        raw (Path): Folder of the original release.
    """

    raw: Path

    name: ClassVar[str]  # of the data set, the first part of file names
    about: ClassVar[str]  # the paper
    licence: ClassVar[str]
    # items of a part: what is done again after an interruption
    chunk: ClassVar[int] = 100

    @staticmethod  # noqa: B027 (most have none)
    def add_arguments(parser: ArgumentParser) -> None:
        """Add the options; their names are those of the fields."""

    @classmethod
    def from_arguments(cls, raw: Path, **options) -> 'Converter':
        """The converter that the command line asks for."""
        return cls(raw, **options)

    @abstractmethod
    def items(self) -> list:
        """All that is to be converted, as JSON can hold it.

        The list is the same whenever the files are.
        """

    @abstractmethod
    def convert(
        self, item: Any, images: Path
    ) -> Iterator[tuple[str, dict | str]]:
        """Labelled images of an item.

        Args:
            item (Any): Of :meth:`items`.
            images (Path): Folder for images, if :meth:`linked` has none.

        Yields:
            tuple[str, dict | str]: The split, and an image as
            :func:`.coco.image` makes it or why one was left out.

        Raises:
            BrokenItemError: If the item cannot be used.
        """

    @abstractmethod
    def categories(self, split: str) -> list[dict]:
        """Categories of a split."""

    @abstractmethod
    def splits(self) -> list[str]:
        """Names of all splits; the file is ``<name>_<split>.json``."""

    @property
    def page(self) -> str:
        """The page of the docs that tells about the release."""
        return f'docs/dataset_zoo/{self.name}.md'

    def linked(self) -> Path | None:
        """Folder to which ``images`` is linked; none if images are made."""
        return self.raw

    def options(self) -> dict:
        """What decides the result, apart from the files."""
        options = asdict(self)
        del options['raw']
        return {key: _plain(value) for key, value in options.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Path):  # machines may mount it elsewhere
        return value.name
    return list(value) if isinstance(value, tuple) else value
