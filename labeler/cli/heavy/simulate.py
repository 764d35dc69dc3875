"""``simulate`` and ``demo``, done."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from labeler.cli.heavy.announcing import announcing, say_note, say_warning
from labeler.cli.heavy.correcting import take_corrections
from labeler.cli.heavy.progress_bars import TerminalProgress
from labeler.cli.options import (
    STANDARD_OUTPUT,
    command_line,
    method_settings,
    require_graph,
    require_writable,
)
from labeler.config import AUDIT_REPEATS, QUICK_PRESETS, RunConfig, preset
from labeler.datasets import Dataset, load_dataset
from labeler.files import write_atomically
from labeler.learning.features.cache import FeatureCache
from labeler.locations import feature_folder, instance_folder
from labeler.pipeline import simulation
from labeler.pipeline.features_at_hand import require_at_hand
from labeler.pipeline.simulated_dataset import as_simulated
from labeler.pipeline.simulated_review import SimulatedReview
from labeler.progress import Progress
from labeler.records import Simulation
from labeler.report.folder import write_report
from labeler.report.results import results_json
from labeler.report.terminal import show_results

DEMO_LABELS = 50


def simulate(
    dataset: str,
    data: Path | None,
    budgets: tuple[int, ...] | None,
    *,
    strict: bool = False,
    preset_name: str,
    json_file: Path | None,
    output: Path | None,
    audit: int | None = None,
    audit_repeats: int | None = None,
    other_presets: bool,
    use_cache: bool,
    n_seeds: int,
    supervised: bool,
    comparisons: bool,
    n_reviewed: int | None = None,
    misses: float = 0.0,
    **settings: Any,
) -> None:
    """Simulate, then show and write what was asked for."""
    if audit_repeats is not None and audit is None:
        raise click.UsageError("--audit-repeats says how many audits: give --audit, too.")
    corrections = take_corrections(settings)
    config = _config(preset_name, **settings)
    require_at_hand(config)
    require_writable(output, json_file)
    cache = FeatureCache(feature_folder(instance_folder())) if use_cache else None
    common: dict[str, Any] = {"budgets": budgets, "n_seeds": n_seeds, "cache": cache}
    with TerminalProgress() as progress:
        images = load_dataset(
            dataset, data, progress=progress, strict=strict, corrections=corrections
        )
        announcing(dataset, as_json=json_file == STANDARD_OUTPUT)(images)
        common["progress"] = progress
        simulated = simulation.simulate(
            images,
            config,
            preset=preset_name,
            supervised=supervised,
            comparisons=comparisons,
            audit=audit,
            audit_repeats=audit_repeats or AUDIT_REPEATS,
            review=None if n_reviewed is None else SimulatedReview(n_reviewed, misses),
            tell=say_warning if json_file == STANDARD_OUTPUT else say_note,
            **common,
        )
        if output is not None and other_presets and len(set(budgets or ())) > 1:
            others = _others(images, config, preset_name, **common)
            simulated = replace(simulated, others=others)
        if output is not None:
            _write_report(simulated, images, output, progress)
    _show(simulated, json_file)
    if output is not None:
        click.echo(f"\nWritten to {output}: open {output / 'report.html'}", err=True)


def demo(output: Path | None, **options: Any) -> None:
    """Simulate with the bundled digits, and write the report to the instance or a folder."""
    output = output or instance_folder() / "demo"
    simulate("digits", None, (DEMO_LABELS,), output=output, other_presets=False, **options)


def _config(
    preset_name: str,
    *,
    fractions: tuple[float, ...],
    classifier: str,
    seed: int,
    error_rate: float,
    **method: Any,
) -> RunConfig:
    config = preset(preset_name).with_(
        fractions=fractions or preset(preset_name).fractions,
        classifier=classifier,
        seed=seed,
        error_rate=error_rate,
        **method_settings(**method),
    )
    require_graph(config)
    return config


def _others(
    images: Dataset, config: RunConfig, preset_name: str, **common: Any
) -> tuple[Simulation, ...]:
    """The other presets that take no minutes, without what they are compared with."""
    return tuple(
        simulation.simulate(
            images,
            _other(name, config),
            preset=name,
            supervised=False,
            comparisons=False,
            **common,
        )
        for name in QUICK_PRESETS
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
    seen = as_simulated(images, simulation.sample.seed)
    write_report(simulation, seen, output, command=command_line(), progress=progress)


def _show(simulation: Simulation, json_file: Path | None) -> None:
    if json_file == STANDARD_OUTPUT:
        click.echo(results_json(simulation), nl=False)
        return
    show_results(simulation, Console())
    if json_file is not None:
        write_atomically(json_file, results_json(simulation))
