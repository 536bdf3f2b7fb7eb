# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""See what styles do to source images and to the edges at their joints:
python tools/misc/browse_style.py CONFIG."""

import io
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2
import mmengine
import numpy as np

from mmpose_mlda.apis import launch
from mmpose_mlda.apis.style_browser import STYLES, StyleBrowser, style_configs
from mmpose_mlda.engine.hooks.atomic_checkpoint_hook import AtomicLocalBackend
from mmpose_mlda.evaluation.displacement import (
    edge_displacement,
    edge_strength,
    patch_texture,
    summarize_displacement,
)
from mmpose_mlda.visualization import displacement_figure, style_sheet

REACH = 4  # pixels; the largest displacement that is looked for


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(
        description='Draw source images in the style of target images, a row '
        'a style and a column a strength, with the labels on top'
    )
    add = parser.add_argument
    add('config', help='config file of an adaptation')
    add(
        '--styles',
        nargs='+',
        metavar='STYLE',
        help=f'of {", ".join(STYLES)}, or configs whose style is taken '
        "(default: the config's own). A name takes its options from the "
        "config, if that is the config's style",
    )
    alphas = [0.0, 0.25, 0.5, 0.75, 1.0]
    add('--alphas', nargs='+', type=float, default=alphas, help='strengths')
    add('--num', type=int, default=8, help='pictures (default: 8)')
    add(
        '--displacement',
        type=int,
        default=0,
        metavar='N',
        help='also measure on N images how far edges at joints move '
        '(displacement.json and .png)',
    )
    add('--patch', type=int, default=17, help='side of what is measured, px')
    add('--out', type=Path, help='folder (default: work_dirs/<config>/style)')
    add('--seed', type=int, default=0, help='of the images (default: 0)')
    launch.add_cfg_options(
        parser,
        'change the config, e.g. model.style_transfer.beta=0.05',
    )
    args = parser.parse_args(argv)
    if not all(0 <= alpha <= 1 for alpha in args.alphas):
        parser.error(f'--alphas {args.alphas}: all must lie in [0, 1]')
    if args.num < 0 or args.displacement < 0:
        parser.error('--num and --displacement must not be negative')
    if args.out is None:
        args.out = Path('work_dirs', Path(args.config).stem, 'style')
    return args


def draw(browser: StyleBrowser, args: Namespace) -> None:
    """Save a sheet of each content image."""
    items = browser.stylise(args.alphas, args.num)
    progress = mmengine.track_iter_progress((items, args.num))
    for number, item in enumerate(progress):
        sheet = style_sheet(
            item.content,
            item.style,
            item.stylised,
            args.alphas,
            item.points,
            item.labelled,
            browser.metainfo,
        )
        _, data = cv2.imencode('.png', sheet[..., ::-1])
        path = args.out / f'style_{number:03d}.png'
        AtomicLocalBackend().put(data.tobytes(), path)


def measure(browser: StyleBrowser, args: Namespace) -> tuple[dict, Counter]:
    """{style: {strength: (shifts, correlations)}}, and kinds of patches."""
    window = dict(side=args.patch, reach=REACH)
    kinds: Counter = Counter()
    found = defaultdict(lambda: defaultdict(list))
    items = browser.stylise(args.alphas, args.displacement)
    for item in mmengine.track_iter_progress((items, args.displacement)):
        edges = edge_strength(item.content)
        points = item.points[item.labelled]
        texture = np.array(patch_texture(edges, points, **window), str)
        kinds.update(texture.tolist())
        points = points[texture == 'textured']
        for name, images in item.stylised.items():
            for alpha, image in zip(args.alphas, images, strict=True):
                found[name][alpha].append(
                    edge_displacement(
                        edges, edge_strength(image), points, **window
                    )
                )
    results = {
        name: {
            alpha: tuple(map(np.concatenate, zip(*parts, strict=True)))
            for alpha, parts in row.items()
        }
        for name, row in found.items()
    }
    return results, kinds


def report(results: dict, kinds: Counter, args: Namespace) -> None:
    """Print, save and draw the displacements."""
    print('\npatches:', ', '.join(f'{n} {k}' for k, n in kinds.items()))
    print(f'{"style":24} alpha  median    p90    p95  <= 1 px   weak')
    summary = defaultdict(dict)
    for name, row in results.items():
        for alpha, values in row.items():
            s = summary[name][f'{alpha:g}'] = summarize_displacement(*values)
            print(
                f'{name:24} {alpha:5g} {s["median"]:7.2f} {s["p90"]:6.2f} '
                f'{s["p95"]:6.2f} {s["within_1px"]:8.1%} {s["weak"]:6.1%}'
            )
    record = dict(
        config=args.config,
        images=args.displacement,
        seed=args.seed,
        patch=args.patch,
        reach=REACH,
        patches=dict(kinds),
        styles=summary,
    )
    text = mmengine.dump(record, file_format='json', indent=2)
    files = AtomicLocalBackend()
    files.put_text(text + '\n', args.out / 'displacement.json')
    lengths = {
        name: {a: np.hypot(*shifts.T) for a, (shifts, _) in row.items()}
        for name, row in results.items()
    }
    picture = io.BytesIO()
    displacement_figure(lengths, REACH).savefig(picture, dpi=120)
    files.put(picture.getvalue(), args.out / 'displacement.png')


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    with launch.errors_without_traceback():
        cfg = launch.load_for_looking(args)
        styles = style_configs(cfg, args.styles)
        browser = StyleBrowser(cfg, styles, args.seed)
        if args.num:
            draw(browser, args)
        if args.displacement:
            report(*measure(browser, args), args)
    print(f'\nsaved in {args.out}')


if __name__ == '__main__':
    main()
