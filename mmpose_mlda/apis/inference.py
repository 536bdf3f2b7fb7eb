# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Images, boxes and pictures around an exported model."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmpose.apis import inference_topdown, init_model
from mmpose.registry import VISUALIZERS
from mmpose.structures import PoseDataSample, merge_data_samples
from torch import nn

from mmpose_mlda.datasets.box_files import (
    Box,
    ImageFile,
    index_folder,
    place_boxes,
    read_coco,
    read_detections,
    read_json,
)
from mmpose_mlda.datasets.image_files import list_images
from mmpose_mlda.engine.hooks.atomic_checkpoint_hook import AtomicLocalBackend

from .launch import OptionError, check_checkpoint, read_config


def load_model(config: str, checkpoint: str, device: str) -> nn.Module:
    """An exported model, or any other of MMPose that is top-down.

    Raises:
        OptionError: If it is the config of an adaptor, or of another kind.
        FileNotFoundError: If a file is not there.
    """
    check_checkpoint(checkpoint)
    cfg = read_config(config)
    if 'student' in cfg.model:
        raise OptionError(
            f'{config} is the config of an adaptor; export first: python '
            f'tools/export_teacher.py {config} {checkpoint} --out DIR'
        )
    if cfg.get('data_mode') != 'topdown':
        raise OptionError(
            f"{config} has no data_mode='topdown'; give the config of a "
            'top-down model'
        )
    return init_model(cfg, checkpoint, device=device)


def find_images(source: Path) -> list[Path]:
    """A file, or all images of a folder.

    Raises:
        FileNotFoundError: If there is no such path.
        OptionError: If the folder has no images.
    """
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise FileNotFoundError(
            f'{source} does not exist; give an image or a folder of images'
        )
    try:
        return list_images(source)
    except ValueError as error:
        raise OptionError(str(error)) from error


def read_boxes(
    path: Path, folder: Path, score_thr: float = 0.0
) -> dict[Path, list[Box]]:
    """Boxes of a COCO file or of detections in COCO's result format.

    They are clipped to their images, but for images that cannot be read.

    Args:
        path: JSON. Detections name their images by the file's name, its
            path in ``folder``, or its number.
        folder: Of the images.
        score_thr: Smallest score of a detection.

    Returns:
        dict: By image; those that the file does not name are not in it.

    Raises:
        OptionError: If the file is none of these, names other images, or has
            no box on any image.
    """
    try:
        if isinstance(read_json(path), dict):
            images, boxes = read_coco(str(path), str(folder), None)
        else:
            images = index_folder(str(folder))
            boxes = read_detections(str(path), images, score_thr, None)
    except ValueError as error:
        raise OptionError(str(error)) from error
    groups: dict[int | str, list[Box]] = {}
    for box in boxes or []:
        groups.setdefault(box.image, []).append(box)
    found: dict[Path, list[Box]] = {}
    for name, group in groups.items():
        # the size of a broken image is unknown: its reader will tell
        with suppress(ValueError):
            group = place_boxes(group, images, clip=True)
        found.setdefault(images[name].path, []).extend(group)
    if not any(
        group and image.is_file() and image.is_relative_to(folder)
        for image, group in found.items()
    ):
        raise OptionError(
            f'{path} has no box, of score {score_thr} or more, on any image '
            f'of {folder}; give the folder to which its file names are '
            'relative, or the boxes of these images'
        )
    return found


def read_frame_boxes(
    path: Path, score_thr: float = 0.0
) -> dict[int | str, list[Box]]:
    """Detections in a video, whose ``image_id`` is the frame, from 0.

    Raises:
        OptionError: If the file is of another format.
    """
    try:
        content = read_json(path)
        # which frames there are, the end of the video will tell
        known = {
            item.get('image_id'): ImageFile(path)
            for item in content
            if isinstance(item, dict)
        }
        detections = read_detections(str(path), known, score_thr, None)
    except (TypeError, ValueError, FileNotFoundError) as error:
        raise OptionError(str(error)) from error
    found: dict[int | str, list[Box]] = {}
    for box in detections:
        found.setdefault(box.image, []).append(box)
    return found


def read_image(path: Path) -> np.ndarray:
    """An image as MMPose reads it, BGR and upright.

    Raises:
        OptionError: If it cannot be read.
    """
    data, image = np.frombuffer(path.read_bytes(), np.uint8), None
    with suppress(cv2.error):  # of an empty file, and of one too large
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    if image is None:
        raise OptionError(f'{path} is no image that can be read; remove it')
    return image


