"""From a few answers to many labels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from labeler.learning.clustering import describe_clusters
from labeler.learning.propagation import answers_only, propagate_to_clusters
from labeler.plugins import PROPAGATIONS
from labeler.records import UNLABELED, Answer, Clusters, Question, Source


def clusters_of(sizes: list[int]) -> Clusters:
    """Clusters on a line, members at growing distance."""
    labels = np.repeat(np.arange(len(sizes)), sizes)
    offsets = np.concatenate([np.arange(size) for size in sizes]) / 1000
    centers = np.arange(len(sizes), dtype=np.float32)[:, None] * 10
    X = (centers[labels, 0] + offsets).astype(np.float32)[:, None]
    return describe_clusters(X, labels, centers)


def answer_all(clusters: Clusters, labels: list[int | None]) -> list[Answer]:
    return [
        Answer(Question(int(image), number), label, Source.HUMAN)
        for number, (image, label) in enumerate(zip(clusters.representatives, labels, strict=True))
    ]


def test_whole_clusters_get_the_label_of_their_representative() -> None:
    clusters = clusters_of([3, 2])
    label_set = propagate_to_clusters(answer_all(clusters, [7, 4]), clusters, 1.0)
    assert label_set.labels.tolist() == [7, 7, 7, 4, 4]
    assert label_set.origins.tolist() == [0, 0, 0, 3, 3]


@pytest.mark.parametrize(
    ("size", "fraction", "expected"),
    [(10, 0.2, 2), (15, 0.2, 3), (10, 0.7, 7), (3, 0.2, 1), (1, 0.01, 1), (7, 1.0, 7), (9, 0.5, 5)],
)
def test_a_fraction_reaches_the_nearest_images_rounded_up(
    size: int, fraction: float, expected: int
) -> None:
    clusters = clusters_of([size])
    label_set = propagate_to_clusters(answer_all(clusters, [1]), clusters, fraction)
    assert label_set.labeled.tolist() == list(range(expected))


def test_a_skipped_cluster_stays_without_labels() -> None:
    clusters = clusters_of([4, 4])
    label_set = propagate_to_clusters(answer_all(clusters, [None, 2]), clusters, 1.0)
    assert label_set.labels.tolist() == [UNLABELED] * 4 + [2] * 4
    assert label_set.sources[:4].tolist() == [Source.NONE] * 4


def test_sources_tell_an_answer_from_a_spread_label() -> None:
    clusters = clusters_of([3])
    label_set = propagate_to_clusters(answer_all(clusters, [0]), clusters, 1.0)
    assert label_set.sources.tolist() == [Source.HUMAN, Source.PROPAGATED, Source.PROPAGATED]


def test_confidence_falls_towards_the_rim() -> None:
    clusters = clusters_of([4])
    label_set = propagate_to_clusters(answer_all(clusters, [0]), clusters, 1.0)
    assert label_set.confidences.tolist() == [1.0, 0.75, 0.5, 0.25]


def test_answers_only_labels_nothing_else() -> None:
    answers = [Answer(Question(2), 5, Source.ORACLE), Answer(Question(0), None, Source.ORACLE)]
    label_set = answers_only(answers, 4)
    assert label_set.labels.tolist() == [UNLABELED, UNLABELED, 5, UNLABELED]
    assert label_set.origins.tolist() == [-1, -1, 2, -1]


@pytest.mark.parametrize("fraction", [0.0, -0.1, 1.1, float("nan")])
def test_an_impossible_fraction_is_refused(fraction: float) -> None:
    with pytest.raises(ValueError, match="fraction is"):
        propagate_to_clusters([], clusters_of([2]), fraction)


@given(
    sizes=st.lists(st.integers(1, 30), min_size=1, max_size=8),
    fraction=st.floats(0.01, 1.0),
    data=st.data(),
)
def test_propagation_never_changes_an_answer_and_grows_with_the_fraction(
    sizes: list[int], fraction: float, data: st.DataObject
) -> None:
    clusters = clusters_of(sizes)
    label = st.one_of(st.none(), st.integers(0, 4))
    answers = answer_all(clusters, [data.draw(label) for _ in sizes])
    stray = data.draw(st.integers(0, sum(sizes) - 1))
    answers.append(Answer(Question(stray), 9, Source.HUMAN))
    some = propagate_to_clusters(answers, clusters, fraction)
    everything = propagate_to_clusters(answers, clusters, 1.0)
    assert some.labels[stray] == 9
    for answer in answers[:-1]:
        if answer.label is not None and answer.question.image != stray:
            assert some.labels[answer.question.image] == answer.label
            assert some.sources[answer.question.image] == Source.HUMAN
    assert set(some.labeled) <= set(everything.labeled)
    np.testing.assert_array_equal(some.labels != UNLABELED, some.confidences > 0)
    np.testing.assert_array_equal(some.labels != UNLABELED, some.sources != Source.NONE)


@pytest.mark.parametrize("name", PROPAGATIONS)
def test_a_propagation_is_an_estimator(name: str) -> None:
    made = PROPAGATIONS[name].load()()
    same = clone(made)
    assert type(same) is type(made)
    assert same.get_params() == made.get_params()
    with pytest.raises(ValueError, match="has no parameter 'colour'"):
        made.set_params(colour="red")
