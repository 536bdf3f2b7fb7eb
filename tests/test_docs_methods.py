# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The tables of docs/methods against the configs and a counted step."""

import ast
import re
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import OptimWrapper
from mmengine.registry import init_default_scope
from reference.networks import build_batch

from mmpose_mlda.registry import MODELS

ROOT = Path(__file__).parents[1]
PAGES = ROOT / 'docs' / 'methods'
CONFIGS = ROOT / 'configs'
LINK = re.compile(r'\[[^]]*\]\(([^)]+)\)')


def tables():
    """The two tables of the index: {method: {column: cell}} of each."""
    found = []
    for block in re.findall(
        r'(?:^\|.*\n)+', (PAGES / 'README.md').read_text('utf-8'), re.MULTILINE
    ):
        head, _, *rows = (
            [cell.strip(' `') for cell in line.strip('|\n').split(' | ')]
            for line in block.splitlines(keepends=True)
        )
        found.append(
            {
                re.sub(r'\[|\].*', '', row[0]): dict(
                    zip(head[1:], row[1:], strict=True)
                )
                for row in rows
            }
        )
    return found


METHODS, MATRIX = tables()
each_method = pytest.mark.parametrize('method', METHODS)


def linked(cell):
    """Files that a cell of the index links to, relative to the checkout."""
    paths = ((PAGES / link).resolve() for link in LINK.findall(cell))
    return [str(path.relative_to(ROOT)) for path in paths]


def bases_of(path):
    """Task and method of a config, through the configs it builds on."""
    for node in ast.parse(path.read_text('utf-8')).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == '_base_':
            bases = ast.literal_eval(node.value)
            break
    else:
        return {}
    found = {}
    for base in bases if isinstance(bases, list) else [bases]:
        base = (path.parent / base).resolve()
        kind = base.parent.name
        if kind in ('tasks', 'methods'):
            found[kind] = base.stem.removesuffix('_128')
        else:
            found |= bases_of(base)
    return found


def test_matrix_has_every_config():
    in_matrix = [
        name
        for row in MATRIX.values()
        for cell in row.values()
        for name in linked(cell)
    ]
    assert len(in_matrix) == len(set(in_matrix))
    there = [
        path
        for folder in ('.', 'baselines', 'demo')
        for path in (CONFIGS / folder).glob('*.py')
    ]
    assert set(in_matrix) == {str(p.relative_to(ROOT)) for p in there}


def test_matrix_has_every_task():
    tasks = {path.stem for path in (CONFIGS / '_base_/tasks').glob('*.py')}
    for row in MATRIX.values():
        assert set(row) == tasks


@each_method
def test_configs_are_where_they_belong(method):
    (values,) = linked(METHODS[method]['values'])
    for task, cell in MATRIX[method].items():
        for name in linked(cell):
            expected = dict(tasks=task, methods=Path(values).stem)
            found = bases_of(ROOT / name)
            if found['methods'] == 'mlda' and expected['methods'] != 'mlda':
                # MLDA's config, whose adaptation never begins
                train_cfg = Config.fromfile(ROOT / name).train_cfg
                assert train_cfg.pretrain_iters == 1.0, name
                expected['methods'] = 'mlda'
                assert method in ('source-only', 'oracle')
            assert found == expected, name
            assert Path(name).stem.startswith('oracle') == (method == 'oracle')


def make_data(joints):
    """A batch as the loader gives it."""
    _, samples = build_batch(
        2, joints, (128, 128), mirror=(True, False), dtype=torch.float32
    )
    generator = torch.Generator().manual_seed(0)
    inputs = {
        branch: torch.randint(256, (2, 3, 128, 128), generator=generator).to(
            torch.uint8
        )
        for branch in ('source', 'target_student', 'target_teacher')
    }
    return dict(inputs=inputs, data_samples=samples)


def count_passes(model, data):
    """[student's forward, its backward, teacher's forward] of one step."""
    counts = [0, 0, 0]

    def count(index):
        counts[index] += 1

    def of_student(module, inputs, outputs):
        count(0)
        if outputs[-1].requires_grad:
            outputs[-1].register_hook(lambda gradient: count(1))

    model.student.backbone.register_forward_hook(of_student)
    model.teacher.backbone.register_forward_hook(lambda *_: count(2))
    learnt = [p for p in model.parameters() if p.requires_grad]
    model.train_step(data, OptimWrapper(torch.optim.SGD(learnt, lr=0.0)))
    return counts


@each_method
def test_class_passes_and_tested_network(method, monkeypatch):
    monkeypatch.chdir(ROOT)
    row = METHODS[method]
    (name,) = linked(MATRIX[method]['figures'])
    cfg = Config.fromfile(name)
    init_default_scope(cfg.default_scope)
    model = MODELS.build(cfg.model).train()
    assert type(model).__name__ == row['class']

    adapts = cfg.train_cfg.pretrain_iters != 1.0
    tested = model.predict_on if adapts else 'either, they are equal'
    assert row['tested'] == tested

    joints = model.student.head.out_channels
    data = make_data(joints)
    if hasattr(model, 'label_table'):
        model.label_table.fill(
            torch.rand(2, joints, 2) * 100, torch.rand(2, joints), 0.5
        )
    model.begin_step(0, 1, 0 if adapts else 10)
    passes = ', '.join(map(str, count_passes(model, data)))
    assert row['passes'] == passes


SECTIONS = [
    'Idea',
    'Equations',
    'What is faithful, what is not',
    'When, and what it costs',
    'Options',
]


@pytest.mark.parametrize(
    'page', sorted(PAGES.glob('[a-z]*.md')), ids=lambda page: page.stem
)
def test_pages_have_the_same_sections(page):
    text = page.read_text('utf-8')
    found = re.findall(r'^## (.+)$', text, re.MULTILINE)
    assert found in (SECTIONS, SECTIONS[:-1])
    # and the index knows it
    assert f']({page.name})' in (PAGES / 'README.md').read_text('utf-8')
