"""Two phases of questions and spreading over a graph: by oracle and by person, as simulated.

On plain pixels, which are computed in no time.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from msgspec import convert

from labeler.config import RunConfig, preset
from labeler.datasets.base import Dataset, Split
from labeler.exceptions import ConfigError
from labeler.jobs.worker import Context
from labeler.pipeline import simulate
from labeler.progress import SILENT
from labeler.records import UNLABELED, Simulation, Source
from labeler.storage import jobs as job_rows
from labeler.storage import runs as run_rows
from labeler.storage.rows import GivenAnswer, Job, JobStatus, RunRow, Verdict
from labeler.workflow import labeling
from labeler.workflow.array_names import LABEL_SET
from labeler.workflow.exchange.export import export_chunks
from labeler.workflow.exchange.export_request import ExportRequest
from labeler.workflow.handlers import HANDLERS
from labeler.workflow.job_kinds import CHOOSE
from labeler.workflow.jobs import cancel_job, get_job
from labeler.workflow.labeling import progress_of, questions
from labeler.workflow.labeling.next_round import ask_ahead
from labeler.workflow.labeling.questions import EVIDENCE
from labeler.workflow.run import open_run
from labeler.workflow.runs import duplicate_run, get_run
from labeler.workflow.runs.settings import SpreadSettings, choose_settings
from labeler.workflow.spread import spreading
from labeler.workflow.training.request import request_training
from labeler.workflow.training.results import run_report
from labeler.workflow.workspace import Workspace
from tests.pipeline.two_phases import BEST, BUDGET, FIRST, figures, simulated

AHEAD = 1

Finish = Callable[[Job], Job]
NewPrepared = Callable[..., RunRow]


def trained(ws: Workspace, run: RunRow, finish: Finish, **options: object) -> Simulation:
    job = finish(request_training(ws, run.id, **options))  # type: ignore[arg-type]
    assert job.status is JobStatus.DONE, job.error
    found = run_report(open_run(ws, run.id)).simulation
    assert found is not None
    return found


def name(ws: Workspace, run: RunRow, dataset: Dataset, n: int | None = None) -> None:
    """Answer the first ``n`` open questions as a person who knows the truth would."""
    classes = {one.name: one.id for one in get_run(ws, run.id).classes}
    still_open = [one for one in questions(open_run(ws, run.id)) if one.verdict is None]
    for question in still_open[:n]:
        truth = dataset.classes[dataset.train.labels[question.image]]
        given = [GivenAnswer(question.id, Verdict.CLASS, classes[truth])]
        labeling.record_answers(ws, run.id, f"op-{run.id}-{question.id}", "ada", given)


def choosing(ws: Workspace, run: RunRow) -> list[Job]:
    return [job for job in get_run(ws, run.id).jobs if job.kind == CHOOSE]


@pytest.fixture
def person(prepared: NewPrepared, bars: Dataset) -> RunRow:
    return prepared(bars, preset="best", features="pixels")


@pytest.fixture
def answered(ws: Workspace, person: RunRow, bars: Dataset, finish: Finish) -> RunRow:
    """Both halves, answered rightly."""
    name(ws, person, bars)
    finish(choosing(ws, person)[0])
    name(ws, person, bars)
    return person


@pytest.mark.parametrize("error_rate", [0.0, 0.4])
def test_an_oracle_run_gives_exactly_the_simulations_figures(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars: Dataset, error_rate: float
) -> None:
    settings = {"seed": 3, "error_rate": error_rate}
    run = prepared(bars, preset="best", features="pixels", answerer="oracle", **settings)
    assert get_run(ws, run.id).summary.n_answered == BUDGET
    assert figures(trained(ws, run, finish)) == figures(simulated(bars, **settings))


def test_a_person_who_gives_the_oracles_answers_gets_its_figures(
    ws: Workspace, answered: RunRow, finish: Finish, bars: Dataset
) -> None:
    assert figures(trained(ws, answered, finish)) == figures(simulated(bars))


def test_they_are_equal_where_the_seed_holds_the_test_part_out(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars_without_test: Dataset
) -> None:
    settings = {"seed": 1, "threshold": 0.2}
    method = {"preset": "best", "features": "pixels", "answerer": "oracle"}
    run = prepared(bars_without_test, **method, **settings)
    expected = simulated(bars_without_test, **settings)
    assert figures(trained(ws, run, finish)) == figures(expected)


def test_the_next_questions_are_chosen_while_the_last_ones_are_open(
    ws: Workspace, person: RunRow, bars: Dataset, finish: Finish
) -> None:
    name(ws, person, bars, FIRST - AHEAD - 1)
    assert choosing(ws, person) == []
    name(ws, person, bars, 1)
    (job,) = choosing(ws, person)
    now = progress_of(open_run(ws, person.id))
    assert (now.n_questions, now.n_total, now.n_open, now.more_to_come) == (
        FIRST, BUDGET, AHEAD, True,
    )  # fmt: skip
    assert finish(job).result == {"n_questions": BUDGET - FIRST}
    now = progress_of(open_run(ws, person.id))
    assert (now.n_questions, now.n_total, now.more_to_come, now.n_ahead) == (
        BUDGET, BUDGET, False, 0,
    )  # fmt: skip
    kinds = [question.kind for question in questions(open_run(ws, person.id))]
    assert kinds == ["representatives"] * FIRST + ["uncertain"] * (BUDGET - FIRST)


def test_each_round_is_chosen_by_all_answers_before(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, finish: Finish
) -> None:
    run = prepared(bars, preset="best", features="pixels", budget=40)
    name(ws, run, bars, 20 - 5)
    finish(choosing(ws, run)[0])
    assert len(questions(open_run(ws, run.id))) == 30
    assert progress_of(open_run(ws, run.id)).more_to_come
    name(ws, run, bars, 9)
    assert len(choosing(ws, run)) == 1
    name(ws, run, bars, 1)
    finish(choosing(ws, run)[0])
    now = progress_of(open_run(ws, run.id))
    assert (now.n_questions, now.n_open, now.more_to_come) == (40, 15, False)
    name(ws, run, bars)
    assert len(choosing(ws, run)) == 2
    kinds = [question.kind for question in questions(open_run(ws, run.id))]
    assert kinds == ["representatives"] * 20 + ["uncertain"] * 20

    by_oracle = prepared(bars, preset="best", features="pixels", budget=40, answerer="oracle")
    assert [one.image for one in questions(open_run(ws, by_oracle.id))] == [
        one.image for one in questions(open_run(ws, run.id))
    ]
    expected = simulate(bars, BEST, budgets=(40,), n_seeds=1)
    assert figures(trained(ws, run, finish)) == figures(expected)


def test_a_round_that_was_asked_for_twice_begins_no_later_one(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, finish: Finish
) -> None:
    run = prepared(bars, preset="best", features="pixels", budget=40)
    name(ws, run, bars, 20 - 5)
    (job,) = choosing(ws, run)
    finish(job)
    with ws.database.writing() as session:
        again = job_rows.enqueue(session, CHOOSE, dict(job.inputs), run_id=run.id)
    assert finish(get_job(ws, again.id)).result == {"n_questions": 0}
    assert len(questions(open_run(ws, run.id))) == 30


def test_an_oracle_errs_in_every_round_as_in_a_simulation(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, finish: Finish
) -> None:
    method = {"preset": "best", "features": "pixels", "answerer": "oracle"}
    run = prepared(bars, **method, budget=60, error_rate=0.3)
    expected = simulate(bars, BEST.with_(error_rate=0.3), budgets=(60,), n_seeds=1)
    assert figures(trained(ws, run, finish)) == figures(expected)


def test_fewer_rounds_can_be_asked_for(prepared: NewPrepared, ws: Workspace, bars: Dataset) -> None:
    method = {"preset": "best", "features": "pixels", "answerer": "oracle", "budget": 40}
    one, two = (prepared(bars, name=str(n), n_rounds=n, **method) for n in (1, 2))
    states = [open_run(ws, run.id) for run in (one, two)]
    named = [
        {asked.round: asked.round_name for asked in state.questions if asked.round_name}
        for state in states
    ]
    assert named == [{1: "uncertain"}, {1: "uncertain", 2: "uncertain 2"}]
    assert [len(questions(open_run(ws, run.id))) for run in (one, two)] == [40, 40]


def test_a_quick_annotator_is_asked_what_a_slow_one_is(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, finish: Finish
) -> None:
    def asked(*, quick: bool) -> list[int]:
        run = prepared(bars, preset="best", features="pixels", name=f"quick {quick}")
        name(ws, run, bars, None if quick else FIRST - AHEAD)
        finish(choosing(ws, run)[0])
        return [question.image for question in questions(open_run(ws, run.id))]

    assert asked(quick=True) == asked(quick=False)


def test_looking_and_answering_again_asks_for_one_job(
    ws: Workspace, person: RunRow, bars: Dataset
) -> None:
    name(ws, person, bars)
    ask_ahead(ws, person.id)
    question = questions(open_run(ws, person.id))[0]
    given = [GivenAnswer(question.id, Verdict.SKIP)]
    labeling.record_answers(ws, person.id, "again", "ada", given)
    assert len(choosing(ws, person)) == 1


def test_a_choice_that_is_killed_or_delivered_twice_asks_once(
    ws: Workspace, person: RunRow, bars: Dataset, finish: Finish
) -> None:
    name(ws, person, bars)
    with ws.database.writing() as session:
        claimed = job_rows.claim(session, "doomed")
    assert claimed is not None
    deliver = HANDLERS[CHOOSE](Context(claimed, ws.database, SILENT))  # type: ignore[arg-type]
    assert deliver is not None
    with ws.database.writing() as session:
        job_rows.abandon(session, "doomed")
    assert len(questions(open_run(ws, person.id))) == FIRST
    finish(get_job(ws, claimed.id))
    with ws.database.writing() as session:
        assert deliver(session) == {"n_questions": 0}
    assert len(questions(open_run(ws, person.id))) == BUDGET


def test_a_choice_that_failed_is_not_tried_again_until_an_answer_changes(
    ws: Workspace, person: RunRow, bars: Dataset
) -> None:
    name(ws, person, bars, FIRST - AHEAD)
    cancel_job(ws, choosing(ws, person)[0].id)
    gave_up = ask_ahead(ws, person.id)
    assert gave_up is not None
    assert gave_up.status is JobStatus.CANCELLED
    name(ws, person, bars)
    assert [job.status for job in choosing(ws, person)] == [
        JobStatus.QUEUED,
        JobStatus.CANCELLED,
    ]


def test_skipped_and_mixed_answers_are_used(
    ws: Workspace, person: RunRow, bars: Dataset, finish: Finish
) -> None:
    largest = questions(open_run(ws, person.id))[0]
    given = [GivenAnswer(largest.id, Verdict.MIXED)]
    labeling.record_answers(ws, person.id, "mixed", "ada", given)
    name(ws, person, bars)
    finish(choosing(ws, person)[0])
    later = [one.image for one in questions(open_run(ws, person.id))[FIRST:]]
    members = {largest.image, *_members(ws, person, largest.cluster)}
    assert set(later) & members
    assert largest.image not in later


def _members(ws: Workspace, run: RunRow, cluster: int | None) -> list[int]:

    assert cluster is not None
    opened = open_run(ws, run.id)
    return opened.pool[opened.members(cluster)].tolist()


def test_nothing_but_skips_still_leads_to_further_questions(
    ws: Workspace, person: RunRow, finish: Finish
) -> None:
    given = [GivenAnswer(one.id, Verdict.SKIP) for one in questions(open_run(ws, person.id))]
    labeling.record_answers(ws, person.id, "skips", "ada", given)
    assert finish(choosing(ws, person)[0]).status is JobStatus.DONE
    assert len(questions(open_run(ws, person.id))) == BUDGET


def test_every_question_has_its_place_on_the_contact_sheet(ws: Workspace, answered: RunRow) -> None:
    views = questions(open_run(ws, answered.id))
    assert sorted(view.order for view in views) == list(range(BUDGET))
    assert {view.order for view in views[:FIRST]} == set(range(FIRST))


def test_an_uncertain_image_is_shown_with_its_neighbours(ws: Workspace, answered: RunRow) -> None:
    last = questions(open_run(ws, answered.id))[-1]
    shown = labeling.evidence(open_run(ws, answered.id), last.id)
    assert len(shown.nearest) == EVIDENCE
    assert last.image not in shown.nearest
    assert (shown.random, shown.farthest, shown.size) == ((), (), 1)


def test_a_copy_has_the_same_questions_and_no_more_to_come(ws: Workspace, answered: RunRow) -> None:
    copy = duplicate_run(ws, answered.id)
    assert [one.image for one in questions(open_run(ws, copy.id))] == [
        one.image for one in questions(open_run(ws, answered.id))
    ]
    assert not progress_of(open_run(ws, copy.id)).more_to_come
    assert ask_ahead(ws, copy.id) is None


def test_spread_labels_are_kept_until_an_answer_changes(
    ws: Workspace, answered: RunRow, finish: Finish
) -> None:
    job = spreading.request_spread(ws, answered.id)
    assert job is not None
    here_and_now = spreading.spread(open_run(ws, answered.id)).label_set
    assert finish(job).status is JobStatus.DONE
    assert spreading.request_spread(ws, answered.id) is None
    kept = spreading.spread(open_run(ws, answered.id)).label_set
    for part in (*LABEL_SET, "probabilities"):
        np.testing.assert_array_equal(getattr(kept, part), getattr(here_and_now, part))

    labeling.undo(ws, answered.id, "undo", "ada")
    undone = questions(open_run(ws, answered.id))[-1].image
    assert spreading.request_spread(ws, answered.id) is not None
    after = spreading.spread(open_run(ws, answered.id)).label_set
    assert kept.sources[undone] == Source.HUMAN
    assert after.sources[undone] == Source.PROPAGATED
    assert (after.sources == Source.HUMAN).sum() == BUDGET - 1


def test_a_copy_does_not_take_the_labels_of_its_original(
    ws: Workspace, person: RunRow, finish: Finish
) -> None:
    def name_all(run: RunRow, position: int) -> None:
        class_id = get_run(ws, run.id).classes[position].id
        given = [
            GivenAnswer(one.id, Verdict.CLASS, class_id) for one in questions(open_run(ws, run.id))
        ]
        labeling.record_answers(ws, run.id, f"all {run.id}", "ada", given)

    name_all(person, 0)
    job = spreading.request_spread(ws, person.id)
    assert job is not None
    finish(job)
    copy = duplicate_run(ws, person.id)
    name_all(copy, 1)
    assert spreading.spread(open_run(ws, copy.id)).counts["b"] == 200


def test_a_label_that_only_an_undone_answer_gave_is_gone(
    ws: Workspace, person: RunRow, bars: Dataset, finish: Finish
) -> None:
    name(ws, person, bars, 1)
    before = spreading.spread(open_run(ws, person.id))
    assert before.n_labeled > 1
    job = spreading.request_spread(ws, person.id)
    assert job is not None
    finish(job)
    labeling.undo(ws, person.id, "undo", "ada")
    assert spreading.spread(open_run(ws, person.id)).n_labeled == 0
    assert spreading.request_spread(ws, person.id) is None


def test_more_confidence_leaves_fewer_and_better_labels(ws: Workspace, answered: RunRow) -> None:
    every = spreading.spread(open_run(ws, answered.id), threshold=0.0)
    middle = float(np.sort(every.label_set.confidences)[100])
    sure = spreading.spread(open_run(ws, answered.id), threshold=middle)
    assert (every.method, every.n_labeled) == ("graph", 200)
    assert BUDGET <= sure.n_labeled == (every.label_set.confidences >= np.float32(middle)).sum()
    confidences = [one.confidence for one in every.borderline]
    assert confidences == sorted(confidences)
    assert len(confidences) == spreading.MAX_BORDERLINE
    assert min(one.confidence for one in sure.borderline) >= np.float32(middle)


def test_answers_can_still_be_spread_inside_clusters(
    ws: Workspace, answered: RunRow, finish: Finish
) -> None:
    inside = spreading.spread(open_run(ws, answered.id), fraction=1.0)
    assert inside.method == "cluster"
    assert inside.n_labeled == 200
    found = trained(ws, answered, finish, fraction=1.0)
    assert [(s.stage, s.method) for s in found.stages[2:3]] == [("propagated", "cluster")]
    choose_settings(ws, answered.id, SpreadSettings("cluster", 0.5, 0.0))
    assert spreading.spread(open_run(ws, answered.id)).method == "cluster"
    choose_settings(ws, answered.id, SpreadSettings("graph", 1.0, 0.1))
    assert spreading.spread(open_run(ws, answered.id)).threshold == 0.1


def test_both_ways_at_once_or_without_a_graph_are_refused(
    ws: Workspace, answered: RunRow, prepared: NewPrepared, bars: Dataset
) -> None:
    with pytest.raises(ConfigError, match="not both"):
        spreading.spread(open_run(ws, answered.id), fraction=1.0, threshold=0.1)
    with pytest.raises(ConfigError, match="threshold is 2.0"):
        spreading.spread(open_run(ws, answered.id), threshold=2.0)
    classic = prepared(bars, name="classic", answerer="oracle")
    with pytest.raises(ConfigError, match="has no graph"):
        spreading.spread(open_run(ws, classic.id), threshold=0.1)
    with pytest.raises(ConfigError, match="has no graph"):
        request_training(ws, classic.id, threshold=0.1)


@pytest.mark.parametrize(
    ("method", "given", "why"),
    [
        ("graph", {"fraction": 0.5}, "graph takes a threshold"),
        ("cluster", {"threshold": 0.5}, "cluster takes a fraction"),
        ("rumour", {}, "it must be one of cluster, graph"),
    ],
)
def test_a_way_that_does_not_take_what_is_given_is_refused(
    ws: Workspace, person: RunRow, method: str, given: dict[str, float], why: str
) -> None:
    with pytest.raises(ConfigError, match=why):
        spreading.spread(open_run(ws, person.id), **given, method=method)


def test_labels_that_were_spread_in_another_way_do_not_count(
    ws: Workspace, answered: RunRow, finish: Finish
) -> None:
    job = spreading.request_spread(ws, answered.id)
    assert job is not None
    finish(job)
    assert spreading.look_for_spread(open_run(ws, answered.id)) is None
    with ws.database.writing() as session:
        run_rows.update_run(session, answered.id, settings={"spread_by": "another"})
    assert spreading.look_for_spread(open_run(ws, answered.id)) is not None


def test_an_export_says_which_labels_were_spread(ws: Workspace, answered: RunRow) -> None:
    rows = (
        b"".join(export_chunks(open_run(ws, answered.id), ExportRequest(answered.id)))
        .decode()
        .splitlines()[1:]
    )
    said = [tuple(row.split(",")[4:6]) for row in rows]
    assert (said.count(("class", "human")), said.count(("", "propagated"))) == (BUDGET, 188)


def test_without_ground_truth_agreement_is_told_and_no_accuracy(
    ws: Workspace,
    prepared: NewPrepared,
    finish: Finish,
    bars: Dataset,
    bars_without_truth: Dataset,
) -> None:
    run = prepared(bars_without_truth, classes=bars.classes, preset="best", features="pixels")
    name(ws, run, bars)
    finish(choosing(ws, run)[0])
    name(ws, run, bars)
    found = trained(ws, run, finish)
    assert found.stages == ()
    metrics = open_run(ws, run.id).results[0].metrics
    (estimate,), (choice,) = metrics.estimates or (), metrics.choices or ()
    assert choice.n_answers == BUDGET
    assert sum(note.startswith(f"Chosen use of {BUDGET} labels: ") for note in found.notes) == 1
    assert (estimate.fraction, estimate.coverage) == (None, 1)
    assert estimate.cross_validation is not None
    assert estimate.cross_validation.n_images == BUDGET


def test_a_half_answered_run_says_so_in_its_figures(
    ws: Workspace, person: RunRow, bars: Dataset, finish: Finish
) -> None:
    name(ws, person, bars)
    cancel_job(ws, choosing(ws, person)[0].id)
    found = trained(ws, person, finish)
    assert "Not all questions of the second half are chosen yet." in found.notes
    assert found.stages[-2].n_labels == FIRST


def test_an_old_run_without_the_new_settings_still_works(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, finish: Finish
) -> None:
    from labeler.workflow.budgets import config_of

    run = prepared(bars, answerer="oracle")
    new = {"weights", "strategy", "propagation", "threshold"}
    old = replace(run, config={k: v for k, v in run.config.items() if k not in new})
    assert config_of(old) == config_of(run)
    assert get_run(ws, run.id).propagation == "cluster"


def test_truth_that_is_known_in_part_is_no_obstacle(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars_without_test: Dataset
) -> None:
    labels = bars_without_test.train.labels.copy()
    labels[::7] = UNLABELED
    partly = replace(bars_without_test, train=Split(bars_without_test.train.images, labels))
    run = prepared(partly, preset="best", features="pixels", answerer="oracle", seed=1)
    assert figures(trained(ws, run, finish)) == figures(simulated(partly, seed=1))


def test_a_new_run_takes_single_parts_from_elsewhere_than_its_preset() -> None:
    from labeler.workflow.runs import NewRun

    new = NewRun("mine", source="digits", preset="classic", propagation="graph", threshold=0.3)
    assert new.config() == RunConfig(propagation="graph", threshold=0.3)
    assert NewRun("other", source="digits").config() == preset("best")
    old = {"name": "queued before", "source": "digits", "preset": "classic"}
    assert convert(old, NewRun).config() == RunConfig()
