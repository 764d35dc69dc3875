"""A run as it stood when it was opened, and what can be done with it next."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labeler.formats.rows import SOURCE_NAMES
from labeler.notebook import steps
from labeler.notebook.snapshot import GivenAnswer, Snapshot
from labeler.workflow.exchange.suggestions import suggestions_of
from labeler.workflow.labeling.next_round import open_questions
from labeler.workflow.pictures.original_arrays import has_originals
from labeler.workflow.pictures.originals import KeptOriginals, path_of
from labeler.workflow.run import Run
from labeler.workflow.run import open_run as run_at_moment
from labeler.workflow.runs import find_run
from labeler.workflow.spread.spreading import spread
from labeler.workflow.workspace import open_existing

if TYPE_CHECKING:
    from labeler.prediction.loaded import LoadedModel
    from labeler.workflow.audit.certificate import Certificate
    from labeler.workflow.exchange.export_request import ExportCount


class OpenRun(Snapshot):
    """A run as it stood when it was opened, and what can be done with it next.

    What changes the run (``answer``, ``propagate``, ``train``) gives it as it is then, and leaves
    this one as it was. The arrays are those of ``Snapshot``, which lists them all: ``images``,
    ``features``, ``labels``, ``sources``, ``confidences``, ``questions`` and so on.
    """

    def answer(self, rows: np.ndarray, labels: Any, annotator: str = "python") -> "OpenRun":
        """Answer open questions; the next ones are chosen where it is time to.

        Parameters
        ----------
        rows : array-like of shape (n_answers,), dtype int
            Of ``questions``.
        labels : array-like of shape (n_answers,)
            Names of classes, or their places in ``classes``; None, -1 or ``skip`` where nobody
            can tell, ``mixed`` where a cluster is not one thing.
        annotator : str
            Whose answers they are.

        Returns
        -------
        OpenRun

        Raises
        ------
        ConfigError
            A row is not asked about, or a label is no class; nothing is recorded then.
        """
        steps.answer(self.id, self.instance, rows, labels, annotator)
        return open_run(self.id, self.instance)

    @cached_property
    def model(self) -> "LoadedModel":
        """What names new pictures, as the run was trained last, and as ``load_model`` gives it.

        Raises
        ------
        ConfigError
            It is not trained on the answers and classes of now.
        """
        return steps.model(self.id, self.instance)

    def add_classes(self, *names: str) -> "OpenRun":
        """Add classes at the end.

        Parameters
        ----------
        *names : str
        """
        steps.add_classes(self.id, self.instance, names)
        return open_run(self.id, self.instance)

    def propagate(
        self,
        fraction: float | None = None,
        threshold: float | None = None,
        method: str | None = None,
    ) -> "OpenRun":
        """Spread the answers, and keep how as the run's choice.

        Parameters
        ----------
        fraction : float, optional
            How large a part of each cluster is labeled, the nearest first.
        threshold : float, optional
            The least confidence of a label. Without this and ``fraction``, as was chosen last.
        method : str, optional
            ``cluster``, ``graph`` or ``graph-net``.

        Returns
        -------
        OpenRun

        Raises
        ------
        ConfigError
            A setting is out of range.
        """
        steps.propagate(self.id, self.instance, fraction, threshold, method)
        return open_run(self.id, self.instance)

    def train(self, classifier: str | None = None, **choices: Any) -> "OpenRun":
        """Train a classifier on the labels; ``result`` has what it reached.

        Parameters
        ----------
        classifier : str, optional
            ``logistic`` or ``nn``; by default the run's own.
        **choices : object
            ``fraction``, ``threshold`` and ``method`` as of ``propagate``; ``comparisons=False``
            leaves out what as many random labels, and all true ones, reach.

        Returns
        -------
        OpenRun

        Raises
        ------
        ConfigError
            No image is named yet, or a setting is out of range.
        JobFailedError
        """
        steps.train(self.id, self.instance, classifier=classifier, **choices)
        return open_run(self.id, self.instance)

    def audit(
        self,
        oracle: "steps.Oracle | None" = None,
        n_answers: int = 200,
        annotator: str = "python",
        *,
        new: bool = False,
    ) -> "Certificate":
        """Find out how right the labels are, by images named blind; no label is changed by it.

        Parameters
        ----------
        oracle : callable, optional
            Called with rows, it gives the class of each image, as for ``answer``; by default the
            labels that the images came with are looked up. Some images are asked about twice, in a
            second call, to see how alike the answers are.
        n_answers : int
            Images that are named in all, of an audit that was begun before, too.
        annotator : str
        new : bool
            Whether another audit is begun, of the labels of now.

        Returns
        -------
        Certificate
            ``estimate``, ``low`` and ``high`` are the share of spread labels that are right.

        Raises
        ------
        ConfigError
            Nothing is spread yet, or fewer than 50 images are to be named.
        """
        return steps.audit(self.id, self.instance, oracle, n_answers, annotator, is_new=new)

    def export(self, path: Path | str, format: str = "csv", **choices: Any) -> "ExportCount":
        """Write the label set that was trained on last, or else chosen last.

        Parameters
        ----------
        path : Path or str
        format : str
            As for ``labeler export``.
        **choices : object
            Others of ``labeler.workflow.exchange.export_request.ExportRequest``, such as
            ``validation=0.2``.

        Returns
        -------
        ExportCount
            How many rows were written, and which were left out.

        Raises
        ------
        ConfigError
        """
        return steps.export(self.id, self.instance, Path(path), format, **choices)


def open_run(
    run: str, instance: Path | str | None = None, *, fraction: float | None = None
) -> OpenRun:
    """Open a run to look at it: arrays, answers, and a table for pandas.

    Parameters
    ----------
    run : str
        Its id, or its name if no other run has it.
    instance : Path or str, optional
        The folder of Labeler's own files; by default that of the ``labeler`` command.
    fraction : float, optional
        How far the answers are spread; by default as was chosen last.

    Returns
    -------
    OpenRun
        As the run is now; open it again to see what was answered since.

    Raises
    ------
    ConfigError
        There is no database in the folder, or the fraction is out of range.
    NotFoundError
        There is no such run, or several have the name.
    NotPreparedError
        Its clusters are not there yet.

    Examples
    --------
    >>> import labeler
    >>> run = labeler.open_run("mine")  # doctest: +SKIP
    >>> run.labels[:5], run.to_pandas().query("source == 'human'")  # doctest: +SKIP
    """
    ws = open_existing(None if instance is None else Path(instance))
    try:
        return _opened(run_at_moment(ws, find_run(ws, run).id), fraction)
    finally:
        ws.close()


def _opened(run: Run, fraction: float | None) -> OpenRun:
    run.require_prepared()
    view = spread(run, fraction)
    prepared = run.prepared
    pool, test = prepared.pool, prepared.test
    suggestions = run.labels.as_labels(suggestions_of(run).class_ids)
    names, soft = np.array(SOURCE_NAMES), view.label_set.probabilities
    numbers = run.cluster_numbers
    return OpenRun(
        id=run.id,
        name=run.name,
        dataset=run.dataset.name,
        instance=run.ws.instance,
        classes=run.labels.names,
        indices=_frozen(run.pool),
        file_names=pool.names,
        paths=_paths(run),
        images=_frozen(pool.images),
        features=_frozen(prepared.X),
        clusters=_frozen(numbers[run.clusters.labels]),
        labels=_frozen(view.label_set.labels),
        sources=_frozen(names[view.label_set.sources]),
        confidences=_frozen(view.label_set.confidences),
        suggestions=_frozen(suggestions),
        true_labels=_frozen(pool.labels),
        answers=_answers(run, numbers),
        questions=_frozen(np.searchsorted(run.pool, [q.image for q in open_questions(run)])),
        probabilities=None if soft is None else _frozen(soft),
        result=run.results[0].metrics if run.results else None,
        fraction=view.fraction,
        test_images=None if test is None else _frozen(test.images),
        test_labels=None if test is None else _frozen(test.labels),
        test_features=None if prepared.X_test is None else _frozen(prepared.X_test),
    )


def _answers(run: Run, numbers: np.ndarray) -> tuple[GivenAnswer, ...]:
    names = {class_.id: class_.name for class_ in run.classes}
    return tuple(
        GivenAnswer(
            index=question.image,
            verdict=question.answer.verdict.value,
            class_name=names.get(question.answer.class_id or 0),
            cluster=None if question.cluster is None else int(numbers[question.cluster]),
            source=question.answer.provenance,
            annotator=question.answer.annotator,
            at=question.answer.answered_at,
        )
        for question in run.questions
        if question.answer is not None
    )


def _paths(run: Run) -> tuple[str, ...] | None:
    if not has_originals(run.dataset):
        return None
    originals = KeptOriginals(run.ws, run.dataset)
    places = run.pool.tolist()
    files = map(originals.file, places)
    return tuple(
        path_of(run.ws, run.dataset, place) if file is None else str(file)
        for place, file in zip(places, files, strict=True)
    )


def _frozen(array: np.ndarray) -> np.ndarray:
    """A view that refuses to be written to; what is on disk stays there."""
    view = array.view()
    view.setflags(write=False)
    return view
