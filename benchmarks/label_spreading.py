"""Labels spread by ``GraphPropagation``, beside scikit-learn's ``LabelSpreading``, in one run.

Both are given the same vectors and the same labels, drawn at random, and are fitted in turns, graph
and all, pair by pair. scikit-learn's has the kernel ``knn``, as the other one needs room for every
pair of rows, and else its defaults (7 neighbours, ``alpha`` 0.2, until it converges or 30 times).
Where others work beside it, go by the processor's seconds.

    LABELER_DATA=DIR python benchmarks/label_spreading.py [--dataset fashion-mnist] [--seeds 3]
    python benchmarks/label_spreading.py --dataset digits --features pixels --seeds 10

With ``--efforts`` ours is fitted twice in place of that: its graph searched as thoroughly as in a
run, and quickly.
"""

import argparse
import time
from typing import NamedTuple
from unittest.mock import patch

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.semi_supervised import LabelSpreading

from labeler import GraphPropagation
from labeler.config import RunConfig
from labeler.datasets import load_dataset
from labeler.estimators import vectors
from labeler.learning.evaluation import confidence_interval
from labeler.learning.graph import QUICK, THOROUGH, Effort
from labeler.learning.threads import n_processors
from labeler.pipeline.preparation import ImageNumbers, compute_features


def main() -> None:
    """Fit both on the same labels, seed by seed, and print shares and seconds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="fashion-mnist")
    parser.add_argument("--features", default="shape")
    parser.add_argument("--labels", type=int, default=100)
    parser.add_argument("--rows", type=int, help="Only so many, drawn at random.")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--neighbors", type=int, default=7)
    parser.add_argument("--efforts", action="store_true", help="Ours, thoroughly and quickly.")
    parser.add_argument("--jobs", type=int, help="Of scikit-learn; unless given, as it has it.")
    options = parser.parse_args()
    X, truth = data(options.dataset, options.features, options.rows)
    print(
        f"{options.dataset}: {len(X):,} rows of {X.shape[1]} ({options.features}), "
        f"{options.labels} random labels, {options.neighbors} neighbours, {options.seeds} seeds; "
        f"{n_processors()} cores"
    )
    try_both = with_both_efforts if options.efforts else in_turns
    names = ("thorough", "quick") if options.efforts else ("LabelSpreading", "GraphPropagation")
    pairs = [try_both(X, truth, seed, options) for seed in range(options.seeds)]
    for name, tries in zip(names, zip(*pairs, strict=True), strict=True):
        tell(name, tries)
    more = confidence_interval([ours.share - theirs.share for theirs, ours in pairs])
    print(f"{100 * more.mean:+.1f} ± {100 * (more.ci95 or 0):.1f} points")
    for what in ("wall", "processor"):
        ratios = [getattr(theirs, what) / getattr(ours, what) for theirs, ours in pairs]
        print(
            f"{np.mean(ratios):.1f} times as fast by {what} seconds "
            f"({min(ratios):.1f} to {max(ratios):.1f})"
        )


def data(name: str, features: str, n_rows: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of a data set's pool and its true labels."""
    dataset = load_dataset(name)
    config = RunConfig(features=features)
    X = compute_features(dataset, config, ImageNumbers.of(dataset, dataset)).X
    rows = np.random.default_rng(0).permutation(len(X))[:n_rows]
    return X[rows], dataset.train.labels[rows]


class Try(NamedTuple):
    """How one fit went."""

    share: float
    wall: float
    processor: float


def in_turns(
    X: np.ndarray, truth: np.ndarray, seed: int, options: argparse.Namespace
) -> tuple[Try, Try]:
    """scikit-learn's fit, and ours after it, on the labels that a seed draws."""
    y, k = drawn(truth, seed, options.labels), options.neighbors
    theirs = fitted(LabelSpreading(kernel="knn", n_neighbors=k, n_jobs=options.jobs), X, y, truth)
    vectors.forget_graphs()  # each seed pays for its own
    return theirs, fitted(GraphPropagation(n_neighbors=k), X, y, truth)


def with_both_efforts(
    X: np.ndarray, truth: np.ndarray, seed: int, options: argparse.Namespace
) -> tuple[Try, Try]:
    """Our fit over a graph that was searched thoroughly, and over one that was quickly."""
    y, k = drawn(truth, seed, options.labels), options.neighbors

    def with_effort(effort: Effort) -> Try:
        vectors.forget_graphs()
        with patch.object(vectors, "QUICK", effort):
            return fitted(GraphPropagation(n_neighbors=k), X, y, truth)

    return with_effort(THOROUGH), with_effort(QUICK)


def drawn(truth: np.ndarray, seed: int, n_labels: int) -> np.ndarray:
    """A few true labels, drawn at random, and -1 for all others."""
    named = np.random.default_rng(seed).choice(len(truth), n_labels, replace=False)
    y = np.full(len(truth), -1)
    y[named] = truth[named]
    return y


def fitted(estimator: ClassifierMixin, X: np.ndarray, y: np.ndarray, truth: np.ndarray) -> Try:
    """The share of right labels, and the seconds by the clock and of the processors."""
    wall, processor = time.perf_counter(), time.process_time()
    estimator.fit(X, y)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    return Try(float((estimator.transduction_ == truth).mean()), wall, processor)


def tell(name: str, tries: tuple[Try, ...]) -> None:
    """One line for one way."""
    share, wall, processor = (
        confidence_interval(list(column)) for column in zip(*tries, strict=True)
    )
    print(
        f"{name:17} {100 * share.mean:.1f} ± {100 * (share.ci95 or 0):.1f} % right, "
        f"{wall.mean:.2f} s ({processor.mean:.2f} s of processor)",
        flush=True,
    )


if __name__ == "__main__":
    main()
