"""The labels that an audit judges, as they were when it began: by class, so that they stay."""

import hashlib
from collections.abc import Mapping

import numpy as np

from labeler.records import UNLABELED
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
    indices = as_dataset(run.ws, run.dataset).train.positions[run.pool].tolist()
    names = [*view.classes, ""]  # the last one is what UNLABELED (-1) picks
    labels, sources = view.label_set.labels.tolist(), view.label_set.sources.tolist()
    digest = hashlib.sha256()
    for index, label, source in zip(indices, labels, sources, strict=True):
        line = f"{index}\t{names[label]}\t{SOURCES[source]}\n"
        digest.update(line.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def as_class_ids(run: Run, labels: np.ndarray) -> np.ndarray:
    """The class of each label by its id, which renames and merges leave; ``UNLABELED`` for none."""
    live = {label: id for id, label in _by_merges_last(run)}
    table = np.full(len(run.labels.names) + 1, UNLABELED, dtype=np.int64)
    table[list(live)] = list(live.values())
    return np.asarray(table[labels])


def as_labels(run: Run, class_ids: np.ndarray) -> np.ndarray:
    """The labels that these classes have now, merges resolved."""
    label_of: Mapping[int, int] = run.labels.label_of
    ids, places = np.unique(class_ids, return_inverse=True)
    labels = np.array([label_of.get(id, UNLABELED) for id in ids.tolist()], dtype=np.int64)
    return np.asarray(labels[places])


def _by_merges_last(run: Run) -> list[tuple[int, int]]:
    """Class and label; of the classes with one label, the live one is the last."""
    merged_first = sorted(run.classes, key=lambda run_class: run_class.merged_into is None)
    return [(run_class.id, run.labels.label_of[run_class.id]) for run_class in merged_first]
