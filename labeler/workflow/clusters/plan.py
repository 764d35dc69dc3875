"""A change of clusters, worked out on a run as it stands; nothing is written but its arrays.

``regroup.py`` writes it, if what it was worked out on still stands.
"""

from collections.abc import Sequence

import numpy as np

from labeler.exceptions import ConfigError
from labeler.learning.cluster_analysis.parts import split_vectors
from labeler.learning.clustering import describe_clusters, join_clusters
from labeler.pipeline.preparation import CLUSTER_ARRAYS, cluster_arrays
from labeler.records import Clusters
from labeler.storage.clusterings import NewChange
from labeler.storage.errors import ClustersChangedError, NotFoundError
from labeler.storage.rows import AskedQuestion, ClusterChangeKind, NewQuestion, Verdict
from labeler.workflow.array_names import Array
from labeler.workflow.arrays import clusters_from
from labeler.workflow.clusters.lineage import standing_changes, what_became
from labeler.workflow.clusters.speakers import speakers
from labeler.workflow.run import Run
from labeler.workflow.workspace import Workspace


def plan_split(run: Run, number: int, n_parts: int | None) -> NewChange:
    """One cluster clustered again, its parts in its place and asked about.

    Raises
    ------
    ClustersChangedError, ConfigError, NotFoundError
        As ``regroup.split_cluster``.
    """
    pool, clusters, numbers = run.pool, run.clusters, run.cluster_numbers
    place = _place_of(run, numbers, number)
    members = run.members(place)
    X = np.asarray(run.features[members])
    rng = run.config.rng(f"split {number}")
    parts = split_vectors(X, n_parts, rng, called=f"Cluster {number}")
    part = describe_clusters(X, parts.labels, parts.centers)
    after = _spliced(clusters, [place], members, part)
    children = _new_numbers(run, numbers, part.n_clusters)
    after_numbers = np.append(np.delete(numbers, place), children)
    return NewChange(
        kind=ClusterChangeKind.SPLIT,
        body=[number, n_parts],
        version=run.version,
        parents=[number],
        children=children,
        arrays=_save(run.ws, after, after_numbers),
        questions=_questions(run, after, after_numbers, children, pool),
    )


def plan_merge(run: Run, wanted: Sequence[int]) -> NewChange:
    """One cluster in the place of several, which were given the same class.

    Raises
    ------
    ClustersChangedError, ConfigError, NotFoundError
        As ``regroup.merge_clusters``.
    """
    clusters, numbers = run.clusters, run.cluster_numbers
    places = [_place_of(run, numbers, number) for number in wanted]
    _require_same_class(run, places, wanted)
    members = np.flatnonzero(np.isin(clusters.labels, places))
    X = np.asarray(run.features[members])
    center = X.mean(axis=0, dtype=np.float64).astype(np.float32)
    whole = describe_clusters(X, np.zeros(len(X), dtype=np.int32), center[None])
    children = _new_numbers(run, numbers, 1)
    return NewChange(
        kind=ClusterChangeKind.MERGE,
        body=list(wanted),
        version=run.version,
        parents=list(wanted),
        children=children,
        arrays=_save(
            run.ws,
            _spliced(clusters, places, members, whole),
            np.append(np.delete(numbers, places), children),
        ),
    )


def plan_undo(run: Run) -> NewChange:
    """The clusters of before the newest change that stands.

    Raises
    ------
    ConfigError
        There is none.
    """
    standing = standing_changes(run.changes)
    if not standing:
        raise ConfigError("No split or merge of this run is left to take back.")
    last = standing[-1]
    arrays = _joined_since(run, dict(last.before))
    if Array.CLUSTER_NUMBERS not in arrays:
        n_clusters = len(run.ws.array(arrays[CLUSTER_ARRAYS["sizes"]]))
        arrays[Array.CLUSTER_NUMBERS] = run.ws.artefacts.save(np.arange(n_clusters))
    return NewChange(
        kind=ClusterChangeKind.UNDO,
        body=["newest"],
        version=run.version,
        parents=last.children,
        children=last.parents,
        arrays=arrays,
        withdrawn=[
            question.id
            for question in run.questions
            if last.round is not None and question.round == last.round
        ],
        undoes=last.id,
    )


