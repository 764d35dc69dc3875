"""What a review said, as answers are spread again."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from labeler.learning.clustering import describe_clusters
from labeler.learning.graph import neighbour_graph
from labeler.learning.propagation import Evidence, propagate_over_graph
from labeler.learning.propagation.clusters import ClusterPropagation
from labeler.learning.propagation.graph import GraphPropagation
from labeler.learning.propagation.rejected import RejectedClasses
from labeler.records import UNLABELED, Answer, LabelSet, Question, Rejection, Source

N, N_CLASSES = 600, 3


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    return np.random.default_rng(0).integers(0, N_CLASSES, N)


@pytest.fixture(scope="module")
def vectors(truth: np.ndarray) -> np.ndarray:
    """Three heaps that overlap."""
    rng = np.random.default_rng(1)
    return (rng.normal(size=(N, 6)) + 2 * np.eye(6)[truth]).astype(np.float32)


@pytest.fixture(scope="module")
def graph(vectors: np.ndarray) -> csr_array:
    return neighbour_graph(vectors)


@pytest.fixture(scope="module")
def asked(truth: np.ndarray) -> list[Answer]:
    images = [int(i) for label in range(N_CLASSES) for i in np.flatnonzero(truth == label)[:3]]
    return [Answer(Question(image), int(truth[image]), Source.HUMAN) for image in images]


@pytest.fixture(scope="module")
def before(asked: list[Answer], graph: csr_array, vectors: np.ndarray) -> LabelSet:
    return propagate_over_graph(asked, graph, vectors, N_CLASSES)


@pytest.fixture(scope="module")
def said(before: LabelSet, truth: np.ndarray) -> list[Answer]:
    """A review of the 120 least sure labels."""
    least_sure = np.argsort(before.confidences)[:120].tolist()
    return [
        Answer(
            Question(image),
            int(truth[image]),
            Source.REVIEWED if before.labels[image] == truth[image] else Source.CORRECTED,
        )
        for image in least_sure
    ]


def test_reviewed_and_corrected_images_hold_their_label_and_their_source(
    asked: list[Answer], said: list[Answer], graph: csr_array, vectors: np.ndarray
) -> None:
    label_set = propagate_over_graph([*asked, *said], graph, vectors, N_CLASSES)
    images = [answer.question.image for answer in said]
    assert label_set.labels[images].tolist() == [answer.label for answer in said]
    assert label_set.sources[images].tolist() == [answer.source for answer in said]
    assert (label_set.confidences[images] == 1).all()
    assert {Source.REVIEWED, Source.CORRECTED} <= set(label_set.sources.tolist())


def test_a_review_makes_the_labels_that_nobody_looked_at_better() -> None:
    """One class has a second kind that nobody was asked about."""
    rng = np.random.default_rng(0)
    kinds = rng.integers(0, 4, N)
    truth = kinds % N_CLASSES
    vectors = (rng.normal(size=(N, 6)) + 3 * np.eye(6)[kinds]).astype(np.float32)
    graph = neighbour_graph(vectors)
    images = [int(np.flatnonzero(kinds == kind)[0]) for kind in range(N_CLASSES)]
    asked = [Answer(Question(image), int(truth[image]), Source.HUMAN) for image in images]
    before = propagate_over_graph(asked, graph, vectors, N_CLASSES)
    looked_at = np.argsort(before.confidences)[:60].tolist()
    said = [Answer(Question(image), int(truth[image]), Source.CORRECTED) for image in looked_at]
    after = propagate_over_graph([*asked, *said], graph, vectors, N_CLASSES)
    others = np.setdiff1d(np.arange(N), looked_at)
    was, now = ((labels == truth)[others].mean() for labels in (before.labels, after.labels))
    assert now > was + 0.1


def test_doubtful_images_of_one_class_do_not_make_that_class_frequent(
    asked: list[Answer], graph: csr_array, vectors: np.ndarray, truth: np.ndarray
) -> None:
    of_class_0 = np.flatnonzero(truth == 0)[3:150].tolist()
    said = [Answer(Question(image), 0, Source.CORRECTED) for image in of_class_0]
    as_asked = [Answer(answer.question, 0, Source.HUMAN) for answer in said]
    shares = [
        (propagate_over_graph([*asked, *more], graph, vectors, N_CLASSES).labels == 0).mean()
        for more in (said, as_asked)
    ]
    assert abs(shares[0] - (truth == 0).mean()) < abs(shares[1] - (truth == 0).mean())


def test_a_review_alone_is_spread_like_answers(
    said: list[Answer], graph: csr_array, vectors: np.ndarray, truth: np.ndarray
) -> None:
    label_set = propagate_over_graph(said, graph, vectors, N_CLASSES)
    assert (label_set.labels == truth).mean() > 0.7


def test_what_is_not_this_becomes_something_else_whatever_its_neighbours_are(
    asked: list[Answer], graph: csr_array, vectors: np.ndarray, before: LabelSet
) -> None:
    sure = np.argsort(before.confidences)[300:340].tolist()
    rejections = [Rejection(image, int(before.labels[image])) for image in sure]
    clusters = describe_clusters(vectors, np.zeros(N, dtype=int), vectors[:1])
    evidence = Evidence(asked, clusters, vectors, graph, N_CLASSES, rejections=rejections)
    after = GraphPropagation().propagate(evidence)
    assert (after.labels[sure] != before.labels[sure]).all()
    assert (after.sources[sure] == Source.PROPAGATED).all()
    assert after.probabilities is not None
    assert np.allclose(after.probabilities.sum(axis=1), 1, atol=1e-4)
    assert (after.probabilities[sure, before.labels[sure]] == 0).all()


def test_two_rejections_leave_the_third_class(
    asked: list[Answer], graph: csr_array, vectors: np.ndarray
) -> None:
    rejections = [Rejection(500, 0), Rejection(500, 1)]
    after = propagate_over_graph(asked, graph, vectors, N_CLASSES, rejections=rejections)
    assert after.labels[500] == 2


def test_mass_that_is_taken_goes_to_the_other_classes_as_they_have_it() -> None:
    soft = np.array([[0.5, 0.3, 0.2], [1, 0, 0], [0.2, 0.2, 0.6], [0.1, 0.2, 0.7]], np.float32)
    rejected = RejectedClasses(
        [Rejection(0, 0), Rejection(1, 0), *(Rejection(2, label) for label in range(3))], 3
    )
    rejected.take_from(soft)
    assert np.allclose(soft[0], [0, 0.6, 0.4])
    assert np.allclose(soft[1], [0, 0.5, 0.5]), "nothing else is known of it"
    assert np.allclose(soft[2], [0.2, 0.2, 0.6]), "of no class at all: nobody knows who is wrong"
    assert np.allclose(soft[3], [0.1, 0.2, 0.7])


def test_inside_clusters_what_is_not_this_has_no_label() -> None:
    X = np.arange(4, dtype=np.float32)[:, None]
    clusters = describe_clusters(X, np.zeros(4, dtype=int), X[1:2])
    answer = Answer(Question(1, 0), 2, Source.HUMAN)
    rejections = [Rejection(0, 2), Rejection(2, 1), Rejection(1, 2)]
    evidence = Evidence([answer], clusters, X, None, 3, rejections=rejections)
    label_set = ClusterPropagation().propagate(evidence)
    assert label_set.labels.tolist() == [UNLABELED, 2, 2, 2]
    assert label_set.sources[0] == Source.NONE
    assert label_set.sources[1] == Source.HUMAN, "an answer stands"
