"""Plots of clusters: coordinates inside their frames, colours that the style sheet knows."""

import math
import re
from collections.abc import Sequence

import pytest

from labeler.learning.cluster_analysis import IndexRow, suggest
from labeler.locations import templates_folder
from labeler.report.exploration.palette import COLOURS
from labeler.web.charts.clusters import IndexChart, index_charts


def charts(stability: Sequence[float], deviation: float = 0.0) -> tuple[IndexChart, ...]:
    rows = [
        IndexRow(
            k=k,
            inertia=1e6 / k,
            held_out=None,
            silhouette=0.1 + 0.01 * k,
            silhouette_sd=0.0,
            calinski_harabasz=1e4 / k,
            davies_bouldin=1.5,
            stability=value,
            stability_sd=deviation,
            purity=None,
            agreement=None,
        )
        for k, value in enumerate(stability, 2)
    ]
    return index_charts(rows, suggest(rows))


def test_every_index_is_drawn_inside_its_frame_with_its_suggestion_marked() -> None:
    found = charts([0.9, 0.4, 0.99, 0.7, 0.6], deviation=0.3)
    assert [one.suggestion.index for one in found] == [
        "inertia",
        "silhouette",
        "calinski_harabasz",
        "davies_bouldin",
        "stability",
    ]
    for chart in found:
        numbers = [float(one) for one in re.findall(r"[-\d.]+", f"{chart.line} {chart.band}")]
        for x, y in zip(numbers[::2], numbers[1::2], strict=True):
            assert chart.left <= x <= chart.right
            assert chart.top - 0.1 <= y <= chart.bottom + 0.1
        assert 2 <= len(chart.y_ticks) <= 8
        marked = [x for x, _, k, _ in chart.dots if k == chart.suggestion.k]
        assert marked == ([] if chart.mark is None else [chart.mark])
    assert float(found[-1].y_ticks[-1][1]) == 1, "an index that cannot pass 1 has no tick beyond"


def test_what_is_not_defined_is_left_out_and_one_k_makes_no_curve() -> None:
    dots = charts([0.9, math.nan, 0.8])[-1].dots
    assert [k for _, _, k, _ in dots] == [2, 4]
    assert [one.suggestion.index for one in charts([math.nan] * 3)][-1] == "davies_bouldin"
    assert charts([0.9]) == ()


@pytest.mark.parametrize("number", range(len(COLOURS)))
def test_the_style_sheet_has_the_colours_of_the_reports(number: int) -> None:
    style = (templates_folder().parent / "static" / "clusters.css").read_text("utf-8")
    assert f".c{number} {{ fill: {COLOURS[number]};" in style
