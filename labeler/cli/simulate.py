"""What the simulated annotator does: ``simulate`` and ``demo``."""

from pathlib import Path
from typing import Any

import click

from labeler.cli.late import late_body
from labeler.cli.options import (
    LabelCounts,
    classifier_option,
    correction_options,
    data_option,
    error_rate_option,
    method_options,
    preset_option,
    seed_option,
    strict_option,
)
from labeler.config import AUDIT_REPEATS, DEFAULT_LABELS, PRESETS


def _simulation_options(command: Any) -> Any:
    """The options that ``simulate`` and ``demo`` share."""
    for option in reversed(_SHARED_OPTIONS):
        command = option(command)
    return command


_FRACTIONS = "; ".join(
    f"{name} {', '.join(map(str, preset.fractions))}" for name, preset in PRESETS.items()
)
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
        f"Give it several times to compare.  [default: {_FRACTIONS}]",
    ),
    click.option(
        "--seeds",
        "n_seeds",
        type=click.IntRange(1),
        default=5,
        show_default=True,
        envvar="LABELER_SEEDS",
        show_envvar=True,
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
        help="Whether to keep features, graph and clusters in the instance folder, for the next "
        "time.",
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
@strict_option
@correction_options
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
    "--audit",
    type=click.IntRange(1),
    help="Audit the first seed's labels at the largest number of labels, those that --output "
    "writes, with this many answers: how often the interval holds the truth, and how wide it is.",
)
@click.option(
    "--audit-repeats",
    type=click.IntRange(1),
    help=f"How many such audits, each with other images.  [default: {AUDIT_REPEATS}]",
)
@click.option(
    "--review",
    "n_reviewed",
    type=click.IntRange(1),
    help="Look at so many of the spread labels, the most doubtful first, put right what is wrong, "
    "spread again, and measure that, too.",
)
@click.option(
    "--review-misses",
    "misses",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of the wrong labels that are let stand when they are looked at.",
)
@click.option(
    "--other-presets/--no-other-presets",
    default=True,
    help="Whether the curve that --output draws of several budgets shows the other presets, too.",
)
@late_body
def simulate() -> None:
    """Let an oracle answer from ground truth, and measure every stage.

    DATASET is a known name (see `labeler datasets`) or a path to your own images: a folder (one
    folder per class, or train/ and test/ of those), a zip or tar of one, a CSV, NPZ, IDX or Parquet
    file.
    Without a test part, a stratified fifth is held out.

    Unless told otherwise this is the published experiment, the preset classic, while `labeler new`
    and the page begin with best; --preset best tries what these do. How many answers are asked for
    is the same everywhere.

    Test accuracy is reported for as many random labels, the representatives alone, their labels
    spread to each fraction of the clusters, and every true label; with the preset best, also for
    labels spread over the graph of neighbours, for the same combined with what the nearest images
    of the pool are labeled, for the answers alone, for whichever of these left-out answers choose,
    and for every true label on plain pixels.

    \b
      labeler simulate fashion-mnist --preset best --labels 100
      labeler simulate my-images/ --preset best --features keras:MobileNetV2 --labels 40
      labeler simulate fashion-mnist --preset best --labels 10,20,40,100,200,300 --output curve/
      labeler simulate fashion-mnist --preset best --labels 100 --seeds 1 --audit 200
    """


@click.command()
@_simulation_options
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the report, plots, results and labels.  [default: demo/ of the instance]",
)
@late_body
def demo() -> None:
    """Do the main job on the bundled digits, start to end.

    1,797 images of handwritten digits: cluster, answer 50 questions from ground truth, spread
    the answers, train, report and export. Nothing is downloaded.
    """
