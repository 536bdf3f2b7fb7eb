# Two short stages for two CPU cores. pretrain_iters is a share of max_iters,
# so that --cfg-options train_cfg.max_iters=20 is a short trial of both.
train_cfg = dict(
    type='mmpose_mlda.DomainTrainLoop',
    max_iters=1200,
    pretrain_iters=0.6,
    val_interval=400)
val_cfg = dict(type='mmpose_mlda.TeacherStudentValLoop')
test_cfg = dict()

optim_wrapper = dict(
    constructor='mmpose_mlda.DomainOptimWrapperConstructor',
    optimizer=dict(type='Adam', lr=2e-3))
param_scheduler = [
    dict(type='LinearLR', by_epoch=False, start_factor=0.05, end=50),
    dict(
        type='CosineAnnealingLR',
        by_epoch=False,
        begin=50,
        end=1200,  # not max_iters, which a trial may make less than begin
        T_max=1150,
        eta_min_ratio=0.05),
]
