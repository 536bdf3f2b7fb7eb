# UDAPE: A Unified Framework for Domain Adaptive Pose Estimation (Kim et al.,
# ECCV 2022). "code": the released program.
_base_ = ['mlda.py']

method = dict(
    # the teacher's view in the style of the source, with a coin and an alpha
    # of its own
    target_style=dict(
        prob=0.5,  # code
        alpha=(0.0, 1.0)),  # code
    consistency=dict(loss_weight=1.0),  # code, lambda_c of its program
    domain_head=None,
    im_loss=None)
