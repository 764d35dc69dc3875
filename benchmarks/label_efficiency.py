"""What each part of the preset ``best`` brings, over data sets and budgets, with intervals.

Each part is switched off in turn: the features (of photographs also one half of them at a time),
the second phase of questions, the weighting of answers, the graph, the refinement; and a net is put
beside the graph. What did not help stays in the table.

    LABELER_DATA=DIR python benchmarks/label_efficiency.py [--seeds 10] [--datasets digits,…]
        [--variants best,…] [--labels 40,100,300] [--error-rate 0.1] [--json FILE]

A data set is a name or a path, of DIR too: ``photos/hands`` is a folder of DIR there.

Choices are to be made on digits and on parts of the pool (``--part 5000``: that many images of
the pool, a fifth of them held out), not on the test images that the table reports.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from labeler.config import RunConfig, preset
from labeler.datasets import Dataset, load_dataset
from labeler.datasets.registry import DATA_VARIABLE
from labeler.feature_names import LITE0
from labeler.learning.evaluation import confidence_interval
from labeler.learning.features.cache import FeatureCache
from labeler.learning.propagation import graph
from labeler.locations import instance_folder
from labeler.pipeline import as_simulated, prepare, simulate
from labeler.pipeline.chosen_features import SHAPE, choose_features_for
from labeler.pipeline.preparation import Prepared
from labeler.pipeline.stages import Outcome, label_by_oracle, train_and_score

BEST = preset("best")
ONE_PHASE = "representatives"


@dataclass(frozen=True)
class Variant:
    """One way to use the labels.

    Attributes
    ----------
    config : RunConfig
    without : dict of str to float
        Constants of ``labeler.learning.propagation.graph`` while it runs: what switches a step
        off.
    """

    config: RunConfig
    without: dict[str, float]


VARIANTS = {
    "best": Variant(BEST, {}),
    "shape features only": Variant(BEST.with_(features=SHAPE), {}),
    "a pretrained network only": Variant(BEST.with_(features=LITE0), {}),
    "pixels only": Variant(BEST.with_(features="pixels"), {}),
    "second phase in one round": Variant(BEST.with_(n_rounds=1), {}),
    "without a second phase": Variant(BEST.with_(strategy=ONE_PHASE), {}),
    "without weighting answers": Variant(BEST, {"REPRESENTED": 0.0}),
    "class shares as told": Variant(BEST, {"EVENNESS": 0.0}),
    "class shares even": Variant(BEST, {"EVENNESS": 1.0}),
    "without refinement": Variant(BEST, {"REFINEMENTS": 0}),
    "thorough": Variant(preset("thorough"), {}),
    "thorough, weak distortions": Variant(preset("thorough").with_(distortions="weak"), {}),
    "thorough, strong distortions": Variant(preset("thorough").with_(distortions="strong"), {}),
    "without the graph": Variant(BEST.with_(propagation="cluster"), {}),
    "without graph and second phase": Variant(
        BEST.with_(propagation="cluster", strategy=ONE_PHASE), {}
    ),
    "confidence from 0.5": Variant(BEST.with_(threshold=0.5), {}),
    "confidence from 0.8": Variant(BEST.with_(threshold=0.8), {}),
    "classic": Variant(preset("classic").with_(fractions=(1.0,)), {}),
}
OF_PHOTOGRAPHS = ("shape features only", "a pretrained network only")
"""Variants where ``best`` joins both; elsewhere the first is ``best`` itself."""

BUDGETS = {
    "digits": (20, 50),
    "overhead-mnist": (40, 100),
    "photos/rubbish": (50, 100),
    "photos/hands": (50, 100),
    "fashion-mnist": (40, 100, 300),
}


@dataclass(frozen=True)
class Row:
    """One line of the table; accuracies from 0 to 1.

    ``combined`` is the test accuracy with the neighbours' opinion, where the variant has one.
    """

    dataset: str
    n_labels: int
    variant: str
    error_rate: float
    test_accuracy: tuple[float, ...]
    combined: tuple[float, ...]
    label_accuracy: tuple[float, ...]
    seconds: float


def main() -> None:
    """Measure every combination asked for, print each line as it comes."""
    options = _options()
    rows = []
    print(
        f"{'data':<16}{'labels':>7}  {'variant':<32}{'test accuracy':>17}{'combined':>17}"
        f"{'labels right':>14}"
    )
    for name in options.datasets.split(","):
        dataset = _part(load_dataset(_path(name)), options.part)
        budgets = _numbers(options.labels) if options.labels else BUDGETS[name]
        for row in measure(dataset, budgets, options):
            rows.append(row)
            _print(row)
            if options.json is not None:
                options.json.write_text(json.dumps([asdict(one) for one in rows], indent=2))
        _print_bounds(dataset)


def measure(
    dataset: Dataset, budgets: tuple[int, ...], options: argparse.Namespace
) -> Iterator[Row]:
    """One row for each budget and variant, every seed of which sees the same features."""
    cache = FeatureCache(instance_folder() / "features")
    for name in options.variants.split(",") if options.variants else _variants(dataset):
        variant = VARIANTS[name]
        for budget in budgets:
            started = time.perf_counter()
            config = choose_features_for(dataset, variant.config).config
            config = config.with_(n_labels=budget, error_rate=options.error_rate)
            with _constants(variant.without):
                outcomes = [
                    _one_seed(dataset, config.with_(seed=seed), cache)
                    for seed in range(options.seeds)
                ]
            seconds = (time.perf_counter() - started) / options.seeds
            yield Row(
                dataset.name,
                budget,
                name,
                options.error_rate,
                tuple(alone.scores.accuracy for alone, *_ in outcomes),
                tuple(both.scores.accuracy for _, *rest in outcomes for both in rest),
                tuple(alone.label_accuracy for alone, *_ in outcomes),
                seconds,
            )


def _variants(dataset: Dataset) -> list[str]:
    joined = choose_features_for(dataset, BEST).config.features != SHAPE
    return [name for name in VARIANTS if joined or name not in OF_PHOTOGRAPHS]


def _one_seed(dataset: Dataset, config: RunConfig, cache: FeatureCache) -> tuple[Outcome, ...]:
    """The classifier on the run's own labels; where they are soft, combined with neighbours too."""
    prepared = _prepared(dataset, config, cache)
    _, label_sets = label_by_oracle(prepared, config, comparisons=False)
    key, label_set = list(label_sets.items())[-1]
    return tuple(train_and_score(prepared, key, label_set, config).values())