def _joined_since(run: Run, arrays: dict[str, str]) -> dict[str, str]:
    """Clusters of before, with the images that were added to the run since."""
    clusters = clusters_from(run.ws, arrays)
    n_before = len(clusters.labels)
    if n_before == len(run.pool):
        return arrays
    joined = join_clusters(clusters, np.asarray(run.features[n_before:]))
    return arrays | run.ws.artefacts.save_all(cluster_arrays(joined))


def _place_of(run: Run, numbers: np.ndarray, number: int) -> int:
    """Where the cluster of that number is now."""
    places = np.flatnonzero(numbers == number)
    if len(places):
        return int(places[0])
    for change in reversed(run.changes):
        if number in change.parents:
            raise ClustersChangedError(what_became(number, change))
    raise NotFoundError(f"The run has no cluster {number}.")


def _require_same_class(run: Run, places: Sequence[int], wanted: Sequence[int]) -> None:
    class_of = {
        question.cluster: None if question.answer is None else question.answer.class_id
        for question in run.questions
    }
    classes = [class_of.get(place) for place in places]
    if None not in classes and len(set(classes)) == 1:
        return
    names = {run_class.id: run_class.name for run_class in run.classes}
    listed = ", ".join(
        f"{number} {'has no class' if class_id is None else f'is {names[class_id]}'}"
        for number, class_id in zip(wanted, classes, strict=True)
    )
    raise ConfigError(f"Only clusters with the same answer can be merged: {listed}.")


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


def _new_numbers(run: Run, numbers: np.ndarray, n: int) -> list[int]:
    """Numbers that no cluster of the run ever had."""
    used = [int(numbers.max()), *(child for change in run.changes for child in change.children)]
    used += [parent for change in run.changes for parent in change.parents]
    return list(range(max(used) + 1, max(used) + 1 + n))


def _save(ws: Workspace, clusters: Clusters, numbers: np.ndarray) -> dict[str, str]:
    arrays = cluster_arrays(clusters)
    return ws.artefacts.save_all({**arrays, Array.CLUSTER_NUMBERS: numbers.astype(np.int64)})


def _questions(
    run: Run,
    after: Clusters,
    numbers: np.ndarray,
    children: Sequence[int],
    pool: np.ndarray,
) -> list[NewQuestion]:
    """One for each new part whose answer is not known, the largest first."""
    speaking = speakers(run.asked, after.labels, pool, numbers)
    known = _named_or_skipped(run, pool)
    first = len(numbers) - len(children)
    new = [
        NewQuestion(int(pool[_image_to_ask(after, place, known)]), number, int(after.sizes[place]))
        for place, number in enumerate(children, first)
        if _needs_asking(speaking.get(place))
    ]
    return sorted(new, key=lambda question: -question.stands_for)


def _needs_asking(question: AskedQuestion | None) -> bool:
    """A class goes on to be the answer, and an open question to be open; nothing else does."""
    if question is None:
        return True
    return question.answer is not None and question.answer.verdict is not Verdict.CLASS


def _named_or_skipped(run: Run, pool: np.ndarray) -> np.ndarray:
    """Places in the pool of the images that need not be asked about again."""
    images = [
        question.image
        for question in run.asked
        if question.answer is not None and question.answer.verdict is not Verdict.MIXED
    ]
    return np.searchsorted(pool, np.array(images, dtype=np.int64))


def _image_to_ask(clusters: Clusters, place: int, known: np.ndarray) -> int:
    """The image nearest the centroid that nobody named or skipped; else the nearest of all."""
    members = np.flatnonzero(clusters.labels == place)
    nearest_first = members[np.argsort(clusters.ranks[members])]
    fresh = nearest_first[~np.isin(nearest_first, known)]
    return int(fresh[0] if len(fresh) else nearest_first[0])
