# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Two processes with half a batch each are one with the whole batch."""

import random

import pytest
import torch

from mmpose_mlda.models import HeatmapConsistency, InformationMaximizationLoss

PROCESS = """
import random, sys
import torch
from torch import distributed, multiprocessing
from mmpose_mlda.models import HeatmapConsistency, InformationMaximizationLoss

def work(rank, folder):
    distributed.init_process_group(
        'gloo', init_method=f'file://{folder}/store', rank=rank, world_size=2)
    given = torch.load(f'{folder}/given.pt')
    half = slice(3 * rank, 3 * rank + 3)
    confidence, valid = given['confidence'][half], given['valid'][half]
    result = dict(keep=HeatmapConsistency(share=0.4).select(
        confidence, valid, random.Random(0)))
    for variant in ('paper', 'official'):
        y = given['y'][half].clone().requires_grad_()
        loss = InformationMaximizationLoss(variant)(y, given['keep'][half])
        loss.backward()
        # of parameters DDP takes the mean over the processes
        result[variant] = loss.detach(), y.grad / 2
    torch.save(result, f'{folder}/{rank}.pt')

processes = [
    multiprocessing.get_context('fork').Process(
        target=work, args=(rank, sys.argv[1]))
    for rank in range(2)]
for process in processes:
    process.start()
for process in processes:
    process.join()
    assert process.exitcode == 0
"""


@pytest.mark.slow
def test_two_processes_are_one(tmp_path, run_python):
    torch.manual_seed(0)
    given = dict(
        y=torch.randn(6, 4, 8, 7, dtype=torch.float64),
        confidence=torch.rand(6, 4),
        valid=torch.rand(6, 4) < 0.8,
        keep=torch.rand(6, 4) < 0.5,
    )
    given['keep'][3:, 0] = False  # a joint that only one process has
    torch.save(given, tmp_path / 'given.pt')
    ran = run_python('-c', PROCESS, tmp_path)
    assert ran.returncode == 0, ran.stderr
    halves = [torch.load(tmp_path / f'{rank}.pt') for rank in range(2)]

    keep = HeatmapConsistency(share=0.4).select(
        given['confidence'], given['valid'], random.Random(0)
    )
    assert torch.equal(torch.cat([h['keep'] for h in halves]), keep)
    for variant in ('paper', 'official'):
        y = given['y'].clone().requires_grad_()
        loss = InformationMaximizationLoss(variant)(y, given['keep'])
        loss.backward()
        losses, gradients = zip(*(h[variant] for h in halves), strict=True)
        assert torch.allclose(sum(losses) / 2, loss, rtol=1e-12)
        assert torch.allclose(torch.cat(gradients), y.grad, rtol=1e-9)
        assert y.grad.any()
