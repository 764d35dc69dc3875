"""Clusters at one k, cut again as deep as wanted, with their lineage."""

import numpy as np
import pytest

from labeler.exceptions import ConfigError
from labeler.learning.cluster_analysis import (
    Partition,
    assign,
    cut_cluster,
    members_of,
    partition_at,
    split_vectors,
    survey,
)


def generator() -> np.random.Generator:
    return np.random.default_rng(0)


def cut(X: np.ndarray, partition: Partition, name: str, n_parts: int) -> Partition:
    members = members_of(partition, name)
    return cut_cluster(X, partition, name, split_vectors(X[members], n_parts, generator()).centers)


@pytest.fixture
def halves(four_groups: np.ndarray) -> Partition:
    return partition_at(four_groups, survey(four_groups, [2], generator()), 2)


def test_clusters_are_numbered_by_size(four_groups: np.ndarray) -> None:
    X = four_groups[20:]
    partition = partition_at(X, survey(X, [4], generator()), 4)
    assert partition.names == ("0", "1", "2", "3")
    assert list(partition.clusters.sizes) == [60, 60, 60, 40]


def test_a_k_that_was_not_measured_is_refused(four_groups: np.ndarray) -> None:
    found = survey(four_groups, [2, 3, 4], generator())
    with pytest.raises(ConfigError, match="k = 9 was not measured; measured: 2 to 4"):
        partition_at(four_groups, found, 9)


def test_a_split_changes_one_cluster_only(four_groups: np.ndarray, halves: Partition) -> None:
    split = cut(four_groups, halves, "0", 2)
    assert split.names == ("0.0", "0.1", "1")
    before, after = halves.clusters.labels, split.clusters.labels
    np.testing.assert_array_equal(before == 1, after == 2)
    assert set(after[before == 0]) == {0, 1}
    assert split.clusters.sizes.sum() == len(four_groups)


def test_splits_go_as_deep_as_wanted(four_groups: np.ndarray, halves: Partition) -> None:
    partition = halves
    for name in ("0", "0.1", "0.1.0", "0.1.0.1"):
        partition = cut(four_groups, partition, name, 2)
    assert partition.names == ("0.0", "0.1.0.0", "0.1.0.1.0", "0.1.0.1.1", "0.1.1", "1")
    assert [division.path for division in partition.divisions] == [
        (),
        (0,),
        (0, 1),
        (0, 1, 0),
        (0, 1, 0, 1),
    ]


def test_the_parts_are_those_that_were_found(four_groups: np.ndarray, halves: Partition) -> None:
    members = members_of(halves, "1")
    found = split_vectors(four_groups[members], 3, generator())
    partition = cut_cluster(four_groups, halves, "1", found.centers)
    assert partition.names == ("0", "1.0", "1.1", "1.2")
    np.testing.assert_array_equal(partition.clusters.labels[members] - 1, found.labels)


def test_ten_parts_stay_in_the_order_of_their_numbers(
    four_groups: np.ndarray, halves: Partition
) -> None:
    partition = cut(four_groups, halves, "0", 12)
    assert partition.names == (*(f"0.{i}" for i in range(12)), "1")


def test_test_images_follow_the_cuts(four_groups: np.ndarray, halves: Partition) -> None:
    partition = cut(four_groups, halves, "0", 2)
    np.testing.assert_array_equal(assign(four_groups, partition), partition.clusters.labels)
    assert assign(four_groups[:0], partition).shape == (0,)


def test_the_number_of_parts_is_suggested(four_groups: np.ndarray) -> None:
    found = split_vectors(four_groups, None, generator())
    assert found.n_parts == 4
    assert max(found.silhouettes, key=lambda k: found.silhouettes[k]) == 4
    assert not split_vectors(four_groups, 3, generator()).silhouettes


def test_a_large_cluster_is_tried_on_a_sample_and_cut_whole(
    four_groups: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labeler.learning.cluster_analysis.parts.SAMPLE", 40)
    found = split_vectors(four_groups, None, generator())
    assert sorted(np.bincount(found.labels)) == [60, 60, 60, 60]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("7", "There is no cluster '7'; there are 0.0, 0.1, 1"),
        ("0", "Cluster 0 was split already: its parts are 0.0, 0.1"),
    ],
)
def test_a_cluster_that_is_not_there_is_refused(
    four_groups: np.ndarray, halves: Partition, name: str, message: str
) -> None:
    partition = cut(four_groups, halves, "0", 2)
    with pytest.raises(ConfigError, match=message):
        cut(four_groups, partition, name, 2)


@pytest.mark.parametrize(
    ("n_images", "n_parts", "message"),
    [
        (1, None, "Cluster 5 has 1 image, too few to be split into 2 parts"),
        (3, 4, "Cluster 5 has 3 images, too few to be split into 4 parts"),
        (9, 1, "can be split into 2 to 50 parts, not 1"),
        (90, 51, "can be split into 2 to 50 parts, not 51"),
    ],
)
def test_what_cannot_be_split_is_refused(n_images: int, n_parts: int | None, message: str) -> None:
    X = generator().normal(size=(n_images, 3)).astype(np.float32)
    with pytest.raises(ConfigError, match=message):
        split_vectors(X, n_parts, generator(), called="Cluster 5")


def test_copies_of_one_image_cannot_be_split() -> None:
    with pytest.raises(ConfigError, match="fewer than 2 different images"):
        split_vectors(np.ones((20, 3), dtype=np.float32), None, generator())


def test_two_images_are_two_parts() -> None:
    assert split_vectors(np.eye(2, dtype=np.float32), None, generator()).n_parts == 2
