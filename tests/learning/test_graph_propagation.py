"""Answers spread over the graph, and the questions asked where they leave doubt."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from labeler.learning.clustering import cluster
from labeler.learning.graph import neighbour_graph
from labeler.learning.propagation import propagate_over_graph
from labeler.learning.query import Pool, strategy
from labeler.records import UNLABELED, Answer, LabelSet, Question, Source

N, N_CLASSES = 600, 3


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    return np.random.default_rng(0).integers(0, N_CLASSES, N)


@pytest.fixture(scope="module")
def vectors(truth: np.ndarray) -> np.ndarray:
    """Three groups that touch."""
    rng = np.random.default_rng(1)
    return (rng.normal(size=(N, 6)) + 3 * np.eye(6)[truth]).astype(np.float32)


@pytest.fixture(scope="module")
def graph(vectors: np.ndarray) -> csr_array:
    return neighbour_graph(vectors)


def answers(truth: np.ndarray, images: list[int]) -> list[Answer]:
    return [Answer(Question(image), int(truth[image]), Source.HUMAN) for image in images]


def two_of_each(truth: np.ndarray) -> list[int]:
    return [int(i) for name in range(N_CLASSES) for i in np.flatnonzero(truth == name)[:2]]


@pytest.fixture(scope="module")
def spread(vectors: np.ndarray, truth: np.ndarray, graph: csr_array) -> LabelSet:
    return propagate_over_graph(answers(truth, two_of_each(truth)), graph, vectors, N_CLASSES)


def test_six_answers_label_three_groups(spread: LabelSet, truth: np.ndarray) -> None:
    assert (spread.labels == truth).mean() > 0.95
    assert len(spread.labeled) == N


def test_answers_keep_their_word_and_their_source(spread: LabelSet, truth: np.ndarray) -> None:
    given = two_of_each(truth)
    assert (spread.labels[given] == truth[given]).all()
    assert (spread.sources[given] == Source.HUMAN).all()
    assert (spread.confidences[given] == 1).all()
    assert spread.origins[given].tolist() == given
    others = np.setdiff1d(np.arange(N), given)
    assert (spread.sources[others] == Source.PROPAGATED).all()
    assert (spread.origins[others] == -1).all()


def test_probabilities_are_some_and_agree_with_the_labels(spread: LabelSet) -> None:
    assert spread.probabilities is not None
    assert spread.probabilities.shape == (N, N_CLASSES)
    assert np.allclose(spread.probabilities.sum(axis=1), 1, atol=1e-4)
    assert np.array_equal(spread.probabilities.argmax(axis=1), spread.labels)
    assert np.allclose(spread.probabilities.max(axis=1), spread.confidences)


def test_confidence_is_lower_where_labels_are_wrong(spread: LabelSet, truth: np.ndarray) -> None:
    right = spread.labels == truth
    assert spread.confidences[right].mean() > spread.confidences[~right].mean() + 0.1


def test_refining_does_not_make_it_worse(
    vectors: np.ndarray, truth: np.ndarray, graph: csr_array, spread: LabelSet
) -> None:
    given = answers(truth, two_of_each(truth))
    plain = propagate_over_graph(given, graph, vectors, N_CLASSES, n_refinements=0)
    assert (spread.labels == truth).mean() >= (plain.labels == truth).mean()


def test_blocks_change_not_even_the_last_digit(
    vectors: np.ndarray,
    truth: np.ndarray,
    graph: csr_array,
    spread: LabelSet,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("labeler.learning.propagation.graph.BLOCK", 70)
    given = answers(truth, two_of_each(truth))
    in_blocks = propagate_over_graph(given, graph, vectors, N_CLASSES).probabilities
    np.testing.assert_array_equal(in_blocks, spread.probabilities)


def test_skips_say_nothing_and_nothing_comes_of_nothing(
    vectors: np.ndarray, graph: csr_array
) -> None:
    skips = [Answer(Question(3), None, Source.HUMAN)]
    label_set = propagate_over_graph(skips, graph, vectors, N_CLASSES)
    assert (label_set.labels == UNLABELED).all()
    assert label_set.probabilities is None


def test_what_no_edge_reaches_gets_the_nearest_answer(
    vectors: np.ndarray, truth: np.ndarray
) -> None:
    apart = csr_array((N, N), dtype=np.float32)
    given = two_of_each(truth)
    label_set = propagate_over_graph(
        answers(truth, given), apart, vectors, N_CLASSES, n_refinements=0
    )
    nearest = np.linalg.norm(vectors[:, None] - vectors[given], axis=2).argmin(axis=1)
    assert np.array_equal(label_set.labels, truth[given][nearest])


def test_a_class_that_nobody_named_stays_unnamed(
    vectors: np.ndarray, truth: np.ndarray, graph: csr_array
) -> None:
    given = [i for i in two_of_each(truth) if truth[i] != 2]
    label_set = propagate_over_graph(answers(truth, given), graph, vectors, N_CLASSES)
    assert set(label_set.labels.tolist()) == {0, 1}


def test_a_rare_class_is_not_made_common(vectors: np.ndarray, truth: np.ndarray) -> None:
    kept = np.concatenate([np.flatnonzero(truth == 0), np.flatnonzero(truth == 1)[:12]])
    few, labels = vectors[kept], truth[kept]
    rng = np.random.default_rng(0)
    clusters = cluster(few, 12, rng)
    given = answers(labels, clusters.representatives.tolist())
    label_set = propagate_over_graph(given, neighbour_graph(few), few, N_CLASSES)
    assert (label_set.labels == labels).mean() > 0.95


def test_questions_go_where_labels_are_uncertain(
    vectors: np.ndarray, truth: np.ndarray, graph: csr_array
) -> None:
    given = two_of_each(truth)
    found = propagate_over_graph(answers(truth, given), graph, vectors, N_CLASSES, n_refinements=0)
    asked = np.zeros(N, dtype=bool)
    asked[given] = True
    rng = np.random.default_rng(0)
    pool = Pool(cluster(vectors, 6, rng), asked, vectors, found.probabilities)
    chosen = [one.image for one in strategy("uncertain").query(pool, 20, rng)]
    assert found.confidences[chosen].mean() < found.confidences.mean() - 0.05
    assert all(one.cluster is None for one in strategy("uncertain").query(pool, 5, rng))
    distances = np.linalg.norm(vectors[chosen][:, None] - vectors[chosen], axis=2)
    assert np.median(distances[np.triu_indices(20, 1)]) > 1, "they are not one heap"
