"""The order in which labels should be looked at, as a table."""

import csv
import io
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields, replace
from itertools import islice

from labeler.formats.csv import neutralise
from labeler.learning.reviewing import ReviewQueue, review_queue
from labeler.progress import SILENT, Progress
from labeler.records import LabelSet
from labeler.words import well_formed
from labeler.workflow.datasets import as_dataset
from labeler.workflow.reviewing.labels_now import second_likeliest
from labeler.workflow.reviewing.queue import not_asked
from labeler.workflow.run import Run
from labeler.workflow.spread.spreading import chosen_settings, spread_labels


@dataclass(frozen=True)
class DoubtfulLabel:
    """One label to look at.

    Attributes
    ----------
    page : int
        Counted from 1; all labels of a page are of one class.
    index : int
        Where the image stood in the data set as it was read.
    file_name : str
        Empty where images only have a number.
    class_name : str
    confidence : float
    second_class : str
        The likeliest of the others; empty where labels come without probabilities.
    second_confidence : float or None
    """

    page: int
    index: int
    file_name: str
    class_name: str
    confidence: float
    second_class: str
    second_confidence: float | None


def doubtful_labels(
    run: Run, class_name: str | None = None, progress: Progress = SILENT
) -> Iterator[DoubtfulLabel]:
    """The spread labels of a run, the most doubtful page first.

    Parameters
    ----------
    run : Run
        Whose answers are spread as was chosen last.
    class_name : str, optional
        Labels of this class only.
    progress : Progress

    Raises
    ------
    NotFoundError
        The run has no class of that name.
    NotPreparedError
    """
    run.require_prepared()
    label = None
    if class_name is not None:
        label = run.labels.label_of[run.class_named(class_name).id]
    label_set = spread_labels(run, chosen_settings(run), progress)
    graph = run.graph if run.has_graph else None
    queue = review_queue(not_asked(run, label_set), run.features, graph, label=label)
    return _rows(run, label_set, queue)


def as_csv(labels: Iterator[DoubtfulLabel], limit: int | None = None) -> Iterator[bytes]:
    """The header and a line for each of the first labels; safe to open in a spreadsheet."""
    yield _line(tuple(column.name for column in fields(DoubtfulLabel)))
    for label in islice(labels, limit):
        safe = replace(
            label,
            file_name=neutralise(well_formed(label.file_name)),
            class_name=neutralise(well_formed(label.class_name)),
            second_class=neutralise(well_formed(label.second_class)),
        )
        yield _line(astuple(safe))


def _rows(run: Run, label_set: LabelSet, queue: ReviewQueue) -> Iterator[DoubtfulLabel]:
    images = as_dataset(run.ws, run.dataset).train
    pool, names = run.pool, run.labels.names
    for number in range(len(queue)):
        for place in queue.page(number).images.tolist():
            image = int(pool[place])
            second, sure = second_likeliest(label_set.probabilities, place)
            yield DoubtfulLabel(
                page=number + 1,
                index=int(images.positions[image]),
                file_name="" if images.names is None else images.names[image],
                class_name=names[label_set.labels[place]],
                confidence=_short(label_set.confidences[place]),
                second_class="" if second is None else names[second],
                second_confidence=None if sure is None else _short(sure),
            )


def _short(share: float) -> float:
    return float(f"{share:.6g}")


def _line(cells: tuple[object, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()
