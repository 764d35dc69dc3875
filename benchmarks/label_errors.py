"""How well the export ``cleanlab`` finds the labels that are wrong, beside simpler probabilities.

The labels are a run's own: answers of an oracle that never errs, spread as the preset says. The
area is that under the curve of "the label is wrong" by cleanlab's label quality score; what is
flagged is what the README's line flags. Whatever the probabilities, an answer counts as right.

    LABELER_DATA=DIR python benchmarks/label_errors.py [--seeds 5] [--first-seed 0]
        [--cases digits/classic/50,…] [--json FILE]
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from cleanlab.filter import find_label_issues  # type: ignore[import-untyped]
from cleanlab.rank import get_label_quality_scores  # type: ignore[import-untyped]
from sklearn.metrics import roc_auc_score

from labeler.config import RunConfig, preset
from labeler.datasets import Dataset, load_dataset
from labeler.learning.evaluation import confidence_interval
from labeler.learning.features.cache import FeatureCache
from labeler.locations import instance_folder
from labeler.pipeline import as_simulated, prepare
from labeler.pipeline.chosen_features import choose_features_for
from labeler.pipeline.out_of_sample import (
    N_FOLDS,
    answers_as_right,
    cross_validated,
    opinions,
    out_of_sample_probabilities,
)
from labeler.pipeline.stages import label_by_oracle
from labeler.records import LabelSet

CASES = "digits/classic/50,digits/best/50,fashion-mnist/best/100"
FIGURES = ("area", "precision", "flagged", "recall")


@dataclass(frozen=True)
class Found:
    """What one seed says of one kind of probabilities; shares from 0 to 1.

    ``area`` and ``recall`` are None where no label is wrong, ``precision`` where none is flagged.
    """

    seed: int
    n_images: int
    n_wrong: int
    area: float | None
    precision: float | None
    flagged: float
    recall: float | None


def main() -> None:
    """Measure every case asked for; print a line for each kind of probabilities."""
    options = _options()
    told = {}
    for case in options.cases.split(","):
        name, preset_name, n_labels = case.split("/")
        dataset = load_dataset(name)
        config = preset(preset_name).with_(n_labels=int(n_labels))
        config = choose_features_for(dataset, config).config
        found = measure(dataset, config, options.first_seed, options.seeds)
        told[case] = {method: [asdict(one) for one in ones] for method, ones in found.items()}
        if options.json is not None:
            options.json.write_text(json.dumps(told, indent=2))
        _print(case, found)


def measure(
    dataset: Dataset, config: RunConfig, first_seed: int, n_seeds: int
) -> dict[str, list[Found]]:
    """For each kind of probabilities what every seed finds with it."""
    cache = FeatureCache(instance_folder() / "features")
    found: dict[str, list[Found]] = {}
    for seed in range(first_seed, first_seed + n_seeds):
        seeded = config.with_(seed=seed)
        prepared = prepare(as_simulated(dataset, seed), seeded, cache=cache)
        _, label_sets = label_by_oracle(prepared, seeded, comparisons=False)
        spread = list(label_sets.values())[-1]
        given = spread.labeled
        wrong = spread.labels[given] != prepared.pool.labels[given]
        for method, said in kinds(prepared.X[given], spread, len(prepared.classes), seeded):
            found.setdefault(method, []).append(judge(seed, spread.labels[given], wrong, said))
        print(f"{dataset.name}: seed {seed} done", file=sys.stderr, flush=True)
    return found


def kinds(
    X: np.ndarray, spread: LabelSet, n_classes: int, config: RunConfig
) -> Iterator[tuple[str, np.ndarray]]:
    """The export's probabilities, each of their parts alone, and a regression in other folds."""
    given = spread.labeled
    labels, sources = spread.labels[given], spread.sources[given]
    yield (
        "the export",
        out_of_sample_probabilities(X, labels, sources, n_classes, config),
    )
    parts = opinions(X, labels, sources, n_classes, config)
    alone = {
        "vote of 20 neighbours alone": parts.neighbours,
        "regression, stratified folds": parts.regression,
        "answers spread over the graph": parts.answers,
    }
    rng = np.random.default_rng(config.seed)
    groups = np.unique(spread.origins[given], return_inverse=True)[1]
    for name, units in {
        "random folds": np.arange(len(X)),
        "folds of whole clusters": groups,
    }.items():
        folds = (rng.permutation(units.max() + 1) % N_FOLDS)[units]
        alone[f"regression, {name}"] = cross_validated(X, labels, folds, n_classes)
    for name, said in alone.items():
        if said is not None:
            yield name, answers_as_right(said, labels, sources)


def judge(seed: int, labels: np.ndarray, wrong: np.ndarray, said: np.ndarray) -> Found:
    """Score and flag as somebody with the file would."""
    said = said.astype(np.float32)
    flagged = find_label_issues(labels, said, n_jobs=1)
    both = float((wrong & flagged).sum())
    return Found(
        seed=seed,
        n_images=len(labels),
        n_wrong=int(wrong.sum()),
        area=roc_auc_score(wrong, -get_label_quality_scores(labels, said)) if wrong.any() else None,
        precision=both / flagged.sum() if flagged.any() else None,
        flagged=float(flagged.mean()),
        recall=both / wrong.sum() if wrong.any() else None,
    )


def _print(case: str, found: dict[str, list[Found]]) -> None:
    first = next(iter(found.values()))
    wrong = np.mean([one.n_wrong for one in first])
    print(f"\n{case}, {len(first)} seeds: {wrong:,.0f} of {first[0].n_images:,} labels wrong")
    heads = (("area (lowest)", 23), ("precision (lowest)", 22), ("flagged % (most)", 21))
    print(" " * 36 + "".join(f"{head:>{width}}" for head, width in heads) + f"{'recall':>14}")
    for method, ones in found.items():
        area, precision, flagged, recall = ([getattr(o, f) for o in ones] for f in FIGURES)
        percent = [100 * one for one in flagged]
        print(
            f"{method:<36}{_interval(area, min, 3):>23}{_interval(precision, min, 2):>22}"
            f"{_interval(percent, max, 1):>21}{_interval(recall, None, 2):>14}",
            flush=True,
        )


def _interval(
    values: list[float | None], extreme: Callable[[list[float]], float] | None, digits: int
) -> str:
    """Mean ± half the 95 % interval (the worst seed), of the seeds that have the figure."""
    known = [one for one in values if one is not None]
    if not known:
        return "–"
    found = confidence_interval(known)
    text = f"{found.mean:.{digits}f} ± {found.ci95 or 0:.{digits}f}"
    return text if extreme is None else f"{text} ({extreme(known):.{digits}f})"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument(
        "--cases", default=CASES, help="data set/preset/labels, with commas between"
    )
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
