# Copyright (c) mmpose_mlda contributors. All rights reserved.
import pytest
import torch

from mmpose_mlda.models import KeypointOEKMMSELoss


def maps(*heights):
    """A map of 2 x 2 for each height, all pixels alike."""
    return torch.tensor(heights).view(1, -1, 1, 1).expand(1, -1, 2, 2)


def test_by_hand():
    """Squares 9, 1, 4, 16; the last joint is not trusted."""
    output = maps(3.0, 1.0, 0.0, 4.0).clone().requires_grad_()
    target = maps(0.0, 0.0, 2.0, 0.0)
    weights = torch.tensor([[1.0, 1.0, 0.5, 0.0]])
    loss = KeypointOEKMMSELoss(0.5)(output, target, weights, 2)
    # 1 and 0.5 * 4
    assert loss.item() == pytest.approx(0.5 * (1 + 2) / 2)
    loss.backward()
    touched = output.grad.flatten(2).any(-1)
    assert touched.tolist() == [[False, True, True, False]]
    # of every pixel: 0.5 * w * 2 (y - g) / (4 pixels * 2 joints)
    assert output.grad[0, 2, 0, 0].item() == pytest.approx(0.5 * -2 / 8)


def test_of_all_joints_it_is_the_mean_square():
    output, target = torch.rand(2, 3, 5, 4, 6)
    loss = KeypointOEKMMSELoss(2)(output, target, torch.ones(3, 5), 5)
    torch.testing.assert_close(loss, 2 * ((output - target) ** 2).mean())


def test_half_precision_is_summed_in_single():
    output = maps(300.0, 0.0).half()  # whose square overflows
    loss = KeypointOEKMMSELoss(1)(output, maps(0.0, 0.0), torch.ones(1, 2), 2)
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(45000)
