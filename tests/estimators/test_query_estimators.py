"""Strategies with the ``query`` of scikit-activeml: every one that is plugged in."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits

from labeler import QueryStrategy
from labeler.plugins import QUERIES

X, TRUTH = load_digits(return_X_y=True)
X, TRUTH = X[:500], TRUTH[:500]


@pytest.fixture
def y() -> np.ndarray:
    labels = np.full(len(X), -1)
    labels[:40] = TRUTH[:40]
    return labels


@pytest.mark.parametrize("name", QUERIES)
def test_each_asks_about_rows_without_a_label_once_and_the_same_again(
    name: str, y: np.ndarray
) -> None:
    strategy = clone(QueryStrategy(name, random_state=3))
    asked = strategy.query(X, y, batch_size=12)
    assert asked.shape == (12,)
    assert len(set(asked.tolist())) == 12
    assert (y[asked] == -1).all()
    np.testing.assert_array_equal(asked, strategy.query(X, y, batch_size=12))
    np.testing.assert_array_equal(
        asked, strategy.query(X, np.where(y < 0, np.nan, y), batch_size=12)
    )
    nothing = np.full(len(X), -1)
    assert strategy.query(X, nothing, batch_size=5).shape == (5,)


@pytest.mark.parametrize("name", QUERIES)
def test_candidates_are_the_only_rows_that_may_be_asked_about(name: str, y: np.ndarray) -> None:
    candidates = np.arange(200, 300)
    asked = QueryStrategy(name).query(X, y, candidates, batch_size=10)
    assert set(asked.tolist()) <= set(candidates.tolist())


def test_where_labels_are_in_doubt_there_are_more_classes(y: np.ndarray) -> None:
    """Rows between two classes are asked about before rows of one that is known."""
    two = np.where(np.isin(y, [3, 8]), y, -1)
    asked = QueryStrategy("margin").query(X, two, batch_size=40)
    assert np.isin(TRUTH[asked], [3, 8]).mean() < 0.3


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"batch_size": 0}, "batch_size is 0"),
        ({"batch_size": 461}, "from 1 to 460"),
        ({"candidates": [500]}, "from 0 to 499"),
        ({"candidates": [[1.5]]}, "row numbers"),
    ],
)
def test_what_cannot_be_asked_is_refused(options: dict[str, Any], told: str, y: np.ndarray) -> None:
    with pytest.raises(ValueError, match=told):
        QueryStrategy().query(X, y, **options)


def test_a_column_of_a_table_with_gaps_is_asked_about_the_same(y: np.ndarray) -> None:
    names = [None if label < 0 else f"class {label}" for label in y]
    asked = QueryStrategy("random").query(X, y, batch_size=9).tolist()
    for column in (pd.Series(names), pd.Series(names, dtype="category"), np.array(names)):
        assert QueryStrategy("random").query(X, column, batch_size=9).tolist() == asked


def test_where_every_row_has_a_label_none_is_left_to_ask_about() -> None:
    with pytest.raises(ValueError, match="has a label already"):
        QueryStrategy().query(X, TRUTH)


def test_a_strategy_that_is_not_there_is_named_with_those_that_are(y: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"'entropy'.*random"):
        QueryStrategy("entropy").query(X, y)
