"""A few labels in, many out, with the semi-supervised contract of scikit-learn."""

from numbers import Integral, Real
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, check_scalar, validate_data

from labeler.config import RunConfig
from labeler.estimators.given_labels import (
    GivenLabels,
    as_answers,
    as_given,
    read_labels,
    require_some,
    without_missing,
)
from labeler.estimators.seeds import seed_of
from labeler.estimators.vectors import centred, graph_of
from labeler.learning.graph import N_NEIGHBORS, nearest_in_pool
from labeler.learning.propagation import propagate_over_graph, propagate_to_clusters
from labeler.learning.second_opinion import opinion_of_neighbors
from labeler.pipeline.preparation import compute_clusters
from labeler.records import UNLABELED, LabelSet

MOST_CLUSTERS = 1_000
"""Clusters that are made unless told otherwise, however many labels there are."""


class _SpreadLabels(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """What both ways have in common: labels checked, labels kept, new rows named by neighbours."""

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Probabilities of new rows, by the labels of the nearest rows of ``fit``.

        Parameters
        ----------
        X : array-like of shape (m, n_features)

        Returns
        -------
        ndarray of shape (m, n_classes), dtype float32
            Columns as in ``classes_``; each row sums to 1.
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=(np.float64, np.float32))
        labeled = np.flatnonzero(self._labels != UNLABELED)
        pool, soft = self.X_[labeled], self.label_distributions_[labeled]
        neighbors, squares = nearest_in_pool(pool, centred(np.asarray(X), self._mean))
        said = opinion_of_neighbors(neighbors, squares, soft, np.ones(len(pool), dtype=bool))
        return np.asarray(said / said.sum(axis=1, keepdims=True))

    def predict(self, X: ArrayLike) -> np.ndarray:
        """The likeliest class of each new row.

        Parameters
        ----------
        X : array-like of shape (m, n_features)

        Returns
        -------
        ndarray of shape (m,)
            Of the classes in ``classes_``.
        """
        probabilities = self.predict_proba(X)
        return np.asarray(self.classes_[probabilities.argmax(axis=1)])

    def _begin(self, X: ArrayLike, y: ArrayLike) -> GivenLabels:
        """Check rows and labels, and keep the rows about their mean."""
        X, y = validate_data(self, X, without_missing(y), dtype=(np.float64, np.float32))
        given = read_labels(np.asarray(y))
        require_some(given)
        self._mean = np.asarray(X).mean(axis=0)
        self.X_ = centred(np.asarray(X), self._mean)
        self.classes_ = given.classes
        return given

    def _end(self, label_set: LabelSet) -> Self:
        self._labels = label_set.labels
        soft = label_set.probabilities
        if soft is None:
            soft = np.zeros((len(label_set), len(self.classes_)), dtype=np.float32)
            labeled = label_set.labeled
            soft[labeled, label_set.labels[labeled]] = 1
        self.label_distributions_ = soft
        self.confidences_ = label_set.confidences
        self.transduction_ = as_given(self.classes_, label_set.labels)
        return self


