# Copyright (c) mmpose_mlda contributors. All rights reserved.
import torch

from mmpose_mlda.models import InformationMaximizationLoss
from mmpose_mlda.registry import MODELS

CONFIG = dict(
    type='mmpose_mlda.SemiSupervisedLoss',
    labeled=dict(type='KeypointMSELoss', use_target_weight=True),
    unlabeled=dict(
        type='mmpose_mlda.InformationMaximizationLoss', loss_weight=0.5
    ),
)


def test_each_image_has_one_of_the_losses():
    """Images 1 and 3 have labels, if not of all joints; 0 and 2 have none."""
    torch.manual_seed(0)
    output = torch.rand(4, 3, 6, 5, requires_grad=True)
    target = torch.rand(4, 3, 6, 5)
    weights = torch.tensor([[0, 0, 0], [1, 0, 1], [0, 0, 0], [0, 0.5, 0]])
    loss = MODELS.build(CONFIG)(output, target, weights)

    without = [0, 2]
    keep = torch.ones(2, 3, dtype=torch.bool)
    information = InformationMaximizationLoss(loss_weight=0.5)
    expected = MODELS.build(CONFIG['labeled'])(output, target, weights)
    expected = expected + information(output[without], keep)
    torch.testing.assert_close(loss, expected)
    loss.backward()
    learnt = output.grad.flatten(2).abs().sum(-1) > 0
    assert learnt[without].all()
    assert torch.equal(learnt[[1, 3]], weights[[1, 3]] > 0)


def test_with_labels_alone_it_is_the_usual_loss():
    output, target = torch.rand(2, 2, 3, 4, 4)
    weights = torch.ones(2, 3)
    loss = MODELS.build(CONFIG)(output, target, weights)
    usual = MODELS.build(CONFIG['labeled'])(output, target, weights)
    torch.testing.assert_close(loss, usual)
