# Training of an AdaIN decoder. "port": the PyTorch port of AdaIN
# (naoto0804/pytorch-AdaIN), "code": the adain/ folder of UDAPE, whose
# decoders MLDA uses too.
#
# Where the two and the two tasks of the code differ:
#                     port           code, people      code, animals
#   style_weight      10             0.1               0.1
#   learning rate     1e-4, decays   1e-5, constant    1e-5, constant
#   batch             8              4                 16
#   steps             160000         500000            500000
#   images            512, crop 256  256               256
#   source views      crop           crop, rotation    mirrored
#   target views      crop           crop, rotation    rotation
#   colours           RGB in [0, 1]  ImageNet's        mean (0.3999, 0.3909,
#                                    mean and std      0.3871), std 1
# The animals' decoder is trained on SynAnimal and TigDog and used for
# AnimalPose too. configs/style/adain_surreal_lsp.py is "code, people".
method = dict(
    type='mmpose_mlda.AdaINDecoderTraining',
    encoder='weights/vgg_normalised.pth',  # port and code
    layer='relu4_1',  # port and code
    content_weight=1.0,  # port and code
    style_weight=10.0,  # port; 0.1 in the commands of the code
    reconstruction_weight=0.0)  # not in port and code; ours, for alpha = 0

# RGB in [0, 1], as in the port: AdaINStyleTransfer(input_space='unit'). The
# code takes ImageNet's mean and std: input_space='normalised'.
data_preprocessor = dict(
    type='mmpose_mlda.DomainDataPreprocessor',
    mean=[0., 0., 0.],
    std=[255., 255., 255.],
    bgr_to_rgb=True,
    channels_last=True)

custom_hooks = [
    dict(type='mmpose_mlda.StylePanelHook', interval=1000),
]
