# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""From two folders to a plain model and a report, in one go.

Each step leaves a file, and is left out where it is there already: a call
that was interrupted goes on when it is repeated.
"""

import json
import re
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.runner import Runner

import mmpose_mlda
from mmpose_mlda.checkpoint import load_from_local
from mmpose_mlda.studies.files import write_json
from mmpose_mlda.visualization.domain_figures import draw_domain_check
from mmpose_mlda.visualization.report import Picture, Section, write_report

from . import failures
from .domain_check import DomainCheck, check_domains
from .domain_output import as_json, report_lines
from .export import export_teacher
from .launch import OptionError
from .own_config import WORK_DIR, make_config
from .own_data import OwnData, check_files, read_json, whole_images
from .report_runs import evaluate
from .run_folder import last_checkpoint, switch_step
from .run_report import collect_report_sections, run_summary

REQUEST, CONFIG, CHECK = 'request.json', 'config.py', 'check.json'
RESULT, REPORT, MODEL = 'result.json', 'report.html', 'model'
WHOLE_IMAGES = 'target_val.json'  # labels with boxes as in the training
SAMPLES = 300  # images of each domain for the check and for the report
# what may be another in a call that goes on with a training
FREE = ('target_val', 'target_val_images')
FREE_CHANGES = re.compile(
    r'(train|val|test)_dataloader\.(?!dataset)|optim_wrapper\.(?!optimizer)'
)


def adapt(
    data: OwnData, out: Path, dry_run: bool = False, force: bool = False
) -> dict[str, Any] | None:
    """Check the pair, train, export, report.

    Args:
        data: The files.
        out: Folder of all results.
        dry_run: Whether to end before anything is written or trained.
        force: Whether to train in spite of errors of the check.

    Returns:
        dict: Content of ``result.json``; None of a dry run.

    Raises:
        FileNotFoundError: If a file is not there.
        OptionError: If files do not fit each other, or ``out`` is of
            another adaptation.
    """
    begin = time.monotonic()
    data, out = data.resolved(), out.resolve()
    request = _as_json(data)
    before = _claim(out, request)
    table = check_files(data)
    _keep_apart(out, data.target_images)
    if before == request and (out / RESULT).is_file():  # written last
        print(f'{out} is finished; remove {out / RESULT} to report anew')
        return read_json(out / RESULT, '--out')
    cfg = make_config(data, table, out)
    _print_plan(cfg, data)
    check = check_domains(cfg, SAMPLES)
    print('\n'.join(report_lines(check)))
    if check.count('error') and not force:
        raise OptionError(
            'the data are not fit to train on, see above; --force trains '
            'all the same'
        )
    if dry_run:
        return None
    cfg = _write_inputs(data, table, out, request)
    write_json(as_json(check), out / CHECK)
    checkpoint = train(cfg)
    exported = export_teacher(cfg, checkpoint, out / MODEL)
    result = dict(
        command=sys.argv,
        versions=dict(
            mmpose_mlda=mmpose_mlda.__version__, torch=torch.__version__
        ),
        steps=int(cfg.train_cfg.max_iters),
        checkpoint=str(checkpoint),
        model={k: str(v) for k, v in exported._asdict().items()},
        data=check.verdict,
        metrics=_metrics(cfg, data, checkpoint),
        seconds=round(time.monotonic() - begin, 1),
    )
    _write_report(cfg, checkpoint, check, out)
    write_json(result, out / RESULT)
    return result


def train(cfg: Config) -> Path:
    """Train to the end, from where an earlier call has stopped.

    Returns:
        Path: The last checkpoint.
    """
    last = _last_checkpoint(cfg)
    done = last and load_from_local(str(last), 'cpu')['meta']['iter']
    if done == cfg.train_cfg.max_iters:
        return last
    cfg = Config(cfg.to_dict(), filename=cfg.filename)
    if last:
        print(f'going on from step {done}: {last}')
        cfg.resume, cfg.load_from = True, str(last)
    with failures.explained(cfg, again='the same command'):
        Runner.from_cfg(cfg).train()
    return last_checkpoint(Path(cfg.work_dir))


def _last_checkpoint(cfg: Config) -> Path | None:
    try:
        return last_checkpoint(Path(cfg.work_dir))
    except FileNotFoundError:
        return None


# --------------------------------------------------------------- what is there
def _as_json(data: OwnData) -> dict:
    return json.loads(json.dumps(asdict(data), default=str))


def _claim(out: Path, request: dict) -> dict | None:
    """``out`` is new or of the same adaptation; what was asked for before."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return None
    if not (out / REQUEST).is_file():
        raise OptionError(
            f'--out {out} holds files that are none of an adaptation; name '
            'an empty folder or one that does not exist'
        )
    before = read_json(out / REQUEST, '--out')
    asked, asked_before = _fixed(request), _fixed(before)
    other = [name for name in asked if asked_before.get(name) != asked[name]]
    # before the first checkpoint there is nothing to be lost
    if other and (out / WORK_DIR / 'last_checkpoint').is_file():
        text = '; '.join(
            f'{name}: {asked_before.get(name)!r}, now {asked[name]!r}'
            for name in other
        )
        raise OptionError(
            f'--out {out} is of an adaptation with other options ({text}). '
            'Repeat its command to go on with it, or name another folder; '
            'nothing was changed'
        )
    return before


