"""Both classifiers keep the same small contract."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from labeler.learning.classifiers import Classifier, classifier
from labeler.learning.classifiers.logistic import LogisticClassifier
from labeler.learning.classifiers.neural_net import NeuralNetClassifier
from labeler.plugins import CLASSIFIERS


def two_moons(n: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    X = rng.normal(size=(n, 6)) + 3 * np.eye(6)[y]
    return X.astype(np.float32), y


classifier_names = pytest.mark.parametrize(
    "name", ["logistic", pytest.param("nn", marks=pytest.mark.slow)]
)


def make(name: str, seed: int = 0) -> Classifier:
    """A classifier; the net with as many epochs as these few vectors take to be learned."""
    return NeuralNetClassifier(seed, epochs=5) if name == "nn" else classifier(name, seed)


# Not the net: scikit-learn's checks fit some hundred times, and a net takes seconds each time.
@parametrize_with_checks([LogisticClassifier()])  # type: ignore[untyped-decorator]
def test_the_regression_keeps_the_contract_of_scikit_learn(
    estimator: LogisticClassifier, check: Callable[[LogisticClassifier], None]
) -> None:
    check(estimator)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_classifier_can_be_cloned(name: str) -> None:
    made: Any = classifier(name, 3)
    same = clone(made)
    assert same.get_params() == made.get_params()
    assert same.random_state == 3


@classifier_names
def test_a_classifier_learns_separable_classes(name: str) -> None:
    X, y = two_moons()
    X_test, y_test = two_moons(seed=1)
    predicted = make(name).fit(X, y).predict(X_test)
    assert np.mean(predicted == y_test) > 0.9


@classifier_names
def test_the_same_seed_trains_the_same_classifier(name: str) -> None:
    X, y = two_moons()
    first, second = (make(name, 5).fit(X, y).predict(X) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@classifier_names
def test_a_classifier_answers_with_the_classes_it_was_given(name: str) -> None:
    X, y = two_moons()
    predicted = make(name).fit(X, y * 10 + 3).predict(X)
    assert set(predicted) == {3, 13, 23}


@classifier_names
def test_labels_of_one_class_only_give_that_class(name: str) -> None:
    X, _ = two_moons(5)
    predicted = make(name).fit(X, np.full(5, 4)).predict(X)
    assert predicted.tolist() == [4] * 5


@pytest.mark.parametrize("constant", [0.0, 1.0])
def test_constant_features_do_no_harm(constant: float) -> None:
    X, y = two_moons()
    X = np.hstack([X, np.full((len(X), 1), constant, dtype=np.float32)])
    assert np.mean(LogisticClassifier().fit(X, y).predict(X) == y) > 0.9


@pytest.mark.filterwarnings("error")
def test_images_that_are_all_equal_are_survived() -> None:
    X = np.zeros((6, 4), dtype=np.float32)
    assert len(LogisticClassifier().fit(X, np.array([0, 1, 0, 1, 0, 0])).predict(X)) == 6


@pytest.mark.slow
def test_the_net_stops_by_clusters_it_has_not_seen() -> None:
    """Whole clusters carry a wrong label: those held out show that learning them is no use."""
    rng = np.random.default_rng(0)
    X, y = two_moons(1200)
    clusters = np.arange(1200) % 60
    answers = np.where(rng.random(60) < 0.4, rng.integers(0, 3, 60), 3)
    X = X + rng.normal(scale=2, size=(60, 6)).astype(np.float32)[clusters]
    spread = np.where(answers[clusters] < 3, answers[clusters], y)
    by_cluster = NeuralNetClassifier(0).fit(X, spread, clusters)
    by_image = NeuralNetClassifier(0).fit(X, spread)
    assert by_cluster.n_epochs_ < by_image.n_epochs_


@pytest.mark.slow
def test_the_net_reports_each_epoch() -> None:
    from contextlib import contextmanager

    class Recorder:
        details: list[str] = []

        @contextmanager
        def task(self, description: str, total: int | None = None) -> Iterator["Recorder"]:
            self.total = total
            yield self

        def advance(self, amount: int = 1, detail: str = "") -> None:
            self.details.append(detail)

    recorder = Recorder()
    NeuralNetClassifier(0, epochs=3).fit(*two_moons(), progress=recorder)
    assert recorder.total == 3
    assert len(recorder.details) == 3
    assert re.fullmatch(
        r"epoch 1 of at most 3: loss \d\.\d{3}, \d\.\d{3} on labels held out", recorder.details[0]
    )
