# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Files of labels, boxes and detections."""

import math

from test_bad_input.kit import (
    Table,
    changed_label,
    coco,
    cut,
    write_image,
    write_json,
)

from mmpose_mlda.datasets import (
    AnimalPoseDataset,
    LabeledPoseDataset,
    SURREALDataset,
    UnlabeledPoseDataset,
)

TABLE = Table('Labels, boxes and detections')


def write_images(root, num=2):
    for n in range(num):
        write_image(root / f'{n}.jpg')


def labels(root, content, text=None):
    """The labelled data set of a file."""
    write_images(root)
    path = write_json(root / 'labels.json', content)
    if text is not None:
        (root / 'labels.json').write_text(text)
    return LabeledPoseDataset(
        ann_file=path, data_prefix=dict(img=str(root)), metainfo='lsp14'
    )


def boxes(root, content, **options):
    """The unlabelled data set of the boxes of a COCO file."""
    write_images(root)
    path = write_json(root / 'labels.json', content)
    return UnlabeledPoseDataset('lsp14', str(root), ann_file=path, **options)


def detections(root, content, **options):
    """The unlabelled data set of a detector's boxes."""
    write_images(root)
    path = write_json(root / 'boxes.json', content)
    return UnlabeledPoseDataset('lsp14', str(root), bbox_file=path, **options)


def detection(**changes):
    return dict(image_id='0', bbox=[1, 2, 30, 40], score=0.9) | changes


def refused(tried, sees, content, make=labels):
    """A case of a file with this content."""
    TABLE.refused(tried, ValueError, sees)(lambda root: make(root, content))


CORRECT = '...Correct the file or remove the entry.'
refused(
    'labels with another number of joints than the table',
    'DATA/labels.json: annotation 1 has 51 numbers of keypoints, expected '
    '42. Correct',
    changed_label(keypoints=[1] * 51),
)
refused(
    'labels without the flags',
    'annotation 1 has 28 numbers of keypoints, expected 42. Correct',
    changed_label(keypoints=[1] * 28),
)
refused(
    'NaN in a label',
    'annotation 1 has keypoints [nan, ...expected finite numbers. Correct',
    changed_label(keypoints=[math.nan] * 42),
)
refused(
    'words in a label',
    "annotation 1 has keypoints ['left', ...expected finite numbers. Correct",
    changed_label(keypoints=['left'] * 42),
)
refused(
    'a labelled box of three numbers',
    'annotation 1 has 3 numbers of bbox, expected 4. Correct',
    changed_label(bbox=[1, 2, 3]),
)
refused(
    'an infinite labelled box',
    'annotation 1 has bbox [1, 2, inf, 4], expected finite numbers. Correct',
    changed_label(bbox=[1, 2, math.inf, 4]),
)
refused(
    'two labels with the same id',
    'DATA/labels.json: 2 of its annotations have the id 0; give each an id '
    'of its own.',
    changed_label(id=0),
)
refused(
    'two images with the same id',
    'DATA/labels.json: 2 of its images have the id 0; give each an id of its '
    'own.',
    coco(images=[dict(image, id=0) for image in coco()['images']]),
)
refused(
    'a label of an image that the file does not list',
    'annotation 1 is of image 77, which is not listed. Correct',
    changed_label(image_id=77),
)
refused(
    'a label file that is a list',
    'DATA/labels.json is no COCO file of keypoints (...): expected a dict of '
    'images (id, ' + CORRECT,
    [1, 2],
)
refused(
    'images without their width',
    "no COCO file of keypoints (KeyError('width')): expected",
    coco(images=[dict(id=n, file_name=f'{n}.jpg') for n in range(2)]),
)
refused(
    'a label file of another kind of labels',
    'DATA/labels.json has no label with a joint inside of its image...Correct',
    dict(images=[], annotations=[], categories=[]),
)


@TABLE.refused(
    'a label file that is cut off',
    ValueError,
    'DATA/labels.json is no JSON file (...). Correct',
)
def _(root):
    labels(root, {}, text='{"images": [{"id": 1')


@TABLE.refused(
    'labelled images that are not in the folder',
    FileNotFoundError,
    '1 of 3 images of DATA/labels.json are not there; the first is '
    'DATA/2.jpg. Complete the folder, or name it by data_prefix',
)
def _(root):
    labels(root, coco(3))


@TABLE.refused(
    'a labelled image that is cut off',
    ValueError,
    '1 of 2 images of DATA/labels.json cannot be read. Cannot read the image '
    'DATA/1.jpg: ...Replace it or take it out of the folder.',
)
def _(root):
    write_images(root)
    cut(root / '1.jpg')
    path = write_json(root / 'labels.json', coco())
    LabeledPoseDataset(path, metainfo='lsp14', data_prefix=dict(img=str(root)))


