# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Addresses of figures, for whatever reads an image by its path."""

import re

import cv2
from mmengine.fileio import BaseStorageBackend, register_backend

from .figures import VERSIONS, render_figure

_ADDRESS = 'figures://v{version}/{style}/s{seed}/{size}px/{index:06d}.png'
_PATTERN = re.compile(
    r'figures://v(?P<version>\d+)/(?P<style>\w+)/s(?P<seed>\d+)/'
    r'(?P<size>\d+)px/(?P<index>\d+)\.png'
)


def figure_address(
    style: str, seed: int, index: int, size: int, version: int
) -> str:
    """Address of a picture, e.g. ``figures://v1/photo/s0/256px/000012.png``.

    Args:
        style (str): ``'synthetic'`` or ``'photo'``.
        seed (int): The stream of pictures.
        index (int): Place in the stream.
        size (int): Side of the picture in pixels.
        version (int): Version of the pictures.
    """
    return _ADDRESS.format(
        style=style, seed=seed, index=index, size=size, version=version
    )


@register_backend('figures', prefixes='figures', force=True)
class FiguresBackend(BaseStorageBackend):
    """Renders the picture of an address, as if it were a file.

    So that MMPose's visualization hooks, ``LoadImage`` and
    ``inference_topdown`` take figures like any image.
    """

    def get(self, filepath: str) -> bytes:
        """The bytes of a PNG.

        Raises:
            FileNotFoundError: If it is no address of a figure.
            ValueError: If there is no such style or version.
        """
        match = _PATTERN.fullmatch(str(filepath))
        if match is None:
            example = figure_address('photo', 0, 12, 256, VERSIONS[-1])
            raise FileNotFoundError(
                f'{filepath} is no figure; an address looks like {example}'
            )
        style = match['style']
        version, seed, size, index = (
            int(match[name]) for name in ('version', 'seed', 'size', 'index')
        )
        figure = render_figure(style, seed, index, size, version)
        return cv2.imencode('.png', figure.image)[1].tobytes()

    def get_text(self, filepath: str, encoding: str = 'utf-8') -> str:
        """Pictures hold no text."""
        raise TypeError(f'{filepath} is a picture and holds no text')
