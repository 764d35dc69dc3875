"""A run, opened in a notebook: arrays and a table to look at, and nothing that could change it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labeler.exceptions import ConfigError
from labeler.records import UNLABELED, Source
from labeler.workflow.exchange.suggestions import suggestions_of
from labeler.workflow.run import Run
from labeler.workflow.run import open_run as run_at_moment
from labeler.workflow.runs import find_run
from labeler.workflow.spreading import spread
from labeler.workflow.workspace import open_existing

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class GivenAnswer:
    """One answer that stands.

    Attributes
    ----------
    index : int
        The image's number in the data set as it was read.
    verdict : str
        ``class``, ``skip`` or ``mixed``.
    class_name : str or None
        Merges resolved; None unless the verdict is a class.
    cluster : int or None
        The number of the cluster that the image stands for.
    source : str
        ``human`` or ``oracle``; ``reviewed`` or ``corrected``, where a label was shown.
    annotator : str
    at : datetime
        In UTC.
    """

    index: int
    verdict: str
    class_name: str | None
    cluster: int | None
    source: str
    annotator: str
    at: datetime


@dataclass(frozen=True, eq=False, repr=False)
class OpenRun:
    """A run as it stood when it was opened; every array is read-only, one entry an image.

    Attributes
    ----------
    id, name, dataset : str
    classes : tuple of str
        Names; a label is an index into it.
    indices : ndarray of shape (n,), dtype int64
        The number of each image of the pool in the data set as it was read.
    file_names : tuple of str, or None
        None where images only have a number.
    images : ndarray of shape (n, height, width) or (n, height, width, 3), dtype uint8
        On disk until they are looked at.
    features : ndarray of shape (n, n_features), dtype float32
    clusters : ndarray of shape (n,), dtype int64
        The number of each image's cluster, as the pages and exports have it.
    labels : ndarray of shape (n,), dtype int64
        Answers and what was spread from them; -1 for none.
    sources : ndarray of shape (n,), dtype str
        ``human``, ``oracle``, ``reviewed``, ``corrected``, ``propagated`` or ``none``.
    confidences : ndarray of shape (n,), dtype float32
        0 for no label, 1 for an answer.
    suggestions : ndarray of shape (n,), dtype int64
        Labels from imported files that nobody confirmed; -1 for none.
    true_labels : ndarray of shape (n,), dtype int64
        Ground truth, where it is known; else -1.
    answers : tuple of GivenAnswer
        In the order asked.
    fraction : float
        How far the answers are spread.
    test_images, test_labels : ndarray or None
        What is held out to test on.
    """

    id: str
    name: str
    dataset: str
    classes: tuple[str, ...]
    indices: np.ndarray
    file_names: tuple[str, ...] | None
    images: np.ndarray
    features: np.ndarray
    clusters: np.ndarray
    labels: np.ndarray
    sources: np.ndarray
    confidences: np.ndarray
    suggestions: np.ndarray
    true_labels: np.ndarray
    answers: tuple[GivenAnswer, ...]
    fraction: float
    test_images: np.ndarray | None
    test_labels: np.ndarray | None

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        n_labeled = int(np.count_nonzero(self.labels != UNLABELED))
        shape = " × ".join(map(str, self.images.shape))
        return (
            f"<run {self.name!r} ({self.id}) on {self.dataset}: {len(self.answers):,} answers, "
            f"{n_labeled:,} of {len(self):,} images labeled at fraction {self.fraction:g}>\n"
            f"  classes   {', '.join(self.classes[:12])}{', …' if len(self.classes) > 12 else ''}\n"
            f"  images    {shape}, {self.images.dtype}\n"
            f"  features  {' × '.join(map(str, self.features.shape))}, {self.features.dtype}\n"
            "  labels, sources, confidences, clusters, indices, suggestions: one an image\n"
            "  .to_pandas() gives a table, .answers what was said"
        )

    def to_pandas(self) -> "pd.DataFrame":
        """One row for each image of the pool, with the columns of ``labeler export``.

        Raises
        ------
        ConfigError
            pandas is not installed.
        """
        try:
            import pandas as pd
        except ModuleNotFoundError as error:
            raise ConfigError("A table needs pandas: pip install pandas.") from error
        return pd.DataFrame(self._columns()).set_index("index", drop=False).rename_axis(None)

    to_frame = to_pandas

    def _columns(self) -> Mapping[str, Any]:
        # The last name is what UNLABELED (-1) picks.
        names = np.array([*self.classes, None], dtype=object)
        nameless = [None] * len(self)
        return {
            "index": self.indices,
            "file_name": nameless if self.file_names is None else list(self.file_names),
            "label": self.labels,
            "class_name": names[self.labels],
            "source": self.sources,
            "cluster": self.clusters,
            "confidence": self.confidences,
            "suggestion": names[self.suggestions],
            "true_class": names[self.true_labels],
        }


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
    names = np.array([source.name.lower() for source in Source])
    numbers = run.cluster_numbers
    return OpenRun(
        id=run.id,
        name=run.name,
        dataset=run.dataset.name,
        classes=run.labels.names,
        indices=_frozen(run.pool),
        file_names=pool.names,
        images=_frozen(pool.images),
        features=_frozen(prepared.X),
        clusters=_frozen(numbers[run.clusters.labels]),
        labels=_frozen(view.label_set.labels),
        sources=_frozen(names[view.label_set.sources]),
        confidences=_frozen(view.label_set.confidences),
        suggestions=_frozen(suggestions),
        true_labels=_frozen(pool.labels),
        answers=_answers(run, numbers),
        fraction=view.fraction,
        test_images=None if test is None else _frozen(test.images),
        test_labels=None if test is None else _frozen(test.labels),
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


def _frozen(array: np.ndarray) -> np.ndarray:
    """A view that refuses to be written to; what is on disk stays there."""
    view = array.view()
    view.setflags(write=False)
    return view


__all__ = ["GivenAnswer", "OpenRun", "open_run"]
