# Copyright (c) mmpose_mlda contributors. All rights reserved.
import base64
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest
from matplotlib.figure import Figure

from mmpose_mlda.visualization.inline_image import inline_image
from mmpose_mlda.visualization.report import (
    Picture,
    Section,
    TableData,
    render_report,
    write_report,
)

HOSTILE = '"><script>alert(1)</script><img src=x onerror="a()">&amp;\'`${x}'
VOID = {'meta', 'img', 'br'}


class Page(HTMLParser):
    """Tags, attributes and texts; stops at a tag that is closed wrongly."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.texts = [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def all(self, name):
        return [attrs for tag, attrs in self.tags if tag == name]


def noise(height=30, width=40):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (height, width, 3), np.uint8)


def section(name='A'):
    return Section(
        name,
        f'{name} in words\n\n- first\n- second with `code {name}`\n\nend',
        [Picture(noise(), name, name), Picture(noise(9, 900), name, name)],
        [TableData([name, 'n'], [[name, '1.5'], ['b', '-']], name)],
    )


def test_structure():
    page = Page(render_report('T', [('key', 'value')], [section(), section()]))
    assert [attrs['href'] for attrs in page.all('a')] == ['#part-1', '#part-2']
    ids = [a['id'] for _, a in page.tags if 'id' in a]
    assert ids == ['part-1', 'part-2']
    names = [tag for tag, _ in page.tags]
    for tag, count in (
        ('h1', 1),
        ('h2', 2),
        ('main', 1),
        ('nav', 1),
        ('section', 2),
        ('figure', 4),
        ('figcaption', 4),
        ('table', 2),
        ('caption', 2),
        ('li', 2 + 4),
        ('code', 2),
    ):
        assert names.count(tag) == count, tag
    assert all(attrs['alt'] for attrs in page.all('img'))
    assert [a.get('class') for a in page.all('td')] == ['num'] * 4
    assert page.all('html')[0]['lang'] == 'en'
    assert {'key', 'value', 'first', 'end'} <= {t.strip() for t in page.texts}


def test_hostile_names_stay_text():
    page = Page(render_report(HOSTILE, [(HOSTILE,) * 2], [section(HOSTILE)]))
    assert not page.all('script')
    assert not any(
        name.startswith('on') for _, attrs in page.tags for name in attrs
    )
    assert all(a['src'].startswith('data:image/') for a in page.all('img'))
    assert {a['alt'] for a in page.all('img')} == {HOSTILE}
    text = ''.join(page.texts)
    assert text.count('<script>alert(1)</script>') >= 10


def test_nothing_is_loaded_from_elsewhere():
    text = render_report('T', [], [section()])
    assert 'http:' not in text
    assert 'https:' not in text
    for attrs in (a for _, a in Page(text).tags):
        for name in ('src', 'href'):
            assert attrs.get(name, '#').startswith(('#', 'data:'))
    assert 'url(' not in text
    assert '@import' not in text


def test_empty_report():
    page = Page(render_report('T', [], []))
    assert not page.all('dl')
    assert not page.all('section')


def decoded(image):
    head, text = image.address.split(',')
    content = np.frombuffer(base64.b64decode(text), np.uint8)
    pixels = cv2.imdecode(content, cv2.IMREAD_COLOR)
    return head, cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


def test_drawings_are_kept_to_the_bit():
    image = np.zeros((40, 50, 3), np.uint8)
    image[10:20, 5:30] = 255, 0, 9
    found = inline_image(image)
    head, pixels = decoded(found)
    assert head == 'data:image/png;base64'
    assert np.array_equal(pixels, image)
    assert (found.width, found.height) == (50, 40)


def test_photographs_are_jpeg(tmp_path):
    rng = np.random.default_rng(0)
    photo = cv2.GaussianBlur(
        rng.integers(0, 256, (99, 99, 3), np.uint8), None, 3
    )
    path = tmp_path / 'photo.png'
    cv2.imwrite(str(path), photo[..., ::-1])
    for image in (photo, path, str(path)):
        head, pixels = decoded(inline_image(image))
        assert head == 'data:image/jpeg;base64'
        assert np.abs(pixels.astype(int) - photo).mean() < 4


def test_figures_have_a_light_ground():
    figure = Figure((3, 2))
    figure.subplots().plot([0, 1])
    found = inline_image(figure)
    assert (found.width, found.height) == (288, 192)
    assert decoded(found)[1][0, 0].tolist() == [255, 255, 255]


@pytest.mark.parametrize('content', [b'', b'no picture', b'<svg></svg>'])
def test_file_that_is_no_picture(tmp_path, content):
    path = tmp_path / 'a.png'
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r'a\.png cannot be read'):
        inline_image(path)


def test_missing_file_and_wrong_array(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'b\.png does not exist'):
        inline_image(tmp_path / 'b.png')
    with pytest.raises(ValueError, match=r'float64 of the shape \(3, 4\)'):
        inline_image(np.zeros((3, 4)))


def test_report_is_whole_or_not_there(tmp_path, monkeypatch):
    path = tmp_path / 'new' / 'report.html'
    write_report(path, 'first', [], [])
    first = path.read_text('utf-8')
    with pytest.raises(FileNotFoundError):
        write_report(
            path, 'second', [], [Section('', '', [Picture('gone', '', '')])]
        )
    monkeypatch.setattr('pathlib.Path.replace', lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_report(path, 'third', [], [])
    assert path.read_text('utf-8') == first
    assert [p.name for p in path.parent.iterdir()] == ['report.html']
