"""What is known about a run: the newest figures, and its clusters from worst to best."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from labeler.datasets import Dataset
from labeler.exceptions import ConfigError
from labeler.learning.figures import contingency, looseness
from labeler.records import Answer, LabelingRun, LabelSet, Question, Simulation, Source
from labeler.records.label_quality import Audited
from labeler.records.results import Verdict as LabelVerdict
from labeler.report.results import as_simulation
from labeler.report.verdict import verdict
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import Result, RunRow, Verdict
from labeler.workflow.array_names import LABEL_SET, Array, has_clusters, predictions
from labeler.workflow.arrays import clusters_from
from labeler.workflow.audit.telling import line_of_labels
from labeler.workflow.pictures.original_arrays import load_originals
from labeler.workflow.run import Run
from labeler.workflow.training.versions import Versions, versions_of

MAX_CELL_IMAGES = 200


@dataclass(frozen=True)
class ClusterRow:
    """One cluster, its answer, and how far it can be trusted.

    Attributes
    ----------
    cluster : int
        Its number.
    question_id, image : int
        Of the image that stands for it.
    verdict : Verdict or None
        None where nobody answered yet.
    class_name : str or None
        What it was named.
    purity : float or None
        Share of its images, of known class, that belong to the class most frequent in it; None
        without ground truth.
    right : float or None
        Share of its images, of known class, that are what it was named.
    true_classes : dict of str to int
        Its images by true class, the most frequent first.
    looseness : float
        Mean distance to the centroid, relative to that of all clusters together.
    """

    cluster: int
    question_id: int
    image: int
    size: int
    verdict: Verdict | None
    class_name: str | None
    purity: float | None
    right: float | None
    true_classes: Mapping[str, int]
    looseness: float


@dataclass(frozen=True, eq=False)
class RunReport:
    """What the report of a run shows.

    Attributes
    ----------
    classes : tuple of str
        Names by label, as they are now.
    result : Result or None
        The newest; None before the first training. ``result.metrics`` has the shape of
        ``labeler simulate --json``, with ``estimates`` where there is no ground truth.
    simulation : Simulation or None
        The same figures, for the plots and tables of ``labeler.report``.
    verdict : labeler.records.results.Verdict or None
        What its labels are worth, in words.
    is_stale : bool
        Whether answers or classes changed since.
    clusters : tuple of ClusterRow
        From worst to best.
    results : tuple of Result
        All of them, the newest first.
    versions : Versions or None
        What changed since the training before.
    """

    run: RunRow
    classes: tuple[str, ...]
    result: Result | None
    simulation: Simulation | None
    verdict: LabelVerdict | None
    is_stale: bool
    clusters: tuple[ClusterRow, ...]
    results: tuple[Result, ...]
    versions: Versions | None


def run_report(run: Run, audited: Audited | None = None) -> RunReport:
    """Everything that the report of a run shows.

    Parameters
    ----------
    run : Run
    audited : Audited, optional
        What an audit of the labels found.

    Raises
    ------
    NotPreparedError
    """
    run.require_prepared()
    newest = run.results[0] if run.results else None
    simulation = None if newest is None else simulation_of(run, newest)
    return RunReport(
        run=run.row,
        classes=run.labels.names,
        result=newest,
        simulation=simulation,
        verdict=None if simulation is None else verdict(simulation, audited),
        is_stale=newest is not None and newest.revision != run.revision,
        clusters=tuple(cluster_rows(run)),
        results=run.results,
        versions=versions_of(run),
    )


def report_data(run: Run) -> tuple[Simulation, Dataset]:
    """What ``labeler.report.folder.write_report`` needs: the newest figures, and the images.

    Raises
    ------
    ConfigError
        The run was not trained yet, or its classes changed since.
    """
    run.require_prepared()
    if not run.results:
        raise ConfigError(f"The run {run.name!r} was not trained yet.")
    dataset, simulation = run.pool_dataset, simulation_of(run, run.results[0])
    if list(dataset.classes) != list(run.results[0].metrics.classes):
        raise ConfigError("The classes changed since the last training; train the run again.")
    n_images = len(simulation.sample.label_set)
    if n_images > len(dataset.train):
        raise ConfigError("Images were taken back since the last training; train the run again.")
    line = line_of_labels(run)
    if line is not None:
        simulation = replace(simulation, notes=(*simulation.notes, line))
    dataset = _with_originals(run, dataset)
    if n_images < len(dataset.train):  # some were added since
        dataset = replace(dataset, train=dataset.train.take(np.arange(n_images)))
    return simulation, dataset


def _with_originals(run: Run, dataset: Dataset) -> Dataset:
    """The same, each image of the pool with how it looks."""
    originals = load_originals(run.ws, run.dataset, "pool")
    if originals is None:
        return dataset
    train = replace(dataset.train, originals=originals.take(np.asarray(run.pool)))
    return replace(dataset, train=train)


def confusion_images(
    run: Run,
    stage: int,
    true: int,
    predicted: int,
    *,
    result_id: int | None = None,
) -> tuple[int, ...]:
    """Test images behind one cell of a confusion matrix, by image number.

    The images that were tested on are the first of those that are held out now, unless some that
    were added have been taken back.

    Parameters
    ----------
    run : Run
    stage : int
        Place in ``result.metrics.stages``.
    true, predicted : int
        Labels: places in ``result.metrics.classes``.
    result_id : int, optional
        By default the newest result.

    Raises
    ------
    NotFoundError
        There is no such result or stage.
    """
    result = _result(run, result_id)
    if predictions(stage) not in result.artefacts:
        raise NotFoundError(f"The result has no stage {stage}.")
    guesses = run.ws.array(result.artefacts[predictions(stage)])
    truth = run.ws.array(result.artefacts[Array.TEST_LABELS])
    places = np.flatnonzero((truth == true) & (guesses == predicted))[:MAX_CELL_IMAGES]
    held_out = np.empty(0, dtype=np.int64) if run.held_out is None else run.held_out
    return tuple(held_out[places[places < len(held_out)]].tolist())


def simulation_of(run: Run, result: Result) -> Simulation:
    """A stored result as the record that reports are made from."""
    return as_simulation(result.metrics, _sample(run, result))


def cluster_rows(run: Run) -> list[ClusterRow]:
    """The clusters of a run from worst to best.

    With ground truth, the worst is the one in which the largest share of images is not what it
    was named; without, the loosest one. Clusters without a name come by purity or looseness too.
    """
    clusters, numbers = run.clusters, run.cluster_numbers.tolist()
    n_classes = len(run.labels.names)
    size = (clusters.n_clusters, n_classes)
    histogram = contingency(clusters.labels, run.true_labels, *size)
    compared = contingency(clusters.labels, run.other_truth, *size)
    loose = looseness(clusters)
    rows = []
    for question in run.questions:
        if question.cluster is None:
            continue
        answer, counts = question.answer, histogram[question.cluster]
        class_id = None if answer is None else answer.class_id
        label = None if class_id is None else run.labels.label_of[class_id]
        known, n_compared = int(counts.sum()), int(compared[question.cluster].sum())
        rows.append(
            ClusterRow(
                cluster=numbers[question.cluster],
                question_id=question.id,
                image=question.image,
                size=int(clusters.sizes[question.cluster]),
                verdict=None if answer is None else answer.verdict,
                class_name=None if label is None else run.labels.names[label],
                purity=float(counts.max() / known) if known else None,
                right=(
                    float(compared[question.cluster][label] / n_compared)
                    if n_compared and label is not None
                    else None
                ),
                true_classes=_by_frequency(counts, run.labels.names),
                looseness=float(loose[question.cluster]),
            )
        )
    return sorted(rows, key=lambda row: badness(row.right, row.purity, row.looseness, row.size))


def badness(
    right: float | None, purity: float | None, looseness: float, size: int
) -> tuple[float, float, int]:
    """Sorts clusters from worst to best."""
    share = right if right is not None else purity
    return (1.0 if share is None else share, -looseness, -size)


def _by_frequency(counts: np.ndarray, names: tuple[str, ...]) -> dict[str, int]:
    order = np.argsort(-counts, kind="stable")
    return {names[label]: int(counts[label]) for label in order if counts[label]}


def _result(run: Run, result_id: int | None) -> Result:
    for result in run.results:
        if result_id in (None, result.id):
            return result
    raise NotFoundError("The run has no such result.")


def _sample(run: Run, result: Result) -> LabelingRun:
    arrays = result.artefacts
    parts = {part: np.asarray(run.ws.array(arrays[name])) for part, name in LABEL_SET.items()}
    table = run.ws.array(arrays[Array.ANSWERS]).tolist()
    seed = result.metrics.run_config.seed
    answers = tuple(_answer(*row) for row in table)
    # Clusters may have changed since; results from before they could do not name theirs.
    clusters = clusters_from(run.ws, arrays if has_clusters(arrays) else run.row.artefacts)
    return LabelingRun(
        seed,
        clusters,
        answers,
        LabelSet(parts["labels"], parts["sources"], parts["confidences"], parts["origins"]),
    )


def _answer(image: int, cluster: int, label: int, source: int) -> Answer:
    question = Question(image, None if cluster < 0 else cluster)
    return Answer(question, None if label < 0 else label, Source(source))
