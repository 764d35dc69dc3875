"""An audit and images that come later: what is judged stays what it was."""

from pathlib import Path

import numpy as np
import pytest

from labeler.storage.errors import InvalidError
from labeler.workflow.adding.history import undo_addition
from labeler.workflow.audit.answers import answer_by_oracle, asking
from labeler.workflow.audit.begin import begin_audit, judged_labels
from labeler.workflow.audit.certificate import images_csv
from labeler.workflow.audit.figures import figure_of_labels, newest_figures
from labeler.workflow.audit.kept import RunAudit, audit_of
from labeler.workflow.run import Run, open_run
from labeler.workflow.workspace import Workspace
from tests.bar_pictures import lay
from tests.workflow.grown_runs import Add, sqlite

pytestmark = sqlite


def audit_now(ws: Workspace, run: Run) -> RunAudit:
    audit = audit_of(open_run(ws, run.id))
    assert audit is not None
    return audit


def test_images_that_come_later_are_not_judged(
    ws: Workspace,
    begun: Run,
    folder: Path,
    add: Add,
) -> None:
    row = begin_audit(ws, begun.id)
    before = audit_now(ws, begun)
    asked = [question.image for question in asking(before).questions]
    answer_by_oracle(ws, begun.id, row.number)
    figures = newest_figures(audit_now(ws, begun))
    assert figures is not None
    lay(folder, range(100, 110))
    add(begun, folder)
    after = audit_now(ws, begun)
    assert len(after.run.pool) > len(before.run.pool)
    assert [question.image for question in asking(after).questions] == asked
    now = newest_figures(after)
    assert now is not None
    assert (now.right, now.by_class) == (figures.right, figures.by_class)
    assert images_csv(now) == images_csv(figures)
    later = figure_of_labels(after.run, now, judged_labels(after.run))
    assert later is not None
    assert later.label_set != row.label_set
    assert later.right.n == now.right.n


def test_images_that_are_judged_are_not_taken_back(
    ws: Workspace,
    begun: Run,
    folder: Path,
    add: Add,
) -> None:
    first = begin_audit(ws, begun.id)
    answer_by_oracle(ws, begun.id, first.number)
    n_before = len(begun.pool)
    lay(folder, range(100, 110))
    add(begun, folder)
    begin_audit(ws, begun.id)
    assert np.max(audit_now(ws, begun).design.images) >= n_before
    undo_addition(ws, begun.id)  # nobody answered that one
    assert audit_now(ws, begun).row == first
    add(begun, folder)
    second = begin_audit(ws, begun.id)
    answer_by_oracle(ws, begun.id, second.number)
    with pytest.raises(InvalidError, match="audit"):
        undo_addition(ws, begun.id)
