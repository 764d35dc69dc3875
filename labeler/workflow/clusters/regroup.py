"""The clusters of a run, changed by the person who labels: split, merged, taken back.

A split asks about its new parts in a round of their own, within the budget. Whatever was answered
stays: the part that holds the image asked about before keeps its answer, if that was a class.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from secrets import token_urlsafe
from typing import Any

from labeler.exceptions import ConfigError
from labeler.learning.cluster_analysis.parts import MAX_PARTS
from labeler.storage import clusterings
from labeler.storage import jobs as job_rows
from labeler.storage import runs as run_rows
from labeler.storage.clusterings import NewChange
from labeler.storage.errors import ClustersChangedError
from labeler.storage.rows import (
    AnswerSource,
    AskedQuestion,
    ClusterChange,
    ClusterChangeKind,
    RunRow,
)
from labeler.workflow.adding.newcomers import newcomers_of
from labeler.workflow.budgets import choose_again
from labeler.workflow.clusters.plan import plan_merge, plan_split, plan_undo
from labeler.workflow.job_kinds import ORACLE
from labeler.workflow.run import Run, open_run, run_within
from labeler.workflow.workspace import Transaction, Workspace

ATTEMPTS = 5
"""Others may change clusters or answers meanwhile; then it is worked out again."""


@dataclass(frozen=True)
class Regrouping:
    """What became of a change.

    Attributes
    ----------
    change : ClusterChange
    n_questions : int
        Questions that it asks.
    budget : int
        Of the run, now.
    """

    change: ClusterChange
    n_questions: int
    budget: int


def split_cluster(
    ws: Workspace,
    run_id: str,
    cluster: int,
    n_parts: int | None = None,
    *,
    annotator: str,
    op_id: str | None = None,
    raise_budget: bool = False,
) -> Regrouping:
    """Cluster one cluster again, and ask about its parts.

    Parameters
    ----------
    ws : Workspace
    run_id : str
    cluster : int
        Its number.
    n_parts : int, optional
        From 2; by default as many as its silhouette suggests.
    annotator : str
    op_id : str, optional
        The same again changes nothing and gives the first result.
    raise_budget : bool
        Whether to allow as many questions as this takes.

    Raises
    ------
    ClustersChangedError
        Somebody changed this cluster meanwhile; the message says to what.
    BudgetError
        There would be more questions than the budget allows.
    ConfigError
        The cluster cannot be cut into so many parts.
    NotFoundError, NotPreparedError, OpIdReusedError
    """
    if n_parts is not None and not 2 <= n_parts <= MAX_PARTS:
        raise ConfigError(f"k is {n_parts:,}; a cluster is split into 2 to {MAX_PARTS} parts.")
    change = _Change(
        ClusterChangeKind.SPLIT,
        [cluster, n_parts],
        annotator,
        op_id or token_urlsafe(16),
        raise_budget,
    )
    return _make(ws, run_id, change, lambda run: plan_split(run, cluster, n_parts))


def merge_clusters(
    ws: Workspace,
    run_id: str,
    clusters: Sequence[int],
    *,
    annotator: str,
    op_id: str | None = None,
) -> Regrouping:
    """Make one cluster of several that were given the same class.

    Parameters
    ----------
    ws : Workspace
    run_id : str
    clusters : sequence of int
        Their numbers, at least two.
    annotator : str
    op_id : str, optional

    Raises
    ------
    ConfigError
        They are fewer than two, or do not have the same class.
    ClustersChangedError, NotFoundError, NotPreparedError, OpIdReusedError
    """
    wanted = sorted(set(clusters))
    if len(wanted) < 2:
        raise ConfigError("Choose at least two clusters to merge.")
    change = _Change(ClusterChangeKind.MERGE, wanted, annotator, op_id or token_urlsafe(16))
    return _make(ws, run_id, change, lambda run: plan_merge(run, wanted))


def undo_change(
    ws: Workspace, run_id: str, *, annotator: str, op_id: str | None = None
) -> Regrouping:
    """Take back the newest split or merge that still stands.

    The clusters are those of before again, with their answers. Questions that the split asked
    are withdrawn; where they were answered, the answers keep naming their own images.

    Raises
    ------
    ConfigError
        There is none.
    NotFoundError, NotPreparedError, ClustersChangedError, OpIdReusedError
    """
    change = _Change(ClusterChangeKind.UNDO, ["newest"], annotator, op_id or token_urlsafe(16))
    return _make(ws, run_id, change, lambda run: plan_undo(run))


def raise_budget(ws: Workspace, run_id: str, budget: int) -> RunRow:
    """Allow more questions, and have them chosen where there is something to choose by.

    In two phases that are the answers; in one, images that were added and are new in kind. Else
    they are for clusters that somebody splits.

    Raises
    ------
    InvalidError
        It would be less than now.
    ConfigError
        It would be more than there are images.
    NotFoundError, NotPreparedError
    """
    run = open_run(ws, run_id)
    run.require_prepared()
    n_images = len(run.pool)
    if budget > n_images:
        raise ConfigError(
            f"budget is {budget:,}, but the pool to label has {n_images:,} images; "
            f"raise it to {n_images:,} at most."
        )

    def allow(session: Transaction) -> RunRow:
        raised = clusterings.raise_budget(session, run_id, budget)
        chooses = run.config.plan.later is not None or newcomers_of(run).unfamiliar.any()
        if chooses and budget > run.row.budget:
            choose_again(session, run_id)  # where every round that was planned has been asked
        return raised

    return ws.database.write(allow)


@dataclass(frozen=True)
class _Change:
    """What was asked for, and by whom."""

    kind: ClusterChangeKind
    body: Any
    annotator: str
    op_id: str
    raise_budget: bool = False


def _make(
    ws: Workspace, run_id: str, change: _Change, plan: Callable[[Run], NewChange]
) -> Regrouping:
    """Work it out on what stands, and write it if that still stands; else once more."""
    for attempt in range(ATTEMPTS):
        with ws.database.reading() as session:
            run = run_within(ws, session, run_id)
            recorded = clusterings.find(
                session, run_id, change.op_id, change.kind, change.annotator, change.body
            )
        run.require_prepared()
        if recorded is not None:
            return _result(recorded, run.row, run.questions)
        new = plan(run)
        try:
            return ws.database.write(partial(_record, run=run.row, change=change, new=new))
        except ClustersChangedError:
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("the last attempt returns or raises")


def _record(session: Transaction, run: RunRow, change: _Change, new: NewChange) -> Regrouping:
    is_merge = new.kind is ClusterChangeKind.MERGE
    if is_merge and run_rows.hold(session, run.id).revision != run.revision:
        # Those to be merged may not have the same class any more.
        raise ClustersChangedError("Answers changed meanwhile; look at the clusters again.")
    if change.raise_budget and new.questions:
        needed = clusterings.count_asked(session, run.id) + len(new.questions)
        run = clusterings.raise_budget(session, run.id, max(run.budget, needed))
    recorded = clusterings.record(session, run.id, change.op_id, change.annotator, new)
    if new.questions and run.answerer is AnswerSource.ORACLE:
        job_rows.enqueue(session, ORACLE, {"run_id": run.id}, run_id=run.id)
    return Regrouping(recorded, len(new.questions), run.budget)


def _result(change: ClusterChange, run: RunRow, questions: Sequence[AskedQuestion]) -> Regrouping:
    n_questions = sum(question.round == change.round for question in questions)
    return Regrouping(change, n_questions, run.budget)
