"""Which labels are looked at first, and what known errors are put among them."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from labeler.learning.reviewing import PAGE, PLANTED, planted_at, review_queue
from labeler.learning.reviewing.planted import N_ALIKE
from labeler.records import Answer, LabelSet, Question, Source

N = 130


def spread(labels: np.ndarray, confidences: np.ndarray) -> LabelSet:
    return LabelSet(
        labels=labels,
        sources=np.full(len(labels), Source.PROPAGATED, dtype=np.int8),
        confidences=confidences.astype(np.float32),
        origins=np.full(len(labels), -1),
    )


@pytest.fixture
def label_set() -> LabelSet:
    rng = np.random.default_rng(0)
    label_set = spread(rng.integers(0, 3, N), rng.random(N))
    label_set.sources[:4] = [Source.HUMAN, Source.REVIEWED, Source.CORRECTED, Source.NONE]
    return label_set


@pytest.fixture
def vectors() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(N, 2)).astype(np.float32)


def test_every_spread_label_is_on_one_page_of_its_class(
    label_set: LabelSet, vectors: np.ndarray
) -> None:
    queue = review_queue(label_set, vectors, page_size=10)
    assert sorted(queue.images.tolist()) == list(range(4, N))
    pages = [queue.page(number) for number in range(len(queue))]
    assert all((label_set.labels[page.images] == page.label).all() for page in pages)
    assert max(len(page.images) for page in pages) == 10


def test_the_most_doubtful_pages_come_first(label_set: LabelSet, vectors: np.ndarray) -> None:
    queue = review_queue(label_set, vectors, page_size=10)
    doubts = [queue.page(number).doubt for number in range(len(queue))]
    assert doubts == sorted(doubts, reverse=True)
    assert queue.page(0).looks_wrong
    assert not queue.page(len(queue) - 1).looks_wrong
    of_one = [queue.page(k) for k in range(len(queue)) if queue.labels[k] == 1]
    surest = [label_set.confidences[page.images].max() for page in of_one]
    least = [label_set.confidences[page.images].min() for page in of_one]
    assert all(before <= after for before, after in zip(surest, least[1:], strict=False))


def test_one_class_can_be_looked_at_alone(label_set: LabelSet, vectors: np.ndarray) -> None:
    queue = review_queue(label_set, vectors, label=2, page_size=10)
    assert set(queue.labels.tolist()) == {2}
    assert len(queue.images) == np.count_nonzero(label_set.labels[4:] == 2)


def test_the_first_images_end_in_the_middle_of_a_page(
    label_set: LabelSet, vectors: np.ndarray
) -> None:
    queue = review_queue(label_set, vectors, page_size=10)
    pages = list(queue.first(15))
    assert [len(page.images) for page in pages] == [10, 5]
    assert np.array_equal(np.concatenate([page.images for page in pages]), queue.images[:15])


def test_neighbours_decide_between_labels_of_the_same_confidence() -> None:
    """Images 0 to 2 have the same confidence; only those of image 1 disagree."""
    label_set = spread(np.array([0, 0, 0, 0, 1]), np.array([0.5, 0.5, 0.5, 0.9, 0.9]))
    graph = np.zeros((5, 5), dtype=np.float32)
    graph[0, 3] = graph[3, 0] = graph[2, 3] = graph[3, 2] = graph[1, 4] = graph[4, 1] = 1
    queue = review_queue(label_set, np.zeros((5, 1)), csr_array(graph), page_size=1)
    assert queue.images.tolist()[:3] == [1, 0, 2]


def test_what_looks_alike_lies_side_by_side() -> None:
    vectors = np.array([[0.0], [5.0], [0.1], [5.1], [0.2]], dtype=np.float32)
    queue = review_queue(spread(np.zeros(5, int), np.linspace(0.1, 0.5, 5)), vectors)
    assert queue.images.tolist() == [0, 2, 4, 1, 3]


def test_nothing_spread_is_nothing_to_look_at(label_set: LabelSet, vectors: np.ndarray) -> None:
    label_set.sources[:] = Source.HUMAN
    queue = review_queue(label_set, vectors)
    assert len(queue) == 0
    assert list(queue.first(10)) == []


def answers(*labels: int | None, source: Source = Source.HUMAN) -> list[Answer]:
    return [Answer(Question(image), label, source) for image, label in enumerate(labels)]


def test_known_errors_are_answers_of_other_classes() -> None:
    given = answers(0, 1, 1, 2, None)
    planted = planted_at(given, 1, PAGE - PLANTED, np.random.default_rng(0))
    assert len(planted) == PLANTED
    assert set(planted.values()) == {0, 3}
    assert all(0 <= place < PAGE for place in planted)


def test_known_errors_look_like_their_page() -> None:
    given = answers(0, *[2] * (2 * N_ALIKE))
    distances = np.arange(len(given), dtype=float)[::-1]
    drawn = {
        image
        for seed in range(50)
        for image in planted_at(
            given, 1, PAGE - PLANTED, np.random.default_rng(seed), distances
        ).values()
    }
    assert drawn == set(range(len(given) - N_ALIKE, len(given)))


def test_what_a_review_said_is_planted_nowhere() -> None:
    reviewed = answers(0, 0, 0, source=Source.REVIEWED)
    assert planted_at(reviewed, 1, PAGE, np.random.default_rng(0)) == {}


def test_short_pages_have_fewer_known_errors_and_lie_about_none() -> None:
    given = answers(0, 0, 0, 0)
    rng = np.random.default_rng(0)
    assert len(planted_at(given, 1, 30, rng)) == 1
    assert planted_at(given, 1, 5, rng) == {}
