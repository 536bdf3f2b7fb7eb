# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Image files and folders of them."""

import os
import struct
import zlib

import cv2
import numpy as np
from mmpose.datasets.transforms import LoadImage
from PIL import Image
from test_bad_input.kit import Table, assert_sees, cut, logged, write_image

from mmpose_mlda.datasets import FiguresDataset, UnlabeledPoseDataset
from mmpose_mlda.datasets.figures_backend import FiguresBackend
from mmpose_mlda.datasets.image_files import EXIF_ORIENTATION

TABLE = Table('Images and folders of them')
UNREADABLE = (
    '1 of 2 images cannot be read. Cannot read the image DATA/b{}: ...'
    "Replace it or take it out of the folder. broken='skip' of this data set "
    'leaves such images out.'
)


def folder(root, **options):
    """The data set of a folder that has a good image."""
    if not (root / 'a.jpg').exists():
        write_image(root / 'a.jpg')
    options = dict(metainfo='lsp14', data_root=str(root)) | options
    return UnlabeledPoseDataset(**options)


def sizes(dataset):
    """Width and height of boxes; they must be those of what is decoded."""
    found = []
    for i in range(len(dataset)):
        info = dataset.get_data_info(i)
        image = LoadImage()(info)['img']
        assert image.dtype == np.uint8
        assert image.ndim == 3
        box = info['bbox'][0].astype(int).tolist()
        assert box == [0, 0, *image.shape[1::-1]]
        found.append(tuple(box[2:]))
    return found


@TABLE.refused('a JPEG that is cut off', ValueError, UNREADABLE.format('.jpg'))
def _(root):
    cut(write_image(root / 'b.jpg'))
    folder(root)


@TABLE.refused('a PNG that is cut off', ValueError, UNREADABLE.format('.png'))
def _(root):
    cut(write_image(root / 'b.png'))
    folder(root)


@TABLE.refused(
    'a WebP that is cut off', ValueError, UNREADABLE.format('.webp')
)
def _(root):
    cut(write_image(root / 'b.webp'))
    folder(root)


@TABLE.refused('a BMP that is cut off', ValueError, UNREADABLE.format('.bmp'))
def _(root):
    cut(write_image(root / 'b.bmp'))
    folder(root)


@TABLE.refused('an image of no bytes', ValueError, UNREADABLE.format('.jpg'))
def _(root):
    (root / 'b.jpg').touch()
    folder(root)


@TABLE.refused(
    'a web page that is called `.jpg`', ValueError, UNREADABLE.format('.jpg')
)
def _(root):
    (root / 'b.jpg').write_text('<html>404</html>')
    folder(root)


@TABLE.refused('a link to nothing', ValueError, UNREADABLE.format('.jpg'))
def _(root):
    (root / 'b.jpg').symlink_to(root / 'gone.jpg')
    folder(root)


@TABLE.refused('a link to itself', ValueError, UNREADABLE.format('.jpg'))
def _(root):
    (root / 'b.jpg').symlink_to(root / 'b.jpg')
    folder(root)


def png_header(width, height):
    """A PNG that says how large it is, and has no pixels."""
    head = struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)
    chunks = b''
    for kind, data in ((b'IHDR', head), (b'IEND', b'')):
        check = struct.pack('>I', zlib.crc32(kind + data))
        chunks += struct.pack('>I', len(data)) + kind + data + check
    return b'\x89PNG\r\n\x1a\n' + chunks


@TABLE.refused(
    'an image of 20 000 x 20 000 px', ValueError, UNREADABLE.format('.png')
)
def _(root):
    (root / 'b.png').write_bytes(png_header(20_000, 20_000))
    folder(root)


@TABLE.taken('an image of 20 000 x 10 px', 'It is read.')
def _(root):
    write_image(root / 'a.jpg', (20_000, 10))
    assert sizes(folder(root)) == [(20_000, 10)]


@TABLE.taken('an image of 1 x 1 px', 'It is read.')
def _(root):
    write_image(root / 'a.png', (1, 1))
    dataset = folder(root, data_root=str(root), broken='error')
    assert (1, 1) in sizes(dataset)


@TABLE.taken('a CMYK JPEG', 'It is read with three channels.')
def _(root):
    write_image(root / 'a.jpg', mode='CMYK')
    assert sizes(folder(root)) == [(60, 80)]


