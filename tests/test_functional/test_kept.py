# Copyright (c) mmpose_mlda contributors. All rights reserved.
import pytest
import torch

from mmpose_mlda.functional.kept import kept_rows, put_rows, take_rows


@pytest.mark.parametrize('share', [0, 0.5, 1])
@pytest.mark.parametrize('inner', [(), (2,), (3, 5)])
def test_taking_is_indexing_and_putting_undoes_it(share, inner):
    keep = torch.rand(3, 4) < share
    values = torch.randn(3, 4, *inner)
    rows = kept_rows(keep)
    taken = take_rows(values, rows)
    assert torch.equal(taken, values[keep])
    back = put_rows(taken, rows, keep.shape)
    assert torch.equal(back[keep], values[keep])
    assert not back[~keep].any()


def test_gradcheck():
    rows = torch.tensor([5, 0, 3])
    values = torch.randn(2, 3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda v: take_rows(v, rows), values)
    taken = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    shape = torch.Size([2, 3])
    assert torch.autograd.gradcheck(lambda v: put_rows(v, rows, shape), taken)
