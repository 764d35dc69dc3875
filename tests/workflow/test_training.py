"""Training a run: the figures are those of the simulation, and nothing else is claimed."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from msgspec import convert

from labeler.config import RunConfig
from labeler.datasets.base import Dataset, Split
from labeler.exceptions import ConfigError
from labeler.pipeline import simulate
from labeler.records import UNLABELED, Simulation
from labeler.storage.rows import GivenAnswer, Job, JobStatus, RunRow, Verdict
from labeler.workflow import labeling
from labeler.workflow.run import NotPreparedError, open_run
from labeler.workflow.runs import get_run
from labeler.workflow.training.fit import train_run
from labeler.workflow.training.request import TrainingRequest, request_training
from labeler.workflow.training.results import run_report
from labeler.workflow.workspace import Workspace

FRACTIONS = (0.3, 1.0)
BUDGET = 12
"""As in ``conftest.py``."""

Finish = Callable[[Job], Job]
NewPrepared = Callable[..., RunRow]
Answer = Callable[..., None]


def trained(ws: Workspace, run: RunRow, finish: Finish, **options: object) -> Simulation:
    job = finish(request_training(ws, run.id, FRACTIONS, **options))  # type: ignore[arg-type]
    assert job.status is JobStatus.DONE, job.error
    found = run_report(open_run(ws, run.id)).simulation
    assert found is not None
    return found


def simulated(dataset: Dataset, **settings: object) -> Simulation:
    config = RunConfig(fractions=FRACTIONS, **settings)  # type: ignore[arg-type]
    return simulate(dataset, config, budgets=(BUDGET,), n_seeds=1)


def figures(simulation: Simulation) -> list[tuple[object, ...]]:
    """Every figure but the seconds; equal means equal to the last bit."""
    return [
        (
            stage.stage,
            stage.n_labels,
            stage.fraction,
            stage.method,
            stage.n_train,
            stage.label_accuracy,
            stage.test_accuracy.per_seed,
            stage.scores[0].confusion.tolist(),
        )
        for stage in simulation.stages
    ]


@pytest.mark.parametrize("error_rate", [0.0, 0.4])
@pytest.mark.parametrize("seed", [0, 5])
def test_an_oracle_run_gives_exactly_the_simulations_figures(
    ws: Workspace,
    prepared: NewPrepared,
    finish: Finish,
    bars: Dataset,
    seed: int,
    error_rate: float,
) -> None:
    run = prepared(bars, answerer="oracle", seed=seed, error_rate=error_rate)
    expected = simulated(bars, seed=seed, error_rate=error_rate)
    assert figures(trained(ws, run, finish)) == figures(expected)


def test_they_are_equal_where_the_seed_holds_the_test_part_out(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars_without_test: Dataset
) -> None:
    run = prepared(bars_without_test, answerer="oracle", seed=3, error_rate=0.2)
    expected = simulated(bars_without_test, seed=3, error_rate=0.2)
    assert figures(trained(ws, run, finish)) == figures(expected)


def test_they_are_equal_where_truth_is_known_in_part(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars_without_test: Dataset
) -> None:
    labels = bars_without_test.train.labels.copy()
    labels[::7] = UNLABELED
    partly = replace(bars_without_test, train=Split(bars_without_test.train.images, labels))
    run = prepared(partly, answerer="oracle", seed=1)
    assert figures(trained(ws, run, finish)) == figures(simulated(partly, seed=1))


def test_a_person_who_gives_the_oracles_answers_gets_its_figures(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars: Dataset, answer_rightly: Answer
) -> None:
    run = prepared(bars, seed=2)
    answer_rightly(run, bars)
    assert figures(trained(ws, run, finish)) == figures(simulated(bars, seed=2))


def test_renaming_a_class_changes_no_figure(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars: Dataset
) -> None:
    run = prepared(bars, answerer="oracle")
    labeling.rename_class(ws, run.id, get_run(ws, run.id).classes[1].id, "Bee")
    found = trained(ws, run, finish)
    assert found.classes == ("a", "Bee", "c", "d")
    assert figures(found) == figures(simulated(bars))


def test_merged_classes_are_one_class_for_the_truth_too(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars: Dataset
) -> None:
    run = prepared(bars, answerer="oracle")
    classes = get_run(ws, run.id).classes
    labeling.merge_class(ws, run.id, classes[1].id, into=classes[0].id)
    found = trained(ws, run, finish)
    assert found.classes == ("a", "c", "d")
    assert found.stages[-1].scores[0].support.tolist() == [40, 20, 20]
    assert found.stages[1].label_accuracy == 1


def test_an_unfinished_run_is_compared_with_as_few_random_labels(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars: Dataset, answer_rightly: Answer
) -> None:
    run = prepared(bars)
    answer_rightly(run, bars, but=5)
    found = trained(ws, run, finish)
    assert [stage.n_labels for stage in found.stages[:2]] == [BUDGET - 5, BUDGET - 5]
    assert f"5 of {BUDGET} questions have no answer yet." in found.notes


def test_skipped_and_mixed_clusters_give_no_labels_but_count(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars: Dataset, answer_rightly: Answer
) -> None:
    run = prepared(bars)
    answer_rightly(run, bars, but=2)
    first, second = labeling.questions(open_run(ws, run.id))[:2]
    for question, verdict in [(first, Verdict.SKIP), (second, Verdict.MIXED)]:
        given = [GivenAnswer(question.id, verdict)]
        labeling.record_answers(ws, run.id, f"op-{verdict}", "ada", given)
    found = trained(ws, run, finish)
    assert found.stages[1].n_labels == BUDGET
    assert found.stages[1].n_train == BUDGET - 2
    assert found.stages[3].n_train == 200 - first.stands_for - second.stands_for


def test_without_comparisons_only_the_own_labels_are_trained_on(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars: Dataset
) -> None:
    run = prepared(bars, answerer="oracle")
    found = trained(ws, run, finish, comparisons=False)
    assert [s.stage for s in found.stages] == ["representatives", "propagated", "propagated"]


def test_images_without_truth_do_not_count_as_wrong(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars: Dataset, answer_rightly: Answer
) -> None:
    labels = np.full(200, UNLABELED)
    labels[:40] = bars.train.labels[:40]
    partly = replace(bars, train=Split(bars.train.images, labels))
    run = prepared(partly)
    answer_rightly(run, bars)
    found = trained(ws, run, finish)
    assert found.stages[3].n_train == 200
    assert (found.stages[3].label_accuracy or 0) > 0.95


def test_without_ground_truth_no_accuracy_is_claimed(
    ws: Workspace,
    prepared: NewPrepared,
    finish: Finish,
    bars: Dataset,
    bars_without_truth: Dataset,
    answer_rightly: Answer,
) -> None:
    run = prepared(bars_without_truth, classes=bars.classes)
    answer_rightly(run, bars)
    assert trained(ws, run, finish).stages == ()
    newest = open_run(ws, run.id).results[0]
    assert newest.test_accuracy is None
    small, whole = newest.metrics.estimates or ()
    assert small.fraction == 0.3
    assert 0.25 < small.coverage < 0.4
    assert whole.coverage == 1
    assert whole.cross_validation is not None
    assert whole.cross_validation.n_images == BUDGET
    assert whole.cross_validation.agreement > 0.9


def test_cross_validation_is_told_that_names_are_noise(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars_without_truth: Dataset
) -> None:
    run = prepared(bars_without_truth, classes=("x", "y"), budget=40)
    x, y = get_run(ws, run.id).classes
    rng = np.random.default_rng(0)
    for question in labeling.questions(open_run(ws, run.id)):
        given = GivenAnswer(question.id, Verdict.CLASS, int(rng.choice([x.id, y.id])))
        labeling.record_answers(ws, run.id, f"op-{question.id}", "ada", [given])
    trained(ws, run, finish)
    (estimate, *_) = open_run(ws, run.id).results[0].metrics.estimates or ()
    assert estimate.cross_validation is not None
    assert estimate.cross_validation.agreement < 0.75


def judged(ws: Workspace, run: RunRow, finish: Finish) -> tuple[str, tuple[str, ...]]:
    trained(ws, run, finish)
    found = run_report(open_run(ws, run.id)).verdict
    assert found is not None
    return " ".join(found.sentences), found.warnings


def test_the_verdict_without_true_labels_counts_what_was_foretold(
    ws: Workspace,
    prepared: NewPrepared,
    finish: Finish,
    bars: Dataset,
    bars_without_truth: Dataset,
    answer_rightly: Answer,
) -> None:
    run = prepared(bars_without_truth, classes=(*bars.classes, "e"))
    answer_rightly(run, bars)
    said, warnings = judged(ws, run, finish)
    assert said.startswith(f"{BUDGET - 1} of {BUDGET} answers could be foretold from the others")
    assert warnings == ("No image was named “e”: no label says so either.",)


def test_the_verdict_with_true_labels_is_what_was_measured(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars: Dataset
) -> None:
    said, warnings = judged(ws, prepared(bars, answerer="oracle"), finish)
    assert said.startswith("By the true labels, 100.0 % of 200 labels are right")
    assert warnings == ()


def test_answers_of_one_class_are_no_sign_of_anything(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars_without_truth: Dataset
) -> None:
    run = prepared(bars_without_truth, classes=("x", "y"))
    x, _ = get_run(ws, run.id).classes
    given = [
        GivenAnswer(question.id, Verdict.CLASS, x.id)
        for question in labeling.questions(open_run(ws, run.id))
    ]
    labeling.record_answers(ws, run.id, "op", "ada", given)
    said, warnings = judged(ws, run, finish)
    assert said.startswith(f"All {BUDGET} answers are “x”, so 200 images are labeled “x”")
    assert "“y”" in warnings[0]


def test_three_answers_are_too_few_to_judge_by(
    ws: Workspace,
    prepared: NewPrepared,
    finish: Finish,
    bars: Dataset,
    bars_without_truth: Dataset,
    answer_rightly: Answer,
) -> None:
    run = prepared(bars_without_truth, classes=bars.classes)
    answer_rightly(run, bars, but=BUDGET - 3)
    said, _ = judged(ws, run, finish)
    assert said.startswith("Only 3 images are named: too few")


def test_pictures_of_noise_are_not_to_be_used(
    ws: Workspace, prepared: NewPrepared, finish: Finish
) -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (300, 8, 8), dtype=np.uint8)
    blank = Dataset("noise", (), Split(noise, np.full(300, UNLABELED)))
    run = prepared(blank, classes=("x", "y", "z"), budget=40, preset="best", features="pixels")
    classes = get_run(ws, run.id).classes
    for question in labeling.questions(open_run(ws, run.id)):
        given = GivenAnswer(question.id, Verdict.CLASS, classes[question.position % 3].id)
        labeling.record_answers(ws, run.id, f"op-{question.id}", "ada", [given])
    said, _ = judged(ws, run, finish)
    assert said.startswith("Only ")
    assert "don’t use these labels" in said


def test_labels_spread_by_confidence_are_held_against_the_answers_alone(
    ws: Workspace,
    prepared: NewPrepared,
    finish: Finish,
    bars: Dataset,
    bars_without_truth: Dataset,
    answer_rightly: Answer,
) -> None:
    run = prepared(
        bars_without_truth, classes=bars.classes, preset="best", features="pixels", budget=24
    )
    answer_rightly(run, bars)
    assert finish(request_training(ws, run.id)).status is JobStatus.DONE
    signs = open_run(ws, run.id).results[0].metrics.signs
    assert signs
    assert signs.use is not None
    assert signs.use.n_answers == signs.n_named
    assert set(signs.use.named_rightly) >= {"answers", "propagated", "combined"}
    found = run_report(open_run(ws, run.id)).verdict
    assert found is not None
    assert found.warnings == ()


def test_nothing_named_is_nothing_to_train_on(
    ws: Workspace, prepared: NewPrepared, bars: Dataset
) -> None:
    run = prepared(bars)
    with pytest.raises(ConfigError, match="No image is named yet"):
        request_training(ws, run.id)


def test_answers_undone_before_the_job_began_are_one_clear_error(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars: Dataset, answer_rightly: Answer
) -> None:
    run = prepared(bars)
    answer_rightly(run, bars, but=BUDGET - 1)
    job = request_training(ws, run.id)
    labeling.undo(ws, run.id, "undo", "ada")
    ended = finish(job)
    assert ended.status is JobStatus.FAILED
    assert ended.error == "No image is named any more; answer a question before training."


@pytest.mark.parametrize(("fraction", "classifier"), [(1.5, None), (0.0, None), (0.5, "forest")])
def test_settings_out_of_range_are_refused_before_the_queue(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, fraction: float, classifier: str | None
) -> None:
    run = prepared(bars, answerer="oracle")
    with pytest.raises(ConfigError, match="must be"):
        request_training(ws, run.id, fraction, classifier)
    assert get_run(ws, run.id).active_job is None


def test_the_same_request_is_one_job_until_an_answer_changes(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, answer_rightly: Answer
) -> None:
    run = prepared(bars)
    answer_rightly(run, bars, but=1)
    first = request_training(ws, run.id, 0.5)
    assert request_training(ws, run.id, 0.5).id == first.id
    labeling.undo(ws, run.id, "undo", "ada")
    assert request_training(ws, run.id, 0.5).id != first.id


def test_one_job_delivers_one_result_however_often_it_runs(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars: Dataset
) -> None:
    run = prepared(bars, answerer="oracle")
    job = finish(request_training(ws, run.id, 0.5))
    again = train_run(ws, convert(job.inputs, TrainingRequest))
    with ws.database.writing() as session:
        assert again.deliver(session, job.id).id == job.result["result_id"]  # type: ignore[index]
    assert len(open_run(ws, run.id).results) == 1


def test_a_run_that_is_not_prepared_cannot_be_trained(ws: Workspace, bars: Dataset) -> None:
    from labeler.workflow.datasets import keep
    from labeler.workflow.runs import NewRun, create_run

    row = keep(ws, bars, kind="path", source="bars")
    run = create_run(ws, NewRun("early", dataset_id=row.id, budget=4))
    with pytest.raises(NotPreparedError, match="still being prepared"):
        request_training(ws, run.id)
