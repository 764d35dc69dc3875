"""Labels spread by ``GraphPropagation``, beside scikit-learn's ``LabelSpreading``, in one run.

Both are given the same vectors and the same labels, drawn at random, and are fitted one after the
other, graph and all; scikit-learn's has the kernel ``knn``, as the other one needs room for every
pair of rows.

    LABELER_DATA=DIR python benchmarks/label_spreading.py [--dataset fashion-mnist] [--seeds 3]
    python benchmarks/label_spreading.py --dataset digits --features pixels --seeds 10
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.semi_supervised import LabelSpreading

from labeler import GraphPropagation
from labeler.config import RunConfig
from labeler.datasets import load_dataset
from labeler.estimators import vectors
from labeler.learning.evaluation import confidence_interval
from labeler.learning.threads import n_processors
from labeler.pipeline.preparation import ImageNumbers, compute_features
from labeler.records import Interval


def main() -> None:
    """Fit both on the same labels, seed by seed, and print shares and seconds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="fashion-mnist")
    parser.add_argument("--features", default="shape")
    parser.add_argument("--labels", type=int, default=100)
    parser.add_argument("--rows", type=int, help="Only so many, drawn at random.")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--neighbors", type=int, default=7)
    parser.add_argument("--jobs", type=int, help="Of scikit-learn; unless given, as it has it.")
    options = parser.parse_args()
    X, truth = data(options.dataset, options.features, options.rows)
    print(
        f"{options.dataset}: {len(X):,} rows of {X.shape[1]} ({options.features}), "
        f"{options.labels} random labels, {options.neighbors} neighbours, {options.seeds} seeds; "
        f"{n_processors()} cores"
    )
    theirs = fitted(
        lambda: LabelSpreading(kernel="knn", n_neighbors=options.neighbors, n_jobs=options.jobs),
        X,
        truth,
        options.labels,
        options.seeds,
    )
    tell("LabelSpreading", *theirs)
    ours = fitted(
        lambda: GraphPropagation(n_neighbors=options.neighbors),
        X,
        truth,
        options.labels,
        options.seeds,
    )
    tell("GraphPropagation", *ours)
    print(f"{theirs[1].mean / ours[1].mean:.1f} times as fast")


def data(name: str, features: str, n_rows: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of a data set's pool and its true labels."""
    dataset = load_dataset(name)
    config = RunConfig(features=features)
    X = compute_features(dataset, config, ImageNumbers.of(dataset, dataset)).X
    rows = np.random.default_rng(0).permutation(len(X))[:n_rows]
    return X[rows], dataset.train.labels[rows]


def fitted(
    make: Callable[[], ClassifierMixin],
    X: np.ndarray,
    truth: np.ndarray,
    n_labels: int,
    n_seeds: int,
) -> tuple[Interval, Interval]:
    """The share of right labels, and the seconds, over seeds."""
    shares, seconds = [], []
    for seed in range(n_seeds):
        y = np.full(len(X), -1)
        named = np.random.default_rng(seed).choice(len(X), n_labels, replace=False)
        y[named] = truth[named]
        vectors.forget_graphs()  # each seed pays for its own
        started = time.perf_counter()
        estimator = make().fit(X, y)
        seconds.append(time.perf_counter() - started)
        shares.append(float((estimator.transduction_ == truth).mean()))
    return confidence_interval(shares), confidence_interval(seconds)


def tell(name: str, share: Interval, seconds: Interval) -> None:
    """One line for one way."""
    print(
        f"{name:17} {100 * share.mean:.1f} ± {100 * (share.ci95 or 0):.1f} % right, "
        f"{seconds.mean:.1f} s",
        flush=True,
    )


if __name__ == "__main__":
    main()
