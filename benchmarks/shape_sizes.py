"""Shape features of photographs at more pixels, and with colour: what each brings and costs.

    python benchmarks/shape_sizes.py FOLDER… [--seeds 5] [--labels 50,100]

A folder has a folder of pictures for each class. Everything else is as in ``best`` with ``shape``.
Colour is a third description beside edges and patches: means and deviations of the channels in 16
parts of the picture, and a histogram of 216 colours.
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from labeler.config import preset
from labeler.datasets import Dataset, load_dataset
from labeler.learning.evaluation import confidence_interval
from labeler.learning.features import ShapeFeatures, distortions, shape
from labeler.pipeline import as_simulated
from labeler.pipeline.preparation import Prepared, compute_graph
from labeler.pipeline.stages import label_by_oracle, train_and_score

VARIANTS = ((28, False), (40, False), (56, False), (28, True), (40, True))
"""Pixels along each side, and whether colour is described, too."""

PARTS = 4
LEVELS = 6


def main() -> None:
    """Print a line for each folder, variant and number of labels."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--labels", default="50,100")
    options = parser.parse_args()
    budgets = [int(text) for text in options.labels.split(",")]
    for folder in options.folders:
        dataset = load_dataset(folder)
        for side, has_colour in VARIANTS:
            with _described(side, has_colour):
                _measure(dataset, budgets, options.seeds, f"{side} {'colour' * has_colour}")


def _measure(dataset: Dataset, budgets: list[int], n_seeds: int, variant: str) -> None:
    accuracies: dict[int, list[float]] = {budget: [] for budget in budgets}
    seconds = 0.0
    for seed in range(n_seeds):
        simulated = as_simulated(dataset, seed)
        began = time.process_time()
        X, X_test = _features(simulated)
        seconds += time.process_time() - began
        graph = compute_graph(X)
        prepared = Prepared(
            dataset.classes, simulated.train, simulated.test, X, X_test, graph=graph
        )
        for budget in budgets:
            config = preset("best").with_(features="shape", n_labels=budget, seed=seed)
            _, label_sets = label_by_oracle(prepared, config, comparisons=False)
            key, label_set = list(label_sets.items())[-1]
            alone = next(iter(train_and_score(prepared, key, label_set, config).values()))
            accuracies[budget].append(alone.scores.accuracy)
    cost = 1000 * seconds / n_seeds / (len(X) + len(X_test))
    for budget, of_seeds in accuracies.items():
        interval = confidence_interval(of_seeds)
        told = f"{100 * interval.mean:.1f} ± {100 * (interval.ci95 or 0):.1f}"
        print(f"{dataset.name:<14}{variant:<10}{budget:>5}  {told}  {cost:.1f} ms", flush=True)


def _features(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    if dataset.test is None:
        raise ValueError("a simulation has a test part")
    learned = ShapeFeatures().fit(dataset.train.images)
    return learned.transform(dataset.train.images), learned.transform(dataset.test.images)


@contextmanager
def _described(side: int, has_colour: bool) -> Iterator[None]:
    """Other sizes and descriptions for a while; distortions grow with the pictures."""
    before = (shape.SIDE, distortions.SHIFT, ShapeFeatures._new_views)

    def views(features: ShapeFeatures) -> list[shape._View]:
        colour = [shape._View(features._whichever_way_up(_colours))] if has_colour else []
        return before[2](features) + colour

    shape.SIDE, distortions.SHIFT = side, before[1] * side / before[0]
    ShapeFeatures._new_views = views  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        shape.SIDE, distortions.SHIFT = before[:2]
        ShapeFeatures._new_views = before[2]  # type: ignore[method-assign]


def _colours(images: np.ndarray) -> np.ndarray:
    """Vectors of shape (n, n_values), float32, of ``images`` (n, side, side, 3), 0 to 1."""
    n, side = images.shape[:2]
    parts = images.reshape(n, PARTS, side // PARTS, PARTS, side // PARTS, 3)
    levels = np.minimum((images * LEVELS).astype(int), LEVELS - 1)
    colours = (levels @ [LEVELS**2, LEVELS, 1]).reshape(n, -1)
    counts = np.stack([np.bincount(row, minlength=LEVELS**3) for row in colours])
    moments = [parts.mean(axis=(2, 4)).reshape(n, -1), parts.std(axis=(2, 4)).reshape(n, -1)]
    histogram = 2 * np.sqrt(counts / colours.shape[1])
    return np.hstack([*moments, histogram]).astype(np.float32)


if __name__ == "__main__":
    main()
