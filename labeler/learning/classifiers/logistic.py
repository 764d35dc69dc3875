"""Logistic regression, on labels or on soft labels."""

import warnings
from collections.abc import Mapping
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from labeler.learning.scaling import evening_scale, spread_scale
from labeler.learning.softmax_regression import MARGIN_FLOOR, SoftmaxRegression, margins
from labeler.learning.threads import one_thread
from labeler.progress import SILENT, Progress

NAME = "logistic"
TITLE = "logistic regression"
TAKES = "seconds"

MAX_ITER = 100
"""More iterations change the test accuracy by less than another seed does."""
TOL = 1e-3


class LogisticClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Multinomial logistic regression on features whose scales are drawn together.

    Each feature is divided by the fourth root of its spread. On principal components, the solver
    then needs a fraction of the iterations; dividing by the whole spread needs fewer still, but
    a hundred labels do worse where noise weighs as much as shape.

    Parameters
    ----------
    random_state : int
        Not used; every classifier takes it.
    C : float
        Inverse strength of the L2 penalty.
    """

    is_deterministic = True

    def __init__(self, random_state: int = 0, C: float = 1.0) -> None:
        self.random_state = random_state
        self.C = C

    @one_thread()
    def fit(
        self,
        X: np.ndarray,
        y: np.ndarray,
        groups: np.ndarray | None = None,
        progress: Progress = SILENT,
        probabilities: np.ndarray | None = None,
    ) -> Self:
        """Learn from ``X`` of shape (n, n_features) and labels, hard or soft; no ``groups``."""
        X, y = validate_data(self, X, y)
        check_classification_targets(y)
        self.classes_ = np.unique(y)
        if len(self.classes_) == 1:
            return self
        if probabilities is not None:
            return self._fit_soft(X, probabilities, progress)
        self.scale_ = spread_scale(X)
        with progress.task(f"Training logistic regression on {len(X):,} images"):
            self.model_ = LogisticRegression(C=self.C, tol=TOL, max_iter=MAX_ITER)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                self.model_.fit(X / self.scale_, y)
            # As it comes back from a file: last digits depend on how values lie in memory.
            self.model_.coef_ = np.ascontiguousarray(self.model_.coef_)
        return self

    @one_thread()
    def predict(self, X: np.ndarray) -> np.ndarray:
        """Class indices of shape (n,)."""
        X = self._checked(X)
        if len(self.classes_) == 1:
            return np.full(len(X), self.classes_[0])
        if isinstance(self.model_, SoftmaxRegression):
            return np.asarray(self.model_.predict_proba(X / self.scale_).argmax(axis=1))
        return np.asarray(self.model_.predict(X / self.scale_))

    @one_thread()
    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Probabilities of the classes in ``classes_``, shape (n, n_seen)."""
        X = self._checked(X)
        if len(self.classes_) == 1:
            return np.ones((len(X), 1))
        return np.asarray(self.model_.predict_proba(X / self.scale_))

    def state(self) -> dict[str, np.ndarray]:
        """What was learned, as plain arrays."""
        check_is_fitted(self)
        if len(self.classes_) == 1:
            return {"classes": self.classes_, "n_features": np.array(self.n_features_in_)}
        return {
            "classes": self.classes_,
            "scale": self.scale_,
            "coef": self.model_.coef_,
            "intercept": self.model_.intercept_,
            "is_soft": np.array(isinstance(self.model_, SoftmaxRegression)),
        }

    def restore(self, state: Mapping[str, np.ndarray]) -> Self:
        """Know what another learned, in place of learning."""
        self.classes_ = state["classes"]
        if len(self.classes_) == 1:
            self.n_features_in_ = int(state["n_features"])
            return self
        self.scale_ = state["scale"]
        self.n_features_in_ = len(self.scale_)
        if state["is_soft"]:
            self.model_ = SoftmaxRegression()
        else:
            self.model_ = LogisticRegression(C=self.C, tol=TOL, max_iter=MAX_ITER)
            self.model_.classes_ = self.classes_
            self.model_.n_features_in_ = self.n_features_in_
        self.model_.coef_, self.model_.intercept_ = state["coef"], state["intercept"]
        return self

    def _checked(self, X: np.ndarray) -> np.ndarray:
        check_is_fitted(self)
        return np.asarray(validate_data(self, X, reset=False))

    def _fit_soft(self, X: np.ndarray, probabilities: np.ndarray, progress: Progress) -> Self:
        self.classes_ = np.arange(probabilities.shape[1])
        self.scale_ = evening_scale(X)
        with progress.task(f"Training logistic regression on {len(X):,} soft labels"):
            weights = margins(probabilities) + MARGIN_FLOOR
            self.model_ = SoftmaxRegression().fit(X / self.scale_, probabilities, weights)
        return self
