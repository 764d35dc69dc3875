"""Logistic regression on soft labels: the same as scikit-learn's where labels are hard."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from labeler.learning import softmax_regression, threads
from labeler.learning.classifiers import classifier
from labeler.learning.scaling import LENGTH, evened_out
from labeler.learning.softmax_regression import SoftmaxRegression, margins

N = 400


@pytest.fixture
def groups() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, N)
    X = rng.normal(size=(N, 5)) + 1.2 * np.eye(5)[labels]
    return X.astype(np.float32), labels


def test_hard_labels_give_what_scikit_learn_gives(groups: tuple[np.ndarray, np.ndarray]) -> None:
    X, labels = groups
    penalty = 1e-2
    ours = SoftmaxRegression(penalty, max_iter=500).fit(
        X, np.eye(3, dtype=np.float32)[labels], np.ones(N)
    )
    theirs = LogisticRegression(C=1 / (penalty * N), tol=1e-8, max_iter=1000).fit(X, labels)
    assert np.allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=5e-3)


def test_soft_labels_and_weights_count(groups: tuple[np.ndarray, np.ndarray]) -> None:
    X, labels = groups
    even = np.full((N, 3), 1 / 3, dtype=np.float32)
    unsure = SoftmaxRegression().fit(X, even, np.ones(N)).predict_proba(X)
    assert np.allclose(unsure, 1 / 3, atol=1e-3)
    targets = np.eye(3, dtype=np.float32)[labels]
    wrong = np.roll(targets[: N // 2], 1, axis=1)
    mixed = np.concatenate([wrong, targets[N // 2 :]])
    weights = np.repeat([0.0, 1.0], N // 2)
    found = SoftmaxRegression().fit(X, mixed, weights).predict_proba(X).argmax(axis=1)
    assert (found == labels).mean() > 0.7


def test_a_second_fit_goes_on_from_the_first(groups: tuple[np.ndarray, np.ndarray]) -> None:
    X, labels = groups
    targets = np.eye(3, dtype=np.float32)[labels]
    regression = SoftmaxRegression(max_iter=200).fit(X, targets, np.ones(N))
    before = regression.coef_.copy()
    regression.max_iter = 1
    assert np.allclose(regression.fit(X, targets, np.ones(N)).coef_, before, atol=0.05)


def test_blocks_change_nothing_and_threads_not_even_the_last_digit(
    groups: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    X, labels = groups
    targets = np.eye(3, dtype=np.float32)[labels]

    def found(block: int, n_threads: int) -> np.ndarray:
        monkeypatch.setattr(softmax_regression, "BLOCK", block)
        monkeypatch.setattr(threads, "n_processors", lambda: n_threads)
        return SoftmaxRegression(max_iter=20).fit(X, targets, np.ones(N)).coef_

    whole, alone, three = found(N, 1), found(70, 1), found(70, 3)
    np.testing.assert_allclose(alone, whole, atol=1e-3)
    np.testing.assert_array_equal(alone, three)


def test_margins_are_the_lead_of_the_likeliest_class() -> None:
    assert np.allclose(margins(np.array([[0.7, 0.2, 0.1], [0.5, 0.5, 0.0]])), [0.5, 0])
    assert margins(np.ones((2, 1))).tolist() == [1, 1]


def test_evened_out_vectors_have_one_mean_length() -> None:
    X = np.random.default_rng(0).normal(size=(500, 3)) * [100, 1, 0]
    even = evened_out(X.astype(np.float32))
    assert np.isfinite(even).all()
    assert np.sqrt((even**2).sum(axis=1).mean()) == pytest.approx(LENGTH, rel=1e-3)
    spread = even.std(axis=0)
    assert 1 < spread[0] / spread[1] < 100, "the scales are drawn together, not made equal"


@pytest.mark.parametrize("name", ["logistic", "nn"])
def test_classifiers_learn_from_soft_labels(
    name: str, groups: tuple[np.ndarray, np.ndarray]
) -> None:
    X, labels = groups
    soft = (0.8 * np.eye(3)[labels] + 0.2 / 3).astype(np.float32)
    trained = classifier(name).fit(X, soft.argmax(axis=1), None, probabilities=soft)
    assert (trained.predict(X) == labels).mean() > 0.7
