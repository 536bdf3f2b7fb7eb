# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Rendered and photographed animals, from the files of the converters."""

from mmengine.logging import MessageHub

from mmpose_mlda.registry import DATASETS

from .image_files import DATA_PAGE, require_path
from .labeled_dataset import LabeledPoseDataset
from .metainfo import ANIMAL14, ANIMAL18, get_table


class AnimalStyleDataset(LabeledPoseDataset):
    """What the data sets of animals have in common.

    One sample is one animal, and its ``animal`` is the name of the category,
    e.g. ``'horse'``. A file holds one animal and split; for several of them
    see MMEngine's ``ConcatDataset`` in ``docs/datasets.md``. Numbers of images
    begin with 1 in every file, so MMPose's ``CocoMetric`` gets neither file
    nor labels from here: name it the ``ann_file``, of one animal at a time.

    Args:
        ann_file (str): COCO-style file of the converter.
        data_root (str, optional): Folder of ``ann_file`` and ``data_prefix``.
        data_prefix (dict, optional): Defaults to ``dict(img='images/')``.
        metainfo (dict, optional): Replaces the table, e.g. where MMPose's
            ``KeypointConverter`` follows.
        **kwargs: See MMPose's :class:`BaseCocoStyleDataset`.

    Raises:
        FileNotFoundError: If the file or the folder of images is not there.
        ValueError: If the file has other joints, or no labelled animal.
    """

    NAME = 'Animals'
    PAGE = DATA_PAGE
    LOOKS = False  # the converter has decoded each image
    REMEDY = 'Convert the release again.'
    joints = 'animal18'

    def __init__(
        self,
        ann_file: str = '',
        data_root: str | None = None,
        data_prefix: dict | None = None,
        metainfo: dict | None = None,
        **kwargs,
    ) -> None:
        name = type(self).__name__
        for option in ('bbox_file', 'data_mode'):
            if option in kwargs:
                raise TypeError(
                    f'{name} has no option {option}: a sample is one animal '
                    'with the box of its label. For detections see '
                    'UnlabeledPoseDataset.'
                )
        if not isinstance(ann_file, str) or not ann_file:
            raise ValueError(
                f'{name}: ann_file must be one file of the converter, e.g. '
                f"'annotations/{self.NAME.lower()}_..._train.json', got "
                f"{ann_file!r}. For several see MMEngine's ConcatDataset in "
                f'{DATA_PAGE}.'
            )
        names = get_table(self.joints)['keypoint_info'].values()
        self._names = [joint['name'] for joint in names]
        super().__init__(
            ann_file=ann_file,
            data_root=data_root,
            data_prefix=data_prefix or {'img': 'images/'},
            metainfo=metainfo or get_table(self.joints),
            **kwargs,
        )
        if self.test_mode:
            # MMPose announces ann_file to CocoMetric: of several the last
            # one, in which the numbers of the others' images are other images
            MessageHub.get_current_instance().pop_info(
                f'{self._metainfo["dataset_name"]}_ann_file', None
            )

    def load_data_list(self) -> list[dict]:
        """Read the file, after a look whether everything is there."""
        name, images = self.NAME, self.data_prefix['img']
        if self.data_root:
            require_path(self.data_root, name, 'data_root', self.PAGE)
        for path, what, option in (
            (self.ann_file, f'Label file of {name}', 'ann_file'),
            (images, f'Images of {name}', 'data_root'),
        ):
            require_path(path, what, option, self.PAGE)
        return super().load_data_list()

    def parse_data_info(self, raw_data_info: dict) -> dict | None:
        """Parse an annotation and add the name of the animal."""
        label = raw_data_info['raw_ann_info']
        category = self.coco.cats.get(label['category_id'], {})
        joints = category.get('keypoints')
        if joints != self._names:
            raise ValueError(
                f'{self.ann_file}: the joints of category '
                f'{label["category_id"]} are {joints}, expected those of '
                f'{self.joints}, {self._names}. {self._remedy()}'
            )
        info = super().parse_data_info(raw_data_info)
        if info is None:
            return None
        del info['raw_ann_info']  # see CocoMetric above
        return info | dict(animal=category['name'])

    def _num_labelled(self, category_id: int | None) -> int:
        return len(self._names)

    def _remedy(self) -> str:
        script = f'tools/dataset_converters/{self.NAME.lower()}.py'
        return f'Make the file by {script}.'


@DATASETS.register_module()
class SynAnimalDataset(AnimalStyleDataset):
    """SynAnimal: rendered horses and tigers, or hounds and sheep.

    Mu et al., *Learning from Synthetic Animals*, CVPR 2020. Hidden joints are
    labelled and count, as in the papers.

    Args:
        *args: See :class:`AnimalStyleDataset`.
        joints (str): ``'animal18'``, the joints of horse and tiger, or
            ``'animal14'``, those of hound and sheep. Defaults to
            ``'animal18'``.
        **kwargs: See :class:`AnimalStyleDataset`.
    """

    NAME = 'SynAnimal'
    PAGE = 'docs/dataset_zoo/synanimal.md'
    METAINFO: dict = ANIMAL18

    def __init__(self, *args, joints: str = 'animal18', **kwargs) -> None:
        if joints not in ('animal18', 'animal14'):
            raise ValueError(
                f"SynAnimalDataset: joints must be 'animal18' or 'animal14', "
                f'got {joints!r}.'
            )
        self.joints = joints
        super().__init__(*args, **kwargs)

    def _remedy(self) -> str:
        return (
            "Set joints='animal18' for horse and tiger, 'animal14' for hound "
            f'and sheep. {super()._remedy()}'
        )


@DATASETS.register_module()
class TigDogDataset(AnimalStyleDataset):
    """TigDog: frames of videos of horses and tigers, 18 joints.

    Del Pero et al., *Articulated Motion Discovery Using Pairs of
    Trajectories*, CVPR 2015.

    Arguments: see :class:`AnimalStyleDataset`.
    """

    NAME = 'TigDog'
    PAGE = 'docs/dataset_zoo/tigdog.md'
    METAINFO: dict = ANIMAL18


@DATASETS.register_module()
class AnimalPoseDataset(AnimalStyleDataset):
    """AnimalPose with the papers' 14 joints in their order.

    Cao et al., *Cross-Domain Adaptation for Animal Pose Estimation*, ICCV
    2019. MMPose has a class of this name for another file with 20 joints in
    another order: this one is ``mmpose_mlda.AnimalPoseDataset``.

    Arguments: see :class:`AnimalStyleDataset`.
    """

    NAME = 'AnimalPose'
    PAGE = 'docs/dataset_zoo/animalpose.md'
    METAINFO: dict = ANIMAL14
    joints = 'animal14'
