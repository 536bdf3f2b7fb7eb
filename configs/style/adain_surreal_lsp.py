"""Decoder of AdaIN for SURREAL and LSP, as the code of UDAPE trains it.

python tools/train.py configs/style/adain_surreal_lsp.py

"code" is that of UDAPE. Its decoders take ImageNet-normalised colours: use
them with AdaINStyleTransfer(input_space='normalised').
"""

_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/surreal_lsp.py',
    '../_base_/methods/adain_decoder.py',
]

model = dict(
    data_preprocessor=dict(
        type='mmpose_mlda.DomainDataPreprocessor',
        mean=[123.675, 116.28, 103.53],  # code
        std=[58.395, 57.12, 57.375],  # code
        bgr_to_rgb=True),
    **_base_.method)
model.update(style_weight=0.1)  # code, its commands

view = [
    dict(
        type='mmpose_mlda.TopdownAffineWithMatrix',
        input_size=_base_.input_size,
        rotation=180,  # code
        shear=0,  # code
        scale=(0.6, 1.3),  # code
        translation=0.),  # code
]
train_dataloader = dict(
    batch_size=4,  # code, whatever its option says
    dataset=dict(
        source=dict(pipeline=_base_.load + view),
        student_pipeline=view,
        teacher_pipeline=view))

# code: no validation
val_dataloader = None
val_evaluator = None
test_dataloader = None
test_evaluator = None

train_cfg = dict(
    type='mmpose_mlda.DomainTrainLoop',
    max_iters=500000,  # code
    val_interval=500000)
optim_wrapper = dict(
    optimizer=dict(type='Adam', lr=1e-5))  # code; its decay is never called

default_hooks = dict(checkpoint=dict(interval=10000))  # code
randomness = dict(seed=0)  # code
