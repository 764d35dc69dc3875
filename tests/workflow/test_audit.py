"""Audits of kept runs: what is pinned, asked, counted, and what of it anybody else can see."""

import csv
import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from labeler.datasets.base import Dataset
from labeler.exceptions import ConfigError
from labeler.formats import FORMATS
from labeler.learning.audit import PLAIN_LEVEL
from labeler.records import Source
from labeler.storage.errors import AnswerConflictError, InvalidError, NotFoundError
from labeler.storage.rows import GivenAnswer, RunRow, Verdict
from labeler.workflow import labeling
from labeler.workflow.audit.answers import answer, answer_by_oracle, asking, go_on, undo
from labeler.workflow.audit.begin import begin_audit, judged_labels
from labeler.workflow.audit.calibrating import calibrated, can_calibrate
from labeler.workflow.audit.certificate import certificate
from labeler.workflow.audit.certificate_page import certificate_html
from labeler.workflow.audit.figures import (
    AuditFigures,
    figure_of_labels,
    figures_of,
    newest_figures,
)
from labeler.workflow.audit.kept import RunAudit, audit_of
from labeler.workflow.audit.release import release_answers
from labeler.workflow.audit.telling import (
    audit_line,
    audit_of_export,
    audited_labels,
    in_brief,
    in_words,
)
from labeler.workflow.exchange.export import count_rows, export_file
from labeler.workflow.exchange.export_request import ExportFilter, ExportRequest
from labeler.workflow.exchange.import_history import undo_import
from labeler.workflow.inline import finish_job
from labeler.workflow.run import open_run
from labeler.workflow.runs import get_run
from labeler.workflow.training.request import request_training
from labeler.workflow.workspace import Workspace
from tests.workflow.conftest import BUDGET, NewPrepared

N_POOL = 200
N_JUDGED = N_POOL - BUDGET


@pytest.fixture
def named(
    bars: Dataset, prepared: NewPrepared, answer_rightly: Callable[..., None], ws: Workspace
) -> RunRow:
    """A run whose every question is answered, so that all of its pool has a label."""
    run = prepared(bars)
    answer_rightly(run, bars)
    return run


def audit_now(ws: Workspace, run: RunRow) -> RunAudit:
    audit = audit_of(open_run(ws, run.id))
    assert audit is not None
    return audit


def figures_now(ws: Workspace, run: RunRow) -> AuditFigures:
    figures = newest_figures(audit_now(ws, run))
    assert figures is not None
    return figures


def audited(ws: Workspace, run: RunRow, goal: int) -> AuditFigures:
    row = begin_audit(ws, run.id)
    go_on(ws, run.id, row.number, goal)
    answer_by_oracle(ws, run.id, row.number)
    return figures_now(ws, run)


def say(ws: Workspace, run: RunRow, place: int, name: str | None, op_id: str = "") -> None:
    ids = {run_class.name: run_class.id for run_class in get_run(ws, run.id).classes}
    verdict = Verdict.SKIP if name is None else Verdict.CLASS
    given = GivenAnswer(place + 1, verdict, None if name is None else ids[name])
    answer(ws, run.id, 1, op_id or f"{run.id}-{place}", "ada", [given])


def test_labels_that_somebody_gave_are_not_judged(ws: Workspace, named: RunRow) -> None:
    begin_audit(ws, named.id)
    audit = audit_now(ws, named)
    assert (audit.design.population, audit.n_named_before) == (N_JUDGED, BUDGET)
    given = {question.image for question in audit.run.questions}
    assert not given & {question.image for question in asking(audit).questions}


def test_the_hash_can_be_computed_from_an_export(
    ws: Workspace, named: RunRow, tmp_path: Path
) -> None:
    row = begin_audit(ws, named.id)
    export_file(open_run(ws, named.id), ExportRequest(named.id, "csv"), tmp_path / "labels.csv")
    with (tmp_path / "labels.csv").open(newline="", encoding="utf-8") as file:
        lines = [
            f"{line['index']}\t{line['class_name']}\t{line['source']}\n"
            for line in csv.DictReader(file)
            if line["split"] != "test"
        ]
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == row.label_set


