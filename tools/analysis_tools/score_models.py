# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Scores without labels of a study's finished models, beside their PCK.

python tools/analysis_tools/score_models.py \
    configs/studies/figures_lspet_factorial.py --images 150
python tools/analysis_tools/selection_regret.py \
    docs/results/runs/selection_models

The scores are of unlabelled images of the training's target, the PCK is that
of the study's results on its test images. A file a seed, with every row that
has a result and a checkpoint; called again, it goes on.
"""

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmengine.utils import track_iter_progress

from mmpose_mlda.apis import launch
from mmpose_mlda.checkpoint import load_from_local
from mmpose_mlda.evaluation import LabelFreeScore
from mmpose_mlda.registry import MODELS
from mmpose_mlda.studies.files import write_json
from mmpose_mlda.studies.plan import Job, make_plan
from mmpose_mlda.studies.study import load_study

# parts of a model that no prediction needs, and their weights
UNUSED = ('style_transfer', 'target_style', 'domain_head')


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(description='Scores without labels of a study')
    parser.add_argument('study', help='file in configs/studies')
    parser.add_argument('--rows', nargs='+', help='only these rows')
    parser.add_argument('--seeds', nargs='+', type=int)
    parser.add_argument(
        '--images', type=int, default=300, help='unlabelled images, the first'
    )
    parser.add_argument('--runs', default='docs/results/runs')
    parser.add_argument('--work-dir', default='work_dirs/studies')
    parser.add_argument(
        '--out', type=Path, default=Path('docs/results/runs/selection_models')
    )
    return parser.parse_args(argv)


def checkpoint_of(job: Job) -> Path | None:
    """The last checkpoint of a finished run, if it is still there."""
    note = job.folder / 'last_checkpoint'
    if job.state() != 'done' or not note.is_file():
        return None
    path = job.folder / Path(note.read_text().strip()).name
    return path if path.is_file() else None


def load_batches(cfg: Config, images: int) -> list[dict]:
    """Unlabelled images, as the test sees them."""
    dataset = cfg.train_dataloader.dataset.target.to_dict() | dict(
        pipeline=cfg.test_dataloader.dataset.pipeline,
        indices=images,
        test_mode=True,
    )
    loader = dict(
        batch_size=cfg.test_dataloader.batch_size,
        num_workers=0,
        sampler=dict(type='DefaultSampler', shuffle=False),
        dataset=dataset,
    )
    return list(Runner.build_dataloader(loader))


def load_model(cfg: Config, checkpoint: Path) -> torch.nn.Module:
    """Both networks of a run."""
    options = cfg.model.to_dict()
    options |= {name: None for name in UNUSED if name in options}
    options['probe'] = dict(type='mmpose_mlda.AgreementProbe')
    model = MODELS.build(options)
    state = load_from_local(str(checkpoint), map_location='cpu')['state_dict']
    for name in ('student', 'teacher'):
        own = {
            key.removeprefix(f'{name}.'): value
            for key, value in state.items()
            if key.startswith(f'{name}.')
        }
        getattr(model, name).load_state_dict(own)
    return model.to(get_device()).eval()


def score(model: torch.nn.Module, batches: list[dict]) -> dict[str, float]:
    """Scores of the network that predicts."""
    metric, number = LabelFreeScore(), 0
    for batch in batches:
        with torch.no_grad():
            samples = model.val_step(dict(batch))
        metric.process(batch, [sample.to_dict() for sample in samples])
        number += len(samples)
    return {k: round(v, 4) for k, v in metric.evaluate(number).items()}


def config_of(job: Job) -> Config:
    cfg = Config.fromfile(job.config)
    cfg.merge_from_dict(dict(job.options))
    return cfg


def score_job(job: Job, batches: list[dict]) -> dict:
    """Scores and PCK of a row."""
    networks = json.loads(job.result.read_text())['networks']
    network = 'teacher' if 'teacher' in networks else 'student'
    model = load_model(config_of(job), checkpoint_of(job))
    model.predict_on = network
    pck = {
        name: value
        for name, value in networks[network]['metrics'].items()
        if '/' not in name
    }
    return dict(network=network) | pck | score(model, batches)


def run(args: Namespace) -> None:
    study = load_study(args.study)
    jobs = [
        job
        for job in make_plan(
            study, args.runs, args.work_dir, args.rows, args.seeds
        )
        if not job.is_stage and checkpoint_of(job) is not None
    ]
    if not jobs:
        raise launch.OptionError(
            f'{args.study} has no finished runs with checkpoints in '
            f'{args.work_dir}; run_table.py makes them'
        )
    torch.set_grad_enabled(False)
    init_default_scope('mmpose')
    batches = load_batches(config_of(jobs[0]), args.images)
    for job in track_iter_progress(jobs):
        path = args.out / f'{job.study}-seed{job.seed}.json'
        content = (
            json.loads(path.read_text())
            if path.is_file()
            else dict(study=job.study, seed=job.seed, images=args.images)
        )
        if content['images'] != args.images:
            raise launch.OptionError(
                f'{path} has scores of {content["images"]} images, not of '
                f'{args.images}: give another --out'
            )
        models = content.setdefault('models', {})
        if job.row not in models:
            models[job.row] = score_job(job, batches)
            write_json(content, path)


def main() -> None:
    with launch.errors_without_traceback():
        run(parse_args())


if __name__ == '__main__':
    main()