def predict(
    model: nn.Module, image: np.ndarray, boxes: list[Box] | None = None
) -> PoseDataSample | None:
    """Poses in an image.

    Args:
        model: Of ``mmpose.apis.init_model``.
        image: (H, W, 3) BGR.
        boxes: By default the whole image is one box.

    Returns:
        PoseDataSample: Of all boxes; None if the list is empty.
    """
    if boxes is None:
        return merge_data_samples(inference_topdown(model, image))
    if not boxes:
        return None
    samples = inference_topdown(
        model, image, np.stack([box.corners for box in boxes])
    )
    for sample, box in zip(samples, boxes, strict=True):
        scores = np.array([box.score], np.float32)
        sample.pred_instances.bbox_scores = scores
    return merge_data_samples(samples)


def instances(sample: PoseDataSample | None) -> list[dict[str, Any]]:
    """Poses as numbers for a JSON file, one dict each."""
    if sample is None:
        return []
    found = sample.pred_instances
    return [
        dict(
            bbox=_rounded(found.bboxes[i]),
            bbox_score=_rounded(found.bbox_scores[i]),
            keypoints=_rounded(found.keypoints[i]),
            keypoint_scores=_rounded(found.keypoint_scores[i], 5),
        )
        for i in range(len(found.keypoints))
    ]


def _rounded(values: np.ndarray, digits: int = 3) -> list:
    return np.asarray(values, np.float64).round(digits).tolist()


class Painter:
    """Draws poses by the visualizer that the config names.

    Args:
        model: Of ``mmpose.apis.init_model``.
        kpt_thr: Keypoints of a smaller score are not drawn.
        draw_boxes: Whether to draw the boxes.
    """

    def __init__(
        self, model: nn.Module, kpt_thr: float = 0.3, draw_boxes: bool = False
    ) -> None:
        self.visualizer = VISUALIZERS.build(model.cfg.visualizer)
        self.visualizer.set_dataset_meta(model.dataset_meta)
        self.options = dict(kpt_thr=kpt_thr, draw_bbox=draw_boxes)

    def draw(
        self, image: np.ndarray, sample: PoseDataSample | None
    ) -> np.ndarray:
        """A copy of the image (H, W, 3) BGR with the poses."""
        if sample is None:
            return image
        # sizes that suit the image, as MMPose's defaults suit COCO's
        side = max(image.shape[:2]) / 640
        self.visualizer.radius = max(2, round(3 * side))
        self.visualizer.line_width = max(1, round(side))
        drawn = self.visualizer.add_datasample(
            'poses', image[..., ::-1], sample, draw_gt=False, **self.options
        )
        return np.ascontiguousarray(drawn[..., ::-1])


def write_picture(image: np.ndarray, path: Path) -> None:
    """Save an image (BGR); it is there as a whole or not at all."""
    done, data = cv2.imencode(path.suffix, image)
    if not done:
        raise OSError(f'{path} cannot be written as {path.suffix}')
    AtomicLocalBackend().put(data.tobytes(), path)


def write_results(model: nn.Module, results: list[dict], path: Path) -> None:
    """Save all poses with the names of the keypoints.

    Args:
        model: Of ``mmpose.apis.init_model``.
        results: A dict for each image or frame.
        path: The JSON file.
    """
    meta = model.dataset_meta
    names = meta['keypoint_id2name']
    content = dict(
        keypoints=[names[i] for i in sorted(names)],
        skeleton=[list(map(int, link)) for link in meta['skeleton_links']],
        config=Path(model.cfg.filename).name,
        results=results,
    )
    AtomicLocalBackend().put_text(json.dumps(content), path)


def read_video(path: Path) -> tuple[Iterator[np.ndarray], int, float]:
    """Frames of a video.

    Returns:
        tuple: An iterator of (H, W, 3) BGR, how many there should be, and
        how many a second (25 if the file does not tell).

    Raises:
        FileNotFoundError: If there is no such file.
        OptionError: If it cannot be read.
    """
    if not path.is_file():
        raise FileNotFoundError(f'{path} does not exist; give a video')
    capture = cv2.VideoCapture(str(path))
    found, first = capture.read()
    if not found:
        raise OptionError(f'{path} is no video that OpenCV can read')

    def frames() -> Iterator[np.ndarray]:
        yield first
        while (read := capture.read())[0]:
            yield read[1]
        capture.release()

    count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    return frames(), max(count, 0), frame_rate(capture)


def frame_rate(capture: cv2.VideoCapture) -> float:
    """Frames a second; 25 where the file does not tell."""
    rate = capture.get(cv2.CAP_PROP_FPS)
    return rate if 0 < rate < 1000 else 25.0
