# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Reports in a browser: nothing is wider than the page."""

import json
import re
import shutil
import subprocess
from html import escape, unescape

import numpy as np
import pytest
from matplotlib.figure import Figure

from mmpose_mlda.visualization.report import (
    Picture,
    Section,
    TableData,
    render_report,
)

pytestmark = pytest.mark.slow
CHROMIUM = next(
    filter(
        None,
        map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome')),
    ),
    None,
)
WIDTHS = (390, 1366)
# An iframe is a page of any width; windows have a least one. What a box that
# scrolls by itself holds may reach further than the page, its box may not.
PROBE = """
<body>%s<script>
function scrolls(node) {
  for (let n = node.parentElement; n; n = n.parentElement)
    if (getComputedStyle(n).overflowX === 'auto') return true;
  return false;
}
onload = () => {
  const found = [...document.querySelectorAll('iframe')].map(frame => {
    const page = frame.contentDocument, root = page.documentElement;
    const seen = [...page.body.querySelectorAll('*')];
    return {
      inner: frame.contentWindow.innerWidth,
      scroll: root.scrollWidth,
      wide: seen.filter(n => !scrolls(n)
          && n.getBoundingClientRect().right > root.clientWidth + 0.5)
        .map(n => n.outerHTML.slice(0, 80)),
      boxes: seen.filter(n => n.scrollWidth > n.clientWidth + 1
          && getComputedStyle(n).overflowX === 'auto').length,
      broken: [...page.images].filter(i => !i.naturalWidth).length,
      ground: frame.contentWindow.getComputedStyle(page.body).backgroundColor,
      ink: frame.contentWindow.getComputedStyle(page.body).color,
    };
  });
  document.body.textContent = 'FOUND' + JSON.stringify(found) + 'END';
};
</script></body>"""


def page():
    """Words without a place to break, wide tables and large pictures."""
    word = 'Donaudampfschifffahrtsgesellschaftskapitaen' * 6
    figure = Figure((30, 3))
    figure.subplots().plot(range(9))
    images = [figure]
    for height, width in ((40, 3000), (2500, 60), (300, 700), (90, 404)):
        images.append(np.full((height, width, 3), 99, np.uint8))
    pictures = [Picture(image, word, word) for image in images]
    header = [word[:40] + str(i) for i in range(30)]
    table = TableData(header, [[word, *['-12.5 [-1.0, +2.0]'] * 29]], word)
    section = Section(word, f'{word}\n\n- {word}\n- `{word}`', pictures)
    section.tables = [table, TableData(['a', 'b'], [['c', '1']], 'small')]
    return render_report(word, [(word, word), ('key', 'value')], [section])


def look(tmp_path, dark):
    source = escape(page(), quote=True)
    frames = ''.join(
        f'<iframe width="{width}" height="800" style="border:0" '
        f'srcdoc="{source}"></iframe>'
        for width in WIDTHS
    )
    path = tmp_path / 'probe.html'
    path.write_text(PROBE % frames, 'utf-8')
    done = subprocess.run(
        [
            CHROMIUM,
            '--headless',
            '--no-sandbox',
            '--disable-gpu',
            '--disable-quic',
            '--no-first-run',
            '--disable-background-networking',
            '--disable-component-update',
            '--disable-sync',
            f'--user-data-dir={tmp_path / "profile"}',
            f'--blink-settings=preferredColorScheme={0 if dark else 1}',
            '--window-size=1800,900',
            '--dump-dom',
            path.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=55,
    )
    found = re.search(r'FOUND(.*)END', done.stdout, re.DOTALL)
    assert found, done.stderr[-2000:]
    return json.loads(unescape(found[1]))


@pytest.mark.skipif(CHROMIUM is None, reason='no Chromium on this machine')
@pytest.mark.parametrize('dark', [False, True])
def test_nothing_is_wider_than_the_page(tmp_path, dark):
    for width, seen in zip(WIDTHS, look(tmp_path, dark), strict=True):
        assert seen['inner'] == width
        assert seen['scroll'] <= width
        assert seen['wide'] == []
        assert seen['boxes'] >= 1  # the wide table scrolls in its box
        assert seen['broken'] == 0
        ground, ink = (
            sum(map(int, re.findall(r'\d+', seen[name])[:3]))
            for name in ('ground', 'ink')
        )
        assert (ground < 150) == dark
        assert abs(ground - ink) > 450
