"""Spreading as an estimator: scikit-learn's own checks, and the labels that runs get."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import LabelSpreading
from sklearn.utils.estimator_checks import parametrize_with_checks

from labeler import ClusterPropagation, GraphPropagation, QueryStrategy
from labeler.config import RunConfig
from labeler.learning.graph import neighbour_graph
from labeler.learning.propagation import propagate_over_graph, propagate_to_clusters
from labeler.pipeline.preparation import compute_clusters
from labeler.records import Answer, Question, Source

X, TRUTH = load_digits(return_X_y=True)
WAYS = (GraphPropagation, ClusterPropagation)


def expected_failures(estimator: BaseEstimator) -> dict[str, str]:
    return {"check_classifiers_classes": "it has a class -1, which stands for no label here"}


@parametrize_with_checks(  # type: ignore[untyped-decorator]
    [way() for way in WAYS], expected_failed_checks=expected_failures
)
def test_the_contract_of_scikit_learn(
    estimator: BaseEstimator, check: Callable[[BaseEstimator], None]
) -> None:
    check(estimator)


def some_named(n: int, seed: int = 0) -> np.ndarray:
    y = np.full(len(X), -1)
    named = np.random.default_rng(seed).choice(len(X), n, replace=False)
    y[named] = TRUTH[named]
    return y


def test_labels_are_those_that_a_run_would_spread_over_its_graph() -> None:
    y = some_named(60)
    vectors = np.ascontiguousarray(X - X.mean(axis=0), dtype=np.float32)
    answers = [Answer(Question(int(i)), int(y[i]), Source.HUMAN) for i in np.flatnonzero(y >= 0)]
    ours = propagate_over_graph(answers, neighbour_graph(vectors), vectors, 10)
    fitted = GraphPropagation().fit(X, y)
    np.testing.assert_array_equal(fitted.transduction_, ours.labels)
    np.testing.assert_array_equal(fitted.label_distributions_, ours.probabilities)


def test_labels_are_those_that_a_run_would_spread_inside_its_clusters() -> None:
    named = QueryStrategy("representatives", random_state=4).query(X, np.full(len(X), -1), None, 30)
    y = np.full(len(X), -1)
    y[named] = TRUTH[named]
    vectors = np.ascontiguousarray(X - X.mean(axis=0), dtype=np.float32)
    clusters = compute_clusters(vectors, 30, RunConfig(seed=4))
    answers = [
        Answer(Question(int(i), int(clusters.labels[i])), int(y[i]), Source.HUMAN) for i in named
    ]
    ours = propagate_to_clusters(answers, clusters, 0.5)
    fitted = ClusterPropagation(fraction=0.5, random_state=4).fit(X, y)
    np.testing.assert_array_equal(fitted.transduction_, ours.labels)
    assert 0.4 < (fitted.transduction_ != -1).mean() < 0.6
    assert set(fitted.predict(X)) <= set(fitted.classes_)  # nobody is left without a class


def test_a_hundred_random_labels_are_worth_more_than_to_label_spreading() -> None:
    ours, theirs = [], []
    for seed in range(3):
        y = some_named(100, seed)
        ours.append((GraphPropagation(n_neighbors=7).fit(X, y).transduction_ == TRUTH).mean())
        spread = LabelSpreading(kernel="knn", n_neighbors=7).fit(X, y)
        theirs.append((spread.transduction_ == TRUTH).mean())
    assert np.mean(ours) >= 0.957
    assert np.mean(ours) > np.mean(theirs) + 0.01


@pytest.mark.parametrize("way", WAYS)
def test_given_labels_stay_and_the_rest_follows_whatever_classes_are_called(
    way: type[GraphPropagation] | type[ClusterPropagation],
) -> None:
    y = some_named(50)
    fitted = way().fit(X, y)
    known = y >= 0
    np.testing.assert_array_equal(fitted.transduction_[known], y[known])
    names = np.array(["zero", "one", "two", "three", "four"] + list("56789"))
    for named in (np.where(known, names[y], "-1"), np.where(known, names[y].astype(object), -1)):
        again = way().fit(X, named)
        assert list(again.classes_) == sorted(names)
        assert (again.transduction_[known] == named[known]).all()
        assert (again.predict(X) == names[fitted.predict(X)]).mean() > 0.99


def test_the_origin_and_the_scale_of_the_rows_do_not_matter() -> None:
    y = some_named(50)
    fitted = GraphPropagation().fit(X, y).transduction_
    assert (GraphPropagation().fit(X * 8 + 1e5, y).transduction_ == fitted).mean() > 0.999


@pytest.mark.parametrize("way", WAYS)
def test_gaps_in_a_column_of_a_table_are_labels_not_known(
    way: type[GraphPropagation] | type[ClusterPropagation],
) -> None:
    y = some_named(50)
    spread = way().fit(X, y).transduction_
    assert (way().fit(X, np.where(y < 0, np.nan, y)).transduction_ == spread).all()
    in_words = [np.float64("nan") if label < 0 else f"a {label}" for label in y]
    expected = [-1 if label < 0 else f"a {label}" for label in spread]
    assert way().fit(X, in_words).transduction_.tolist() == expected
    numbers = pd.Series(y, dtype="Int64").mask(y < 0)
    assert (way().fit(X, numbers).transduction_ == spread).all()
    names = pd.Series(y).map(lambda label: None if label < 0 else f"class {label}")
    expected = [f"class {label}" if label >= 0 else -1 for label in spread]
    for dtype in ("object", "category", "string"):
        assert list(way().fit(X, names.astype(dtype)).transduction_) == expected


def test_it_is_one_step_of_others() -> None:
    y = some_named(100)
    pipeline = make_pipeline(StandardScaler(with_std=False), GraphPropagation())
    assert pipeline.fit(X, y).score(X, TRUTH) > 0.95
    search = GridSearchCV(clone(pipeline), {"graphpropagation__n_neighbors": [5, 10]}, cv=2)
    assert search.fit(X[:300], TRUTH[:300]).best_score_ > 0.9


@pytest.mark.parametrize(
    ("y", "told"),
    [
        (np.full(len(X), -1), "no label"),
        (np.array([0, "a"] * len(X), dtype=object)[: len(X)], "several types"),
        (np.linspace(0, 1, len(X)), "Unknown label type"),
    ],
)
@pytest.mark.parametrize("way", WAYS)
def test_what_are_no_labels_is_refused(
    way: type[GraphPropagation] | type[ClusterPropagation], y: np.ndarray, told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        way().fit(X, y)


def test_parameters_out_of_range_are_refused_when_it_is_to_work() -> None:
    y = some_named(50)
    for wrong in (
        GraphPropagation(n_neighbors=0),
        ClusterPropagation(fraction=2.0),
        ClusterPropagation(n_clusters=0),
        ClusterPropagation(random_state=-1),
    ):
        with pytest.raises(ValueError, match="must be"):
            wrong.fit(X, y)
    with pytest.raises(TypeError, match="n_neighbors must be an instance of"):
        GraphPropagation(n_neighbors=7.5).fit(X, y)  # type: ignore[arg-type]
