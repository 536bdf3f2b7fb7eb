# A mean teacher with UDAPE's pseudo-labels: Gaussians at the more confident
# half of the teacher's peaks, and occlusion. UDAPE without its styles.
_base_ = ['mlda.py']

method = dict(style_transfer=None, domain_head=None, im_loss=None)
