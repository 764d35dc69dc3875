"""The clusters of a run, changed by the person who labels: split, merged, taken back.

A split asks about its new parts in a round of their own, within the budget. Whatever was answered
stays: the part that holds the image asked about before keeps its answer, if that was a class.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

import numpy as np

from labeler.clustering import describe_clusters
from labeler.exceptions import ConfigError
from labeler.exploration.splitting import MAX_PARTS, split_vectors
from labeler.records import Clusters
from labeler.storage import clusterings
from labeler.storage import jobs as job_rows
from labeler.storage import runs as run_rows
from labeler.storage.clusterings import NewChange
from labeler.storage.errors import ClustersChangedError, NotFoundError
from labeler.storage.rows import (
    AnswerSource,
    AskedQuestion,
    ClusterChange,
    ClusterChangeKind,
    NewQuestion,
    Run,
    Verdict,
)
from labeler.workflow.pool import CLUSTER_PARTS, clusters_of, members_of, pool_of
from labeler.workflow.runs import ORACLE, config_of
from labeler.workflow.standing import NUMBERS, cluster_numbers, speakers
from labeler.workflow.state import RunState, read_state
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
    change = _Change(ClusterChangeKind.SPLIT, [cluster, n_parts], annotator, op_id, raise_budget)
    return _make(ws, run_id, change, lambda state: _split(ws, state, cluster, n_parts))


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
    change = _Change(ClusterChangeKind.MERGE, wanted, annotator, op_id)
    return _make(ws, run_id, change, lambda state: _merge(ws, state, wanted))


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
    change = _Change(ClusterChangeKind.UNDO, ["newest"], annotator, op_id)
    return _make(ws, run_id, change, lambda state: _undo(ws, state))


def raise_budget(ws: Workspace, run_id: str, budget: int) -> Run:
    """Allow more questions.

    Raises
    ------
    InvalidError
        It would be less than now.
    ConfigError
        It would be more than there are images.
    NotFoundError, NotPreparedError
    """
    state = read_state(ws, run_id)
    state.require_prepared()
    n_images = len(pool_of(ws, state.run))
    if budget > n_images:
        raise ConfigError(
            f"budget is {budget:,}, but the pool to label has {n_images:,} images; "
            f"raise it to {n_images:,} at most."
        )
    return ws.database.write(lambda session: clusterings.raise_budget(session, run_id, budget))


def list_changes(ws: Workspace, run_id: str) -> tuple[ClusterChange, ...]:
    """Every change of a run's clusters, in their order; those taken back, too.

    Raises
    ------
    NotFoundError
    """
    return read_state(ws, run_id).changes


def standing_changes(changes: Sequence[ClusterChange]) -> list[ClusterChange]:
    """The changes that were not taken back, in their order."""
    undone = {one.undoes for one in changes}
    return [
        one for one in changes if one.kind is not ClusterChangeKind.UNDO and one.id not in undone
    ]


def parents_of(changes: Sequence[ClusterChange]) -> dict[int, tuple[int, ...]]:
    """The clusters that each cluster was made from, by number; those from the start have none."""
    made = [one for one in changes if one.kind is not ClusterChangeKind.UNDO]
    return {child: one.parents for one in made for child in one.children}


class _Change:
    """What was asked for, and by whom."""

    def __init__(
        self,
        kind: ClusterChangeKind,
        body: Any,
        annotator: str,
        op_id: str | None,
        raise_budget: bool = False,
    ) -> None:
        self.kind = kind
        self.body = body
        self.annotator = annotator
        self.op_id = op_id or token_urlsafe(16)
        self.raise_budget = raise_budget


def _make(
    ws: Workspace, run_id: str, change: _Change, plan: Callable[[RunState], NewChange]
) -> Regrouping:
    """Work it out on what stands, and write it if that still stands; else once more."""
    for attempt in range(ATTEMPTS):
        state = read_state(ws, run_id)
        state.require_prepared()
        with ws.database.reading() as session:
            made = clusterings.find(
                session, run_id, change.op_id, change.kind, change.annotator, change.body
            )
        if made is not None:
            return _result(made, state.run, state.questions)
        new = plan(state)
        try:
            return ws.database.write(lambda session: _record(session, state.run, change, new))  # noqa: B023 - called at once
        except ClustersChangedError:
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("the last attempt returns or raises")


def _record(session: Transaction, run: Run, change: _Change, new: NewChange) -> Regrouping:
    is_merge = new.kind is ClusterChangeKind.MERGE
    if is_merge and run_rows.hold(session, run.id).revision != run.revision:
        # Those to be merged may not have the same class any more.
        raise ClustersChangedError("Answers changed meanwhile; look at the clusters again.")
    if change.raise_budget and new.questions:
        needed = clusterings.count_asked(session, run.id) + len(new.questions)
        run = clusterings.raise_budget(session, run.id, max(run.budget, needed))
    made = clusterings.record(session, run.id, change.op_id, change.annotator, new)
    if new.questions and run.answerer is AnswerSource.ORACLE:
        job_rows.enqueue(session, ORACLE, {"run_id": run.id}, run_id=run.id)
    return Regrouping(made, len(new.questions), run.budget)


def _result(made: ClusterChange, run: Run, questions: Sequence[AskedQuestion]) -> Regrouping:
    n_questions = sum(one.round == made.round for one in questions)
    return Regrouping(made, n_questions, run.budget)


def _split(ws: Workspace, state: RunState, number: int, n_parts: int | None) -> NewChange:
    run, pool = state.run, pool_of(ws, state.run)
    clusters, numbers = clusters_of(ws, run), cluster_numbers(ws, run)
    place = _place_of(state, numbers, number)
    members = members_of(ws, run, place)
    X = np.asarray(ws.array(run.artefacts["features"])[members])
    rng = config_of(run).rng(f"split {number}")
    parts = split_vectors(X, n_parts, rng, called=f"Cluster {number}")
    part = describe_clusters(X, parts.labels, parts.centers)
    after = _spliced(clusters, [place], members, part)
    children = _new_numbers(state, numbers, part.n_clusters)
    after_numbers = np.append(np.delete(numbers, place), children)
    return NewChange(
        kind=ClusterChangeKind.SPLIT,
        body=[number, n_parts],
        version=state.version,
        parents=[number],
        children=children,
        arrays=_save(ws, after, after_numbers),
        questions=_questions(state, after, after_numbers, children, pool),
    )


def _merge(ws: Workspace, state: RunState, wanted: Sequence[int]) -> NewChange:
    run = state.run
    clusters, numbers = clusters_of(ws, run), cluster_numbers(ws, run)
    places = [_place_of(state, numbers, number) for number in wanted]
    _require_same_class(state, places, wanted)
    members = np.flatnonzero(np.isin(clusters.labels, places))
    X = np.asarray(ws.array(run.artefacts["features"])[members])
    center = X.mean(axis=0, dtype=np.float64).astype(np.float32)
    whole = describe_clusters(X, np.zeros(len(X), dtype=np.int32), center[None])
    children = _new_numbers(state, numbers, 1)
    return NewChange(
        kind=ClusterChangeKind.MERGE,
        body=list(wanted),
        version=state.version,
        parents=list(wanted),
        children=children,
        arrays=_save(
            ws,
            _spliced(clusters, places, members, whole),
            np.append(np.delete(numbers, places), children),
        ),
    )


def _undo(ws: Workspace, state: RunState) -> NewChange:
    standing = standing_changes(state.changes)
    if not standing:
        raise ConfigError("No split or merge of this run is left to take back.")
    last = standing[-1]
    arrays = dict(last.before)
    if NUMBERS not in arrays:
        n_clusters = len(ws.array(arrays["clusters.sizes"]))
        arrays[NUMBERS] = ws.artefacts.save(np.arange(n_clusters))
    return NewChange(
        kind=ClusterChangeKind.UNDO,
        body=["newest"],
        version=state.version,
        parents=last.children,
        children=last.parents,
        arrays=arrays,
        withdrawn=[
            one.id for one in state.questions if last.round is not None and one.round == last.round
        ],
        undoes=last.id,
    )


def _place_of(state: RunState, numbers: np.ndarray, number: int) -> int:
    """Where the cluster of that number is now."""
    found = np.flatnonzero(numbers == number)
    if len(found):
        return int(found[0])
    for change in reversed(state.changes):
        if number in change.parents:
            raise ClustersChangedError(_what_became(number, change))
    raise NotFoundError(f"The run has no cluster {number}.")


def _what_became(number: int, change: ClusterChange) -> str:
    listed = ", ".join(map(str, change.children))
    if change.kind is ClusterChangeKind.SPLIT:
        done = f"was split by {change.annotator} into {listed}"
    elif change.kind is ClusterChangeKind.MERGE:
        done = f"was merged by {change.annotator} into {listed}"
    else:
        done = f"is gone: {change.annotator} took its split or merge back, to {listed}"
    return f"Cluster {number} {done}; look at that before you change it."


def _require_same_class(state: RunState, places: Sequence[int], wanted: Sequence[int]) -> None:
    given = {
        one.cluster: None if one.answer is None else one.answer.class_id for one in state.questions
    }
    classes = [given.get(place) for place in places]
    if None not in classes and len(set(classes)) == 1:
        return
    names = {one.id: one.name for one in state.classes}
    told = ", ".join(
        f"{number} {'has no class' if one is None else f'is {names[one]}'}"
        for number, one in zip(wanted, classes, strict=True)
    )
    raise ConfigError(f"Only clusters with the same answer can be merged: {told}.")


def _spliced(
    clusters: Clusters, gone: Sequence[int], members: np.ndarray, new: Clusters
) -> Clusters:
    """``clusters`` without those at ``gone``, and ``new`` ones of their members at the end."""
    n_kept = clusters.n_clusters - len(gone)
    place = np.cumsum(~np.isin(np.arange(clusters.n_clusters), gone), dtype=np.int32) - 1
    labels, distances, ranks = (
        place[clusters.labels],
        *map(np.array, (clusters.distances, clusters.ranks)),
    )
    labels[members] = n_kept + new.labels
    distances[members] = new.distances
    ranks[members] = new.ranks

    def appended(old: np.ndarray, added: np.ndarray) -> np.ndarray:
        return np.concatenate([np.delete(old, gone, axis=0), added])

    return Clusters(
        labels=labels,
        distances=distances,
        ranks=ranks,
        sizes=appended(clusters.sizes, new.sizes),
        representatives=appended(clusters.representatives, members[new.representatives]),
        centers=appended(clusters.centers, new.centers),
    )


def _new_numbers(state: RunState, numbers: np.ndarray, n: int) -> list[int]:
    """Numbers that no cluster of the run ever had."""
    used = [int(numbers.max()), *(one for change in state.changes for one in change.children)]
    used += [one for change in state.changes for one in change.parents]
    return list(range(max(used) + 1, max(used) + 1 + n))


def _save(ws: Workspace, clusters: Clusters, numbers: np.ndarray) -> dict[str, str]:
    arrays = {f"clusters.{part}": getattr(clusters, part) for part in CLUSTER_PARTS}
    return ws.artefacts.save_all({**arrays, NUMBERS: numbers.astype(np.int64)})


def _questions(
    state: RunState,
    after: Clusters,
    numbers: np.ndarray,
    children: Sequence[int],
    pool: np.ndarray,
) -> list[NewQuestion]:
    """One for each new part whose answer is not known, the largest first."""
    speaking = speakers(state.asked, after.labels, pool, numbers)
    known = _named_or_skipped(state, pool)
    first = len(numbers) - len(children)
    new = [
        NewQuestion(int(pool[_image_to_ask(after, place, known)]), number, int(after.sizes[place]))
        for place, number in enumerate(children, first)
        if _needs_asking(speaking.get(place))
    ]
    return sorted(new, key=lambda one: -one.stands_for)


def _needs_asking(question: AskedQuestion | None) -> bool:
    """A class goes on to be the answer, and an open question to be open; nothing else does."""
    if question is None:
        return True
    return question.answer is not None and question.answer.verdict is not Verdict.CLASS


def _named_or_skipped(state: RunState, pool: np.ndarray) -> np.ndarray:
    """Places in the pool of the images that need not be asked about again."""
    images = [
        one.image
        for one in state.asked
        if one.answer is not None and one.answer.verdict is not Verdict.MIXED
    ]
    return np.searchsorted(pool, np.array(images, dtype=np.int64))


def _image_to_ask(clusters: Clusters, place: int, known: np.ndarray) -> int:
    """The image nearest the centroid that nobody named or skipped; else the nearest of all."""
    members = np.flatnonzero(clusters.labels == place)
    nearest_first = members[np.argsort(clusters.ranks[members])]
    fresh = nearest_first[~np.isin(nearest_first, known)]
    return int(fresh[0] if len(fresh) else nearest_first[0])
