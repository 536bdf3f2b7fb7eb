# ResNet-101 with the heatmaps and the colours of the papers' animals.
_base_ = ['res101_deconv_256.py']

codec = dict(
    type='mmpose_mlda.FlooredHeatmap',  # code
    sigma=1)  # code

student = dict(head=dict(out_channels=18, decoder=codec))

# Colours less the mean of SynAnimal, not divided (code). The code takes
# 0.4042, 0.3977, 0.3974 for AnimalPose's images and this for their source.
data_preprocessor = dict(
    mean=[101.97, 99.68, 98.71],  # code: 0.3999, 0.3909, 0.3871
    std=[255., 255., 255.])  # code: 1
