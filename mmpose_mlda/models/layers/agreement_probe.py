# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Asks networks the same question several times, for scores without labels."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mmpose_mlda.functional import geometry
from mmpose_mlda.functional.agreement import side_distances, view_distances
from mmpose_mlda.registry import MODELS

# Zoomed out, so that they show the frame but for two corners; shifted, so
# that an answer which is the same for all images does not agree with itself.
VIEWS = (
    dict(mirror=True, scale=0.8, shift=(0.0, 0.09)),
    dict(rotation=15.0, scale=0.8, shift=(0.07, -0.05)),
)


@MODELS.register_module()
class AgreementProbe(nn.Module):
    """Where a network and its twin see the joints of the same image.

    In validation and test it adds to the predictions of a sample

    - ``pred_instances.view_distances`` (1, V, K): from the peaks of the image
      to those of its views, mapped back;
    - ``pred_instances.network_distances`` (1, K): from the peaks of the
      network to those of the other one, the teacher's to the student's.

    Both in units of the input's sides, see
    :func:`mmpose_mlda.functional.agreement.view_distances`. It costs V + 1
    forward passes, and has no weights.

    Args:
        views: Keywords of
            :func:`mmpose_mlda.functional.geometry.view_matrix`, one dict a
            view, with ``shift`` in units of the sides in place of
            ``translation``. Defaults to :data:`VIEWS`, a mirrored one and a
            turned one.
        networks: Whether to ask the other network. Defaults to ``True``.
    """

    def __init__(
        self,
        views: Sequence[Mapping] | None = None,
        networks: bool = True,
    ) -> None:
        super().__init__()
        if views is None:
            views = VIEWS
        if not views:
            raise ValueError(
                'AgreementProbe: views is empty, but must have one or more, '
                'e.g. views=[dict(mirror=True)]'
            )
        self.views = [dict(view) for view in views]
        self.networks = networks
        self.matrices((1, 1))  # wrong keywords fail here

    def matrices(self, size: Sequence[int]) -> Tensor:
        """Pixels of the frame -> of every view.

        Args:
            size: (W, H) of both in pixels.

        Returns:
            Tensor: (V, 3, 3), float64.
        """
        matrices = []
        for view in self.views:
            shift = view.get('shift', (0.0, 0.0))
            rest = {k: v for k, v in view.items() if k != 'shift'}
            pixels = [shift[0] * size[0], shift[1] * size[1]]
            matrices.append(
                geometry.view_matrix(size, translation=pixels, **rest)
            )
        return torch.stack(matrices)

    @torch.no_grad()
    def forward(
        self,
        network: nn.Module,
        other: nn.Module,
        representation: nn.Module,
        images: Tensor,
        samples: Sequence,
    ) -> None:
        """Add the distances to the samples.

        Args:
            network: The estimator that has predicted the samples.
            other: The one to compare with.
            representation: Of both heads' outputs.
            images: (B, 3, H, W), normalised.
            samples: B data samples with ``pred_fields.heatmaps``.
        """
        size = images.shape[-1], images.shape[-2]
        points = _peaks(representation, _heatmaps(samples).to(images.device))
        views = self.matrices(size).to(images.device)
        answers = []
        for view in views:  # one at a time, for the sake of memory
            shown = geometry.warp(images, view.expand(len(images), 3, 3))
            answers.append(_ask(network, representation, shown))
        seen = torch.stack(answers, dim=1)
        flip = torch.as_tensor(
            [sample.metainfo['flip_indices'] for sample in samples]
        )
        distances = dict(
            view_distances=view_distances(
                points, seen, views, flip.to(images.device), size
            )
        )
        if self.networks:
            twin = _ask(other, representation, images)
            distances['network_distances'] = side_distances(points, twin, size)
        for index, sample in enumerate(samples):
            for name, value in distances.items():
                sample.pred_instances.set_field(
                    value[index : index + 1].float(), name
                )


def _ask(network: nn.Module, representation, images: Tensor) -> Tensor:
    """Peaks (B, K, 2) in pixels of the images."""
    return _peaks(representation, network.head(network.extract_feat(images)))


def _peaks(representation, heatmaps: Tensor) -> Tensor:
    return representation.peaks(heatmaps.float(), shift=True)[0]


def _heatmaps(samples: Sequence) -> Tensor:
    if any('pred_fields' not in sample for sample in samples):
        raise ValueError(
            'AgreementProbe needs the predicted heatmaps, which the model '
            'does not hand out: set '
            'model.student.test_cfg.output_heatmaps=True'
        )
    return torch.stack([sample.pred_fields.heatmaps for sample in samples])
