# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Pictures as text that stands inside of a page."""

from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from matplotlib.figure import Figure

_DPI = 160  # of figures; screens show 96, or twice as many
_JPEG_QUALITY = 88


class InlineImage(NamedTuple):
    """A ``data:`` address and the size in pixels of a screen."""

    address: str
    width: int
    height: int


def inline_image(image: Figure | np.ndarray | Path | str) -> InlineImage:
    """Encode a picture.

    Figures are PNG. Others are JPEG if that is less than half of the PNG, as
    for photographs, and PNG otherwise.

    Args:
        image: A figure, an array (H, W, 3) uint8 RGB, or an image file.

    Returns:
        InlineImage: The picture.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a file or array is no picture.
    """
    if isinstance(image, Figure):
        buffer = BytesIO()
        image.savefig(buffer, format='png', dpi=_DPI, facecolor='white')
        width, height = image.get_size_inches() * 96
        return _inline(buffer.getvalue(), 'png', width, height)
    if isinstance(image, str | Path):
        image = _read(Path(image))
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(
            f'A picture is {image.dtype} of the shape {image.shape}; give '
            'uint8, (H, W, 3), RGB'
        )
    height, width = image.shape[:2]
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    png = _encode('.png', bgr, [])
    jpeg = _encode('.jpg', bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    kind = ('jpeg', jpeg) if 2 * len(jpeg) < len(png) else ('png', png)
    return _inline(kind[1], kind[0], width, height)


def _read(path: Path) -> np.ndarray:
    if not path.is_file():
        raise FileNotFoundError(f'picture {path} does not exist')
    content = np.frombuffer(path.read_bytes(), np.uint8)
    image = cv2.imdecode(content, cv2.IMREAD_COLOR) if len(content) else None
    if image is None:
        raise ValueError(
            f'{path} cannot be read as a picture; give a PNG or JPEG file'
        )
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def _encode(suffix: str, bgr: np.ndarray, options: list[int]) -> bytes:
    return cv2.imencode(suffix, bgr, options)[1].tobytes()


def _inline(
    content: bytes, kind: str, width: float, height: float
) -> InlineImage:
    text = b64encode(content).decode('ascii')
    return InlineImage(
        f'data:image/{kind};base64,{text}', round(width), round(height)
    )
