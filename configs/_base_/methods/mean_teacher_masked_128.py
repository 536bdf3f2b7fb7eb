# The mean teacher with UDAPE's pseudo-labels for the short runs at 128 px.
_base_ = ['mlda_128.py']

method = dict(style_transfer=None, domain_head=None, im_loss=None)
