"""Pure numbers: how good predictions and label sets are, and how sure we can be of it."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import t as student_t
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from labeler.records import Interval, Scores


def score(y_true: np.ndarray, y_pred: np.ndarray, n_classes: int) -> Scores:
    """Compare predictions with the truth.

    Parameters
    ----------
    y_true, y_pred : ndarray of shape (n,), dtype int
    n_classes : int

    Returns
    -------
    Scores
        Per-class ratios are nan where nothing was there to divide by.
    """
    classes = np.arange(n_classes)
    precision, recall, f1, support = precision_recall_fscore_support(
        y_true, y_pred, labels=classes, zero_division=np.nan
    )
    return Scores(
        accuracy=float(np.mean(y_true == y_pred)),
        confusion=confusion_matrix(y_true, y_pred, labels=classes),
        precision=precision,
        recall=recall,
        f1=f1,
        support=support,
    )


def confidence_interval(values: Sequence[float]) -> Interval:
    """Mean of one figure over seeds, with its 95 % interval (Student's t, two-sided).

    Parameters
    ----------
    values : sequence of float
        One for each seed, at least one.
    """
    mean = float(np.mean(values))
    if len(values) < 2:
        return Interval(mean, None, tuple(values))
    standard_error = float(np.std(values, ddof=1)) / len(values) ** 0.5
    quantile = float(student_t.ppf(0.975, len(values) - 1))
    return Interval(mean, quantile * standard_error, tuple(values))
