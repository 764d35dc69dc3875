"""``simulate`` and ``demo``, done."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from labeler.cli.options import STANDARD_OUTPUT, command_line
from labeler.config import PRESETS, RunConfig, preset
from labeler.datasets import Dataset, load_dataset
from labeler.files import write_atomically
from labeler.learning.features.cache import FeatureCache
from labeler.locations import instance_folder
from labeler.pipeline.preparation import as_simulated
from labeler.pipeline.simulation import simulate
from labeler.progress import Progress
from labeler.records import Simulation
from labeler.report.results import results_json
from labeler.report.terminal import show_results
from labeler.terminal import TerminalProgress

CACHE = "features"
"""Folder of the instance in which computed features are kept."""


def simulate_dataset(
    dataset: str,
    data: Path | None,
    config: RunConfig,
    *,
    preset_name: str,
    json_file: Path | None,
    output: Path | None,
    with_others: bool,
    use_cache: bool,
    budgets: tuple[int, ...] | None,
    n_seeds: int,
    supervised: bool,
    comparisons: bool,
) -> None:
    """Simulate, then show and write what was asked for.

    Parameters
    ----------
    dataset, data
        A name or a path; the folder of the files of known data sets.
    config : RunConfig
    preset_name : str
        That ``config`` started from.
    json_file, output : Path or None
        Where results and report go.
    with_others : bool
        Whether the other presets are simulated, too, to be compared.
    use_cache : bool
    budgets : tuple of int or None
    n_seeds : int
    supervised, comparisons : bool
        As of ``simulate``.
    """
    cache = FeatureCache(instance_folder() / CACHE) if use_cache else None
    common: dict[str, Any] = {"budgets": budgets, "n_seeds": n_seeds, "cache": cache}
    with TerminalProgress() as progress:
        images = load_dataset(dataset, data, progress=progress)
        common["progress"] = progress
        simulation = simulate(
            images,
            config,
            preset=preset_name,
            supervised=supervised,
            comparisons=comparisons,
            **common,
        )
        if with_others:
            others = _others(images, config, preset_name, **common)
            simulation = replace(simulation, others=others)
        if output is not None:
            _write_report(simulation, images, output, progress)
    _show(simulation, json_file)
    if output is not None:
        click.echo(f"\nWritten to {output}: open {output / 'report.html'}", err=True)


def _others(
    images: Dataset, config: RunConfig, preset_name: str, **common: Any
) -> tuple[Simulation, ...]:
    """The other presets, without what they are compared with."""
    return tuple(
        simulate(
            images,
            _other(name, config),
            preset=name,
            supervised=False,
            comparisons=False,
            **common,
        )
        for name in PRESETS
        if name != preset_name
    )


def _other(preset_name: str, config: RunConfig) -> RunConfig:
    """Another preset on the same terms."""
    other = preset(preset_name)
    return other.with_(
        fractions=other.fractions[-1:],
        classifier=config.classifier,
        error_rate=config.error_rate,
        seed=config.seed,
    )


def _write_report(
    simulation: Simulation, images: Dataset, output: Path, progress: Progress
) -> None:
    # Brings matplotlib with it, which a table in the terminal can do without.
    from labeler.report.folder import write_report

    seen = as_simulated(images, simulation.sample.seed)
    write_report(simulation, seen, output, command=command_line(), progress=progress)


def _show(simulation: Simulation, json_file: Path | None) -> None:
    if json_file == STANDARD_OUTPUT:
        click.echo(results_json(simulation), nl=False)
        return
    show_results(simulation, Console())
    if json_file is not None:
        write_atomically(json_file, results_json(simulation))
