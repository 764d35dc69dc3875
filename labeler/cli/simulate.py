"""What the simulated annotator does: ``datasets``, ``simulate``, ``demo``."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from labeler.cli.options import (
    STANDARD_OUTPUT,
    LabelCounts,
    classifier_option,
    command_line,
    data_option,
    error_rate_option,
    method_options,
    method_settings,
    preset_option,
    require_graph,
    require_writable,
    seed_option,
)
from labeler.config import DEFAULT_LABELS, PRESETS, RunConfig, preset
from labeler.locations import instance_folder

if TYPE_CHECKING:
    from labeler.datasets import Dataset
    from labeler.progress import Progress
    from labeler.records import Simulation

DEMO_LABELS = 50
CACHE = "features"
"""Folder of the instance in which computed features are kept."""


@click.command()
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def datasets(data: Path | None, as_json: bool) -> None:
    """List the known data sets, and which of them are here."""
    from labeler.datasets import known_datasets

    known = known_datasets(data)
    if as_json:
        click.echo(json.dumps([asdict(entry) for entry in known], indent=2))
        return
    for entry in known:
        click.echo(f"{entry.name}  {entry.contents}  [{entry.status}]")
        click.echo(f"    {entry.description}. Licence: {entry.licence}.\n    {entry.place}\n")
    click.echo("Your own images: give the path of a folder, zip, CSV, NPZ or IDX file instead.")


def _simulation_options(command: Any) -> Any:
    """The options that ``simulate`` and ``demo`` share."""
    for option in reversed(_SHARED_OPTIONS):
        command = option(command)
    return command


_SHARED_OPTIONS = (
    preset_option("classic"),
    method_options,
    classifier_option,
    click.option(
        "--fraction",
        "fractions",
        type=click.FloatRange(0, 1, min_open=True),
        multiple=True,
        help="Share of each cluster, nearest first, that gets its representative's label. "
        "Give it several times to compare.  [default: classic 0.2, 0.7, 1.0; best 1.0]",
    ),
    click.option(
        "--seeds",
        "n_seeds",
        type=click.IntRange(1),
        default=5,
        show_default=True,
        envvar="LABELER_SEEDS",
        help="Runs to average over.",
    ),
    seed_option("The first seed; the others follow it."),
    error_rate_option,
    click.option(
        "--supervised/--no-supervised",
        default=True,
        help="Whether to train on every true label, too, for comparison.",
    ),
    click.option(
        "--comparisons/--no-comparisons",
        default=True,
        help="Whether to use as many labels in other ways, too: drawn at random, and all for "
        "representatives.",
    ),
    click.option(
        "--cache/--no-cache",
        "use_cache",
        default=True,
        help="Whether to keep features and graph in the instance folder, for the next time.",
    ),
    click.option(
        "--json",
        "json_file",
        type=click.Path(path_type=Path, allow_dash=True),
        help="Write the results to this file; - for standard output, without the table.",
    ),
)


@click.command()
@click.argument("dataset")
@data_option
@click.option(
    "--labels",
    "budgets",
    type=LabelCounts(),
    help="Answers to ask for; several, separated by commas, give the curve.  "
    f"[default: {DEFAULT_LABELS}]",
)
@_simulation_options
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the report, plots, results and labels to this folder.",
)
@click.option(
    "--other-presets/--no-other-presets",
    default=True,
    help="Whether the curve that --output draws of several budgets shows the other presets, too.",
)
def simulate(
    dataset: str, data: Path | None, budgets: tuple[int, ...] | None, **options: Any
) -> None:
    """Let an oracle answer from ground truth, and measure every stage.

    DATASET is a known name (see `labeler datasets`) or a path to your own images: a folder (one
    folder per class, or train/ and test/ of those), a zip of one, a CSV, an NPZ or an IDX file.
    Without a test part, a stratified fifth is held out.

    Test accuracy is reported for as many random labels, the representatives alone, their labels
    spread to each fraction of the clusters, and every true label; with the preset best, also for
    labels spread over the graph of neighbours, and for every true label on plain pixels.

    \b
      labeler simulate fashion-mnist --preset best --labels 100
      labeler simulate my-images/ --preset best --features keras:MobileNetV2 --labels 40
      labeler simulate fashion-mnist --preset best --labels 10,20,40,100,200,300 --output curve/
    """
    _simulate(dataset, data, budgets, **options)


@click.command()
@_simulation_options
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the report, plots, results and labels.  [default: demo/ of the instance]",
)
def demo(output: Path | None, **options: Any) -> None:
    """Do the main job on the bundled digits, start to end.

    1,797 images of handwritten digits: cluster, answer 50 questions from ground truth, spread
    the answers, train, report and export. Nothing is downloaded.
    """
    output = output or instance_folder() / "demo"
    _simulate("digits", None, (DEMO_LABELS,), output=output, other_presets=False, **options)


def _simulate(
    dataset: str,
    data: Path | None,
    budgets: tuple[int, ...] | None,
    *,
    preset_name: str,
    use_cache: bool,
    other_presets: bool,
    json_file: Path | None,
    output: Path | None,
    n_seeds: int,
    supervised: bool,
    comparisons: bool,
    **settings: Any,
) -> None:
    """Simulate, then show and write what was asked for."""
    from labeler.datasets import load_dataset
    from labeler.learning.features.cache import FeatureCache
    from labeler.pipeline import simulate
    from labeler.terminal import TerminalProgress

    config = _config(preset_name, **settings)
    require_writable(output, json_file)
    common: dict[str, Any] = {
        "budgets": budgets,
        "n_seeds": n_seeds,
        "cache": FeatureCache(instance_folder() / CACHE) if use_cache else None,
    }
    with TerminalProgress() as progress:
        images = load_dataset(dataset, data, progress=progress)
        simulation = simulate(
            images,
            config,
            supervised=supervised,
            comparisons=comparisons,
            preset=preset_name,
            progress=progress,
            **common,
        )
        if output is not None and len(set(budgets or ())) > 1 and other_presets:
            others = tuple(
                simulate(
                    images,
                    _other(name, config),
                    supervised=False,
                    comparisons=False,
                    preset=name,
                    progress=progress,
                    **common,
                )
                for name in PRESETS
                if name != preset_name
            )
            simulation = replace(simulation, others=others)
        if output is not None:
            _write_report(simulation, images, output, progress)
    _show(simulation, json_file)
    if output is not None:
        click.echo(f"\nWritten to {output}: open {output / 'report.html'}", err=True)


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
    simulation: "Simulation", images: "Dataset", output: Path, progress: "Progress"
) -> None:
    from labeler.pipeline import as_simulated
    from labeler.report.folder import write_report

    seen = as_simulated(images, simulation.sample.seed)
    write_report(simulation, seen, output, command=command_line(), progress=progress)


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


def _show(simulation: "Simulation", json_file: Path | None) -> None:
    from rich.console import Console

    from labeler.files import write_atomically
    from labeler.report.results import results_json
    from labeler.report.terminal import show_results

    if json_file == STANDARD_OUTPUT:
        click.echo(results_json(simulation), nl=False)
        return
    show_results(simulation, Console())
    if json_file is not None:
        write_atomically(json_file, results_json(simulation))


COMMANDS = (datasets, simulate, demo)
