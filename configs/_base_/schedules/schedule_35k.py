# 40 + 30 "epochs" of 500 steps.
train_cfg = dict(
    type='mmpose_mlda.DomainTrainLoop',
    max_iters=35000,  # code
    pretrain_iters=20000,  # code
    val_interval=1000)
val_cfg = dict(type='mmpose_mlda.TeacherStudentValLoop')
test_cfg = dict()

optim_wrapper = dict(
    constructor='mmpose_mlda.DomainOptimWrapperConstructor',
    optimizer=dict(type='Adam', lr=1e-4))  # paper
param_scheduler = [
    dict(
        type='mmpose_mlda.HeldMultiStepLR',
        by_epoch=False,
        milestones=[22500, 30000],  # paper; the code drops 500 steps earlier
        gamma=0.1),
]
