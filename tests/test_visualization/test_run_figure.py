# Copyright (c) mmpose_mlda contributors. All rights reserved.
import json

import pytest
from matplotlib.figure import Figure

from mmpose_mlda.visualization import (
    panel_figures,
    read_curves,
    run_figure,
)


def write(folder, *records, tail=''):
    path = folder / 'vis_data/scalars.json'
    path.parent.mkdir(parents=True)
    lines = [json.dumps(record) for record in records]
    path.write_text('\n'.join([*lines, tail]))


RUN = {
    'loss_supervised': {50: 2e-3, 100: 1e-3},
    'loss_im': {100: -4e-3},
    'grad_norm/supervised': {1: 0.5, 81: 0.2},
    'grad_norm/im': {81: 0.1},
    'grad_norm/domain/domain_head': {81: 0.3},
    'pseudo_kept': {100: 0.4},
    'pseudo_agreement': {100: 0.7},
    'acc_domain': {100: 70.0},
    'acc_domain_source': {100: 90.0},
    'teacher/pseudo/precision_kept@0.05': {100: 60.0},
    'teacher/pseudo/precision_dropped@0.05': {100: 20.0},
    'teacher/PCK@0.05': {100: 40.0},
    'student/PCK@0.05': {100: 39.0},
    'teacher/PCK@0.05/Hip': {100: 1.0},
    'lr': {50: 1e-3},
}
TITLES = [
    'losses, weighted',
    'gradient norms',
    'pseudo-labels, %',
    'accuracy of the domain head, %',
    'validation',
]


# ---------------------------------------------------------------- reading
def test_later_parts_override(tmp_path):
    write(
        tmp_path / '20240102_000000',
        {'loss': 3.5, 'step': 200},
        {'loss': 4.5, 'step': 300},
    )
    write(
        tmp_path / '20240101_000000',
        {'loss': 1, 'lr': 0.1, 'iter': 100, 'step': 100},
        {'loss': 2, 'step': 200},
    )
    curves = read_curves(tmp_path)
    assert curves == {
        'loss': {100: 1, 200: 3.5, 300: 4.5},
        'lr': {100: 0.1},
    }
    assert list(curves['loss']) == [100, 200, 300]


def test_training_that_began_anew(tmp_path):
    """Four parts: an old run, its end, a new run, and its end."""
    for number, config in enumerate(
        [
            'resume = False\n',
            "load_from = 'a.pth'\nresume = True\n",
            'model = dict(resume=True)\n',  # an option of something else
            'resume=True\n',
        ]
    ):
        folder = tmp_path / f'2024010{number}_000000'
        values = {'loss': number, 'step': 100 * (5 - number)}
        write(folder, values, {f'value{number}': 1, 'step': 1})
        (folder / 'vis_data/config.py').write_text(config)
    assert read_curves(tmp_path) == {
        'loss': {200: 3, 300: 2},
        'value2': {1: 1},
        'value3': {1: 1},
    }
    # an earlier part, asked for by itself
    assert read_curves(tmp_path / '20240101_000000') == {
        'loss': {400: 1},
        'value1': {1: 1},
    }


def test_lines_that_are_not_scalars(tmp_path):
    """A killed run's last line, other values, MMEngine's hierarchy."""
    write(
        tmp_path / 'part',
        {'train/loss': 1.5, 'text': 'a', 'step': 1},
        {'val/teacher/PCK@0.05': 7, 'step': 2},
        tail='{"loss": 1',
    )
    assert read_curves(tmp_path) == {
        'loss': {1: 1.5},
        'teacher/PCK@0.05': {2: 7},
    }


def test_folder_without_scalars(tmp_path):
    with pytest.raises(FileNotFoundError, match='work folder of a training'):
        read_curves(tmp_path)


# ---------------------------------------------------------------- drawing
def drawn(axes):
    """{label: (steps, values)} of the curves, without guide lines."""
    return {
        line.get_label(): (list(line.get_xdata()), list(line.get_ydata()))
        for line in axes.get_lines()
        if not line.get_label().startswith('_')
    }


def test_curves_of_a_run():
    figure = run_figure({'a run': RUN}, {'a run': 80})
    assert isinstance(figure, Figure)
    assert [axes.get_ylabel() for axes in figure.axes] == TITLES
    losses, norms, pseudo, head, validation = map(drawn, figure.axes)
    assert losses == {
        'supervised': ([50, 100], [2e-3, 1e-3]),
        '|im|': ([100], [4e-3]),
    }
    assert norms == {
        'supervised': ([1, 81], [0.5, 0.2]),
        'im': ([81], [0.1]),
        'domain/domain_head': ([81], [0.3]),
    }
    assert pseudo == {
        'kept': ([100], [40]),
        'student agrees': ([100], [70]),
        'right within 0.05, kept': ([100], [60]),
        'right within 0.05, dropped': ([100], [20]),
    }
    assert head == {'both domains': ([100], [70]), 'source': ([100], [90])}
    assert validation == {
        'teacher, PCK@0.05': ([100], [40]),
        'student, PCK@0.05': ([100], [39]),
    }
    scales = [axes.get_yscale() for axes in figure.axes]
    assert scales == ['log', 'log', 'linear', 'linear', 'linear']
    for axes in figure.axes:
        assert [80, 80] in [list(line.get_xdata()) for line in axes.lines]


def test_a_term_has_one_colour():
    losses, norms, *_ = run_figure({'run': RUN}, {'run': None}).axes

    def colours(axes):
        return {line.get_label(): line.get_color() for line in axes.lines}

    assert colours(losses)['|im|'] == colours(norms)['im']
    assert colours(losses)['supervised'] != colours(norms)['im']


def test_several_runs_and_fewer_values():
    """Columns of runs; rows that nobody has are left out."""
    other = {'loss_supervised': {1: 1.0}, 'PCK@0.05': {1: 3.0}}
    figure = run_figure({'a': other, 'b': RUN}, {'b': 0})
    assert len(figure.axes) == 2 * len(TITLES)
    assert [axes.get_title() for axes in figure.axes[:2]] == ['a', 'b']
    figure = run_figure({'a': other}, {})
    assert [axes.get_ylabel() for axes in figure.axes] == [
        TITLES[0],
        TITLES[-1],
    ]
    # no switch, no mark
    assert len(figure.axes[0].lines) == 1


def test_nothing_to_draw():
    with pytest.raises(ValueError, match='my run: nothing to draw'):
        run_figure({'my run': {'lr': {1: 0.1}}}, {})


def test_small_figures_of_the_same():
    figures = panel_figures(RUN, 80)
    assert list(figures) == TITLES
    whole = run_figure({'a run': RUN}, {'a run': 80})
    for figure, axes in zip(figures.values(), whole.axes, strict=True):
        assert drawn(figure.axes[0]) == drawn(axes)
    assert list(panel_figures({'PCK@0.05': {1: 3.0}}, None)) == TITLES[-1:]
    assert panel_figures({}, None) == {}
