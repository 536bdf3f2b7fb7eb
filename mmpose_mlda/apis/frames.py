# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Frames of videos as unlabelled images."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from mmengine.utils import ProgressBar

from mmpose_mlda.engine.hooks.atomic_checkpoint_hook import AtomicLocalBackend

from .inference import frame_rate, write_picture
from .launch import OptionError

VIDEO_EXTENSIONS = ('.mp4', '.avi', '.mov', '.mkv', '.webm', '.m4v', '.mpg')
RECORD = 'frames.json'
THUMBNAIL = (16, 16)  # pixels, of which two frames are compared


@dataclass(frozen=True)
class Selection:
    """Which frames of a video are taken.

    Args:
        every: Seconds between two frames.
        max_frames: At most so many of a video; None for all.
        min_change: A frame is skipped as a near-duplicate if its grey
            thumbnail of 16 x 16 differs from that of the last frame taken by
            less, on average, of 255; 0 takes all.
    """

    every: float = 1.0
    max_frames: int | None = None
    min_change: float = 2.0

    def __post_init__(self) -> None:
        if not self.every > 0:
            raise OptionError(f'--every must be above 0, got {self.every}')
        if self.max_frames is not None and self.max_frames < 1:
            raise OptionError(
                f'--max-frames must be 1 or more, got {self.max_frames}'
            )
        if not self.min_change >= 0:
            raise OptionError(
                f'--min-change must be 0 or more, got {self.min_change}'
            )


def find_videos(source: Path) -> list[Path]:
    """A file, or all videos of a folder and of the folders in it.

    Raises:
        FileNotFoundError: If there is no such path.
        OptionError: If the folder has none, or two of one name.
    """
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise FileNotFoundError(
            f'{source} does not exist; give a video or a folder of videos'
        )
    found = sorted(
        path
        for path in source.rglob('*')
        if path.suffix.lower() in VIDEO_EXTENSIONS
    )
    if not found:
        raise OptionError(
            f'No video in {source}: none of its files ends with '
            f'{", ".join(VIDEO_EXTENSIONS)}; name the folder of the videos'
        )
    return found


def extract_frames(source: Path, out: Path, selection: Selection) -> list[str]:
    """Write ``<video>_<number of the frame>.jpg`` for the frames taken.

    Videos that were finished before are left as they are; the record of
    these, with the options and the paths of the videos, is ``frames.json`` in
    ``out``.

    Args:
        source: A video or a folder of videos.
        out: Folder of the images.
        selection: Which frames.

    Returns:
        list[str]: What could not be read, and why.

    Raises:
        OptionError: If ``out`` was made with other options, or two videos
            would give the same names, be it in a later call.
    """
    videos = find_videos(source)
    folder = source if source.is_dir() else source.parent
    names = {video: _name(video, folder) for video in videos}
    for name in {*names.values()}:
        same = [str(v) for v in videos if names[v] == name]
        if len(same) > 1:
            raise OptionError(
                f'{" and ".join(same)} would give the same names; rename one'
            )
    record = _Record(out / RECORD, selection)
    for video, name in names.items():
        record.check(name, video)
    broken = []
    for number, video in enumerate(videos, 1):
        name = names[video]
        if name in record.videos:
            continue
        print(f'[{number}/{len(videos)}] {video}')
        kept = []
        for frame, image in _selected(video, selection):
            if not kept:
                record.start(name, video)
            kept.append(frame)
            write_picture(image, out / f'{name}_{frame:06d}.jpg')
        if not kept:
            broken.append(f'{video}: no frame can be read')
            continue
        record.finish(name, kept)
    return broken


def _name(video: Path, folder: Path) -> str:
    return '_'.join(video.relative_to(folder).with_suffix('').parts)


def _selected(
    video: Path, selection: Selection
) -> Iterator[tuple[int, np.ndarray]]:
    """Numbers and pixels of the frames that are taken."""
    capture = cv2.VideoCapture(str(video))
    step = selection.every * frame_rate(capture)
    bar = ProgressBar(max(int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0))
    last, taken, frame = None, 0, 0
    try:
        # all are grabbed, few decoded: seeking is inexact in many files
        while taken != selection.max_frames and capture.grab():
            due = frame == round(round(frame / step) * step)
            done, image = capture.retrieve() if due else (False, None)
            if done:
                thumbnail = _thumbnail(image)
                if last is None or _differ(thumbnail, last, selection):
                    yield frame, image
                    last, taken = thumbnail, taken + 1
            frame += 1
            bar.update()
    finally:
        capture.release()
    print()


def _thumbnail(image: np.ndarray) -> np.ndarray:
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, THUMBNAIL, interpolation=cv2.INTER_AREA)
    return small.astype(np.float32)


def _differ(
    thumbnail: np.ndarray, last: np.ndarray, selection: Selection
) -> bool:
    return np.abs(thumbnail - last).mean() >= selection.min_change


class _Record:
    """Which videos were begun and finished, and with which options."""

    def __init__(self, path: Path, selection: Selection) -> None:
        self.path = path
        self.options = asdict(selection)
        self.files: dict[str, str] = {}  # of all that have frames
        self.videos: dict[str, list[int]] = {}  # frames of the finished
        if path.exists():
            content = json.loads(path.read_bytes())
            if content['options'] != self.options:
                raise OptionError(
                    f'{path.parent} was made with {content["options"]}, not '
                    f'{self.options}; name another folder or delete it'
                )
            self.files = content.get('files', {})
            self.videos = content['videos']

    def check(self, name: str, video: Path) -> None:
        """Refuse a video under the name of another one."""
        file = self.files.get(name, str(video.resolve()))
        if file != str(video.resolve()):
            raise OptionError(
                f'{self.path.parent} has frames of {file}, whose names those '
                f'of {video} would have; rename one or name another folder'
            )

    def start(self, name: str, video: Path) -> None:
        self.files[name] = str(video.resolve())
        self._write()

    def finish(self, name: str, frames: list[int]) -> None:
        self.videos[name] = frames
        self._write()

    def _write(self) -> None:
        content = dict(
            options=self.options, files=self.files, videos=self.videos
        )
        AtomicLocalBackend().put_text(json.dumps(content), self.path)
