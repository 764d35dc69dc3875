"""Seconds and accuracy of the published notebook's steps, beside ours.

The published experiment labels Fashion-MNIST with 100 answers: k-means, the image nearest each
centroid, its label for the whole cluster or for the nearest fifth of it, logistic regression on
each. Its steps are written here as that notebook takes them: ``MiniBatchKMeans``, a Python loop
over centroids and images for the nearest image (which it runs three times), arrays grown one row
at a time, ``LogisticRegression(max_iter=10000)`` on raw pixels.

Both sides run in this process, one after the other, on the same machine. The first seed is timed;
the others only add accuracies (for them, the loops are replaced by their vectorised equals).

    LABELER_DATA=DIR python benchmarks/published_experiment.py [--seeds 5]
"""

import argparse
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from sklearn.cluster import MiniBatchKMeans
from sklearn.linear_model import LogisticRegression

from labeler.config import RunConfig, preset
from labeler.datasets import load_dataset
from labeler.learning.clustering import cluster, describe_clusters
from labeler.learning.oracle import Oracle, label_everything
from labeler.learning.propagation import answers_only, propagate_to_clusters
from labeler.pipeline import Prepared, prepare
from labeler.pipeline.stages import StageKey, train_and_score
from labeler.records import LabelSet, Question

N_LABELS, FRACTION = 100, 0.2
LOOPS_IN_NOTEBOOK = 3

TRAINED = [
    "train on representatives",
    "train on the nearest fifth",
    "train on whole clusters",
    "train on all true labels",
]
STAGES = ["cluster", "nearest image", "select the nearest fifth", *TRAINED]


@dataclass
class Stage:
    """Seconds of the first seed and accuracies of all, for one side."""

    seconds: float = 0.0
    accuracies: list[float] = field(default_factory=list)


Side = dict[str, Stage]


def main() -> None:
    """Run both sides and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    n_seeds = parser.parse_args().seeds
    ours, peak = run_ours(n_seeds)
    published = run_published(n_seeds)
    print(f"Fashion-MNIST, {N_LABELS} labels, logistic regression; accuracy: {n_seeds} seeds")
    print(f"{'stage':<28}{'published':>12}{'ours':>10}{'ratio':>8}{'accuracy':>18}{'points':>8}")
    for name, stage in published.items():
        print_row(name, stage, ours[name])
    total = [sum(stage.seconds for stage in side.values()) for side in (published, ours)]
    print_row("total", Stage(total[0]), Stage(total[1]))
    print(f"peak memory of ours: {peak:.0f} MB")


def print_row(name: str, published: Stage, ours: Stage) -> None:
    """One line: seconds of both, their ratio, accuracies and their difference in points."""
    ratio = published.seconds / ours.seconds if ours.seconds else float("nan")
    line = f"{name:<28}{published.seconds:>10.1f} s{ours.seconds:>8.2f} s{ratio:>7.1f}x"
    if published.accuracies:
        before, after = np.mean(published.accuracies) * 100, np.mean(ours.accuracies) * 100
        line += f"{before:>9.2f} → {after:.2f}{after - before:>+8.2f}"
    print(line)


@contextmanager
def timing(stage: Stage) -> Iterator[None]:
    """Add the time of the block to ``stage``."""
    started = time.perf_counter()
    yield
    stage.seconds += time.perf_counter() - started


def run_ours(n_seeds: int) -> tuple[Side, float]:
    """The same stages by Labeler, and its peak memory in MB."""
    dataset = load_dataset("fashion-mnist")
    config = preset("classic").with_(n_labels=N_LABELS)
    side = {name: Stage() for name in STAGES}
    with timing(side["cluster"]):
        prepared = prepare(dataset, config)
    for seed in range(n_seeds):
        spent = side if seed == 0 else {name: Stage() for name in STAGES}
        seeded = config.with_(seed=seed)
        label_sets = label_as_published(prepared, seeded, spent)
        for name, label_set in label_sets.items():
            with timing(spent[name]):
                key = StageKey(name, N_LABELS)
                outcome = train_and_score(prepared, key, label_set, seeded)[key]
            side[name].accuracies.append(outcome.scores.accuracy)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return side, peak


def label_as_published(prepared: Prepared, config: RunConfig, spent: Side) -> dict[str, LabelSet]:
    """Our label sets for the notebook's four trainings, each step timed."""
    X, y = prepared.X, prepared.pool.labels
    with timing(spent["cluster"]):
        clusters = cluster(X, N_LABELS, config.rng("clusters"))
    with timing(spent["nearest image"]):
        describe_clusters(X, clusters.labels, clusters.centers)
    questions = [Question(int(image), c) for c, image in enumerate(clusters.representatives)]
    answers = Oracle(y, len(prepared.classes), 0.0, config.rng("oracle")).answer(questions)
    with timing(spent["select the nearest fifth"]):
        nearest = propagate_to_clusters(answers, clusters, FRACTION)
    label_sets = [
        answers_only(answers, len(X)),
        nearest,
        propagate_to_clusters(answers, clusters, 1.0),
        label_everything(y),
    ]
    return dict(zip(TRAINED, label_sets, strict=True))


