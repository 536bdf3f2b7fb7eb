# The plain mean teacher (Tarvainen and Valpola, NIPS 2017): the student's
# heatmaps follow the teacher's, whatever they are. The MLDA paper has a row
# of this name, but no program of it is published, and how its pseudo-labels
# were made is unknown: this is the one end, mean_teacher_masked.py the other.
_base_ = ['mlda.py']

method = dict(
    style_transfer=None,
    occlusion=None,
    domain_head=None,
    im_loss=None,
    consistency=dict(
        rectify=False,  # the teacher's heatmaps instead of Gaussians
        threshold=None))  # all of them
