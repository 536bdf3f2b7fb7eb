"""Decoder of AdaIN for SynAnimal and TigDog, as the code of UDAPE trains it.

python tools/train.py configs/style/adain_synanimal_tigdog.py

"code" is that of UDAPE, which takes this decoder for AnimalPose as well. Its
decoders take colours less their mean: use them with
AdaINStyleTransfer(input_space='normalised') and this data preprocessor.
"""

_base_ = ['adain_surreal_lsp.py']

model = dict(
    data_preprocessor=dict(
        mean=[101.97, 99.68, 98.71],  # code: 0.3999, 0.3909, 0.3871
        std=[255., 255., 255.]))  # code: 1

# Images are all that is used: of a folder, whose name says where, or of
# files of boxes, ann_file or bbox_file.
source_images = dict(
    type='mmpose_mlda.UnlabeledPoseDataset',
    metainfo='lsp14',  # any table: no keypoint is looked at
    data_root='data/synanimal/',
    data_prefix=dict(img='images'))
target_images = dict(source_images, data_root='data/tigdog/')

source_view = [
    dict(
        type='mmpose_mlda.TopdownAffineWithMatrix',
        input_size=_base_.input_size,
        rotation=0,
        shear=0,
        scale=(1., 1.),
        translation=0.,
        mirror_prob=0.5),  # code
]
train_dataloader = dict(
    batch_size=16,  # code
    dataset=dict(
        source=dict(
            _delete_=True,
            **source_images,
            pipeline=_base_.load[:2] + source_view),
        target=dict(
            _delete_=True, **target_images, pipeline=_base_.load)))
