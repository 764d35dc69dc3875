"""What each index suggests, and that it says where the range decided."""

from dataclasses import replace

import numpy as np
import pytest

from labeler.learning.cluster_analysis import IndexRow, suggest, survey
from labeler.learning.cluster_analysis.suggested_k import knee, peaks

ROW = IndexRow(2, 100.0, None, 0.2, 0.01, 50.0, 1.0, 0.9, 0.0, None, None)


def rows(**columns: list[float]) -> list[IndexRow]:
    n = len(next(iter(columns.values())))
    return [
        replace(ROW, k=i + 2, **{name: values[i] for name, values in columns.items()})
        for i in range(n)
    ]


def suggested(index: str, found: list[IndexRow]) -> int | None:
    return next(one for one in suggest(found) if one.index == index).k


def test_clear_groups_are_suggested_by_every_index(four_groups: np.ndarray) -> None:
    found = suggest(survey(four_groups, range(2, 10), np.random.default_rng(0)).rows)
    assert [(one.index, one.k) for one in found] == [
        ("inertia", 4),
        ("silhouette", 4),
        ("calinski_harabasz", 4),
        ("davies_bouldin", 4),
        ("stability", 4),
    ]
    assert not any(one.at_edge for one in found)


def test_each_index_is_read_its_own_way() -> None:
    found = rows(
        silhouette=[0.1, 0.3, 0.2],
        calinski_harabasz=[5.0, 6.0, 9.0],
        davies_bouldin=[2.0, 1.0, 3.0],
        stability=[1.0, 0.4, 0.5],
    )
    assert suggested("silhouette", found) == 3
    assert suggested("calinski_harabasz", found) == 4
    assert suggested("davies_bouldin", found) == 3
    assert suggested("stability", found) == 2


def test_equal_values_suggest_the_larger_number() -> None:
    assert suggested("stability", rows(stability=[1.0, 1.0, 0.5])) == 3


def test_an_end_of_the_range_is_told() -> None:
    at_edge = {one.index: one.at_edge for one in suggest(rows(silhouette=[0.5, 0.4, 0.3]))}
    assert at_edge["silhouette"]
    assert not at_edge["inertia"]


def test_what_is_within_the_sampling_error_is_told() -> None:
    told = suggest(rows(silhouette=[0.300, 0.295, 0.2]))[1].says
    assert "Within the sampling error of it: k = 3." in told


def test_a_ratio_that_only_falls_is_told() -> None:
    assert "no number stands out" in suggest(rows(calinski_harabasz=[9.0, 7.0, 5.0]))[2].says


def test_steady_runs_are_told() -> None:
    assert "or more at k = 2, 3." in suggest(rows(stability=[1.0, 0.95, 0.5]))[4].says
    assert "depend on the start" in suggest(rows(stability=[0.5, 0.6, 0.5]))[4].says


def test_a_single_k_suggests_itself_but_has_no_elbow() -> None:
    found = {one.index: one.k for one in suggest(rows(silhouette=[0.2]))}
    assert found["inertia"] is None
    assert found["silhouette"] == 2


def test_undefined_values_suggest_nothing() -> None:
    nothing = suggest(rows(silhouette=[float("nan")] * 3))[1]
    assert nothing.k is None
    assert nothing.says == "The values suggest no number of clusters."


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([10, 4, 3, 2.5, 2], 3),
        ([10, 8, 6, 4, 2], None),
        ([5, 5, 5], None),
        ([10, 4], None),
    ],
)
def test_the_knee_is_farthest_below_the_line_between_the_ends(
    values: list[float], expected: int | None
) -> None:
    assert knee(range(2, 2 + len(values)), values) == expected


def test_peaks_are_inside_the_range_stand_out_and_come_highest_first() -> None:
    assert peaks([2, 3, 4, 5, 6, 7, 8], [9, 1, 5, 1, 6, 1, 8]) == (6, 4)
    assert peaks([2, 3, 4, 5], [9, 1, 1.1, 1]) == ()
    assert peaks([2, 3], [1, 2]) == ()
    assert peaks([2, 3, 4], [1, float("nan"), 1]) == ()


def test_the_elbow_says_how_it_moves_with_the_range() -> None:
    inertia = [1000 / (k + 5) for k in range(2, 13)]
    told = suggest(rows(inertia=inertia))[0].says
    assert "Looked at only up to 7, the same rule gives 4." in told
