# Copyright (c) mmpose_mlda contributors. All rights reserved.
import pytest
from test_apis.domain_kit import Pair, make_set

from mmpose_mlda.apis.domain_check import DomainCheck, check_domains
from mmpose_mlda.visualization import draw_domain_check

TITLES = [
    'Samples',
    'Boxes',
    'Colours',
    'Frequencies',
    'Told apart',
    'Joints',
    'Poses',
]


@pytest.fixture(scope='module')
def pair(tmp_path_factory):
    folder = tmp_path_factory.mktemp('pair')
    roles = ('source', 'target', 'val')
    coco = {role: make_set(folder, role, i) for i, role in enumerate(roles)}
    return Pair(folder, coco, folder / 'labels')


def test_every_kind_is_drawn_and_explained(pair):
    check = check_domains(pair.config(), progress=False)
    pictures = draw_domain_check(check)
    assert [title for title, _, _ in pictures] == TITLES
    for _, sentence, figure in pictures:
        assert sentence.endswith('.')
        assert figure.axes
    figures = {title: figure for title, _, figure in pictures}
    bars = {
        tuple(text.get_text() for text in axes.get_legend().get_texts())
        for axes in figures['Poses'].axes
    }
    assert bars == {('source (32)', 'val (32)')}
    lines = figures['Frequencies'].axes[0].lines
    assert [line.get_label() for line in lines] == ['source', 'target', 'val']
    # clouds are coarse, their noise is fine and weak
    for line in lines:
        assert line.get_ydata()[0] > 20 * line.get_ydata()[-1] > 0


def test_what_was_not_seen_is_left_out(pair):
    del pair.cfg['val_dataloader']
    check = check_domains(pair.config(), samples=8, progress=False)
    titles = [title for title, _, _ in draw_domain_check(check)]
    assert titles == [title for title in TITLES if title != 'Told apart']
    assert draw_domain_check(DomainCheck([], {}, {})) == []
