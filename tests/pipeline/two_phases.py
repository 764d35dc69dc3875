"""A small simulation in two phases, on plain pixels, which are computed in no time."""

from labeler.config import preset
from labeler.datasets.base import Dataset
from labeler.pipeline import simulate
from labeler.records import Simulation

BUDGET, FIRST = 12, 6
BEST = preset("best").with_(features="pixels")


def simulated(dataset: Dataset, **settings: object) -> Simulation:
    return simulate(dataset, BEST.with_(**settings), budgets=(BUDGET,), n_seeds=1)


def figures(simulation: Simulation) -> list[tuple[object, ...]]:
    return [
        (s.stage, s.n_labels, s.fraction, s.method, s.n_train, s.label_accuracy,
         s.test_accuracy.per_seed, s.scores[0].confusion.tolist())
        for s in simulation.stages
    ]  # fmt: skip
