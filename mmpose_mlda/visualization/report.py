# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Reports: sections of text, pictures and tables as one HTML file.

The file needs no other: style and pictures stand in it, nothing is loaded
from elsewhere, and there is no script.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from .inline_image import InlineImage, inline_image
from .report_style import STYLE

_SMALL, _WIDE = 430, 760  # pixels; in between, two beside each other
_NUMBER = re.compile(r'[-+±\d.,% \[\]]*\d[-+±\d.,% \[\]]*|-')
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@dataclass
class Picture:
    """A picture and what it shows.

    Args:
        image: A figure, an array (H, W, 3) uint8 RGB, or an image file.
        title: A few words.
        sentence: What is to be seen, and how to read it.
    """

    image: Figure | np.ndarray | Path
    title: str
    sentence: str


@dataclass
class TableData:
    """A table.

    Args:
        header: Titles of the columns.
        rows: Cells, the first of each names the row.
        caption: What the numbers are, with their unit.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str


@dataclass
class Section:
    """A part of a report.

    Args:
        title: Its heading; also in the table of contents.
        text: Paragraphs with an empty line in between; lines that begin with
            ``'- '`` are a list, what stands in backticks is code, in two
            asterisks strong.
        pictures: In the order of the page.
        tables: They follow the pictures.
    """

    title: str
    text: str = ''
    pictures: list[Picture] = field(default_factory=list)
    tables: list[TableData] = field(default_factory=list)


def write_report(
    path: str | Path,
    title: str,
    summary: Sequence[tuple[str, str]],
    sections: Sequence[Section],
) -> None:
    """Write a report; the file is whole or not there.

    Args:
        path: The HTML file.
        title: Of the page.
        summary: Facts (name, value) at the top.
        sections: What follows.
    """
    path = Path(path)
    page = render_report(title, summary, sections)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f'.{path.name}.{os.getpid()}')
    try:
        partial.write_text(page, 'utf-8')
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def render_report(
    title: str,
    summary: Sequence[tuple[str, str]],
    sections: Sequence[Section],
) -> str:
    """The page as text; see :func:`write_report`."""
    name = escape(str(title))
    facts = ''.join(
        f'<div><dt>{escape(str(key))}</dt><dd>{escape(str(value))}</dd></div>'
        for key, value in summary
    )
    contents = ''.join(
        f'<li><a href="#part-{i}">{escape(section.title)}</a></li>'
        for i, section in enumerate(sections, 1)
    )
    parts = '\n'.join(_section(s, i) for i, s in enumerate(sections, 1))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, '
        'initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f'<title>{name}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n'
        f'<header><h1>{name}</h1>{f"<dl>{facts}</dl>" if facts else ""}'
        '</header>\n<nav aria-label="Contents"><b>Contents</b>'
        f'<ol>{contents}</ol></nav>\n<main>\n{parts}\n</main>\n</body>\n'
        '</html>\n'
    )


def _section(section: Section, number: int) -> str:
    images = [(p, inline_image(p.image)) for p in section.pictures]
    # runs of small pictures have a grid of their own
    grids = ''.join(
        f'<div class="pictures{" small" if small else ""}">'
        f'{"".join(_figure(*pair) for pair in pairs)}</div>'
        for small, pairs in groupby(images, lambda p: p[1].width <= _SMALL)
    )
    tables = ''.join(_table(table) for table in section.tables)
    heading = f'part-{number}'
    return (
        f'<section aria-labelledby="{heading}"><h2 id="{heading}">'
        f'{escape(section.title)}</h2>\n{_text(section.text)}{grids}{tables}'
        '</section>'
    )


def _text(text: str) -> str:
    blocks = []
    for block in re.split(r'\n\s*\n', text.strip()):
        lines = block.split('\n')
        for is_item, group in groupby(lines, lambda n: n.startswith('- ')):
            if is_item:
                items = ''.join(f'<li>{_inline(n[2:])}</li>' for n in group)
                blocks.append(f'<ul>{items}</ul>')
            elif words := ' '.join(group).strip():
                blocks.append(f'<p>{_inline(words)}</p>')
    return '\n'.join(blocks)


def _inline(text: str) -> str:
    """Code in backticks, and strong words in two asterisks."""
    text = re.sub(r'`([^`]+)`', r'<code>\1</code>', escape(text))
    return re.sub(r'\*\*([^*<]+)\*\*', r'<strong>\1</strong>', text)


def _figure(picture: Picture, image: InlineImage) -> str:
    wide = image.width > _WIDE
    scrolls = ' tabindex="0"' if wide else ''
    return (
        f'<figure class="{"wide" if wide else "plain"}">'
        f'<div class="card"{scrolls}><img src="{image.address}" '
        f'width="{image.width}" height="{image.height}" '
        f'alt="{escape(picture.title)}"></div>'
        f'<figcaption><b>{escape(picture.title)}</b>'
        f'{_inline(picture.sentence)}</figcaption></figure>'
    )


def _table(table: TableData) -> str:
    head = ''.join(
        f'<th scope="col"{_class(i, table)}>{escape(str(cell))}</th>'
        for i, cell in enumerate(table.header)
    )
    rows = ''.join(f'<tr>{_cells(row)}</tr>' for row in table.rows)
    label = escape(table.caption)
    return (
        f'<div class="table" tabindex="0" role="region" aria-label="{label}">'
        f'<table><caption><span>{_inline(table.caption)}</span></caption>'
        f'<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _class(column: int, table: TableData) -> str:
    """Of a title: that of the numbers below it."""
    cells = [str(row[column]) for row in table.rows if column < len(row)]
    number = column > 0 and all(_NUMBER.fullmatch(cell) for cell in cells)
    return ' class="num"' if number else ''


def _cells(row: Sequence[str]) -> str:
    cells = [f'<th scope="row">{_inline(str(row[0]))}</th>'] if row else []
    for cell in map(str, row[1:]):
        kind = ' class="num"' if _NUMBER.fullmatch(cell) else ''
        cells.append(f'<td{kind}>{_inline(cell)}</td>')
    return ''.join(cells)
