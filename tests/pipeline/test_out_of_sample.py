"""Probabilities that find wrong labels, made without looking at them."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.metrics import roc_auc_score

from labeler.config import RunConfig
from labeler.exceptions import ConfigError
from labeler.learning.clustering import cluster
from labeler.learning.oracle import Oracle
from labeler.learning.propagation import propagate_to_clusters
from labeler.learning.query import Pool, strategy
from labeler.pipeline.out_of_sample import out_of_sample_probabilities, stratified_folds
from labeler.records import Source

CONFIG = RunConfig()


def probabilities(X: np.ndarray, labels: np.ndarray, n_classes: int = 10) -> np.ndarray:
    sources = np.full(len(X), Source.PROPAGATED, dtype=np.int8)
    return out_of_sample_probabilities(X, labels, sources, n_classes, CONFIG)


@pytest.mark.parametrize("seed", [0, 1])
def test_wrong_labels_of_digits_rank_first_and_few_others_are_flagged(seed: int) -> None:
    filters = pytest.importorskip("cleanlab.filter")
    X = (load_digits().data / 16).astype(np.float32)
    truth = load_digits().target
    rng = np.random.default_rng(seed)
    clusters = cluster(X, 50, rng)
    asked = strategy("representatives").query(Pool(clusters, np.zeros(len(X), dtype=bool)), 50, rng)
    found = propagate_to_clusters(Oracle(truth, 10, 0, rng).answer(asked), clusters, 1.0)
    wrong = found.labels != truth
    said = out_of_sample_probabilities(X, found.labels, found.sources, 10, CONFIG)
    assert roc_auc_score(wrong, -said[np.arange(len(X)), found.labels]) > 0.94
    flagged = filters.find_label_issues(found.labels, said, n_jobs=1)
    assert 0 < flagged.sum() <= 0.05 * len(X)
    assert wrong[flagged].mean() > 0.5


def test_no_row_is_judged_by_its_own_label(rng: np.random.Generator) -> None:
    """Whatever the label of an image, its neighbours and the folds of the others say the same."""
    X = rng.normal(size=(200, 4)).astype(np.float32)
    X[:100] += 3
    labels = np.repeat([0, 1], 100)
    turned = labels.copy()
    turned[7] = 1
    before, after = probabilities(X, labels, 2), probabilities(X, turned, 2)
    assert before[7, 0] > 0.99
    assert after[7, 0] > 0.99


def test_every_fold_has_its_part_of_every_class() -> None:
    labels = np.repeat([0, 1, 2], [50, 7, 10])
    folds = stratified_folds(labels, np.random.default_rng(0))
    for label, count in enumerate(np.bincount(labels)):
        dealt = np.bincount(folds[labels == label], minlength=5)
        assert dealt.max() - dealt.min() <= 1
        assert dealt.sum() == count


@pytest.mark.parametrize("labels", [[0, 0], [0, 1], [1, 1, 1], [0, 1, 2, 2], [2] * 30])
def test_few_rows_or_classes_are_enough(labels: list[int]) -> None:
    X = np.arange(2 * len(labels), dtype=np.float32).reshape(-1, 2)
    said = probabilities(X, np.array(labels), 3)
    assert np.isfinite(said).all()
    np.testing.assert_allclose(said.sum(axis=1), 1, atol=1e-5)


def test_one_row_alone_is_refused() -> None:
    with pytest.raises(ConfigError, match="Only 1 image has a label"):
        probabilities(np.ones((1, 2), np.float32), np.array([0]))
