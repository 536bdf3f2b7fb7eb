# MLDA for small networks at 128 px, where peaks are lower and heatmaps have a
# quarter of the pixels.
_base_ = ['mlda.py']

method = dict(
    # needs no weights
    style_transfer=dict(
        _delete_=True,
        type='mmpose_mlda.StatisticsStyle',
        prob=0.5,
        alpha=(0.0, 1.0)),
    occlusion=dict(
        threshold=0.5,  # few peaks of a short training reach 0.9
        size=10),  # 20 of 256
    domain_head=dict(channels=(64, 32), loss_weight=0.001),
    # 0.3 blows up heatmaps of 32 px within 200 steps
    im_loss=dict(loss_weight=0.003))

custom_hooks = [
    dict(type='mmpose_mlda.StageSwitchHook'),
    # a short run: the teacher would lag behind at 0.999
    dict(type='mmpose_mlda.MeanTeacherHook', alpha=0.99, warmup=True),
    dict(type='mmpose_mlda.BranchPanelHook', interval=400),
    dict(
        type='mmpose_mlda.GradientNormHook',
        interval=200,
        dense_interval=20,
        dense_steps=100),
]
