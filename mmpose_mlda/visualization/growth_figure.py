# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""How times grow with sizes, in one figure."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

LABELS = dict(
    batch='batch', joints='joints', heatmap='side of the heatmaps, pixels'
)
COLOURS = dict(published='#d55e00', canonical='#0072b2', student='#009e73')


def growth_figure(growth: Mapping[str, Sequence[Mapping]]) -> Figure:
    """Draw one panel for each kind of size, on logarithmic axes.

    Args:
        growth: For each kind of size a list of dicts with ``size`` and
            milliseconds by name.
    """
    figure = Figure(figsize=(3.6 * len(growth), 3.2), layout='constrained')
    panels = figure.subplots(1, len(growth), sharey=True, squeeze=False)[0]
    for panel, (kind, rows) in zip(panels, growth.items(), strict=True):
        sizes = [row['size'] for row in rows]
        for name in rows[0].keys() - {'size'}:
            panel.plot(
                sizes,
                [row[name] for row in rows],
                marker='o',
                label=name,
                color=COLOURS.get(name),
            )
        panel.set_xscale('log', base=2)
        panel.set_yscale('log')
        panel.set_xticks(sizes, map(str, sizes))
        panel.set_xlabel(LABELS.get(kind, kind))
        panel.grid(alpha=0.3)
    panels[0].set_ylabel('alignment of a step, ms')
    handles, labels = panels[0].get_legend_handles_labels()
    order = sorted(range(len(labels)), key=labels.__getitem__)
    panels[0].legend([handles[i] for i in order], [labels[i] for i in order])
    return figure
