# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Training of the decoder of AdaIN (Huang and Belongie 2017)."""

from pathlib import Path

import torch
from torch import Tensor

from mmpose_mlda.functional import style as functional
from mmpose_mlda.functional.random import host_random
from mmpose_mlda.models.domain_model import BaseDomainModel
from mmpose_mlda.registry import MODELS

from .adain import (
    build_decoder,
    build_encoder,
    check_layer,
    encode_layers,
    freeze,
    hash_buffers,
    stylise,
)
from .inversion import invert_encoder
from .weights import load_decoder, load_encoder, take_plain_decoder


@MODELS.register_module()
class AdaINDecoderTraining(BaseDomainModel):
    r"""Learn to decode features with exchanged statistics.

    With the encoder :math:`f`, content :math:`c`, style :math:`s`,
    :math:`t = \mathrm{AdaIN}(f(c), f(s))` and the decoded image
    :math:`x = g(t)`:

    .. math:: L = \lambda_c \|f(x) - t\|^2 + \lambda_s \sum_l \left(
        \|\mu(f_l(x)) - \mu(f_l(s))\|^2 +
        \|\sigma(f_l(x)) - \sigma(f_l(s))\|^2 \right) +
        \lambda_r \|g(f(c)) - c\|^2

    in mean squared errors, over the layers relu1_1, relu2_1, ... up to
    ``layer``. The last term is not in the paper: it teaches the decoder
    :math:`\alpha = 0`, which the MLDA code uses as well. In every step one
    coin, keyed by the seed and the step, tells whether the source gives the
    content and the target the style or the other way round, as in the code
    of UDAPE, so that the decoder serves both directions.

    The encoder is not in the checkpoints; they are taken as they are by
    ``AdaINStyleTransfer(decoder=FILE)``, and files that hold nothing but a
    decoder serve as checkpoints. The colours that the decoder learns
    are those of the data preprocessor: RGB in [0, 1] (mean 0, std 255) for
    ``input_space='unit'``, normalised ones for ``'normalised'``.

    Args:
        encoder: File with the weights of a VGG-19, as for
            :class:`AdaINStyleTransfer`.
        decoder: File with the weights of a decoder to begin with, or None.
        layer: ``'relu2_1'``, ``'relu3_1'`` or ``'relu4_1'``.
        encoder_input: See :class:`AdaINStyleTransfer`.
        content_weight: :math:`\lambda_c`.
        style_weight: :math:`\lambda_s`. 10 in the PyTorch port of AdaIN, 0.1
            in the commands of UDAPE.
        reconstruction_weight: :math:`\lambda_r`; 0 leaves the term out.
        data_preprocessor: Config of a :class:`DomainDataPreprocessor` that
            normalises.
        init_cfg: See ``BaseModule``.
    """

    def __init__(
        self,
        encoder: str,
        decoder: str | None = None,
        layer: str = 'relu4_1',
        encoder_input: str = 'auto',
        content_weight: float = 1.0,
        style_weight: float = 10.0,
        reconstruction_weight: float = 0.0,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(data_preprocessor, init_cfg)
        check_layer(layer)
        if not hasattr(self.data_preprocessor, 'mean'):
            raise ValueError(
                'The data preprocessor must normalise: give '
                'model.data_preprocessor mean=[0, 0, 0] and std=[255, 255, '
                '255] for a decoder of RGB in [0, 1]'
            )
        self.encoder = build_encoder(layer)
        self.decoder = build_decoder(layer)
        freeze(self.encoder)
        self.files = dict(encoder=encoder, decoder=decoder)
        self.encoder_input = encoder_input
        self.content_weight = content_weight
        self.style_weight = style_weight
        self.reconstruction_weight = reconstruction_weight
        self._fingerprint = ''
        self._register_load_state_dict_pre_hook(take_plain_decoder, True)

    def init_weights(self) -> None:
        """Load the encoder, and the decoder if there is a file.

        Raises:
            FileNotFoundError: If a file is not there.
            ValueError: If its layout is not known.
        """
        self._load_encoder()
        if self.files['decoder'] is not None:
            load_decoder(self.decoder, self._file('decoder'))

    def invert_encoder(self, images: Tensor) -> None:
        """Begin with a decoder that is fitted to images (B, 3, H, W)."""
        invert_encoder(self.encoder, self.decoder, images)

    def _load_encoder(self) -> None:
        load_encoder(self.encoder, self._file('encoder'), self.encoder_input)
        self._fingerprint = hash_buffers([self.encoder])

    def _file(self, part: str) -> str:
        path = self.files[part]
        if '://' not in path and not Path(path).is_file():
            raise FileNotFoundError(
                f'The {part} has no weights: {Path(path).absolute()} does not '
                f'exist. Give a file by --cfg-options model.{part}=FILE '
                '(docs/style.md tells where they come from)'
            )
        return path

    @property
    def fingerprint(self) -> str:
        """Hash of the encoder's weights; empty until they are loaded."""
        return self._fingerprint

    def forward(self, inputs, data_samples=None, mode: str = 'tensor'):
        """Losses, or the quality of stylised and reconstructed images.

        Args:
            inputs: Branches of a :class:`DomainPairDataset`, of which
                ``source`` and ``target_teacher`` are used, (B, 3, H, W).
            data_samples: Not used.
            mode: ``'loss'``, ``'predict'`` (see :meth:`predict`) or
                ``'tensor'``, the source in the style of the target.
        """
        if not self._fingerprint:  # a runner that only tests
            self._load_encoder()
        source, target = inputs['source'], inputs['target_teacher']
        if mode == 'loss':
            return self.loss(source, target)
        if mode == 'predict':
            return self.predict(source, target)
        return self.stylise(source, target)

    def loss(self, source: Tensor, target: Tensor) -> dict[str, Tensor]:
        """All terms of one step.

        Args:
            source: (B, 3, H, W), as the preprocessor hands them out.
            target: (B, 3, H, W).

        Returns:
            dict: Weighted losses under ``loss_*``.
        """
        coin = host_random(*self.seed_and_step, 'roles').random()
        content, style = (source, target) if coin < 0.5 else (target, source)
        self.record(content=content, style=style)
        with torch.no_grad():
            features = self.encoder(content)
            wanted = encode_layers(self.encoder, style)
            mixed = functional.adaptive_instance_norm(features, wanted[-1])
        # one pass of the decoder, as DDP wants it
        decoded = self._decode(
            torch.cat([mixed, features.to(mixed.dtype)])
            if self.reconstruction_weight
            else mixed,
            content,
        )
        stylised, *restored = decoded.split(len(content))
        layers = encode_layers(self.encoder, stylised)
        content_loss = functional.squared_error(layers[-1], mixed).mean()
        style_loss = functional.style_loss(layers, wanted).mean()
        losses = dict(
            loss_content=self.content_weight * content_loss,
            loss_style=self.style_weight * style_loss,
        )
        if restored:
            error = functional.squared_error(restored[0], content).mean()
            losses['loss_reconstruction'] = self.reconstruction_weight * error
        return losses

    @torch.no_grad()
    def stylise(
        self, content: Tensor, style: Tensor, alpha: float = 1.0
    ) -> Tensor:
        """Images (B, 3, H, W) as the preprocessor hands them out.

        With ``alpha=0`` the reconstruction of the content.
        """
        return stylise(self.encoder, self.decoder, content, style, alpha)

    @torch.no_grad()
    def predict(
        self, source: Tensor, target: Tensor
    ) -> list[dict[str, Tensor]]:
        """Measure every pair.

        Args:
            source: See :meth:`loss`.
            target: See :meth:`loss`.

        Returns:
            list: For each pair ``psnr_source`` and ``psnr_target`` of the
            reconstructions in dB, and the style loss between the two images
            as they are (``style_before``), of the stylised source
            (``style_to_target``) and of the stylised target
            (``style_to_source``).
        """
        images = dict(source=source, target=target)
        layers = {
            name: encode_layers(self.encoder, image)
            for name, image in images.items()
        }
        values = dict(style_before=functional.style_loss(*layers.values()))
        for name, style in (('source', 'target'), ('target', 'source')):
            features, wanted = layers[name][-1], layers[style][-1]
            mixed = functional.adaptive_instance_norm(features, wanted)
            restored, stylised = (
                self._decode(part, images[name]) for part in (features, mixed)
            )
            values[f'psnr_{name}'] = functional.psnr(
                self._to_unit(restored), self._to_unit(images[name])
            )
            shown = self._visible(stylised)
            values[f'style_to_{style}'] = functional.style_loss(
                encode_layers(self.encoder, shown), layers[style]
            )
        return [
            dict(zip(values, numbers, strict=True))
            for numbers in zip(*values.values(), strict=True)
        ]

    def _decode(self, features: Tensor, like: Tensor) -> Tensor:
        """Images, cut to the size of others."""
        return self.decoder(features)[..., : like.shape[-2], : like.shape[-1]]

    def _to_unit(self, images: Tensor) -> Tensor:
        preprocessor = self.data_preprocessor
        grey_levels = images * preprocessor.std + preprocessor.mean
        return (grey_levels / 255).clamp(0, 1)

    def _visible(self, images: Tensor) -> Tensor:
        """Clamp to valid colours, as AdaINStyleTransfer does."""
        preprocessor = self.data_preprocessor
        grey_levels = self._to_unit(images) * 255
        return (grey_levels - preprocessor.mean) / preprocessor.std
