"""Confidences that become probabilities: what they claim, held against an audit's answers.

A logistic curve over the confidence's logit (Platt, "Probabilistic outputs for support vector
machines", 1999), weighted by the design; each class has its own, drawn to the one of all. With few
answers that is nearer to the truth than isotonic regression, which has a step for each answer or
two.
"""

from dataclasses import dataclass

import numpy as np

from labeler.learning.threads import one_thread

LEAST_DOUBT = 1e-6
"""Confidences nearer to 0 or 1 count as this near: a logit is finite."""

N_BINS = 10

CURVE_SPREAD = (1.0, 1.0)
"""Standard deviations of intercept and slope around 0 and 1, those of confidences as they are."""

SLOPE_SPREAD = 1.0
"""Standard deviation around 1 of a slope alone."""

CLASS_SPREAD = (0.7, 0.2)
"""Of a class's own around those of all."""

OFFSET_SPREAD = 3.0
"""Standard deviation around 0 of an offset alone: labels that claim 100 % may all be wrong."""


@dataclass(frozen=True, eq=False)
class LogitCurve:
    """``P(right) = 1 / (1 + exp(-(intercept + slope logit(confidence))))``, for each class.

    Attributes
    ----------
    intercepts, slopes : ndarray of shape (n_classes,), dtype float64
    """

    intercepts: np.ndarray
    slopes: np.ndarray

    def calibrate(self, confidences: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """How often labels like these are right.

        Parameters
        ----------
        confidences : ndarray of shape (n,)
            What each claims, 0 to 1.
        labels : ndarray of shape (n,), dtype int
            The class of each; all have one.

        Returns
        -------
        ndarray of shape (n,), dtype float64
        """
        said = self.intercepts[labels] + self.slopes[labels] * _logits(confidences)
        return _probabilities(said)


@one_thread()
def fit_logit_curve(
    confidences: np.ndarray,
    labels: np.ndarray,
    right: np.ndarray,
    weights: np.ndarray,
    n_classes: int,
) -> LogitCurve:
    """Learn what confidences are worth.

    Parameters
    ----------
    confidences : ndarray of shape (n,)
        Of the audited labels, 0 to 1; those skipped left out.
    labels : ndarray of shape (n,), dtype int
        The class of each.
    right : ndarray of shape (n,), dtype bool
        Whether each label is.
    weights : ndarray of shape (n,)
        How many labels each stands for.
    n_classes : int
        Classes that there are.

    Returns
    -------
    LogitCurve
        Without answers, that of confidences as they are.
    """
    from scipy.optimize import minimize

    logits, of_class = _logits(confidences)[:, None], np.eye(n_classes)[labels]
    X = np.hstack([np.ones_like(logits), of_class, logits, of_class * logits])
    prior = np.repeat([0.0, 0.0, 1.0, 0.0], [1, n_classes] * 2)
    (offset, steepness), (own_offset, own_steepness) = CURVE_SPREAD, CLASS_SPREAD
    spread = np.repeat([offset, own_offset, steepness, own_steepness], [1, n_classes] * 2)
    shares = weights / weights.mean() if len(weights) else weights

    def loss(curve: np.ndarray) -> tuple[float, np.ndarray]:
        said, off = X @ curve, (curve - prior) / spread
        missed = np.logaddexp(0, said) - right * said
        gradient = X.T @ (shares * (_probabilities(said) - right)) + off / spread
        return float(shares @ missed + off @ off / 2), gradient

    found = minimize(loss, prior, jac=True, method="L-BFGS-B").x.reshape(2, -1)
    return LogitCurve(*(found[:, :1] + found[:, 1:]))


@one_thread()
def fit_offset(confidences: np.ndarray, right: np.ndarray) -> tuple[float, float]:
    """How far the logits of confidences lie from what they are worth, whatever the class.

    Parameters
    ----------
    confidences : ndarray of shape (n,)
        Of labels that were not looked at before, 0 to 1.
    right : ndarray of shape (n,), dtype bool
        Whether each label is.

    Returns
    -------
    offset : float
        What is to be added to them: less than 0 where they claim too much. 0 without labels, and
        drawn to that by ``OFFSET_SPREAD`` where there are few.
    error : float
        Its standard error.
    """
    from scipy.optimize import minimize_scalar

    logits = _logits(confidences)

    def loss(offset: float) -> float:
        said = logits + offset
        missed = np.logaddexp(0, said) - right * said
        return float(missed.sum() + (offset / OFFSET_SPREAD) ** 2 / 2)

    offset = float(minimize_scalar(loss).x)
    said = _probabilities(logits + offset)
    information = (said * (1 - said)).sum() + OFFSET_SPREAD**-2
    return offset, float(information**-0.5)


@one_thread()
def fit_slope(confidences: np.ndarray, right: np.ndarray, n_classes: int) -> float:
    """How much of what confidences claim beyond chance is to be believed, whatever the class.

    As temperature scaling (Guo et al., "On calibration of modern neural networks", ICML 2017) does
    for all classes together, of the one that was named; sureness is never added.

    Parameters
    ----------
    confidences : ndarray of shape (n,)
        Of images that were not learned from, in the classes that were named, 0 to 1.
    right : ndarray of shape (n,), dtype bool
        Whether each class is.
    n_classes : int
        At least 2.

    Returns
    -------
    float
        0, nothing, to 1, all of it; drawn to that by ``SLOPE_SPREAD`` where there are few images.
    """
    from scipy.optimize import minimize_scalar

    chance = _chance(n_classes)
    beyond = _logits(confidences) - chance

    def loss(slope: float) -> float:
        said = chance + slope * beyond
        missed = np.logaddexp(0, said) - right * said
        return float(missed.sum() + ((slope - 1) / SLOPE_SPREAD) ** 2 / 2)

    return float(minimize_scalar(loss, bounds=(0, 1), method="bounded").x)


def drawn_to_chance(slope: float, n_classes: int) -> LogitCurve:
    """The curve that leaves so much of what confidences claim beyond chance.

    Parameters
    ----------
    slope : float
        As of ``fit_slope``.
    n_classes : int
        The same for each; at least 2.

    Returns
    -------
    LogitCurve
        The same for every class; as confidences are, for 1.
    """
    intercept = (1 - slope) * _chance(n_classes)
    return LogitCurve(np.full(n_classes, intercept), np.full(n_classes, float(slope)))


def _chance(n_classes: int) -> float:
    """The logit of one class among so many."""
    return -float(np.log(n_classes - 1))


def moved(offset: float, n_classes: int) -> LogitCurve:
    """The curve that adds so much to every logit.

    Parameters
    ----------
    offset : float
        As of ``fit_offset``.
    n_classes : int
        The same for each.

    Returns
    -------
    LogitCurve
        Of slope 1 for every class.
    """
    return LogitCurve(np.full(n_classes, float(offset)), np.ones(n_classes))


def calibration_error(confidences: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error: how far what is claimed lies from what is right, on average.

    Parameters
    ----------
    confidences : ndarray of shape (n,)
        Of all labels, 0 to 1; at least one.
    right : ndarray of shape (n,), dtype bool
        Whether each label is.

    Returns
    -------
    float
        ``Σ n_b |mean confidence - share right| / n`` over ten parts of equal size, by confidence.
    """
    order = np.argsort(confidences, kind="stable")
    gaps = confidences[order] - right[order]
    return float(sum(abs(part.sum()) for part in np.array_split(gaps, N_BINS)) / len(gaps))


def calibration_error_by_class(
    confidences: np.ndarray, labels: np.ndarray, right: np.ndarray, n_classes: int
) -> np.ndarray:
    """``calibration_error`` among the labels of each class.

    Parameters
    ----------
    confidences : ndarray of shape (n,)
        What each claims, 0 to 1.
    labels : ndarray of shape (n,), dtype int
        The class of each.
    right : ndarray of shape (n,), dtype bool
        Whether each label is.
    n_classes : int
        Classes that there are.

    Returns
    -------
    ndarray of shape (n_classes,), dtype float64
        nan for a class without labels.
    """
    of_class = [labels == label for label in range(n_classes)]
    return np.array(
        [
            calibration_error(confidences[own], right[own]) if own.any() else np.nan
            for own in of_class
        ]
    )


def _logits(confidences: np.ndarray) -> np.ndarray:
    inside = np.clip(np.asarray(confidences, dtype=float), LEAST_DOUBT, 1 - LEAST_DOUBT)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def _probabilities(logits: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(-np.logaddexp(0, -logits)))
