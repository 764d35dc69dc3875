"""The published experiment, repeated on the real images."""

import os
from pathlib import Path

import pytest

from labeler.config import preset
from labeler.datasets import load_dataset
from labeler.pipeline import simulate
from labeler.records import Simulation

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(
        not Path(os.environ.get("LABELER_DATA", "")).joinpath("fashion-mnist").is_dir()
        or not os.environ.get("LABELER_DATA"),
        reason="LABELER_DATA names no folder with fashion-mnist in it",
    ),
]


def means(simulation: Simulation) -> dict[tuple[str, float | None], float]:
    return {(s.stage, s.fraction): s.test_accuracy.mean for s in simulation.stages}


def test_fashion_mnist_reaches_the_published_accuracies() -> None:
    config = preset("classic").with_(fractions=(0.2,))
    simulation = simulate(load_dataset("fashion-mnist"), config, budgets=(100,), n_seeds=5)
    accuracy = means(simulation)
    assert accuracy["representatives", None] >= 0.708
    assert accuracy["representatives", None] > accuracy["random", None]
    assert accuracy["supervised", None] >= 0.842


@pytest.mark.slow
def test_the_neural_net_learns_fashion_mnist() -> None:
    config = preset("classic").with_(fractions=(0.7,), classifier="nn")
    # Every true label takes it two minutes more; docs/measured.md says what that reaches, and how.
    simulation = simulate(
        load_dataset("fashion-mnist"), config, budgets=(100,), n_seeds=1, supervised=False
    )
    assert means(simulation)["propagated", 0.7] >= 0.69


def test_overhead_mnist_is_learned_better_than_by_chance() -> None:
    config = preset("classic").with_(fractions=(0.2, 1.0))
    simulation = simulate(load_dataset("overhead-mnist"), config, budgets=(40,), n_seeds=5)
    assert simulation.stages[0].scores[0].support.sum() == 213
    assert means(simulation)["supervised", None] > 0.35
