"""Which images to ask about: the strategies of runs, with the ``query`` of scikit-activeml."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, check_consistent_length, column_or_1d

from labeler.config import RunConfig
from labeler.estimators.given_labels import GivenLabels, as_answers, read_labels, without_missing
from labeler.estimators.seeds import seed_of
from labeler.estimators.vectors import centred, graph_of
from labeler.learning.clustering import describe_clusters
from labeler.learning.query import Pool, strategy
from labeler.pipeline.preparation import compute_clusters
from labeler.pipeline.questions import later_questions
from labeler.plugins import COMPARISON, LATER, PLANS, QUERIES
from labeler.records import UNLABELED, Clusters


class QueryStrategy(BaseEstimator):  # type: ignore[misc]
    """Chooses the rows whose labels are asked for next.

    Stateless: what was asked before is told by ``y``. Strategies that ask where labels are in
    doubt spread those that are known over the graph of neighbours first, as ``GraphPropagation``
    does, and need no classifier.

    Parameters
    ----------
    strategy : str, default="uncertain"
        ``random``; ``representatives`` or ``typiclust``, one row for each of as many clusters as
        there are labels then; ``uncertain`` or ``margin``, rows whose labels are in doubt.
    random_state : int, numpy.random.RandomState or None, default=0
        Of everything random: the same number asks the same of the same labels.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from labeler import GraphPropagation, QueryStrategy
    >>> X, truth = load_iris(return_X_y=True)
    >>> y = np.full(len(X), -1)
    >>> for strategy in ("representatives", "uncertain"):
    ...     asked = QueryStrategy(strategy).query(X, y, batch_size=6)
    ...     y[asked] = truth[asked]
    >>> print(f"{(GraphPropagation().fit(X, y).transduction_ == truth).mean():.2f}")
    0.94
    """

    def __init__(
        self,
        strategy: str = "uncertain",
        random_state: "int | np.random.RandomState | None" = 0,
    ) -> None:
        self.strategy = strategy
        self.random_state = random_state

    def query(
        self,
        X: ArrayLike,
        y: ArrayLike,
        candidates: ArrayLike | None = None,
        batch_size: int = 1,
    ) -> np.ndarray:
        """Choose rows without a label.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
        y : array-like of shape (n,)
            Whole numbers or strings; -1 where no label is known, or None or nan, as tables and
            scikit-activeml have it.
        candidates : array-like of shape (m,), dtype int, optional
            Rows that may be asked about; by default all. No others are looked at, but for those
            that have a label.
        batch_size : int, default=1

        Returns
        -------
        ndarray of shape (batch_size,), dtype int64
            Rows of ``X``, in the order to be asked.

        Raises
        ------
        ValueError
            There is no such strategy, or there are fewer rows left to ask about.
        """
        if self.strategy not in QUERIES:
            raise ValueError(
                f"strategy is {self.strategy!r}; it must be one of {', '.join(QUERIES)}"
            )
        table = np.asarray(check_array(X, dtype=(np.float64, np.float32)))
        labels = np.asarray(column_or_1d(without_missing(y)))
        check_consistent_length(table, labels)
        given = read_labels(labels)
        rows = _looked_at(given.labels, candidates)
        vectors = centred(table[rows], table[rows].mean(axis=0))
        known = given._replace(labels=given.labels[rows])
        return np.asarray(rows[self._chosen(vectors, known, batch_size)])

    def _chosen(self, X: np.ndarray, known: GivenLabels, n_questions: int) -> np.ndarray:
        seed, is_asked = seed_of(self.random_state), known.labels != UNLABELED
        n_asked = int(np.count_nonzero(is_asked))
        if n_asked == len(X):
            raise ValueError("every row that may be asked about has a label already")
        if not 1 <= n_questions <= len(X) - n_asked:
            raise ValueError(
                f"batch_size is {n_questions}; it must be from 1 to {len(X) - n_asked}, the rows "
                "without a label that may be asked about"
            )
        config = RunConfig(seed=seed)
        rng = config.rng(f"{self.strategy} questions")
        clusters = self._clusters(X, n_asked + n_questions, config)
        if QUERIES[self.strategy].phase == LATER:
            questions = later_questions(
                config.with_(strategy=_plan_with(self.strategy)),
                clusters,
                np.flatnonzero(is_asked).tolist(),
                as_answers(known.labels),
                graph_of(X),
                X,
                max(len(known.classes), 1),
                n_questions,
                rng,
            )
        else:
            pool = Pool(clusters, is_asked, X)
            questions = strategy(self.strategy).query(pool, n_questions, rng)
        return np.array([question.image for question in questions], dtype=np.int64)

    def _clusters(self, X: np.ndarray, n_clusters: int, config: RunConfig) -> Clusters:
        """One for each label that there will be; all in one for what is only compared with."""
        if QUERIES[self.strategy].phase == COMPARISON:
            return describe_clusters(X, np.zeros(len(X), dtype=np.int64), X.mean(axis=0)[None])
        return compute_clusters(X, n_clusters, config)


def _plan_with(later: str) -> str:
    return next(name for name, plan in PLANS.items() if plan.later == later)


def _looked_at(labels: np.ndarray, candidates: ArrayLike | None) -> np.ndarray:
    """Rows that may be asked about, and those that have a label; ascending."""
    if candidates is None:
        return np.arange(len(labels))
    offered = np.asarray(candidates)
    if offered.ndim != 1 or offered.dtype.kind not in "iu":
        raise ValueError("candidates must be row numbers of X, one after the other")
    if len(offered) and not 0 <= offered.min() <= offered.max() < len(labels):
        raise ValueError(f"candidates must be from 0 to {len(labels) - 1}, rows of X")
    return np.union1d(offered, np.flatnonzero(labels != UNLABELED))
