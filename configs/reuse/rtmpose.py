"""MLDA with an RTMPose, whose head answers with bins of both axes (SimCC).

Bins cannot be warped, hence frame='student'; keypoints are evaluated, since
there are no heatmaps.
"""

_base_ = ['../demo/mlda_figures.py']

bins = dict(type='SimCCLabel', input_size=_base_.input_size, sigma=4.,
            normalize=False)
gau = dict(hidden_dims=64, s=32, expansion_factor=2, dropout_rate=0.,
           drop_path=0., act_fn='SiLU', use_rel_bias=False, pos_enc=False)
head = dict(_delete_=True, type='RTMCCHead', in_channels=256, out_channels=14,
            input_size=_base_.input_size, in_featuremap_size=(4, 4),
            gau_cfg=gau, decoder=bins, loss=dict(
                type='KLDiscretLoss', beta=10., label_softmax=True))
backbone = dict(_delete_=True, type='CSPNeXt', deepen_factor=0.167,
                widen_factor=0.25, out_indices=(4, ), channel_attention=True)

model = dict(
    student=dict(backbone=backbone, head=head,
                 test_cfg=dict(output_heatmaps=False)),
    tap='backbone',
    consistency=dict(frame='student'),
    domain_head=dict(in_channels=256))
val_evaluator = dict(decode='continuous')
test_evaluator = val_evaluator
