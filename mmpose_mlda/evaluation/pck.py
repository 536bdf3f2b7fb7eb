# Copyright (c) mmpose_mlda contributors. All rights reserved.
from collections.abc import Sequence

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger

from mmpose_mlda.registry import METRICS

from .distances import DECODERS, ROUNDINGS, measure_distances
from .functional import joint_accuracy
from .joint_groups import Joints, resolve_groups
from .text_table import layout_rows

PROTOCOLS = ('pooled', 'udape', 'regda')


@METRICS.register_module()
class PCK(BaseMetric):
    """Percentage of correct keypoints as the adaptation papers compute it.

    A keypoint is correct if it is nearer to its label than ``thr`` times the
    side of the network's input (strictly). It is not MMPose's ``PCKAccuracy``,
    which takes the person's box in the original image for the side and decodes
    to sub-pixels.

    Values are **per cent, 0 to 100**. The keys are ``PCK@0.05`` for 'All', the
    mean over its joints, and ``PCK@0.05/Sld`` for a group; with ``by`` those
    of a part follow, ``PCK@0.05/horse`` and ``PCK@0.05/horse/Sld``. To keep
    the best checkpoint, ``CheckpointHook(save_best='PCK@0.05',
    rule='greater')``: the hook cannot tell the rule from the name.

    Args:
        thr (float | Sequence[float]): Thresholds in units of the input's
            side. Defaults to 0.05.
        protocol (str): How accuracies are averaged, see
            :func:`joint_accuracy`. ``'pooled'``, the default: every label
            counts alike within a joint, whatever the batches. A joint without
            any label is left out of the means, and named in the log.
            ``'udape'`` (UDAPE and MLDA) and ``'regda'`` (RegDA, also for the
            source-only rows) reproduce the means of the papers' programs,
            which depend on ``batch_size``.
        decode (str): ``'argmax'``, the default and the papers': arg-max of
            the predicted heatmap against the cell of the label; needs
            ``model.test_cfg.output_heatmaps=True``. ``'continuous'``: the
            keypoints as the model decodes them against the labels as they
            are, in input pixels. Labels outside the input are not scored.
        groups (dict[str, Sequence], optional): Joints, by name or index, that
            are reported together. Defaults to the papers' groups of the body
            or of animals where the table has their joints.
        all_joints (Sequence, optional): Joints of 'All'. Defaults to those of
            ``groups``; of the papers' groups of the body to the 12 limb
            joints.
        label_rounding (str): How ``'argmax'`` finds the cell of a label:
            ``'round'`` (the papers' human data) or ``'floor'`` (their animal
            data, where labels near the border are absent too).
            Defaults to ``'round'``.
        batch_size (int): Images of a batch in ``'udape'`` and ``'regda'``,
            taken in the order of the data set, however many processes
            evaluate. Defaults to 32, the papers' for humans; they use 1 for
            animals.
        per_joint (bool): Report each joint too, as
            ``PCK@0.05/joint/left_knee``. Defaults to ``False``.
        by (str, optional): Field of the samples by whose values they are
            reported in parts too, e.g. ``'animal'``. A part is averaged as if
            it were the whole data set. The test pipeline must hand the field
            on, by ``meta_keys`` of ``PackPoseInputs``.
        collect_device (str): ``'cpu'`` or ``'gpu'``, where results of several
            processes meet. Defaults to ``'cpu'``.
        prefix (str, optional): Put before the names, with a slash.
        collect_dir (str, optional): Folder for that with ``'cpu'``.

    Attributes:
        distance, scored (np.ndarray): Of the last evaluation, (N, K).
        part (list): Of the last evaluation, the part of each sample, (N,);
            ``None`` without ``by``.
    """

    default_prefix = ''

    def __init__(
        self,
        thr: float | Sequence[float] = 0.05,
        protocol: str = 'pooled',
        decode: str = 'argmax',
        groups: dict[str, Joints] | None = None,
        all_joints: Joints | None = None,
        label_rounding: str = 'round',
        batch_size: int = 32,
        per_joint: bool = False,
        by: str | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device, prefix, collect_dir)
        for name, value, known in (
            ('protocol', protocol, PROTOCOLS),
            ('decode', decode, DECODERS),
            ('label_rounding', label_rounding, ROUNDINGS),
        ):
            if value not in known:
                raise ValueError(
                    f'PCK: {name} must be one of {known}, got {value!r}.'
                )
        self.thresholds = [thr] if isinstance(thr, int | float) else list(thr)
        if not self.thresholds or min(self.thresholds) <= 0:
            raise ValueError(
                f'PCK: thr must be positive, in units of the side, got {thr}.'
            )
        if batch_size < 1:
            raise ValueError(f'PCK: batch_size must be 1+, got {batch_size}.')
        self.protocol = protocol
        self.decode = decode
        self.groups = groups
        self.all_joints = all_joints
        self.label_rounding = label_rounding
        self.batch_size = batch_size
        self.per_joint = per_joint
        self.by = by
        self.distance = self.scored = self.part = None

    @BaseMetric.dataset_meta.setter
    def dataset_meta(self, dataset_meta: dict) -> None:
        """Set the keypoint table; groups that do not fit it fail at once."""
        self._dataset_meta = dataset_meta
        self._resolve_groups(dataset_meta['num_keypoints'])

    def process(
        self, data_batch: dict | None, data_samples: Sequence[dict]
    ) -> None:
        """Measure the distances of a batch of predictions.

        Args:
            data_batch (dict, optional): Not used.
            data_samples (Sequence[dict]): Predictions and labels.
        """
        for sample in data_samples:
            distance, scored = measure_distances(
                sample,
                self.decode,
                self.label_rounding,
                # The papers' programs divide x by the height and y by the
                # width. It is kept where their numbers are to be reproduced.
                exchange_sides=self.protocol != 'pooled',
            )
            self.results.append(
                {
                    'distance': distance,
                    'scored': scored,
                    'part': self._part_of(sample),
                }
            )

    def _part_of(self, sample: dict) -> str | None:
        if self.by is None:
            return None
        if self.by not in sample:
            raise ValueError(
                f'PCK(by={self.by!r}): a sample has no {self.by!r}. If the '
                "data set's samples have it, add it to meta_keys of "
                'PackPoseInputs in the test pipeline.'
            )
        return str(sample[self.by])

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Average over all samples.

        Args:
            results (list[dict]): Distance and mask of every sample.

        Returns:
            dict[str, float]: Per cent by name, without unscored groups.
        """
        distance = np.stack([result['distance'] for result in results])
        scored = np.stack([result['scored'] for result in results])
        self.distance, self.scored = distance, scored
        self.part = [result.get('part') for result in results]
        columns = self.columns(scored.shape[1])
        if not scored[:, columns['All']].any():
            raise ValueError(
                f'PCK: none of the {len(results)} samples has a label that '
                'can be scored. Is this data set labelled?'
            )
        parts = self._parts(self.part, columns)
        wanted = sorted({k for ids in columns.values() for k in ids})
        for part, rows in parts.items():
            self._report_unscored(part, scored[rows], wanted)
        if self.per_joint:
            names = self.joint_names(scored.shape[1])
            columns |= {f'joint/{n}': [k] for k, n in enumerate(names)}
        table = {
            (thr, part): self._row(distance[rows] < thr, scored[rows], columns)
            for thr in self.thresholds
            for part, rows in parts.items()
        }
        self._log(table, scored, parts)
        return {
            _key(thr, part, name): value
            for (thr, part), row in table.items()
            for name, value in row.items()
            if not np.isnan(value)
        }

    def _parts(
        self, names: list[str | None], columns: dict[str, list[int]]
    ) -> dict[str, np.ndarray]:
        """Indices of all samples, '', and of those of each part."""
        names = np.array(names)
        parts = {'': np.arange(len(names))}
        if self.by is None:
            return parts
        for part in dict.fromkeys(names.tolist()):
            if part in ('', 'joint', *columns):
                raise ValueError(
                    f'PCK(by={self.by!r}): a part is called {part!r}, which '
                    'means something else in the names of values; rename it.'
                )
            parts[part] = np.flatnonzero(names == part)
        return parts

    def _row(
        self,
        correct: np.ndarray,
        scored: np.ndarray,
        columns: dict[str, list[int]],
    ) -> dict[str, float]:
        """Per cent by column; NaN where nothing has been scored."""
        joints = 100 * joint_accuracy(
            correct, scored, self.protocol, self.batch_size
        )
        values = {name: joints[list(ids)] for name, ids in columns.items()}
        return {
            name: float(np.mean(v[~np.isnan(v)])) if (v == v).any() else np.nan
            for name, v in values.items()
        }

    def columns(self, num_keypoints: int) -> dict[str, list[int]]:
        """Indices of the joints of 'All' and of each group."""
        groups, joints = self._resolve_groups(num_keypoints)
        return {'All': joints} | groups

    def _resolve_groups(
        self, num_keypoints: int
    ) -> tuple[dict[str, list[int]], list[int]]:
        ids = (self.dataset_meta or {}).get('keypoint_name2id', {})
        return resolve_groups(self.groups, self.all_joints, ids, num_keypoints)

    def joint_names(self, num_keypoints: int) -> list[str]:
        """Names of the keypoint table, or numbers without one."""
        names = (self.dataset_meta or {}).get('keypoint_id2name', {})
        return [names.get(k, str(k)) for k in range(num_keypoints)]

    def _report_unscored(
        self, part: str, scored: np.ndarray, wanted: list[int]
    ) -> None:
        names = self.joint_names(scored.shape[1])
        never = [names[k] for k in wanted if not scored[:, k].any()]
        if never:
            effect = {
                'pooled': 'left out of the means',
                'udape': 'counted as 0, as in the papers',
                'regda': 'counted as -1, as in the papers',
            }[self.protocol]
            MMLogger.get_current_instance().warning(
                f'PCK{part and " of "}{part}: no label of '
                f'{", ".join(never)} is scored; {effect}.'
            )

    def _log(
        self,
        table: dict[tuple[float, str], dict[str, float]],
        scored: np.ndarray,
        parts: dict[str, np.ndarray],
    ) -> None:
        sizes = [f'{len(rows)} of {part}' for part, rows in parts.items()]
        sizes[0] = f'{len(scored)} images'
        title = (
            f'PCK in per cent: {", ".join(sizes)}, {scored.sum()} joints, '
            f'{self.protocol}, {self.decode}'
        )
        rows = {
            f'@{thr:g} {part}'.strip(): row
            for (thr, part), row in table.items()
        }
        MMLogger.get_current_instance().info(f'{title}\n{layout_rows(rows)}')


def _key(thr: float, part: str, column: str) -> str:
    names = (f'PCK@{thr:g}', part, '' if column == 'All' else column)
    return '/'.join(filter(None, names))
