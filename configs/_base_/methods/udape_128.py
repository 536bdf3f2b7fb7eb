# UDAPE for the short runs at 128 px, with colour statistics as style.
_base_ = ['mlda_128.py']

method = dict(
    target_style=dict(prob=0.5, alpha=(0.0, 1.0)),
    domain_head=None,
    im_loss=None)
