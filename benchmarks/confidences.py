"""What confidences claim and what is right: as they are spread, and lowered by left-out answers.

An oracle answers, preset best; of the labels that are spread: how many are right, what they claim,
and what they claim once they were lowered by the answers, a fifth of them left out in turn. Mean
over the seeds, and the least and the most of them in brackets.

    LABELER_DATA=DIR python benchmarks/confidences.py digits,50 fashion-mnist,100 FOLDER,50
    python benchmarks/confidences.py digits,50,pixels [--seeds 5]
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from labeler.config import RunConfig, preset
from labeler.datasets import load_dataset
from labeler.datasets.base import Dataset
from labeler.learning.audit import calibration_error
from labeler.learning.features.cache import FeatureCache
from labeler.pipeline.chosen_features import choose_features_for
from labeler.pipeline.left_out import spread_without
from labeler.pipeline.preparation import prepare
from labeler.pipeline.stages import label_by_oracle
from labeler.records import Source

SURE = 0.9
COLUMNS = (
    "data, labels asked",
    "right",
    "claimed",
    "lowered",
    "error: claimed",
    "lowered",
    "from 0.9 on: kept, right",
    "lowered: kept, right",
)


def main() -> None:
    """Print a row for each data set."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("wanted", nargs="+", help="data set, number of labels and features if any")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--cache", type=Path, help="a folder for what networks saw")
    options = parser.parse_args()
    cache = None if options.cache is None else FeatureCache(options.cache)
    print(f"All in percent or points, {options.seeds} seeds")
    print(" | ".join(COLUMNS))
    for wanted in options.wanted:
        source, n_labels, *features = wanted.split(",")
        config = preset("best").with_(n_labels=int(n_labels))
        if features:
            config = config.with_(features=features[0])
        started = time.perf_counter()
        dataset = load_dataset(source)
        config, _ = choose_features_for(dataset, config)
        figures = [
            measured(dataset, config.with_(seed=seed), cache) for seed in range(options.seeds)
        ]
        cells = [told(column) for column in zip(*figures, strict=True)]
        sure = [f"{kept}, {right}" for kept, right in (cells[5:7], cells[7:9])]
        name = f"{Path(source).name}, {', '.join([n_labels, *features])}"
        took = f"{time.perf_counter() - started:.0f} s"
        print(" | ".join([name, *cells[:5], *sure, took]), flush=True)


def measured(dataset: Dataset, config: RunConfig, cache: FeatureCache | None) -> list[float]:
    """Right, claimed, lowered; the error of both; from 0.9 on: what is kept and right, of both."""
    prepared = prepare(dataset, config, cache=cache)
    run, _ = label_by_oracle(prepared, config, comparisons=False)
    left_out = spread_without(prepared.evidence(run.answers, run.clusters), config)
    if left_out is None:
        raise SystemExit("There are too few answers to leave any out.")
    is_spread = run.label_set.sources == Source.PROPAGATED
    labels, claimed = run.label_set.labels[is_spread], run.label_set.confidences[is_spread]
    right = labels == dataset.train.labels[is_spread]
    lowered = left_out.cautious(len(dataset.classes)).calibrate(claimed, labels)
    sure = [claims >= SURE for claims in (claimed, lowered)]
    return [
        right.mean(),
        claimed.mean(),
        lowered.mean(),
        calibration_error(claimed, right),
        calibration_error(lowered, right),
        *(figure for kept in sure for figure in (kept.mean(), share(right[kept]))),
    ]


def share(right: np.ndarray) -> float:
    """How many are right; nan where there are none."""
    return float(right.mean()) if len(right) else float("nan")


def told(values: Sequence[float]) -> str:
    """In percent: the mean, the least and the most."""
    figures = 100 * np.array(values)
    if np.isnan(figures).all():
        return "none"
    low, high = np.nanmin(figures), np.nanmax(figures)
    return f"{np.nanmean(figures):.1f} ({low:.1f}–{high:.1f})"


if __name__ == "__main__":
    main()
