# From Synthetic to Real: Unsupervised Domain Adaptation for Animal Pose
# Estimation (UDA-Animal, CVPR 2021). "code": the value of the released
# program, which is of 18 joints and maps of 64 x 64. Not taken from it: the
# network (ResNet-50; here the student of the config), the optimiser (Adam
# 2.5e-4, polynomial decay, batches of 6; here that of all methods), the
# mirrored views and the objects of VOC that are pasted into the student's.
method = dict(
    type='mmpose_mlda.UDAAnimal',
    # code: a pass over the photographs, of which there are 80
    epoch_iters=500,
    # --- pseudo-labels, made once as by CC-SSL
    views=5,  # code; without the mirrored one
    scale=0.25,  # code
    rotation=30.0,  # code
    shift=True,  # code
    pseudo_weight=dict(start=15.0, floor=8.0, period=15),  # code, w_t
    easy_joints=dict(
        begin=2,  # code, epoch from which joints get fewer
        floor=8),  # code: 9 of 18; here of 16
    easy_loss=dict(loss_weight=0.5),  # code, as in the loss of the labels
    # --- teacher and student
    teacher_weight=dict(peak=90.0, period=10),  # code, w_c
    agreement_weight=0.01,  # code
    teacher_sees_all=True,  # code
    teacher_bn='train',  # code
    predict_on='teacher',  # code, its first refinement
    mixing=dict(
        type='mmpose_mlda.DualMixup',
        prob=0.5,  # code, of mixing the domains
        concentration=0.8),  # code, Beta(0.8, 0.8)
    # --- feature level
    domain_head=dict(
        type='mmpose_mlda.DomainHead',
        in_channels=4 * 256,  # of all refined levels
        channels=(64, 128, 256, 512, 1024),  # code, 64 x 64 to 2 x 2
        conv=dict(kernel_size=4, stride=2, padding=1, bias=False),  # code
        last=dict(kernel_size=2, stride=1, padding=0),  # code
        slope=0.1,  # code
        init_cfg=dict(type='Normal', layer='Conv2d', std=0.001),  # code
        loss_weight=2.5e-4,  # code, 5e-4 / 2
        # code: rises over the whole adaptation
        reversal=dict(rise=dict(gamma=10.0, iters=15000))))

# what the student's head gets in place of its own
head = dict(
    type='mmpose_mlda.RefineHead',
    refine_channels=256)  # code

# what the teacher sees: the image as it is, but for its colours (code)
teacher_view = dict(
    type='mmpose_mlda.TopdownAffineWithMatrix',
    rotation=0,
    shear=0,
    scale=(1.0, 1.0),
    translation=0)
teacher_colours = dict(
    type='mmpose_mlda.ColorJitter',
    brightness=0.25,
    contrast=0.25,
    saturation=0.25,
    backend='cv2')

custom_hooks = [
    dict(type='mmpose_mlda.StageSwitchHook'),
    dict(
        type='mmpose_mlda.PseudoLabelRefreshHook',
        interval=1000000,  # code: made once
        quantiles=(0.6,)),  # code, 40 % are kept
    dict(
        type='mmpose_mlda.MeanTeacherHook',
        alpha=0.999,  # code
        warmup=True),  # code
    dict(type='mmpose_mlda.BranchPanelHook', interval=1000),
    dict(
        type='mmpose_mlda.GradientNormHook',
        interval=500,
        dense_interval=10,  # in the first 100 steps of the adaptation
        dense_steps=100),
]
