# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What a check found."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

LEVELS = ('ok', 'note', 'warning', 'error')


@dataclass(frozen=True)
class Finding:
    """One verdict.

    Args:
        level: ``'ok'``, ``'note'`` (nothing is wrong, but know it),
            ``'warning'`` (probably wrong) or ``'error'`` (the training fails
            or learns the wrong thing).
        topic: A word or two, the same for what belongs together.
        text: What was found, with its number.
        remedy: What to do; empty if nothing is to be done.
    """

    level: str
    topic: str
    text: str
    remedy: str = ''


@dataclass
class Report:
    """Findings and numbers, in the order in which they were added."""

    findings: list[Finding] = field(default_factory=list)
    statistics: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, Any] = field(default_factory=dict)  # to be drawn

    def add(self, level: str, topic: str, text: str, remedy: str = '') -> None:
        """Add a finding."""
        if level not in LEVELS:
            raise ValueError(f'level {level!r} is none of {LEVELS}')
        self.findings.append(Finding(level, topic, text, remedy))

    def fill(self, topic: str, text: str, level: str = 'ok') -> None:
        """Say that all is well, if nothing else was said of a topic."""
        if all(found.topic != topic for found in self.findings):
            self.add(level, topic, text)

    def note_value(self, part: str, name: str, value: Any) -> None:
        """Keep a number, or several, of a part."""
        self.statistics.setdefault(part, {})[name] = to_json(value)


def to_json(value: Any) -> Any:
    """Numpy's numbers and arrays as JSON has them; NaN becomes null."""
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | list | tuple):
        return [to_json(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value


def percent(share: float) -> str:
    """0.123 as '12 %', so that little is not nothing and most is not all."""
    number = 100 * share
    if 0 < number < 1 or 99 < number < 100:
        return f'{number:.1f} %'
    return f'{number:.0f} %'


def listed(parts: list[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    return ' and '.join(filter(None, [', '.join(parts[:-1]), *parts[-1:]]))


def name_some(names: list[str], limit: int = 4) -> str:
    """The first names, and how many there are beyond."""
    shown = ', '.join(names[:limit])
    beyond = len(names) - limit
    return f'{shown} and {beyond} more' if beyond > 0 else shown