def _fixed(request: dict) -> dict:
    """The part of it with which a training has begun."""
    changes = {
        key: value
        for key, value in request['changes'].items()
        if not FREE_CHANGES.match(key)
    }
    kept = {key: request[key] for key in request if key not in FREE}
    return kept | dict(changes=changes)


def _keep_apart(out: Path, images: Path) -> None:
    if images == out or images in out.parents:
        raise OptionError(
            f'--out {out} lies in --target-images {images}, where its '
            'pictures would be taken for photographs; name a folder outside'
        )


def _write_inputs(
    data: OwnData, table: dict, out: Path, request: dict
) -> Config:
    """Everything that the training reads; gives its config."""
    out.mkdir(parents=True, exist_ok=True)
    (out / RESULT).unlink(missing_ok=True)  # of another request
    write_json(request, out / REQUEST)
    if data.target_val is not None and data.target_boxes is None:
        labels = read_json(data.target_val, '--target-val')
        write_json(whole_images(labels), out / WHOLE_IMAGES)
        data = replace(
            data,
            target_val=out / WHOLE_IMAGES,
            target_val_images=data.val_images,
        )
    part = out / f'part_{CONFIG}'
    make_config(data, table, out).dump(part)
    part.replace(out / CONFIG)
    return Config.fromfile(out / CONFIG)


def _print_plan(cfg: Config, data: OwnData) -> None:
    steps, first = cfg.train_cfg.max_iters, switch_step(cfg)
    device = 'GPU' if torch.cuda.is_available() else 'CPU'
    print(
        f'{first} steps on the labelled source, then {steps - first} of '
        f'adaptation, on the {device}, {cfg.train_dataloader.batch_size} '
        'images of each domain a step'
    )
    if data.target_val is None:
        print('without --target-val nothing tells how accurate the model is')


# -------------------------------------------------------------- what came out
def _metrics(cfg: Config, data: OwnData, checkpoint: Path) -> dict:
    """PCK of teacher and student, if there are labels."""
    if data.target_val is None:
        return {}
    networks = ('teacher', 'student')
    tested = evaluate(cfg, checkpoint, networks)
    return {name: tested.outcomes[name].metrics for name in networks}


def _write_report(
    cfg: Config, checkpoint: Path, check: DomainCheck, out: Path
) -> None:
    pictures = [
        Picture(figure, title, sentence)
        for title, sentence, figure in draw_domain_check(check)
    ]
    text = '\n\n'.join(
        f'{found.level}: {found.text} {found.remedy}'.strip()
        for found in check.findings
        if found.level != 'ok'
    )
    section = Section(
        'The data', f'{check.verdict}\n\n{text}'.strip(), pictures, []
    )
    sections = collect_report_sections(cfg, checkpoint, cfg.work_dir, SAMPLES)
    write_report(
        out / REPORT,
        f'Adaptation: {out.resolve().name}',
        run_summary(cfg, checkpoint),
        [*sections, section],
    )
