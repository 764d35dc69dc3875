"""Every k, measured: the figures are scikit-learn's, and each stands for what it says."""

from itertools import pairwise

import numpy as np
import pytest
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score

from labeler.exceptions import ConfigError
from labeler.learning.cluster_analysis import partition_at, survey
from labeler.learning.cluster_analysis import silhouettes as silhouette_module
from labeler.learning.cluster_analysis import starts as start_module
from labeler.progress import SILENT
from labeler.records import UNLABELED


def generator() -> np.random.Generator:
    return np.random.default_rng(0)


def test_the_indices_are_those_of_scikit_learn(four_groups: np.ndarray) -> None:
    X = four_groups
    found = survey(X, range(2, 7), generator())
    for row in found.rows:
        labels = partition_at(X, found, row.k).clusters.labels
        assert row.silhouette == pytest.approx(silhouette_score(X, labels), abs=1e-4)
        assert row.calinski_harabasz == pytest.approx(calinski_harabasz_score(X, labels), rel=1e-3)
        assert row.davies_bouldin == pytest.approx(davies_bouldin_score(X, labels), rel=1e-3)
        own = np.square(X - found.centers[row.k][labels]).sum()
        assert row.inertia == pytest.approx(own, rel=1e-3)


def test_clear_groups_are_found_again_by_every_run(four_groups: np.ndarray) -> None:
    by_k = {row.k: row for row in survey(four_groups, range(2, 8), generator()).rows}
    assert by_k[4].stability == 1
    assert by_k[4].stability_sd == 0
    assert by_k[7].stability < 0.95


def test_with_true_classes_purity_and_agreement_are_told(
    four_groups: np.ndarray, of_four_groups: np.ndarray
) -> None:
    truth = of_four_groups.copy()
    truth[::3] = UNLABELED
    rows = survey(four_groups, [2, 4], generator(), true_labels=truth).rows
    assert (rows[1].purity, rows[1].agreement) == (1, 1)
    assert rows[0].purity == pytest.approx(0.5)
    assert survey(four_groups, [2], generator()).rows[0].purity is None
    unknown = np.full(len(four_groups), UNLABELED)
    assert survey(four_groups, [2], generator(), true_labels=unknown).rows[0].purity is None


def test_test_images_are_measured_and_change_nothing(four_groups: np.ndarray) -> None:
    plain = survey(four_groups, [3, 4], generator())
    tested = survey(four_groups, [3, 4], generator(), X_test=four_groups[:7] + 100)
    assert plain.rows[0].held_out is None
    held_out = tested.rows[1].held_out
    assert held_out is not None
    assert held_out > 10_000
    np.testing.assert_array_equal(plain.centers[4], tested.centers[4])


def test_the_same_seed_gives_the_same_figures(four_groups: np.ndarray) -> None:
    first, second = (survey(four_groups, range(2, 6), generator()) for _ in range(2))
    assert first.rows == second.rows


def test_inertia_never_rises_and_a_large_pool_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeler.learning.cluster_analysis.surveying.SAMPLE", 60)
    monkeypatch.setattr("labeler.learning.cluster_analysis.surveying.PER_CLUSTER", 5)
    monkeypatch.setattr(silhouette_module, "DRAW", 50)
    X = np.random.default_rng(1).normal(size=(900, 4)).astype(np.float32)
    rows = survey(X, range(2, 12), generator()).rows
    assert all(a.inertia >= b.inertia for a, b in pairwise(rows))
    assert all(row.silhouette_sd > 0 for row in rows)
    exact = survey(X, [2], generator()).rows[0]
    assert rows[0].inertia == pytest.approx(exact.inertia, rel=0.02)


def test_no_block_of_distances_is_larger_than_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sizes that pass by are those of samples, never those of the pool."""
    shapes: list[tuple[int, int]] = []
    real = silhouette_module._distances

    def recorded(X: np.ndarray) -> np.ndarray:
        distances = real(X)
        shapes.append(distances.shape)
        return distances

    monkeypatch.setattr(silhouette_module, "_distances", recorded)
    monkeypatch.setattr(silhouette_module, "DRAW", 50)
    survey(np.random.default_rng(1).normal(size=(700, 4)).astype(np.float32), [2, 3], generator())
    assert set(shapes) == {(50, 50)}


def test_a_warm_start_competes_but_is_not_compared(four_groups: np.ndarray) -> None:
    """Stability is that of the independent runs alone, so it is the same without its neighbours."""
    alone = survey(four_groups, [5], generator()).rows[0]
    among = survey(four_groups, [4, 5, 6], generator()).rows[1]
    assert (alone.stability, alone.stability_sd) == (among.stability, among.stability_sd)
    assert among.inertia <= alone.inertia


def test_a_run_that_got_worse_on_the_whole_pool_is_begun_again(four_groups: np.ndarray) -> None:
    X = four_groups
    good = start_module.run_from(X, X[[0, 60, 120]])
    bad = start_module.KMeansRun(np.repeat(X[:1] + 500, 4, axis=0), good.labels, 1.0)
    bad = start_module.KMeansRun(bad.centers + np.arange(4)[:, None], bad.labels, 1.0)
    runs = start_module.carry_on(X, {3: good, 4: bad}, generator(), SILENT)
    assert runs[4].inertia <= runs[3].inertia


@pytest.mark.parametrize(
    ("ks", "message"),
    [
        ([1, 2], "k is 1, and there are 240 images"),
        ([2, 240], "k is 240, and there are 240 images to cluster; it can be from 2 to 239"),
    ],
)
def test_an_impossible_k_is_refused(four_groups: np.ndarray, ks: list[int], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        survey(four_groups, ks, generator())


def test_a_pool_of_two_images_is_refused() -> None:
    with pytest.raises(ConfigError, match="give more images"):
        survey(np.eye(2, dtype=np.float32), [2], generator())


def test_with_few_different_images_the_survey_ends_there() -> None:
    X = np.repeat(np.eye(3, dtype=np.float32), 20, axis=0)
    found = survey(X, range(2, 8), generator())
    assert found.ks == (2, 3)
    assert found.notes == ("There are only 3 different images, so no more clusters than that.",)


def test_images_all_alike_are_refused() -> None:
    with pytest.raises(ConfigError, match="only 1 that differ"):
        survey(np.ones((30, 4), dtype=np.float32), [2, 3], generator())
