# The plain mean teacher for the short runs at 128 px.
_base_ = ['mlda_128.py']

method = dict(
    style_transfer=None,
    occlusion=None,
    domain_head=None,
    im_loss=None,
    consistency=dict(rectify=False, threshold=None))
