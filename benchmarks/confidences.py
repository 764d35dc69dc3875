"""What confidences claim and what is right: as they are, and lowered by left-out answers.

An oracle answers, preset best; of the labels that are spread, or of what the classifier says of the
test part: how many are right, what they claim, and what they claim once they were lowered by the
answers, a fifth of them left out in turn. Mean over the seeds, and the least and the most of them
in brackets.

    LABELER_DATA=DIR python benchmarks/confidences.py digits,50 fashion-mnist,100 FOLDER,50
    python benchmarks/confidences.py digits,50,pixels [--classifier logistic] [--seeds 5]
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labeler.config import RunConfig, preset
from labeler.datasets import load_dataset
from labeler.datasets.base import Dataset
from labeler.learning.audit import LogitCurve, calibration_error
from labeler.learning.features.cache import FeatureCache
from labeler.learning.propagation import answers_only
from labeler.pipeline.best_use import choose_use, curve_of, ensemble_of
from labeler.pipeline.chosen_features import choose_features_for
from labeler.pipeline.left_out import spread_without
from labeler.pipeline.preparation import prepare
from labeler.pipeline.simulated_dataset import as_simulated
from labeler.pipeline.stages import label_by_oracle
from labeler.plugins import CLASSIFIERS
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
    parser.add_argument(
        "--classifier", choices=CLASSIFIERS, help="what it says of the test part, not the labels"
    )
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
            measured(claims_of(dataset, config.with_(seed=seed), cache, options.classifier))
            for seed in range(options.seeds)
        ]
        cells = [told(column) for column in zip(*figures, strict=True)]
        sure = [f"{kept}, {right}" for kept, right in (cells[5:7], cells[7:9])]
        name = f"{Path(source).name}, {', '.join([n_labels, *features])}"
        took = f"{time.perf_counter() - started:.0f} s"
        print(" | ".join([name, *cells[:5], *sure, took]), flush=True)


@dataclass(frozen=True, eq=False)
class Claims:
    """Classes with their confidences and whether they are right; each of shape (n,).

    ``curve`` is what left-out answers say that the confidences are worth.
    """

    labels: np.ndarray
    claimed: np.ndarray
    is_right: np.ndarray
    curve: LogitCurve


def claims_of(
    dataset: Dataset, config: RunConfig, cache: FeatureCache | None, classifier: str | None
) -> Claims:
    """Of the labels that are spread; or of the test part, in what a classifier names."""
    return (
        labels_claim(dataset, config, cache)
        if classifier is None
        else classifier_claims(dataset, config.with_(classifier=classifier), cache)
    )


def labels_claim(dataset: Dataset, config: RunConfig, cache: FeatureCache | None) -> Claims:
    """What is spread over the pool."""
    prepared = prepare(dataset, config, cache=cache)
    run, _ = label_by_oracle(prepared, config, comparisons=False)
    left_out = spread_without(prepared.evidence(run.answers, run.clusters), config)
    if left_out is None:
        raise SystemExit("There are too few answers to leave any out.")
    is_spread = run.label_set.sources == Source.PROPAGATED
    labels, claimed = run.label_set.labels[is_spread], run.label_set.confidences[is_spread]
    is_right = labels == dataset.train.labels[is_spread]
    return Claims(labels, claimed, is_right, left_out.cautious(len(dataset.classes)))


def classifier_claims(dataset: Dataset, config: RunConfig, cache: FeatureCache | None) -> Claims:
    """What the use of the answers that is chosen says of the test part."""
    dataset = as_simulated(dataset, config.seed)
    prepared = prepare(dataset, config, cache=cache)
    run, _ = label_by_oracle(prepared, config, comparisons=False)
    choice = choose_use(prepared.evidence(run.answers, run.clusters), config)
    curve = curve_of(choice, len(dataset.classes))
    if curve is None:
        raise SystemExit("There are too few answers to leave any out.")
    alone = answers_only(run.answers, len(prepared.pool))
    ensemble = ensemble_of(prepared, choice, alone, run.label_set, config)
    assert prepared.test is not None
    assert prepared.X_test is not None
    nearest = None if ensemble.soft_labels is None else prepared.test_neighbors()
    said = ensemble.said(prepared.X_test, nearest)
    labels = said.argmax(axis=1)
    return Claims(labels, said.max(axis=1), labels == prepared.test.labels, curve)


def measured(claims: Claims) -> list[float]:
    """Right, claimed, lowered; the error of both; from 0.9 on: what is kept and right, of both."""
    claimed, right = claims.claimed, claims.is_right
    lowered = claims.curve.calibrate(claimed, claims.labels)
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
