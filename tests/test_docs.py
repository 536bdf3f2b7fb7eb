# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What README and docs name exists, and their tables and code are right."""

import ast
import inspect
import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from mmpose_mlda import datasets, engine, evaluation, models

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / 'README.md',
    ROOT / 'CHANGELOG.md',
    *sorted((ROOT / 'docs').glob('**/*.md')),
]
IDS = [page.relative_to(ROOT).as_posix() for page in PAGES]
CLASSES = {
    name: value
    for package in (datasets, engine, evaluation, models)
    for name, value in vars(package).items()
    if inspect.isclass(value)
}
BLOCK = re.compile(r'^ *```(\w*)\n(.*?)^ *```$', re.MULTILINE | re.DOTALL)
# what a runner passes, not a config
PASSED = {'runner', 'dataloader', 'dataset', 'optim_wrapper_cfg'}
# files that the reader makes, or MMPose has
OTHERS = ('configs/my_domains.py', 'configs/_base_/datasets/coco.py')
TOP = ('configs', 'demo', 'docs', 'mmpose_mlda', 'stubs', 'tests', 'tools')

each_page = pytest.mark.parametrize('page', PAGES, ids=IDS)


def text_of(page: Path) -> str:
    """The page without HTML comments."""
    return re.sub(r'<!--.*?-->', '', page.read_text('utf-8'), flags=re.DOTALL)


def prose_of(page: Path) -> str:
    """The page without comments and blocks of code."""
    return BLOCK.sub('', text_of(page))


def anchors_of(page: Path) -> set[str]:
    """Anchors as GitHub makes them of headings."""
    headings = re.findall(r'^#+ (.+)$', prose_of(page), re.MULTILINE)
    plain = (re.sub(r'[^\w\- ]', '', text.lower()) for text in headings)
    return {text.strip().replace(' ', '-') for text in plain}


@each_page
def test_links(page):
    links = re.findall(r'\]\(([^)\s]+)\)', prose_of(page))
    for link in links:
        if '://' in link:
            continue
        name, _, anchor = link.partition('#')
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors_of(target), link


@each_page
def test_files_that_are_named(page):
    for name in re.findall(r'`([\w./-]+/[\w./-]*)`', prose_of(page)):
        if name.split('/')[0] in TOP and name not in OTHERS:
            assert (ROOT / name).exists(), name


@each_page
def test_commands_name_files(page):
    for name in re.findall(r'(?:tools|configs)/[\w/.-]+', text_of(page)):
        name = name.rstrip('.')
        if name.endswith(('.py', '.sh')) and name not in OTHERS:
            assert (ROOT / name).is_file(), name


@each_page
def test_components_exist(page):
    for name in re.findall(r'\bmmpose_mlda\.([A-Z]\w+)', text_of(page)):
        assert name in {*CLASSES, 'X'}, name


@each_page
def test_code_compiles(page):
    for language, code in BLOCK.findall(text_of(page)):
        if language == 'python':
            compile(inspect.cleandoc(code), str(page), 'exec')
        elif language == 'json':
            json.loads(code)


@each_page
def test_lines_are_wrapped(page):
    for line in prose_of(page).splitlines():
        assert len(line) <= 100 or line.startswith(('|', '[')), line


def option_tables() -> dict[str, dict[str, str]]:
    """{class: {option: default}} of the tables under a class's name."""
    tables = {}
    for page in PAGES:
        for part in re.split(r'^#+ ', prose_of(page), flags=re.MULTILINE)[1:]:
            title = re.fullmatch(r'`(\w+)`', part.splitlines()[0])
            if title and title[1][0].isupper():
                rows = re.findall(
                    r'^\| `(\w+)` \| (.+?) \|', part, re.MULTILINE
                )
                tables[title[1]] = dict(rows)
    return tables


def parameters_of(cls: type) -> dict[str, inspect.Parameter]:
    """Named parameters of a class and of its bases in this package."""
    found = {}
    for base in cls.__mro__:
        if base.__module__.startswith('mmpose_mlda'):
            signature = inspect.signature(base.__init__)
            for name, parameter in signature.parameters.items():
                if parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
                    found.setdefault(name, parameter)
    return {
        name: parameter
        for name, parameter in found.items()
        if name not in ('self', *PASSED)
        or (name == 'dataset' and cls.__name__ == 'UnlabeledPoseDataset')
    }


@pytest.mark.parametrize('name', option_tables())
def test_option_tables(name):
    table = option_tables()[name]
    parameters = parameters_of(CLASSES[name])
    assert set(table) == set(parameters)
    for option, cell in table.items():
        default = parameters[option].default
        if cell == 'required':
            assert default is inspect.Parameter.empty, option
        else:
            assert ast.literal_eval(cell.strip('`')) == default, option


def test_every_part_of_the_method_has_a_table():
    parts = {name for name in models.__all__ if not name.startswith('Base')}
    assert parts | {'PCK', 'FiguresDataset', 'LSPDataset'} <= {
        *option_tables()
    }


def test_pages_that_messages_name():
    sources = [
        path
        for folder in ('mmpose_mlda', 'configs', 'tools', 'demo')
        for path in (ROOT / folder).glob('**/*.py')
    ]
    named = {
        name
        for path in sources
        for name in re.findall(r'docs/[\w/]+\.md', path.read_text('utf-8'))
    }
    assert named
    for name in named:
        assert (ROOT / name).is_file(), name


def printed_blocks() -> list[tuple[str, str, str]]:
    """(page, code, output) where a block of output follows one of code."""
    found = []
    for name, page in zip(IDS, PAGES, strict=True):
        text = text_of(page)
        blocks = list(BLOCK.finditer(text))
        for first, second in pairwise(blocks):
            adjacent = not text[first.end() : second.start()].strip()
            if adjacent and (first[1], second[1]) == ('python', 'text'):
                found.append((name, first[2], second[2]))
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ('page', 'code', 'output'),
    printed_blocks(),
    ids=lambda value: value if value in IDS else '',
)
def test_code_prints_what_the_page_says(page, code, output, run_python):
    done = run_python('-c', code)
    assert done.returncode == 0, done.stderr
    assert done.stdout == output