def test_nothing_can_be_audited_before_something_is_spread(
    ws: Workspace, bars: Dataset, prepared: NewPrepared
) -> None:
    with pytest.raises(ConfigError, match="spread"):
        begin_audit(ws, prepared(bars).id)


def test_questions_say_nothing_that_could_sway_the_answer(ws: Workspace, named: RunRow) -> None:
    begin_audit(ws, named.id)
    asked = asking(audit_now(ws, named))
    assert {(view.cluster, view.suggestion, view.class_id) for view in asked.questions} == {
        (None, None, None)
    }
    assert asked.progress.n_open == asked.progress.n_total == len(asked.questions)


def test_there_is_no_figure_between_two_checkpoints(ws: Workspace, named: RunRow) -> None:
    row = begin_audit(ws, named.id)
    assert newest_figures(audit_now(ws, named)) is None
    answer_by_oracle(ws, named.id, row.number)
    assert [figures.n for figures in figures_of(audit_now(ws, named))] == [50]
    go_on(ws, named.id, row.number)
    n_asked = len(audit_now(ws, named).questions)
    say(ws, named, 60, "a")
    audit = audit_now(ws, named)
    assert (audit.row.goal, audit.reached, audit.n_open) == (100, (50,), n_asked - 53)


def test_a_census_is_exact(ws: Workspace, named: RunRow, bars: Dataset) -> None:
    figures = audited(ws, named, N_JUDGED)
    audit = figures.audit
    judged = audit.design.images
    truth = audit.run.true_labels[judged]
    share = float(np.mean(audit.labels[judged] == truth))
    assert (figures.right.low, figures.right.high) == (figures.right.estimate,) * 2
    assert figures.right.estimate == pytest.approx(share)
    assert sum(part.size for part in figures.by_class) == N_JUDGED
    assert "all were named" in in_words(figures)
    assert sum(part.size for part in figures.by_cluster) == N_JUDGED
    assert figures.overall.estimate == pytest.approx((share * N_JUDGED + BUDGET) / N_POOL)


def test_an_answer_sent_again_changes_nothing(ws: Workspace, named: RunRow) -> None:
    begin_audit(ws, named.id)
    for _ in range(2):
        say(ws, named, 3, "b", "same")
    assert len(audit_now(ws, named).answers) == 1
    view = asking(audit_now(ws, named)).questions[3]
    assert (view.verdict, view.op_id, view.annotator) == (Verdict.CLASS, "same", "ada")


def test_undo_opens_the_question_again(ws: Workspace, named: RunRow) -> None:
    begin_audit(ws, named.id)
    say(ws, named, 3, "b")
    recorded = undo(ws, named.id, 1, "back", "ada")
    assert recorded.question_ids == (4,)
    assert audit_now(ws, named).n_open == len(audit_now(ws, named).questions)


@pytest.mark.parametrize("question_id", [0, 53, 2**40])
def test_only_what_is_asked_is_answered(ws: Workspace, named: RunRow, question_id: int) -> None:
    begin_audit(ws, named.id)
    assert len(audit_now(ws, named).questions) == 52
    with pytest.raises(NotFoundError):
        answer(ws, named.id, 1, "a", "ada", [GivenAnswer(question_id, Verdict.SKIP)])


def test_one_answer_at_a_time_and_none_over_anothers(ws: Workspace, named: RunRow) -> None:
    begin_audit(ws, named.id)
    skips = [GivenAnswer(place, Verdict.SKIP) for place in (1, 2)]
    with pytest.raises(InvalidError):
        answer(ws, named.id, 1, "a", "ada", skips)
    answer(ws, named.id, 1, "b", "ada", skips[:1], expected={1: None})
    with pytest.raises(AnswerConflictError):
        answer(ws, named.id, 1, "c", "bob", skips[:1], expected={1: None})