@TABLE.refused(
    "the people's joints in the file of animals",
    ValueError,
    'DATA/labels.json: the joints of category 1 are None, expected those of '
    'animal14, ...Make the file by tools/dataset_converters/animalpose.py.',
)
def _(root):
    write_images(root)
    write_json(root / 'labels.json', coco())
    AnimalPoseDataset('labels.json', str(root), dict(img=''))


@TABLE.refused(
    'a folder of SURREAL that is not there',
    FileNotFoundError,
    'SURREAL not found: DATA/gone...docs/dataset_zoo/surreal.md...data_root',
)
def _(root):
    SURREALDataset(ann_file='a.json', data_root=str(root / 'gone'))


refused(
    'boxes of an image that the file does not list',
    'DATA/labels.json: image_id 77 is none of the 2 known ones (0, 1, ...). '
    'Boxes and images must belong together.',
    changed_label(image_id=77),
    boxes,
)
refused(
    'NaN in a box',
    'the item 1 of image 1 has no bbox (x, y, width, height) of finite '
    'numbers, but [1, nan, 3, 4]; correct or remove it.',
    changed_label(bbox=[1, math.nan, 3, 4]),
    boxes,
)
refused(
    'a box of three numbers',
    'the item 1 of image 1 has no bbox (x, y, width, height)...[1, 2, 3]',
    changed_label(bbox=[1, 2, 3]),
    boxes,
)
refused(
    'a box of 10^300 px',
    'the item 1 of image 1 has no bbox (x, y, width, height)...1e+300',
    changed_label(bbox=[1, 2, 1e300, 4]),
    boxes,
)
refused(
    'two images with the same id, for their boxes',
    'DATA/labels.json: two images have the id 0, the second is 1.jpg; give '
    'each an id of its own.',
    coco(images=[dict(image, id=0) for image in coco()['images']]),
    boxes,
)
refused(
    'images without a file name',
    'DATA/labels.json: entry 0 of its list has no valid file_name: {...}; '
    'correct or remove it.',
    coco(images=[dict(id=1)]),
    boxes,
)
refused(
    'an image of negative width',
    'DATA/labels.json: the image 0 has width and height (-1, 5), expected '
    'pixels or nothing; correct the file.',
    coco(images=[dict(id=0, file_name='0.jpg', width=-1, height=5)]),
    boxes,
)
refused(
    'detections in `ann_file`',
    "DATA/labels.json: expected a COCO file, a dict with 'images'. A list of "
    'detected boxes belongs in `bbox_file`.',
    [detection()],
    boxes,
)
refused(
    'a COCO file in `bbox_file`',
    "DATA/boxes.json: expected a list of detections in COCO's result format. "
    'A COCO annotation file belongs in `ann_file`.',
    coco(),
    detections,
)
refused(
    'detections of other images',
    "DATA/boxes.json: image_id 'x' is none of the ... known ones (",
    [detection(image_id='x')],
    detections,
)
refused(
    'a detection without a score',
    'DATA/boxes.json: entry 1 of its list has no valid score: {...}; correct '
    'or remove it.',
    [detection(), dict(image_id='0', bbox=[1, 2, 3, 4])],
    detections,
)
refused(
    'a detection whose score is NaN',
    "a detection of image '0' has the score nan, expected a finite number; "
    'correct or remove it.',
    [detection(score=math.nan)],
    detections,
)
refused(
    'detections that all lie outside of their images',
    'No box left in DATA/boxes.json with bbox_thr=0.0 and category_id=1: '
    'lower the one, change the other.',
    [detection(bbox=[500, 2, 30, 40]), detection(bbox=[5, -90, 30, 40])],
    detections,
)
refused(
    'detections of another category',
    'DATA/boxes.json: no box of category 1, only of [17]. Set `category_id` '
    'to one of them, or to None for all.',
    [detection(category_id=17)],
    detections,
)


@TABLE.taken(
    'boxes that lie outside of their image, or have no extent',
    'They are left out; what sticks out of the image is cut off.',
)
def _(root):
    content = coco(3)
    sides = ([500, 5, 10, 10], [5, 5, 0, 10], [-10, 5, 30, 500])
    for label, box in zip(content['annotations'], sides, strict=True):
        label['bbox'] = box
    write_image(root / '2.jpg')
    (info,) = list(boxes(root, content))
    assert info['bbox'].tolist() == [[0, 5, 20, 79]]


@TABLE.refused(
    'a pickle that runs code, as `bbox_file`',
    ValueError,
    'DATA/boxes.pkl is no JSON file (...); make or download it again.',
)
def _(root):
    write_image(root / '0.jpg')
    (root / 'boxes.pkl').write_bytes(b'cos\nsystem\n(S"exit 1"\ntR.')
    path = str(root / 'boxes.pkl')
    UnlabeledPoseDataset('lsp14', str(root), bbox_file=path)
