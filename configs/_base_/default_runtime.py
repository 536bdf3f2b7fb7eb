default_scope = 'mmpose'

# An unregistered name then fails as a clear ImportError, not as "not found".
custom_imports = dict(imports=['mmpose_mlda.registry'], allow_failed_imports=False)

# hooks
default_hooks = dict(
    # the host does not wait for the device between two logs
    runtime_info=dict(type='mmpose_mlda.LazyRuntimeInfoHook'),
    timer=dict(type='IterTimerHook'),
    # metrics under the step; by default all of them are under epoch 0
    logger=dict(type='LoggerHook', interval=50, log_metric_by_epoch=False),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(
        type='mmpose_mlda.AtomicCheckpointHook',
        by_epoch=False,
        interval=1000,
        max_keep_ckpts=2),
    # a stop at a loss that is no number; warnings if nothing can be learnt
    finite_loss=dict(type='mmpose_mlda.FiniteLossHook', interval=50),
    watchdog=dict(type='mmpose_mlda.TrainingWatchdogHook', interval=50),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    visualization=dict(type='PoseVisualizationHook', enable=False),
    badcase=dict(
        type='BadCaseAnalysisHook',
        enable=False,
        out_dir='badcase',
        metric_type='loss',
        badcase_thr=5))

# multi-processing backend
env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),  # gloo is taken where there is no GPU
)

# More than one process. device_ids=None serves GPUs and CPUs alike; the
# domain head gets no gradient during the source stage; and every process
# keeps its own batch norm buffers between two synchronisations.
model_wrapper_cfg = dict(
    type='MMDistributedDataParallel',
    device_ids=None,
    find_unused_parameters=True,
    broadcast_buffers=False)

# visualizer
vis_backends = [
    dict(type='LocalVisBackend'),
    # dict(type='TensorboardVisBackend'),
    # dict(type='WandbVisBackend'),
]
visualizer = dict(
    type='PoseLocalVisualizer', vis_backends=vis_backends, name='visualizer')

# logger
log_processor = dict(
    type='LogProcessor', window_size=50, by_epoch=False, num_digits=6)
log_level = 'INFO'
load_from = None
resume = False

# file I/O backend
backend_args = dict(backend='local')

# `--auto-scale-lr` scales the rate by (batch of all processes) / this.
auto_scale_lr = dict(base_batch_size=32)