def test_skips_are_bounded_both_ways(ws: Workspace, named: RunRow) -> None:
    row = begin_audit(ws, named.id)
    say(ws, named, 0, None)
    answer_by_oracle(ws, named.id, row.number)
    agreement = figures_now(ws, named).agreement
    assert (agreement.n_asked, agreement.n_skipped) == (50, 1)
    assert (
        agreement.if_skipped_wrong.estimate
        < agreement.named.estimate
        <= agreement.if_skipped_right.estimate
    )


def test_an_audit_of_skips_alone_knows_nothing(
    ws: Workspace, named: RunRow, tmp_path: Path
) -> None:
    begin_audit(ws, named.id)
    for place in range(len(asking(audit_now(ws, named)).questions)):
        say(ws, named, place, None)
    assert "nothing is known" in in_words(figures_now(ws, named))
    asked = ExportRequest(named.id, "csv", calibrated=True)
    with pytest.raises(ConfigError, match="all were skipped"):
        export_file(open_run(ws, named.id), asked, tmp_path / "labels.csv")


def test_some_are_asked_twice_and_compared(ws: Workspace, named: RunRow) -> None:
    row = begin_audit(ws, named.id)
    again = np.flatnonzero(audit_now(ws, named).is_repeat)
    assert len(again) == 2
    say(ws, named, int(again[0]), None)
    answer_by_oracle(ws, named.id, row.number)
    figures = figures_now(ws, named)
    assert (figures.again.n_skipped, figures.again.same.n) == (1, 1)
    assert figures.agreement.n_skipped == 0  # the first answer counts


def test_merged_classes_count_as_one(ws: Workspace, named: RunRow, bars: Dataset) -> None:
    before = audited(ws, named, 100)
    ids = [run_class.id for run_class in get_run(ws, named.id).classes]
    labeling.merge_class(ws, named.id, ids[0], ids[1])
    after = figures_now(ws, named)
    assert after.right.estimate >= before.right.estimate
    assert [part.name for part in after.by_class] == ["b", "c", "d"]
    assert after.audit.row.label_set == before.audit.row.label_set


def test_the_same_answers_judge_later_labels(ws: Workspace, named: RunRow) -> None:
    first = audited(ws, named, N_JUDGED)
    run = first.audit.run
    same = figure_of_labels(run, first, judged_labels(run))
    assert same is not None
    assert same.right == first.right
    wrong = next(c for c in run.classes if run.labels.label_of[c.id] != first.audit.labels[0])
    question = run.questions[0]
    given = GivenAnswer(question.id, Verdict.CLASS, wrong.id)
    labeling.record_answers(ws, run.id, "wrong", "ada", [given])
    now = open_run(ws, run.id)
    view = judged_labels(now)
    later = figure_of_labels(now, figures_now(ws, named), view)
    assert later is not None
    assert later.label_set != first.audit.row.label_set
    judged = first.audit.design.images
    share = np.mean(view.label_set.labels[judged] == now.true_labels[judged])
    assert later.right.estimate == pytest.approx(float(share))
    assert figures_now(ws, named).right == first.right


def test_the_classifier_is_judged_by_the_same_answers(ws: Workspace, named: RunRow) -> None:
    assert audited(ws, named, N_JUDGED).classifier is None
    finish_job(ws, request_training(ws, named.id, 1.0, "logistic").id)
    figures = figures_now(ws, named)
    assert figures.classifier is not None
    assert figures.classifier.estimate > 0.9
    assert figures.classifier.low == figures.classifier.high


