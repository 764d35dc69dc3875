"""Runs: made, checked, found, copied, put in the bin."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from labeler.datasets.base import Dataset, Split
from labeler.exceptions import ConfigError, GroundTruthError
from labeler.records import UNLABELED
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import AnswerSource, Job, JobStatus, RunRow
from labeler.workflow.datasets import as_dataset, get_dataset, keep
from labeler.workflow.labeling import questions
from labeler.workflow.run import open_run
from labeler.workflow.runs import (
    NewRun,
    create_run,
    delete_run,
    duplicate_run,
    find_run,
    get_run,
    list_runs,
    rename_run,
    restore_run,
    start_run,
)
from labeler.workflow.runs.pages import run_page
from labeler.workflow.selection import pool_size, select
from labeler.workflow.workspace import Workspace

NewPrepared = Callable[..., RunRow]


def imported(ws: Workspace, dataset: Dataset) -> int:
    return keep(ws, dataset, kind="path", source=dataset.name).id


def test_a_run_of_digits_needs_nothing_but_a_name(ws: Workspace) -> None:
    view = get_run(ws, create_run(ws, NewRun("demo", source="digits")).id)
    assert view.run.budget == 50
    assert [one.name for one in view.classes] == list("0123456789")
    assert [one.key for one in view.classes] == list("0123456789")


def test_classes_that_are_no_digits_get_the_keys_in_order(ws: Workspace, bars: Dataset) -> None:
    view = get_run(ws, create_run(ws, NewRun("bars", dataset_id=imported(ws, bars))).id)
    assert [one.key for one in view.classes] == list("1234")
    assert view.active_job is not None
    assert view.active_job.kind == "prepare"


@pytest.mark.parametrize(("n_images", "budget"), [(6, 6), (30, 10), (80, 20)])
def test_a_small_pool_makes_a_small_budget(
    ws: Workspace, bars: Dataset, n_images: int, budget: int
) -> None:
    tiny = replace(bars, train=bars.train.take(np.arange(n_images)))
    assert create_run(ws, NewRun("tiny", dataset_id=imported(ws, tiny))).budget == budget


def test_a_budget_beyond_the_pool_is_refused_at_once(ws: Workspace, bars: Dataset) -> None:
    new = NewRun("greedy", dataset_id=imported(ws, bars), budget=201)
    with pytest.raises(ConfigError, match="201 answers .* but the pool to label has 200 images"):
        create_run(ws, new)
    assert list_runs(ws) == ()


def test_an_oracle_without_ground_truth_is_refused_at_once(
    ws: Workspace, bars_without_truth: Dataset
) -> None:
    new = NewRun("blind", dataset_id=imported(ws, bars_without_truth), answerer="oracle")
    with pytest.raises(GroundTruthError, match="none of its 200 images has a true label"):
        create_run(ws, new)


def test_an_oracle_knows_no_classes_but_the_true_ones(ws: Workspace, bars: Dataset) -> None:
    new = NewRun("odd", dataset_id=imported(ws, bars), answerer="oracle", classes=("x", "y"))
    with pytest.raises(ConfigError, match="data set's own classes"):
        create_run(ws, new)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"source": "digits", "dataset_id": 1},
        {"source": "digits", "answerer": "ghost"},
        {"source": "digits", "budget": 0},
        {"source": "digits", "error_rate": 1.5},
        {"source": "digits", "seed": -1},
        {"source": "digits", "classifier": "forest"},
        {"source": "digits", "preset": "worst"},
    ],
)
def test_settings_out_of_range_never_become_a_run(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        NewRun("wrong", **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("answerer", list(AnswerSource))
@pytest.mark.parametrize("known", [200, 90, 21, 9, 5])
@pytest.mark.parametrize("own_test", [True, False])
def test_the_size_of_a_pool_is_foretold_exactly(
    ws: Workspace, bars: Dataset, known: int, own_test: bool, answerer: AnswerSource
) -> None:
    labels = np.where(np.arange(200) < known, bars.train.labels, UNLABELED)
    test = bars.test if own_test else None
    dataset = Dataset("partly", bars.classes, Split(bars.train.images, labels), test)
    row = keep(ws, dataset, kind="path", source="partly")
    assert pool_size(ws, row, answerer) == len(select(ws, row, 3, answerer).pool)


def test_questions_stand_for_every_image_of_the_pool_once(
    ws: Workspace, prepared: NewPrepared, bars_without_test: Dataset
) -> None:
    from labeler.workflow.labeling import questions

    run = prepared(bars_without_test, seed=4)
    asked = questions(open_run(ws, run.id))
    assert sum(question.stands_for for question in asked) == get_run(ws, run.id).n_pool == 160
    assert sorted(question.order for question in asked) == list(range(12))
    sizes = [question.stands_for for question in asked]
    assert sizes == sorted(sizes, reverse=True)
    held_out = set(ws.array(run.artefacts["test"]).tolist())
    assert not held_out & {question.image for question in asked}


def test_runs_that_differ_in_their_seed_share_features(
    ws: Workspace, prepared: NewPrepared, bars: Dataset
) -> None:
    first, second = prepared(bars, seed=1), prepared(bars, seed=2)
    assert first.artefacts["features"] == second.artefacts["features"]
    assert first.artefacts["clusters.labels"] != second.artefacts["clusters.labels"]


def test_a_copy_asks_the_same_and_knows_no_answers(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, answer_rightly: Callable[..., None]
) -> None:
    run = prepared(bars)
    answer_rightly(run, bars)
    copy = get_run(ws, duplicate_run(ws, run.id).id)
    assert copy.run.name == "demo (copy)"
    assert (copy.summary.n_questions, copy.summary.n_answered) == (12, 0)
    assert copy.active_job is None
    assert get_run(ws, run.id).summary.n_answered == 12


def test_a_second_run_that_nobody_named_has_a_name_of_its_own(ws: Workspace, bars: Dataset) -> None:
    unnamed = NewRun(name="bars", is_default_name=True, dataset_id=imported(ws, bars))
    seeds = [replace(unnamed, seed=seed) for seed in range(3)]
    assert [create_run(ws, new).name for new in seeds] == ["bars", "bars 2", "bars 3"]
    assert create_run(ws, seeds[1], goes_on=True).name == "bars 2", "the one that was cut off"
    assert create_run(ws, replace(unnamed, is_default_name=False)).name == "bars"
    with pytest.raises(NotFoundError, match="2 runs are called 'bars'"):
        find_run(ws, "bars")
    first = find_run(ws, "bars 3").id
    assert [duplicate_run(ws, first).name for _ in range(2)] == ["bars 3 (copy)", "bars 3 (copy) 2"]


def test_a_copy_of_an_oracles_run_is_answered_again(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, finish: Callable[[Job], Job]
) -> None:
    copy = duplicate_run(ws, prepared(bars, answerer="oracle").id)
    job = get_run(ws, copy.id).active_job
    assert job is not None
    assert finish(job).status is JobStatus.DONE
    assert get_run(ws, copy.id).summary.n_answered == 12


def test_a_run_in_the_bin_is_gone_until_it_is_taken_out(
    ws: Workspace, prepared: NewPrepared, bars: Dataset
) -> None:
    run = prepared(bars)
    delete_run(ws, run.id)
    assert list_runs(ws) == ()
    with pytest.raises(NotFoundError):
        get_run(ws, run.id)
    restore_run(ws, run.id)
    assert get_run(ws, run.id).summary.n_questions == 12


def test_deleting_a_run_stops_its_jobs_and_restoring_starts_them_anew(
    ws: Workspace, bars: Dataset, finish: Callable[[Job], Job]
) -> None:
    run = create_run(ws, NewRun("hasty", dataset_id=imported(ws, bars), budget=5))
    stopped = get_run(ws, run.id).jobs[0]
    delete_run(ws, run.id)
    restore_run(ws, run.id)
    again = get_run(ws, run.id).active_job
    assert again is not None
    assert again.id != stopped.id
    finish(again)
    assert get_run(ws, run.id).is_prepared


def test_a_run_whose_preparation_was_cut_off_is_gone_on_with(ws: Workspace, bars: Dataset) -> None:
    row = keep(ws, bars, kind="path", source="bars")
    new = NewRun("demo", dataset_id=row.id, budget=5, classes=("a", "b"))
    first = create_run(ws, new)
    assert create_run(ws, new, goes_on=True).id == first.id
    others = [
        create_run(ws, new),
        create_run(ws, replace(new, seed=1), goes_on=True),
        create_run(ws, replace(new, classes=("a", "c")), goes_on=True),
    ]
    assert len({first.id, *(run.id for run in others)}) == 4


def test_a_run_is_found_by_its_id_and_by_a_name_of_its_own(ws: Workspace, bars: Dataset) -> None:
    dataset_id = imported(ws, bars)
    first = create_run(ws, NewRun("same", dataset_id=dataset_id, budget=5))
    assert find_run(ws, "same").id == find_run(ws, first.id).id == first.id
    second = create_run(ws, NewRun("other", dataset_id=dataset_id, budget=5))
    rename_run(ws, second.id, "same")
    with pytest.raises(NotFoundError, match="2 runs are called 'same'"):
        find_run(ws, "same")
    with pytest.raises(NotFoundError, match="no run 'none'"):
        find_run(ws, "none")


def test_a_known_data_set_is_read_once(ws: Workspace) -> None:
    first, second = (start_run(ws, NewRun(name, source="digits")) for name in ("a", "b"))
    assert first.kind == second.kind == "import"
    create_run(ws, NewRun("c", source="digits"))
    assert start_run(ws, NewRun("d", source="digits")).kind == "prepare"


def test_images_of_a_run_are_there_before_and_after_preparation(
    ws: Workspace, prepared: NewPrepared, bars: Dataset
) -> None:
    create_run(ws, NewRun("early", dataset_id=imported(ws, bars), budget=5))
    (early,) = run_page(ws).cards
    assert early.images == tuple(range(10))
    run = prepared(bars)
    first = [one.image for one in questions(open_run(ws, run.id))][:10]
    shown = {card.summary.run.id: card.images for card in run_page(ws).cards}
    assert list(shown[run.id]) == first


def test_what_was_imported_comes_back_as_it_was(ws: Workspace, bars: Dataset) -> None:
    names = tuple(f"{i}\n=\udcff.png" for i in range(200))
    named = replace(bars, train=replace(bars.train, names=names)).with_notes("3 links skipped")
    found = as_dataset(ws, get_dataset(ws, imported(ws, named)))
    np.testing.assert_array_equal(found.train.images, bars.train.images)
    np.testing.assert_array_equal(found.train.labels, bars.train.labels)
    assert found.train.names == names
    assert found.classes == bars.classes
    assert found.notes == ("3 links skipped",)
    assert found.test is not None
    assert bars.test is not None
    np.testing.assert_array_equal(found.test.images, bars.test.images)


def test_equal_content_is_kept_once(ws: Workspace, bars: Dataset) -> None:
    assert imported(ws, bars) == imported(ws, bars)
    other = replace(bars, classes=("a", "b", "c", "e"))
    assert imported(ws, other) != imported(ws, bars)


def test_the_pages_use_cases_load_no_learning_library() -> None:
    modules = (
        *("runs", "labeling", "spread.spreading", "training.request", "training.results"),
        *("exchange.export", "jobs", "upkeep", "datasets", "pictures.images"),
    )
    code = f"import sys; import {', '.join(f'labeler.workflow.{one}' for one in modules)}; " + (
        "print(*sorted({'sklearn', 'scipy', 'keras', 'flask'} & set(sys.modules)))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert loaded.returncode == 0, loaded.stderr
    assert loaded.stdout.split() == []


def test_a_second_run_with_the_same_settings_computes_nothing_again(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labeler.pipeline import preparation

    first = prepared(bars)
    for step in ("compute_features", "compute_graph", "compute_clusters"):
        monkeypatch.delattr(preparation, step)
    second = prepared(bars, answerer="oracle")
    assert second.id != first.id
    assert second.artefacts == first.artefacts
