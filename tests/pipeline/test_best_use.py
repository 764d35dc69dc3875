"""Which use of the answers is taken: never one that the left-out answers clearly speak against."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from labeler.config import RunConfig
from labeler.datasets.base import Dataset, Split
from labeler.pipeline import best_use, prepare, simulate
from labeler.pipeline.best_use import (
    ANSWERS,
    SPREAD,
    TOGETHER,
    choose_use,
    curve_of,
    describe_choices,
)
from labeler.pipeline.questions import spread_answers
from labeler.pipeline.stages import COMBINED, label_by_oracle
from labeler.records import Simulation
from labeler.records.label_quality import Choice
from labeler.report.results import results
from tests.pipeline.two_phases import BEST, BUDGET, simulated

BACKGROUNDS = 40


def misleading() -> Dataset:
    """Two classes that six pixels tell apart; what images look alike by is their background."""
    rng = np.random.default_rng(0)
    backgrounds = rng.integers(0, 256, (BACKGROUNDS, 6, 6))

    def part(n_images: int) -> Split:
        labels = rng.integers(0, 2, n_images)
        images = backgrounds[rng.integers(0, BACKGROUNDS, n_images)].astype(float)
        images[:, 0] = np.where(labels, 140, 60)[:, None]
        images += rng.normal(0, 20, images.shape)
        return Split(images.clip(0, 255).astype(np.uint8), labels)

    return Dataset("misleading", ("a", "b"), part(300), part(200))


def accuracies(simulation: Simulation) -> dict[str, float]:
    return {stage.stage: stage.test_accuracy.mean for stage in simulation.stages}


def test_answers_that_neighbours_do_not_share_are_taken_alone() -> None:
    found = simulate(
        misleading(), BEST, budgets=(60,), n_seeds=1, comparisons=False, supervised=False
    )
    reached = accuracies(found)
    assert reached["answers"] > 0.95
    assert max(reached["combined"], reached["propagated"]) < 0.85
    assert reached["chosen"] == reached["answers"]
    (choice,) = results(found).as_json()["choices"]
    assert (choice["taken"], choice["n_labels"], choice["n_answers"]) == (ANSWERS, 60, 60)
    assert (choice["n_foretold"], 0 < choice["slope"] < 1) == (60, True)
    assert choice["named_rightly"][ANSWERS] > choice["named_rightly"][COMBINED]
    assert any(
        note.startswith("Chosen use of 60 labels: the answers alone.") for note in found.notes
    )


@pytest.mark.parametrize("taken", [COMBINED, SPREAD, ANSWERS])
def test_the_row_of_what_was_chosen_is_that_of_its_use(
    bars: Dataset, monkeypatch: pytest.MonkeyPatch, taken: str
) -> None:
    monkeypatch.setattr(best_use, "best_use", lambda right: taken)
    by_name = {stage.stage: stage for stage in simulated(bars, error_rate=0.3).stages}
    assert by_name["chosen"].test_accuracy == by_name[taken].test_accuracy
    assert by_name["chosen"].n_train == by_name[taken].n_train
    assert by_name["chosen"].method == "graph"


def test_in_doubt_all_are_asked_together(bars: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(best_use, "best_use", lambda right: TOGETHER)
    found = simulated(bars)
    assert [choice.taken for choice in found.choices] == [TOGETHER]
    assert accuracies(found)["chosen"] >= accuracies(found)["answers"]


def right(**n_right: int) -> Mapping[str, np.ndarray]:
    return {use: np.arange(100) < n for use, n in n_right.items()}


@pytest.mark.parametrize(
    ("answers", "propagated", "combined", "taken"),
    [
        (50, 60, 60, COMBINED),
        (59, 50, 60, COMBINED),
        (50, 63, 60, COMBINED),
        (60, 50, 60, TOGETHER),
        (63, 50, 60, TOGETHER),
        (70, 50, 60, ANSWERS),
        (70, 72, 60, ANSWERS),
        (70, 80, 60, SPREAD),
        (63, 70, 60, TOGETHER),
        (50, 70, 60, TOGETHER),
    ],
)
def test_combined_gives_way_only_to_what_is_clearly_better(
    answers: int, propagated: int, combined: int, taken: str
) -> None:
    named = right(answers=answers, propagated=propagated, combined=combined)
    assert best_use.best_use(named) == taken


@pytest.mark.parametrize("budget", [1, 3])
def test_too_few_answers_to_leave_any_out_are_combined(bars: Dataset, budget: int) -> None:
    found = simulate(bars, BEST, budgets=(budget,), n_seeds=1, supervised=False)
    assert [(choice.taken, choice.n_answers) for choice in found.choices] == [(COMBINED, 0)]
    assert curve_of(found.choices[0], 4) is None
    assert any("too few answers" in note for note in found.notes)


@pytest.mark.parametrize(("in_full", "n_refinements"), [(200, None), (199, 0)])
def test_large_pools_are_spread_over_roughly(
    bars: Dataset, monkeypatch: pytest.MonkeyPatch, in_full: int, n_refinements: int | None
) -> None:
    config = BEST.with_(n_labels=BUDGET)
    prepared = prepare(bars, config)
    run, _ = label_by_oracle(prepared, config, comparisons=False)
    asked = []

    def watched(config: RunConfig, evidence: object, **parameters: object) -> object:
        asked.append(parameters.get("n_refinements"))
        return spread_answers(config, evidence, **parameters)  # type: ignore[arg-type]

    monkeypatch.setattr(best_use, "spread_answers", watched)
    monkeypatch.setattr(best_use, "IN_FULL", in_full)
    choose_use(prepared.evidence(run.answers, run.clusters), config)
    assert asked == [n_refinements] * 5


def test_an_image_is_never_named_by_its_own_answer(bars: Dataset) -> None:
    config = BEST.with_(n_labels=BUDGET)
    prepared = prepare(bars, config)
    run, _ = label_by_oracle(prepared, config, comparisons=False)
    evidence = prepared.evidence(run.answers, run.clusters)
    wrong = tuple(replace(answer, label=(answer.label or 0) ^ 1) for answer in run.answers[:2])
    rightly = choose_use(evidence, config).named_rightly[SPREAD]
    misled = choose_use(replace(evidence, answers=(*wrong, *run.answers[2:])), config)
    assert misled.named_rightly[SPREAD] < rightly


def test_what_was_chosen_is_told_for_all_seeds() -> None:
    shares = {ANSWERS: 0.5, SPREAD: 0.6, COMBINED: 0.7, TOGETHER: 0.65}
    choice = Choice(100, 0, "graph", COMBINED, shares, 100)
    assert describe_choices([choice, replace(choice, seed=1, taken=ANSWERS)]) == (
        "Chosen use of 100 labels: spread labels combined with neighbours in 1 of 2 seeds and the "
        "answers alone in 1 of 2 seeds. Of the answers, a fifth left out at a time, the others "
        "named rightly: 50.0 % alone, 60.0 % spread, 70.0 % combined with neighbours, 65.0 % all "
        "together."
    )
    assert describe_choices([choice]).endswith("Nothing clearly speaks against neighbours.")