def run_published(n_seeds: int) -> Side:
    """The notebook's steps."""
    dataset = load_dataset("fashion-mnist")
    assert dataset.test is not None
    X = dataset.train.images.reshape(-1, 784) / 255.0
    X_test, y_test = dataset.test.images.reshape(-1, 784) / 255.0, dataset.test.labels
    y = dataset.train.labels
    side = {name: Stage() for name in STAGES}
    for seed in range(n_seeds):
        first = seed == 0
        spent = side if first else {name: Stage() for name in STAGES}
        kmeans = MiniBatchKMeans(N_LABELS, random_state=seed, n_init=3)
        with timing(spent["cluster"]):
            kmeans.fit(X)
        with timing(spent["nearest image"]):
            find = nearest_by_loop if first else nearest_by_matrix
            picked = find(X, kmeans.cluster_centers_)
        spread = y[picked][kmeans.labels_]
        with timing(spent["select the nearest fifth"]):
            select = grow_and_sort if first else sort_once
            chosen = select(X, kmeans.labels_, kmeans.cluster_centers_)
        everything = np.arange(len(X))
        for name, rows, labels in [
            ("train on representatives", picked, y[picked]),
            ("train on the nearest fifth", chosen, spread[chosen]),
            ("train on whole clusters", everything, spread),
            ("train on all true labels", everything, y),
        ]:
            if name == "train on all true labels" and not first:
                continue
            model = LogisticRegression(max_iter=10_000)
            images = X[rows]
            with timing(spent[name]):
                model.fit(images, labels)
            side[name].accuracies.append(float(model.score(X_test, y_test)))
    side["nearest image"].seconds *= LOOPS_IN_NOTEBOOK
    return side


def nearest_by_loop(X: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """The image nearest each centroid, one distance at a time."""
    picked = []
    for center in centers:
        best, best_distance = 0, float("inf")
        for i, image in enumerate(X):
            distance = float(np.linalg.norm(image - center))
            if distance < best_distance:
                best, best_distance = i, distance
        picked.append(best)
    return np.array(picked)


def nearest_by_matrix(X: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """The same images, without the loop."""
    squared = (centers**2).sum(axis=1) - 2 * X @ centers.T
    squared += (X**2).sum(axis=1, keepdims=True)
    return np.asarray(squared.argmin(axis=0))


def grow_and_sort(X: np.ndarray, labels: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """The nearest fifth of each cluster: its rows are gathered one by one, then sorted."""
    chosen: list[int] = []
    for number, center in enumerate(centers):
        rows = np.empty((0, X.shape[1] + 2))
        for i in np.flatnonzero(labels == number):
            row = np.concatenate([[np.linalg.norm(X[i] - center), i], X[i]])
            rows = np.append(rows, [row], axis=0)
        nearest_first = rows[rows[:, 0].argsort()]
        chosen.extend(nearest_first[: int(FRACTION * len(rows)), 1].astype(int))
    return np.array(chosen)


def sort_once(X: np.ndarray, labels: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """The same rows, without the loop."""
    chosen: list[int] = []
    for number, center in enumerate(centers):
        members = np.flatnonzero(labels == number)
        distances = np.linalg.norm(X[members] - center, axis=1)
        chosen.extend(members[distances.argsort()][: int(FRACTION * len(members))])
    return np.array(chosen)


if __name__ == "__main__":
    main()