def test_a_second_audit_asks_about_other_images(ws: Workspace, named: RunRow) -> None:
    first = audited(ws, named, 50).audit
    second = begin_audit(ws, named.id)
    assert (second.number, second.label_set) == (2, first.row.label_set)
    assert audit_now(ws, named).questions.tolist() != first.questions.tolist()
    with pytest.raises(NotFoundError):
        say(ws, named, 0, "a")  # of audit 1


def files_of(ws: Workspace, run: RunRow, folder: Path) -> dict[str, bytes]:
    """Every export of a run, all but what says when it was written and how it was audited."""
    written: dict[str, bytes] = {}
    for name, format in FORMATS.items():
        try:
            format.require_available()
        except ConfigError:
            continue
        target = folder / name / (f"set{format.suffix}" if format.suffix else "set")
        target.parent.mkdir(parents=True)
        export_file(open_run(ws, run.id), ExportRequest(run.id, name), target)
        files = target.parent.rglob("*")
        contents = {str(f.relative_to(folder)): f for f in files if f.is_file()}
        written |= {n: f.read_bytes() for n, f in contents.items() if "manifest" not in n}
    return written


@pytest.mark.parametrize("ws", ["sqlite"], indirect=True)
def test_before_its_release_an_audit_changes_no_export(
    ws: Workspace, named: RunRow, tmp_path: Path
) -> None:
    before = files_of(ws, named, tmp_path / "before")
    audited(ws, named, 100)
    assert audit_now(ws, named).n_audited == 100
    after = files_of(ws, named, tmp_path / "after")
    assert len({name.partition("/")[0] for name in before}) >= 10
    assert after == before


def test_released_answers_are_answers_of_the_run(ws: Workspace, named: RunRow) -> None:
    figures = audited(ws, named, 50)
    before = figures.audit.run
    done = release_answers(ws, named.id, 1)
    assert done.n_answers == 50
    run = open_run(ws, named.id)
    label_set = judged_labels(run).label_set
    sources = label_set.sources[figures.audit.sample(50).images]
    assert set(sources.tolist()) == {Source.ORACLE}
    assert run.revision > before.revision
    assert figures_now(ws, named).right == figures.right
    assert figure_of_labels(run, figures_now(ws, named), judged_labels(run)) is None
    with pytest.raises(ConfigError, match="before"):
        release_answers(ws, named.id, 1)
    with pytest.raises(InvalidError, match="released"):
        say(ws, named, 0, "a")
    undo_import(ws, named.id)
    assert audit_now(ws, named).is_released


def test_skips_are_not_released(ws: Workspace, named: RunRow) -> None:
    begin_audit(ws, named.id)
    say(ws, named, 0, None)
    with pytest.raises(ConfigError, match="no image"):
        release_answers(ws, named.id, 1)
    say(ws, named, 1, "b")
    assert release_answers(ws, named.id, 1).n_answers == 1
    assert open_run(ws, named.id).n_imported == 1


def test_how_many_more_are_needed(ws: Workspace, named: RunRow) -> None:
    figures = audited(ws, named, 50)
    assert figures.needed is not None
    assert 50 <= figures.needed <= N_JUDGED
    assert figures.right.level > PLAIN_LEVEL


