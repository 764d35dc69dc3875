"""What names a label set, so that anybody can tell whether they have the one that was judged."""

import hashlib
from collections.abc import Sequence

import numpy as np

from labeler.workflow.datasets import as_dataset
from labeler.workflow.exchange.choices import SOURCES
from labeler.workflow.run import Run
from labeler.workflow.views import SpreadView


def hash_labels(run: Run, view: SpreadView) -> str:
    """SHA-256 that names a label set.

    Of one line for each image of the pool, in its order: index, class name and source with a tab
    between, each ended by a newline. They stand so in the rows of an export without filters, but
    for those of the test part.
    """
    return hash_label_set(run, view.classes, view.label_set.labels, view.label_set.sources)


def hash_label_set(
    run: Run, classes: Sequence[str], labels: np.ndarray, sources: np.ndarray
) -> str:
    """The same of labels over the pool of a run, or over its first images.

    Parameters
    ----------
    run : Run
    classes : sequence of str
        Names by label.
    labels, sources : ndarray of shape (n,)
        As of a ``LabelSet``.
    """
    pool = as_dataset(run.ws, run.dataset).train.positions[run.pool[: len(labels)]]
    names = [*classes, ""]  # the last one is what UNLABELED (-1) picks
    digest = hashlib.sha256()
    rows = zip(pool.tolist(), labels.tolist(), sources.tolist(), strict=True)
    for index, label, source in rows:
        line = f"{index}\t{names[label]}\t{SOURCES[source]}\n"
        digest.update(line.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
