"""``explore``, done."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from labeler.cli.heavy.announcing import announcing, say_features
from labeler.cli.heavy.correcting import take_corrections
from labeler.cli.heavy.opening import going_on_next_time, opened_workspace
from labeler.cli.heavy.progress_bars import TerminalProgress
from labeler.cli.options import command_line, method_settings, require_writable
from labeler.config import RunConfig
from labeler.pipeline.features_at_hand import require_at_hand
from labeler.progress import Progress
from labeler.report.exploration.findings import Findings
from labeler.report.exploration.folder import write_exploration
from labeler.report.exploration.results import results_json
from labeler.report.exploration.terminal import show_findings
from labeler.workflow.datasets import OnRead, forget_reading, import_dataset
from labeler.workflow.exploration import exploring
from labeler.workflow.exploration.subject import subject_of_dataset


def explore(dataset: str, data: Path | None, as_json: bool, **options: Any) -> None:
    """Explore a data set, show what was found, and write it to a folder if one is given."""
    output = options["output"]
    require_writable(output)
    _show(_find(dataset, data, announcing(dataset, as_json=as_json), as_json, **options), as_json)
    if output is not None:
        click.echo(f"\nWritten to {output}: open {output / 'exploration.html'}", err=True)


def _find(
    dataset: str,
    data: Path | None,
    on_read: OnRead,
    as_json: bool,
    *,
    ks: tuple[int, ...],
    features: str,
    weights: Path | None,
    files: Path | None,
    at: int | None,
    strict: bool,
    splits: tuple[tuple[str, int | None], ...],
    map_method: str,
    seed: int,
    output: Path | None,
    **said: Any,
) -> Findings:
    config = RunConfig(seed=seed, **method_settings(features, weights, files))
    require_at_hand(config)
    if map_method == "umap":
        exploring.require_umap()
    if at is not None:
        ks = tuple(sorted({*ks, at}))
    corrections = take_corrections(said)
    with opened_workspace() as workspace, going_on_next_time(), TerminalProgress() as progress:
        row = import_dataset(
            workspace,
            dataset,
            data=data,
            strict=strict,
            corrections=corrections,
            progress=progress,
            on_read=on_read,
        )
        subject = subject_of_dataset(workspace, row.id, config)
        if not as_json:
            say_features(subject.config.features)
        exploration = exploring.explore(workspace, subject, ks, progress)
        seen = exploring.look(workspace, exploration, at or exploration.default_k, splits, progress)
        pool_map = exploring.draw_map(exploration, map_method, progress=progress)
        findings = exploring.findings(exploration, seen, pool_map)
        if output is not None:
            _write(findings, output, progress)
        forget_reading(workspace, dataset)
    return findings


def _write(findings: Findings, output: Path, progress: Progress) -> None:
    write_exploration(findings, output, command=command_line(), progress=progress)


def _show(findings: Findings, as_json: bool) -> None:
    if as_json:
        click.echo(results_json(findings), nl=False)
        return
    show_findings(findings, Console())
