"""Logistic regression on soft labels, which scikit-learn's does not take."""

from typing import Self

import numpy as np

from labeler.learning.estimators import LightEstimator
from labeler.learning.threads import one_thread, workers

BLOCK = 5_000
"""Images whose slope is computed at once, on each core."""

MARGIN_FLOOR = 1e-3
"""Added to the weight of each image, so that one whose two likeliest classes are level counts."""


class SoftmaxRegression(LightEstimator):
    """Multinomial logistic regression whose targets are probabilities.

    Minimises the weighted mean cross-entropy plus ``penalty / 2`` times the squared coefficients,
    with L-BFGS. On targets that are all 0 or 1 it is ``sklearn.linear_model.LogisticRegression``
    with ``C = 1 / (penalty * n)``. It has scikit-learn's verbs, but cannot keep the contract that
    ``check_estimator`` checks: targets are rows of probabilities, each with a weight.

    Parameters
    ----------
    penalty : float
    max_iter : int

    Attributes
    ----------
    coef_ : ndarray of shape (n_features, n_classes), dtype float32
    intercept_ : ndarray of shape (n_classes,), dtype float32
    """

    def __init__(self, penalty: float = 1e-4, max_iter: int = 60) -> None:
        self.penalty = penalty
        self.max_iter = max_iter

    @one_thread()
    def fit(self, X: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> Self:
        """Learn from ``X`` and soft labels; a second call starts from what the first found.

        Parameters
        ----------
        X : ndarray of shape (n, n_features), dtype float32
        targets : ndarray of shape (n, n_classes), dtype float32
            Each row sums to 1.
        weights : ndarray of shape (n,)
            Not negative, and not all 0.
        """
        # scipy: what no page should wait for that only asks how sure labels are
        from scipy.optimize import minimize

        n_features, n_classes = X.shape[1], targets.shape[1]
        weights = (weights / weights.sum()).astype(np.float32)[:, None]
        blocks = [
            _Block(X[rows], targets[rows], weights[rows])
            for rows in (slice(start, start + BLOCK) for start in range(0, len(X), BLOCK))
        ]

        with workers(len(blocks)) as in_order:

            def loss_and_gradient(parameters: np.ndarray) -> tuple[float, np.ndarray]:
                coef, intercept = _split(parameters, n_features, n_classes)
                parts = in_order(lambda block: block.loss_and_gradient(coef, intercept), blocks)
                losses, gradients = zip(*parts, strict=True)
                loss, gradient = sum(losses), np.sum(gradients, axis=0)
                gradient[:-1] += self.penalty * coef
                return loss + self.penalty / 2 * float((coef**2).sum()), gradient.ravel()

            optimum = minimize(
                loss_and_gradient,
                self._start(n_features, n_classes),
                jac=True,
                method="L-BFGS-B",
                options={"maxiter": self.max_iter, "ftol": 1e-7, "gtol": 1e-6},
            )
        self.coef_, self.intercept_ = _split(optimum.x, n_features, n_classes)
        return self

    @one_thread()
    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Probabilities of shape (n, n_classes), dtype float32."""
        from scipy.special import softmax

        return np.asarray(softmax(X @ self.coef_ + self.intercept_, axis=1))

    def _start(self, n_features: int, n_classes: int) -> np.ndarray:
        if hasattr(self, "coef_") and self.coef_.shape == (n_features, n_classes):
            return np.vstack([self.coef_, self.intercept_]).ravel()
        return np.zeros((n_features + 1) * n_classes)


class _Block:
    """Some rows, and how far they are from what they should be."""

    def __init__(self, X: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> None:
        self._X, self._targets, self._weights = X, targets, weights
        self._weighted = weights * targets

    def loss_and_gradient(
        self, coef: np.ndarray, intercept: np.ndarray
    ) -> tuple[float, np.ndarray]:
        """Their part of the cross-entropy, and its slope by the coefficients and the intercept."""
        logs = _log_softmax(self._X @ coef + intercept)
        loss = -float((self._weighted * logs).sum(dtype=np.float64))
        error = self._weights * (np.exp(logs) - self._targets)
        slope = (error.T @ self._X).T  # of X.T @ error, BLAS takes twice the time
        return loss, np.vstack([slope, error.sum(axis=0)])


def _log_softmax(scores: np.ndarray) -> np.ndarray:
    """Logarithms of each row's probabilities; scipy's, but a few columns' maximum found faster."""
    below = scores - np.ascontiguousarray(scores.T).max(axis=0)[:, None]
    return np.asarray(below - np.log(np.exp(below).sum(axis=1, keepdims=True)))


def margins(probabilities: np.ndarray) -> np.ndarray:
    """How far the likeliest class of each row is ahead of the second: shape (n,), 0 to 1."""
    if probabilities.shape[1] == 1:
        return np.ones(len(probabilities), dtype=np.float32)
    two_best = np.partition(probabilities, -2, axis=1)[:, -2:]
    return np.asarray(two_best[:, 1] - two_best[:, 0])


def _split(
    parameters: np.ndarray, n_features: int, n_classes: int
) -> tuple[np.ndarray, np.ndarray]:
    table = parameters.reshape(n_features + 1, n_classes).astype(np.float32)
    return table[:-1], table[-1]
