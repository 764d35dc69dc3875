"""Which of the true nearest neighbours the neighbour graph finds, and in what time.

Large pools are searched cell by cell (``labeler.learning.graph``). Here the neighbours of samples
of images are found exhaustively beside it, and counted: the share that the search has found, too.

    LABELER_DATA=DIR python benchmarks/graph.py [--seeds 5] [--effort quick]
"""

import argparse
import time

import numpy as np

from labeler.config import preset
from labeler.datasets import load_dataset
from labeler.learning import graph
from labeler.learning.evaluation import confidence_interval
from labeler.pipeline import prepare
from labeler.pipeline.simulated_dataset import as_simulated

BLOCK = 500


def main() -> None:
    """Search once, compare with the truth for a sample by each seed, and print both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="fashion-mnist")
    parser.add_argument("--features", default="shape")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--effort", choices=("thorough", "quick"), default="thorough")
    parser.add_argument("--sample", type=int, default=1_000, help="Images for each seed.")
    options = parser.parse_args()
    config = preset("best").with_(propagation="cluster", features=options.features)
    X = prepare(as_simulated(load_dataset(options.dataset), config.seed), config).X
    if len(X) <= graph.EXACT_UP_TO:
        raise SystemExit(f"{len(X):,} images are searched exhaustively anyway.")
    started = time.perf_counter()
    effort = graph.QUICK if options.effort == "quick" else graph.THOROUGH
    found, _ = graph.nearest_neighbors(X, graph.N_NEIGHBORS, effort=effort)
    seconds = time.perf_counter() - started
    shares, exact_seconds = compare(X, found, options.sample, options.seeds)
    share = confidence_interval(shares)
    n_asked = options.sample * options.seeds
    print(f"{options.dataset}: {len(X):,} images, {X.shape[1]} features ({config.features})")
    print(
        f"{100 * share.mean:.1f} ± {100 * (share.ci95 or 0):.1f} % of the {graph.N_NEIGHBORS} "
        f"nearest neighbours found ({options.seeds} samples of {options.sample:,} images)"
    )
    print(
        f"{seconds:.1f} s for all images; exhaustively it would be "
        f"{exact_seconds * len(X) / n_asked:.1f} s ({exact_seconds:.1f} s for {n_asked:,})"
    )


def compare(
    X: np.ndarray, found: np.ndarray, n_sampled: int, n_seeds: int
) -> tuple[list[float], float]:
    """The share of the true neighbours among those found, for a sample by each seed; seconds."""
    shares, seconds = [], 0.0
    for seed in range(n_seeds):
        sample = np.random.default_rng(seed).choice(len(X), n_sampled, replace=False)
        started = time.perf_counter()
        true = exhaustive(X, sample, found.shape[1])
        seconds += time.perf_counter() - started
        hits = (found[sample, :, None] == true[:, None, :]).any(axis=2)
        shares.append(float(hits.mean()))
    return shares, seconds


def exhaustive(X: np.ndarray, asked: np.ndarray, n_neighbors: int) -> np.ndarray:
    """The nearest other images of those asked about, each compared with every image."""
    squares = (X**2).sum(axis=1)
    nearest = np.empty((len(asked), n_neighbors), dtype=np.int64)
    for start in range(0, len(asked), BLOCK):
        block = asked[start : start + BLOCK]
        distances = squares - 2 * (X[block] @ X.T)  # short of what all of a row have in common
        distances[np.arange(len(block)), block] = np.inf
        order = np.argpartition(distances, n_neighbors - 1, axis=1)
        nearest[start : start + BLOCK] = order[:, :n_neighbors]
    return nearest


if __name__ == "__main__":
    main()