_LAST: dict[tuple[object, ...], Prepared] = {}


def _prepared(dataset: Dataset, config: RunConfig, cache: FeatureCache) -> Prepared:
    """Kept for the next seed where it has the same test part."""
    seed = config.seed if dataset.test is None else 0
    key = (dataset.name, len(dataset.train), config.features, config.needs_graph, seed)
    if key not in _LAST:
        _LAST.clear()
        _LAST[key] = prepare(as_simulated(dataset, seed), config, cache=cache)
    return _LAST[key]


def _path(name: str) -> str:
    """A folder of the data that is not a set with a name of its own, else as it was given."""
    folder = Path(os.environ.get(DATA_VARIABLE, "")) / name
    return str(folder) if "/" in name and folder.is_dir() else name


def _part(dataset: Dataset, size: int | None) -> Dataset:
    """A part of the pool, without the test images: what settings may be chosen on."""
    if size is None:
        return dataset
    drawn = np.random.default_rng(0).choice(len(dataset.train), size, replace=False)
    part = dataset.train.take(np.sort(drawn))
    return Dataset(dataset.name, dataset.classes, part)


@contextmanager
def _constants(values: dict[str, float]) -> Iterator[None]:
    """Other settings of the spreading for a while."""
    before = {name: getattr(graph, name) for name in values}
    try:
        for name, value in values.items():
            setattr(graph, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(graph, name, value)


def _print(row: Row) -> None:
    print(
        f"{row.dataset:<16}{row.n_labels:>7,}  {row.variant:<32}"
        f" {_told(row.test_accuracy):>16} {_told(row.combined):>16}"
        f" {100 * np.mean(row.label_accuracy):>13.1f}   {row.seconds:.1f} s",
        flush=True,
    )


def _print_bounds(dataset: Dataset) -> None:
    """Every true label, on the preset's features and on pixels."""
    cache = FeatureCache(instance_folder() / "features")
    config = BEST.with_(n_labels=10, strategy=ONE_PHASE)
    found = simulate(dataset, config, budgets=[10], n_seeds=1, comparisons=False, cache=cache)
    for stage in found.stages[-2:]:
        accuracy = 100 * stage.test_accuracy.mean
        print(f"{dataset.name:<16}{stage.n_labels:>7,}  {stage.stage:<32}{accuracy:>8.2f}")


def _told(accuracies: tuple[float, ...]) -> str:
    if not accuracies:
        return "-"
    interval = confidence_interval(accuracies)
    return f"{100 * interval.mean:.2f} ± {100 * (interval.ci95 or 0):.2f}"


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(one) for one in text.split(","))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--datasets", default=",".join(BUDGETS))
    parser.add_argument("--variants", default="", help=f"of {', '.join(VARIANTS)}")
    parser.add_argument("--labels", default="")
    parser.add_argument("--error-rate", type=float, default=0.0)
    parser.add_argument("--part", type=int, help="that many images of the pool, without the test")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    unknown = set(filter(None, options.variants.split(","))) - set(VARIANTS)
    if unknown:
        sys.exit(f"label_efficiency.py: there is no variant {min(unknown)!r}.")
    return options


if __name__ == "__main__":
    main()