def confidences_of(path: Path) -> dict[str, list[tuple[float, str]]]:
    """By the source of the label, what each row claims, and its class."""
    rows: dict[str, list[tuple[float, str]]] = {}
    with path.open(newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            claim = (float(line["confidence"]), line["class_name"])
            rows.setdefault(line["source"], []).append(claim)
    return rows


def test_confidences_become_probabilities_where_that_is_asked_for(
    ws: Workspace, named: RunRow, tmp_path: Path
) -> None:
    asked = ExportRequest(named.id, "csv", calibrated=True)
    with pytest.raises(ConfigError, match="check"):
        export_file(open_run(ws, named.id), asked, tmp_path / "early.csv")
    figures = audited(ws, named, N_JUDGED)
    run = open_run(ws, named.id)
    export_file(run, ExportRequest(named.id, "csv"), tmp_path / "plain.csv")
    export_file(run, asked, tmp_path / "calibrated.csv")
    plain = confidences_of(tmp_path / "plain.csv")
    probable = confidences_of(tmp_path / "calibrated.csv")
    assert {claim for claim, _ in probable["human"]} == {1.0}
    assert [name for _, name in plain["propagated"]] == [n for _, n in probable["propagated"]]
    mean = np.mean([claim for claim, _ in probable["propagated"]])
    assert mean == pytest.approx(figures.right.estimate, abs=0.02)
    plain_mean = np.mean([claim for claim, _ in plain["propagated"]])
    assert abs(mean - figures.right.estimate) < abs(plain_mean - figures.right.estimate)


def test_a_least_confidence_is_a_probability_then(ws: Workspace, named: RunRow) -> None:
    audited(ws, named, N_JUDGED)
    run = open_run(ws, named.id)
    view = calibrated(run, judged_labels(run))
    asked = ExportRequest(
        named.id, "csv", ExportFilter(min_confidence=0.9), with_test=False, calibrated=True
    )
    n_sure = int(np.count_nonzero(view.label_set.confidences >= np.float32(0.9)))
    assert count_rows(run, asked).n_rows == n_sure


def test_answers_that_were_released_calibrate_nothing(ws: Workspace, named: RunRow) -> None:
    audited(ws, named, 50)
    release_answers(ws, named.id, 1)
    run = open_run(ws, named.id)
    with pytest.raises(ConfigError, match="released"):
        calibrated(run, judged_labels(run))
    assert not can_calibrate(run, judged_labels(run))


def test_a_longer_audit_of_the_same_labels_counts_and_the_shorter_is_told_of(
    ws: Workspace, named: RunRow
) -> None:
    finish_job(ws, request_training(ws, named.id).id)
    long = audited(ws, named, 100)
    short = audited(ws, named, 50)
    assert short.audit.row.label_set == long.audit.row.label_set
    run = open_run(ws, named.id)
    found, line = audited_labels(run), audit_line(run)
    assert found is not None
    assert (found.n_answers, found.low, found.high) == (100, long.right.low, long.right.high)
    told = audit_of_export(run, judged_labels(run))
    assert told is not None
    assert told["n"] == 100
    assert line is not None
    assert "by 100 images" in line
    assert "one of 2 audits of these labels" in line
    audited(ws, named, 100)  # as long as the first: beginning anew until one pleases is no way
    assert audited_labels(open_run(ws, named.id)) == found


@pytest.mark.parametrize(("goal", "said"), [(50, " images in all"), (N_JUDGED, "<dd>reached")])
def test_what_is_reached_is_not_asked_for(
    ws: Workspace, named: RunRow, goal: int, said: str
) -> None:
    page = certificate_html(certificate(audited(ws, named, goal)))
    assert said in page.partition("For give or take 3 points")[2].partition("</dd>")[0]


def test_an_audit_that_was_only_begun_hides_no_figure(ws: Workspace, named: RunRow) -> None:
    finish_job(ws, request_training(ws, named.id).id)
    done = audited(ws, named, 100)
    run = done.audit.run
    other = GivenAnswer(run.questions[0].id, Verdict.CLASS, run.classes[-1].id)
    labeling.record_answers(ws, run.id, "other", "ada", [other])
    finish_job(ws, request_training(ws, named.id).id)
    begin_audit(ws, named.id)
    run = open_run(ws, named.id)
    assert run.audit is not None
    assert run.audit.audit.label_set != done.audit.row.label_set
    found, told = audited_labels(run), audit_of_export(run, judged_labels(run))
    assert found is not None
    assert told is not None
    assert (found.n_answers, told["n"], told["is_of_these_labels"]) == (100, 100, False)
    assert in_brief(audit_now(ws, named)) == found
    assert audit_line(run) == told["line"]
    assert can_calibrate(run, judged_labels(run))
