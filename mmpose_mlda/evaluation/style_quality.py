# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""How well a style network reconstructs and stylises."""

from collections.abc import Sequence

from mmengine.evaluator import BaseMetric

from mmpose_mlda.registry import METRICS


@METRICS.register_module()
class StyleQuality(BaseMetric):
    """Mean over all pairs of what :class:`AdaINDecoderTraining` measures.

    ``psnr_source`` and ``psnr_target``: mean over images of the PSNR of
    their reconstruction, in dB. ``style_before``: style loss between the two
    images of a pair; ``style_to_target`` and ``style_to_source``: what is
    left of it when the one is stylised by the other. Arguments are those of
    :class:`mmengine.evaluator.BaseMetric`.
    """

    default_prefix = 'style'

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Collect the figures of a batch of pairs."""
        self.results += [
            {name: float(value) for name, value in sample.items()}
            for sample in data_samples
        ]

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Average them."""
        return {
            name: sum(result[name] for result in results) / len(results)
            for name in results[0]
        }