@TABLE.taken('a grey image', 'It is read with three channels.')
def _(root):
    write_image(root / 'a.jpg', mode='L')
    assert sizes(folder(root)) == [(60, 80)]


@TABLE.taken('a PNG with transparency', 'It is read without.')
def _(root):
    write_image(root / 'a.jpg')
    write_image(root / 'b.png', mode='RGBA')
    assert sizes(folder(root)) == [(60, 80)] * 2


@TABLE.taken('a PNG of 16 bits', 'It is read with 8.')
def _(root):
    write_image(root / 'a.jpg')
    values = np.arange(4800, dtype=np.uint16).reshape(80, 60)
    assert cv2.imwrite(str(root / 'b.png'), values)
    assert sizes(folder(root)) == [(60, 80)] * 2


@TABLE.taken(
    'photographs that EXIF turns by a quarter or mirrors',
    'They are read upright; the box is that of the upright image.',
)
def _(root):
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[EXIF_ORIENTATION] = orientation
        write_image(root / f'{orientation}.jpg', exif=exif)
    found = sizes(folder(root, data_root=str(root)))
    assert found == [(60, 80)] * 4 + [(80, 60)] * 4 + [(60, 80)]


@TABLE.taken('EXIF data that make no sense', 'The photograph is read as is.')
def _(root):
    write_image(root / 'a.jpg', exif=b'Exif\x00\x00no TIFF at all')
    assert sizes(folder(root)) == [(60, 80)]


@TABLE.taken(
    "cut off and missing images, and `broken='skip'`",
    'They are left out; the log tells how many of how many, and which.',
)
def _(root):
    for name in 'bcd':
        write_image(root / f'{name}.jpg')
    cut(root / 'b.jpg')
    (root / 'd.jpg').write_bytes(b'')
    dataset, log = logged(lambda: folder(root, broken='skip'))
    names = [os.path.basename(i['img_path']) for i in infos(dataset)]
    assert names == ['a.jpg', 'c.jpg']
    sees = 'leaves out 2 of 4 images cannot be read...DATA/b.jpg...DATA/d.jpg'
    assert_sees(log, sees, root)


def infos(dataset):
    return [dataset.get_data_info(i) for i in range(len(dataset))]


@TABLE.refused(
    "nothing but broken images, and `broken='skip'`",
    ValueError,
    'No box left in DATA...1 images could not be read.',
)
def _(root):
    (root / 'a.jpg').write_bytes(b'')
    folder(root, broken='skip')


@TABLE.refused(
    'a folder that is not there',
    FileNotFoundError,
    'Folder of images not found: DATA/gone...name the place where it is: '
    'data_root of this data set in the config, e.g. `--cfg-options ...',
)
def _(root):
    folder(root, data_root=str(root / 'gone'))


@TABLE.refused(
    'a folder without images', ValueError, 'No image in DATA/empty: none of'
)
def _(root):
    (root / 'empty').mkdir()
    (root / 'empty' / 'notes.txt').write_text('no image')
    folder(root, data_root=str(root / 'empty'))


@TABLE.refused(
    'an image in place of the folder', ValueError, 'No image in DATA/a.jpg: '
)
def _(root):
    folder(root, data_root=str(write_image(root / 'a.jpg')))


@TABLE.taken('a folder that links to itself', 'Each image is read once.')
def _(root):
    (root / 'loop').symlink_to(root)
    assert len(folder(root)) == 1


@TABLE.taken(
    'folders and names with spaces, accents, emoji and quotes',
    'They are read.',
)
def _(root):
    for name in ("mes photos/été n° 1's.jpg", '写真/🐎 [1] %d.JPG'):
        write_image(root / name)
    assert len(sizes(folder(root))) == 3


@TABLE.refused(
    'a name of a figure that is none',
    FileNotFoundError,
    'figures://v1/photo/12.png is no figure; an address looks like figures://',
)
def _(root):
    FiguresBackend().get('figures://v1/photo/12.png')


@TABLE.refused(
    'figures of 10 px',
    ValueError,
    'FiguresDataset: image_size must be a whole number, 32 to 1024, got 10.',
)
def _(root):
    FiguresDataset('photo', 4, image_size=10)
