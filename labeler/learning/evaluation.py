"""Pure numbers: how good predictions and label sets are, and how sure we can be of it."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import t as student_t
from sklearn.metrics import precision_recall_fscore_support

from labeler.learning.figures import contingency
from labeler.records import Interval, Scores

CLEARLY = 2.0
"""Standard deviations of what chance alone would do, for one way to be called better."""


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
        confusion=contingency(y_true, y_pred, n_classes, n_classes),
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


def is_clearly_better(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether one way names the same images rightly more often than another, beyond chance.

    Only images count that one of them names rightly and the other does not, as in McNemar's test
    ("Note on the sampling error of the difference between correlated proportions or percentages",
    Psychometrika 1947).

    Parameters
    ----------
    first, second : ndarray of shape (n,), dtype bool
        Which images each way names rightly.
    """
    n_first = np.count_nonzero(first & ~second)
    n_second = np.count_nonzero(second & ~first)
    return bool(n_first - n_second > CLEARLY * np.sqrt(n_first + n_second))