class GraphPropagation(_SpreadLabels):
    """Labels spread over the graph of nearest neighbours, with a regression asked in between.

    What runs of Labeler do with the preset ``best``, for any vectors. Label spreading (Zhou et
    al., 2004) on a sparse graph whose weights follow the local density, with labels weighted by
    the rows nearest to them and classes balanced; then a logistic regression that learned from
    the spread labels is asked, and both are spread again. Time and memory grow in proportion to
    the number of rows; more than 12,000 are searched with less effort than in a run.

    Parameters
    ----------
    n_neighbors : int, default=10
        Rows that each row is joined to.
    n_refinements : int or None, default=None
        How often the regression is asked; None: as often as in a run (twice).

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes in ``y``, ascending.
    transduction_ : ndarray of shape (n,)
        The class of each row; labels that were given stay as they are.
    label_distributions_ : ndarray of shape (n, n_classes), dtype float32
        Probabilities; each row sums to 1.
    confidences_ : ndarray of shape (n,), dtype float32
        1 for a label that was given, else the largest probability. It orders rows, and is higher
        than the share that is right.
    X_ : ndarray of shape (n, n_features), dtype float32
        The rows, less their mean.
    n_features_in_ : int

    See Also
    --------
    ClusterPropagation : Labels spread inside of clusters.
    sklearn.semi_supervised.LabelSpreading : The same idea on a graph without local scales.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from labeler import GraphPropagation
    >>> X, truth = load_digits(return_X_y=True)
    >>> named = np.random.default_rng(0).choice(len(X), 100, replace=False)
    >>> y = np.full(len(X), -1)
    >>> y[named] = truth[named]
    >>> spread = GraphPropagation().fit(X, y)
    >>> print(f"{(spread.transduction_ == truth).mean():.2f}")
    0.97
    >>> spread.label_distributions_.shape
    (1797, 10)
    """

    def __init__(self, n_neighbors: int = N_NEIGHBORS, n_refinements: int | None = None) -> None:
        self.n_neighbors = n_neighbors
        self.n_refinements = n_refinements

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Spread the labels that are given to all rows.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
        y : array-like of shape (n,)
            Whole numbers or strings; -1, None or nan where no label is known.

        Returns
        -------
        GraphPropagation
            Itself.

        Raises
        ------
        TypeError, ValueError
            No label is known, or a parameter is out of range.
        """
        check_scalar(self.n_neighbors, "n_neighbors", Integral, min_val=1)
        if self.n_refinements is not None:
            check_scalar(self.n_refinements, "n_refinements", Integral, min_val=0)
        given = self._begin(X, y)
        return self._end(
            propagate_over_graph(
                as_answers(given.labels),
                graph_of(self.X_, self.n_neighbors),
                self.X_,
                len(given.classes),
                n_refinements=self.n_refinements,
            )
        )


class ClusterPropagation(_SpreadLabels):
    """Labels spread inside of clusters, to the rows nearest the centroid.

    The published experiment that Labeler began with: k-means, a label for each cluster, and that
    label for the others in it. Of several labels in a cluster the one nearest to the centroid
    speaks for it; the others stand for themselves.

    Parameters
    ----------
    n_clusters : int or None, default=None
        None: as many as there are labels, at most 1,000.
    fraction : float, default=1.0
        Share of each cluster that is labeled, nearest to the centroid first; above 0, at most 1.
    random_state : int, numpy.random.RandomState or None, default=0
        Of the clusters; those of ``QueryStrategy`` are the same for the same number.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes in ``y``, ascending.
    transduction_ : ndarray of shape (n,)
        The class of each row, -1 where no label was spread to; labels that were given stay.
    label_distributions_ : ndarray of shape (n, n_classes), dtype float32
        1 for the class of the row; nothing but 0 where it has none.
    confidences_ : ndarray of shape (n,), dtype float32
        1 for a label that was given, 0 for none, else less the farther from the centroid. It
        orders rows, and is no probability.
    clusters_ : ndarray of shape (n,), dtype int32
        The cluster of each row.
    X_ : ndarray of shape (n, n_features), dtype float32
        The rows, less their mean.
    n_features_in_ : int

    See Also
    --------
    GraphPropagation : Labels spread from neighbour to neighbour.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from labeler import ClusterPropagation, QueryStrategy
    >>> X, truth = load_iris(return_X_y=True)
    >>> y = np.full(len(X), -1)
    >>> named = QueryStrategy("representatives").query(X, y, batch_size=10)
    >>> y[named] = truth[named]
    >>> spread = ClusterPropagation().fit(X, y)
    >>> print(f"{(spread.transduction_ == truth).mean():.2f}")
    0.89
    """

    def __init__(
        self,
        n_clusters: int | None = None,
        fraction: float = 1.0,
        random_state: "int | np.random.RandomState | None" = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.fraction = fraction
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Cut the rows into clusters and spread the labels that are given inside of them.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
        y : array-like of shape (n,)
            Whole numbers or strings; -1, None or nan where no label is known.

        Returns
        -------
        ClusterPropagation
            Itself.

        Raises
        ------
        ValueError
            No label is known, or a parameter is out of range.
        """
        check_scalar(self.fraction, "fraction", Real)
        if self.n_clusters is not None:
            check_scalar(self.n_clusters, "n_clusters", Integral, min_val=1)
        given = self._begin(X, y)
        n_clusters = self.n_clusters
        if n_clusters is None:
            n_clusters = min(int(np.count_nonzero(given.labels != UNLABELED)), MOST_CLUSTERS)
        seed = seed_of(self.random_state)
        clusters = compute_clusters(self.X_, n_clusters, RunConfig(seed=seed))
        self.clusters_ = clusters.labels
        answers = as_answers(given.labels, clusters)
        return self._end(propagate_to_clusters(answers, clusters, self.fraction))
