"""Audits of kept runs: more of one class, and images that belong to none."""

import csv
import io

import numpy as np
import pytest

from labeler.exceptions import ConfigError
from labeler.storage.errors import InvalidError, NotFoundError
from labeler.storage.rows import GivenAnswer, RunRow, Verdict
from labeler.workflow import labeling
from labeler.workflow.audit.answers import MORE, answer, answer_by_oracle, ask_more, go_on
from labeler.workflow.audit.begin import begin_audit
from labeler.workflow.audit.certificate import certificate, images_csv
from labeler.workflow.audit.figures import AuditFigures, PartFigure
from labeler.workflow.audit.kept import audits_of
from labeler.workflow.audit.listed import listed
from labeler.workflow.audit.release import release_answers
from labeler.workflow.run import open_run
from labeler.workflow.workspace import Workspace
from tests.workflow.test_audit import (
    audit_now,
    audited,
    figures_now,
    named,  # noqa: F401 - a fixture
)

pytestmark = pytest.mark.parametrize("ws", ["sqlite"], indirect=True)


def class_ids(ws: Workspace, run: RunRow) -> dict[str, int]:
    return {run_class.name: run_class.id for run_class in open_run(ws, run.id).classes}


def of_class(figures: AuditFigures, name: str) -> PartFigure:
    return next(part for part in figures.by_class if part.name == name)


def test_more_of_a_class_counts_for_that_class_alone(
    ws: Workspace,
    named: RunRow,  # noqa: F811
) -> None:
    before = audited(ws, named, 50)
    n_questions, class_id = len(before.audit.questions), class_ids(ws, named)["b"]
    ask_more(ws, named.id, 1, class_id)
    audit = audit_now(ws, named)
    beside = audit.questions[n_questions:]
    n_new = min(MORE, of_class(before, "b").size - of_class(before, "b").right.n)
    assert len(beside) == len(set(beside) - set(before.audit.questions)) == n_new
    assert set(audit.labels[beside]) == {audit.run.labels.label_of[class_id]}
    with pytest.raises(ConfigError, match="first"):
        ask_more(ws, named.id, 1, class_id)
    given = GivenAnswer(n_questions + 1, Verdict.CLASS, class_id)
    answer(ws, named.id, 1, "one", "ada", [given])
    assert figures_now(ws, named).by_class == before.by_class  # until all of them are named
    answer_by_oracle(ws, named.id, 1)
    after = figures_now(ws, named)
    assert after.right == before.right
    assert repr(after.by_cluster) == repr(before.by_cluster)  # nan is no equal of itself
    assert of_class(after, "a") == of_class(before, "a")
    assert of_class(after, "b").right.n == of_class(before, "b").right.n + n_new
    assert of_class(after, "b").right.half_width < of_class(before, "b").right.half_width


def test_a_longer_audit_asks_for_none_of_these_again(
    ws: Workspace,
    named: RunRow,  # noqa: F811
) -> None:
    first = audited(ws, named, 50).audit
    ask_more(ws, named.id, 1, class_ids(ws, named)["b"])
    answer_by_oracle(ws, named.id, 1)
    so_far = audit_now(ws, named).questions
    go_on(ws, named.id, 1)
    audit = audit_now(ws, named)
    assert audit.questions[: len(so_far)].tolist() == so_far.tolist()
    fresh = audit.questions[len(so_far) :][~audit.is_repeat[len(so_far) :]]
    assert not set(fresh) & set(so_far)
    answer_by_oracle(ws, named.id, 1)
    figures = figures_now(ws, named)
    assert (figures.n, figures.agreement.n_asked) == (100, 100)
    assert figures.audit.sample(100).images.tolist() == first.design.deck[:100].tolist()
    for class_id in class_ids(ws, named).values():
        for _ in range(3):
            try:
                ask_more(ws, named.id, 1, class_id)
            except ConfigError as error:
                assert "was asked about" in str(error)  # noqa: PT017
            answer_by_oracle(ws, named.id, 1)
    figures = figures_now(ws, named)  # every label of every class was looked at
    audit = figures.audit
    right = audit.labels[audit.design.images] == audit.run.true_labels[audit.design.images]
    for label, part in enumerate(figures.by_class):
        own = audit.labels[audit.design.images] == label
        assert (part.right.low, part.right.high) == (part.right.estimate,) * 2
        assert part.right.estimate == pytest.approx(float(np.mean(right[own])))


def test_what_cannot_be_asked_for(ws: Workspace, named: RunRow) -> None:  # noqa: F811
    class_id = class_ids(ws, named)["b"]
    with pytest.raises(NotFoundError):
        ask_more(ws, named.id, 1, class_id)
    audited(ws, named, 50)
    with pytest.raises(NotFoundError):
        ask_more(ws, named.id, 1, 10**9)
    release_answers(ws, named.id, 1)
    with pytest.raises(InvalidError, match="released"):
        ask_more(ws, named.id, 1, class_id)


def test_none_of_these_is_an_answer_and_no_skip(
    ws: Workspace,
    named: RunRow,  # noqa: F811
) -> None:
    row = begin_audit(ws, named.id)
    answer(ws, named.id, 1, "none", "ada", [GivenAnswer(1, Verdict.NONE)])
    answer_by_oracle(ws, named.id, row.number)
    figures = figures_now(ws, named)
    told = certificate(figures)
    assert (told.none_of_these, told.skipped) == (1, 0)
    image = figures.audit.questions[0]
    name = figures.audit.run.labels.names[figures.audit.labels[image]]
    assert {part.class_: part.none_of_these for part in told.by_class if part.none_of_these} == {
        name: 1
    }
    weight = figures.audit.sample(50).weights[0]
    share = float(weight) / figures.audit.design.population
    assert told.without_class.estimate == pytest.approx(share)
    rows = list(csv.DictReader(io.StringIO(images_csv(figures).decode())))
    assert [row["none_of_these"] for row in rows] == ["1"] + ["0"] * 49
    assert (rows[0]["answer"], rows[0]["right"], rows[0]["skipped"]) == ("", "0", "0")
    assert release_answers(ws, named.id, 1).n_answers == 49


def test_a_run_takes_no_such_answer(ws: Workspace, named: RunRow) -> None:  # noqa: F811
    question = open_run(ws, named.id).questions[0]
    with pytest.raises(InvalidError, match="audit"):
        labeling.record_answers(
            ws, named.id, "none", "ada", [GivenAnswer(question.id, Verdict.NONE)]
        )


def test_an_earlier_audit_keeps_its_figures(ws: Workspace, named: RunRow) -> None:  # noqa: F811
    first = audited(ws, named, 100)
    second = audited(ws, named, 50)
    run = open_run(ws, named.id)
    audits = audits_of(run)
    assert [line.number for line in listed(audits)] == [2, 1]
    assert [(line.n, line.estimate) for line in listed(audits)] == [
        (50, second.right.estimate),
        (100, first.right.estimate),
    ]
    assert [audit.is_newest for audit in audits] == [True, False]
    assert run.audit is not None
    assert audits[0].row == run.audit.audit
