# Copyright (c) mmpose_mlda contributors. All rights reserved.
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from mmpose_mlda.datasets import (
    AnimalPoseDataset,
    LSPDataset,
    LSPExtendedDataset,
    SURREALDataset,
    SynAnimalDataset,
    TigDogDataset,
)
from mmpose_mlda.datasets.image_files import (
    image_size,
    list_images,
    require_path,
)

ORIENTATION = 0x0112


def write_image(path, size=(40, 20), orientation=None):
    exif = Image.Exif()
    if orientation is not None:
        exif[ORIENTATION] = orientation
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = {'.JPG': 'JPEG', '.jpg': 'JPEG'}.get(path.suffix)
    options = {} if path.suffix == '.bmp' else {'exif': exif.tobytes()}
    Image.new('RGB', size).save(path, kind, **options)


@pytest.mark.parametrize('suffix', ['.jpg', '.png', '.webp'])
@pytest.mark.parametrize('orientation', [None, 1, 2, 3, 4, 5, 6, 7, 8])
def test_size_is_what_opencv_decodes(tmp_path, suffix, orientation):
    path = tmp_path / f'image{suffix}'
    write_image(path, orientation=orientation)
    height, width = cv2.imread(str(path)).shape[:2]
    assert image_size(path) == (width, height)
    if suffix == '.jpg':
        turned = orientation is not None and orientation >= 5
        assert image_size(path) == ((20, 40) if turned else (40, 20))


def test_size_of_bmp_and_grey(tmp_path):
    write_image(tmp_path / 'a.bmp', (7, 5))
    Image.fromarray(np.zeros((3, 9), np.uint8)).save(tmp_path / 'b.png')
    assert image_size(tmp_path / 'a.bmp') == (7, 5)
    assert image_size(tmp_path / 'b.png') == (9, 3)


def test_broken_image_is_named(tmp_path):
    path = tmp_path / 'broken.jpg'
    path.write_bytes(b'no image')
    with pytest.raises(ValueError, match=r'broken\.jpg.*Replace it'):
        image_size(path)
    with pytest.raises(ValueError, match=r'absent\.jpg'):
        image_size(tmp_path / 'absent.jpg')


def test_listing_is_recursive_sorted_and_ignores_case(tmp_path):
    names = ['b.JPG', 'a.png', 'sub/c.webp', 'sub/deep/d.Jpeg', 'e.bmp']
    for name in [*names, 'notes.txt', 'sub/f.gif']:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    found = [p.relative_to(tmp_path).as_posix() for p in list_images(tmp_path)]
    assert found == [
        'a.png', 'b.JPG', 'e.bmp', 'sub/c.webp', 'sub/deep/d.Jpeg',
    ]  # fmt: skip


def test_empty_folder(tmp_path):
    (tmp_path / 'notes.txt').touch()
    with pytest.raises(ValueError, match=r'No image in .*\.webp'):
        list_images(tmp_path)


def test_missing_path(tmp_path):
    assert require_path(tmp_path, 'Folder', 'data_root') == tmp_path
    with pytest.raises(FileNotFoundError) as error:
        require_path(tmp_path / 'gone', 'Folder of images', 'data_root')
    message = str(error.value)
    for part in (
        str(tmp_path / 'gone'),
        '--cfg-options',
        'data_root=',
        'docs/',
    ):
        assert part in message


@pytest.mark.parametrize(
    ('kind', 'page'),
    [
        (AnimalPoseDataset, 'animalpose'),
        (LSPDataset, 'lsp'),
        (LSPExtendedDataset, 'lspet'),
        (SURREALDataset, 'surreal'),
        (SynAnimalDataset, 'synanimal'),
        (TigDogDataset, 'tigdog'),
    ],
)
def test_messages_name_the_page_of_the_data_set(tmp_path, kind, page):
    page = f'docs/dataset_zoo/{page}.md'
    with pytest.raises(FileNotFoundError, match=f'Get the data as {page} te'):
        kind(
            data_root=str(tmp_path / 'x'),
            ann_file='labels.json',
            data_prefix=dict(img='images/'),
        )
    assert (Path(__file__).parents[2] / page).is_file()
