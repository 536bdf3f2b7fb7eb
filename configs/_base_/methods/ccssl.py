# CC-SSL: Learning from Synthetic Animals (Mu et al., CVPR 2020).
# "code": the released program. Not taken from it: the network (four stacked
# hourglasses; here the student of the config), the optimiser (RMSprop,
# 2.5e-4, batches of 6; here that of all methods), the augmentation (here the
# common views, which do not mirror) and the tracks of videos.
method = dict(
    type='mmpose_mlda.CCSSL',
    gamma=10.0,  # code, weight of the pseudo-labels' term
    # --- a pseudo-label is the peak of the mean heatmap of some views
    views=5,  # code, the image itself and four others
    scale=0.25,  # code, of the crop: 1 + clip(0.25 n, +-0.25)
    rotation=30.0,  # code, degrees: clip(30 n, +-60)
    shift=True,  # code, a quarter of a pixel to the higher neighbour
    teacher_bn='eval',  # the labeller is a network in test mode
    predict_on='student')  # code, there is no mean teacher

custom_hooks = [
    dict(type='mmpose_mlda.StageSwitchHook'),
    dict(
        type='mmpose_mlda.PseudoLabelRefreshHook',
        interval=2500,  # a sixth of the adaptation; code: 10 epochs of 60
        # code, p = max(1 - 0.02 (epoch + 10), 0.2): the first table keeps
        # 20 % of the labels, then 40, 60, 80, 80, 80 %
        quantiles=(0.8, 0.6, 0.4, 0.2)),
    dict(type='mmpose_mlda.BranchPanelHook', interval=1000),
    dict(
        type='mmpose_mlda.GradientNormHook',
        interval=500,
        dense_interval=10,  # in the first 100 steps of the adaptation
        dense_steps=100),
]
