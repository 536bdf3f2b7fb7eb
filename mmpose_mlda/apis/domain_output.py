# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What a check of domains prints and leaves behind."""

import io
import re
import textwrap
from dataclasses import asdict
from pathlib import Path

from mmpose_mlda.engine.hooks.atomic_checkpoint_hook import AtomicLocalBackend
from mmpose_mlda.visualization import draw_domain_check

from .domain_check import DomainCheck

WIDTH = 80


def report_lines(check: DomainCheck, width: int = WIDTH) -> list[str]:
    """Findings as lines of text, by topic, the verdict at the end."""
    lines, last = [], None
    topics = list(dict.fromkeys(found.topic for found in check.findings))
    ordered = sorted(check.findings, key=lambda f: topics.index(f.topic))
    for found in ordered:
        if found.topic != last:
            lines += ['', found.topic.upper()]
            last = found.topic
        lines += textwrap.wrap(
            found.text,
            width,
            initial_indent=f'  {found.level:8}',
            subsequent_indent=' ' * 10,
        )
        if found.remedy:
            lines += textwrap.wrap(
                found.remedy,
                width,
                initial_indent=' ' * 10 + '-> ',
                subsequent_indent=' ' * 13,
            )
    return [*lines[1:], '', check.verdict]


def as_json(check: DomainCheck) -> dict:
    """Findings, numbers and the verdict."""
    return dict(
        verdict=check.verdict,
        findings=[asdict(found) for found in check.findings],
        statistics=check.statistics,
    )


def save_pictures(check: DomainCheck, folder: Path) -> list[Path]:
    """Write each picture whole, as ``<number>_<title>.png``."""
    paths = []
    for number, (title, _, figure) in enumerate(draw_domain_check(check)):
        name = re.sub(r'\W+', '_', title.lower()).strip('_')
        data = io.BytesIO()
        figure.savefig(data, format='png', dpi=110)
        paths.append(folder / f'{number + 1}_{name}.png')
        AtomicLocalBackend().put(data.getvalue(), paths[-1])
    return paths
