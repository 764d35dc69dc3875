"""What the labels of a run mean: its own classes first, then true classes it has none for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from labeler.records import UNLABELED
from labeler.storage import classes as class_rows
from labeler.storage.rows import RunClass


@dataclass(frozen=True)
class LabelSpace:
    """What a label of a run means.

    Attributes
    ----------
    names : tuple of str
        Class names by label: the run's own classes, merged ones left out, in their order; then
        true classes that the run has no class for.
    label_of : dict of int to int
        The label of each of the run's classes by id; a merged class has that of its target.
    label_of_truth : tuple of int
        The label of each true class of the data set.
    class_ids : tuple of int
        The run's own classes by label: those that are in use, in their order.
    """

    names: tuple[str, ...]
    label_of: Mapping[int, int]
    label_of_truth: tuple[int, ...]
    class_ids: tuple[int, ...]

    def as_class_ids(self, labels: np.ndarray) -> np.ndarray:
        """The class of each label by its id, which renames and merges leave; else ``UNLABELED``."""
        table = np.full(len(self.names) + 1, UNLABELED, dtype=np.int64)
        table[: len(self.class_ids)] = self.class_ids
        return np.asarray(table[labels])

    def as_labels(self, class_ids: np.ndarray) -> np.ndarray:
        """The labels that these classes have now; ``UNLABELED`` for ids of none."""
        ids, places = np.unique(class_ids, return_inverse=True)
        labels = [self.label_of.get(class_id, UNLABELED) for class_id in ids.tolist()]
        return np.array(labels, dtype=np.int64)[places]

    def translate(self, true_labels: np.ndarray) -> np.ndarray:
        """True classes of the data set as labels of the run; what is unknown stays so."""
        # The last entry is what UNLABELED (-1) picks.
        table = np.array([*self.label_of_truth, UNLABELED], dtype=np.int64)
        translated: np.ndarray = table[true_labels]
        return translated


def label_space(
    classes: tuple[RunClass, ...],
    true_classes: tuple[str, ...],
    truth_of_position: Sequence[int | None] | None,
) -> LabelSpace:
    """Work out what the labels of a run mean.

    Parameters
    ----------
    classes : tuple of RunClass
    true_classes : tuple of str
        Names of the data set's own classes.
    truth_of_position : sequence of int or None
        The true class that each of the run's first classes was made for, by position: it stays
        that class when it is renamed.
    """
    targets = class_rows.resolve(classes)
    live = [run_class for run_class in classes if run_class.merged_into is None]
    label_of_live = {run_class.id: label for label, run_class in enumerate(live)}
    label_of = {run_class.id: label_of_live[targets[run_class.id]] for run_class in classes}
    label_of_truth = _labels_of_truth(classes, true_classes, truth_of_position or (), label_of)
    names = [run_class.name for run_class in live]
    for truth, name in enumerate(true_classes):
        if truth not in label_of_truth:
            label_of_truth[truth] = len(names)
            names.append(name)
    ordered = tuple(label_of_truth[truth] for truth in range(len(true_classes)))
    return LabelSpace(tuple(names), label_of, ordered, tuple(label_of_live))


def _labels_of_truth(
    classes: tuple[RunClass, ...],
    true_classes: tuple[str, ...],
    truth_of_position: Sequence[int | None],
    label_of: Mapping[int, int],
) -> dict[int, int]:
    made_for = {position: truth for position, truth in enumerate(truth_of_position)}
    by_name = {name.casefold(): truth for truth, name in enumerate(true_classes)}
    label_of_truth: dict[int, int] = {}
    for run_class in classes:
        truth = made_for.get(run_class.position, by_name.get(run_class.name.casefold()))
        if truth is not None:
            label_of_truth.setdefault(truth, label_of[run_class.id])
    return label_of_truth
