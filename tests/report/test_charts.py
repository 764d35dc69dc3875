"""Charts: shapes inside their frames, text that is text, colours that the style sheet knows."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from labeler.learning.cluster_analysis import IndexRow, suggest
from labeler.locations import static_folder
from labeler.records import Interval, Simulation
from labeler.report.charts.accuracy import accuracy_chart
from labeler.report.charts.confusion import confusion_chart
from labeler.report.charts.curve import curve_chart
from labeler.report.charts.indices import Panel, index_chart, index_panels
from labeler.report.charts.palette import COLOURS
from labeler.report.charts.sheet import contact_sheet
from labeler.report.charts.stack import Bar, Part, class_parts, stack_chart
from labeler.report.charts.svg import Drawing, cut
from labeler.report.scores import BOUNDS
from tests.report.pages import parsed

SVG = "{http://www.w3.org/2000/svg}"
PLACES = {"x": "width", "cx": "width", "x1": "width", "x2": "width"}
PLACES |= {"y": "height", "cy": "height", "y1": "height", "y2": "height"}


def of_class(drawing: Drawing, name: str) -> list[ElementTree.Element]:
    return [one for one in parsed(drawing.file()).iter() if name in one.get("class", "").split()]


def require_inside(drawing: Drawing) -> None:
    """No shape leaves the drawing; groups that are moved are not looked into."""
    most = {"width": drawing.width, "height": drawing.height}
    for one in parsed(drawing.file()).iter():
        if one.get("class") == "paper":
            continue
        for name, side in PLACES.items():
            assert -0.1 <= float(one.get(name, 0)) <= most[side] + 0.1, one.attrib
        corners = [float(value) for value in re.findall(r"[-\d.]+", one.get("points", ""))]
        for x, y in zip(corners[::2], corners[1::2], strict=True):
            assert -0.1 <= x <= drawing.width + 0.1
            assert -0.1 <= y <= drawing.height + 0.1


def index_rows(stability: Sequence[float], deviation: float = 0.0) -> list[IndexRow]:
    return [
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


def panels(stability: Sequence[float], deviation: float = 0.0) -> tuple[Panel, ...]:
    rows = index_rows(stability, deviation)
    return index_panels(rows, suggest(rows))


def test_every_index_is_drawn_inside_its_frame_with_its_suggestion_marked() -> None:
    found = panels([0.9, 0.4, 0.99, 0.7, 0.6], deviation=0.3)
    assert [one.suggestion and one.suggestion.index for one in found] == [
        "inertia",
        "silhouette",
        "calinski_harabasz",
        "davies_bouldin",
        "stability",
    ]
    for panel in found:
        require_inside(panel.drawing)
        chosen = [one.get("cx") for one in of_class(panel.drawing, "chosen")]
        assert [one.get("x1") for one in of_class(panel.drawing, "mark")] == chosen
        assert panel.suggestion is not None
        assert len(chosen) == (panel.suggestion.k is not None)
    ticks = [one.text for one in of_class(found[-1].drawing, "chart")[0].iter(f"{SVG}text")]
    assert "1" in ticks
    assert "1.2" not in ticks, "an index that cannot pass 1 has no tick beyond"


def test_what_is_not_defined_is_left_out_and_one_k_makes_no_curve() -> None:
    stability = panels([0.9, math.nan, 0.8])[-1].drawing
    hints = [title.text or "" for title in parsed(stability.file()).iter(f"{SVG}title")]
    assert [one.partition(":")[0] for one in hints if "k =" in one] == ["k = 2", "k = 4"]
    last = panels([math.nan] * 3)[-1].suggestion
    assert last is not None
    assert last.index == "davies_bouldin"
    assert panels([0.9]) == ()


def test_purity_and_agreement_stand_beside_the_indices_where_there_is_truth() -> None:
    rows = index_rows([0.9, 0.4, 0.99])
    known = [replace(row, purity=0.5, agreement=0.25) for row in rows]
    titles = [
        [one.text for one in of_class(index_chart(given, suggest(given)), "title")]
        for given in (rows, known)
    ]
    assert titles[1] == [*titles[0], "Beside the true classes"]


@pytest.mark.parametrize("number", range(len(COLOURS)))
def test_the_style_sheet_has_the_colours_of_clusters(number: int) -> None:
    style = (static_folder() / "charts.css").read_text("utf-8")
    assert f".c{number} {{ fill: {COLOURS[number]};" in style


def test_each_stage_has_its_interval_its_seeds_and_its_figure(simulation: Simulation) -> None:
    drawing = accuracy_chart(simulation)
    require_inside(drawing)
    n_stages, n_seeds = len(simulation.stages), len(simulation.seeds)
    wide = [stage for stage in simulation.stages if stage.test_accuracy.ci95]
    assert len(list(parsed(drawing.file()).iter(f"{SVG}circle"))) == n_stages
    assert len(of_class(drawing, "seed")) == n_stages * n_seeds
    assert len(of_class(drawing, "interval")) == len(wide)
    assert len(of_class(drawing, "value")) == n_stages


def test_an_interval_goes_no_further_than_accuracies_do(simulation: Simulation) -> None:
    stages = tuple(
        replace(stage, test_accuracy=Interval(0.95, 0.5, (0.9, 1.0))) for stage in simulation.stages
    )
    for draw in (accuracy_chart, curve_chart):
        require_inside(draw(replace(simulation, stages=stages)))


def test_a_curve_has_a_line_for_each_way_and_needs_two_budgets(simulation: Simulation) -> None:
    drawing = curve_chart(simulation)
    require_inside(drawing)
    ways = {(s.stage, s.fraction) for s in simulation.stages if s.stage not in BOUNDS}
    assert len(list(parsed(drawing.file()).iter(f"{SVG}polyline"))) == len(ways)
    one_budget = tuple(stage for stage in simulation.stages if stage.n_labels == 6)
    with pytest.raises(ValueError, match="at least two budgets"):
        curve_chart(replace(simulation, stages=one_budget))


def test_a_file_has_its_colours_written_out_in_light_and_in_dark(simulation: Simulation) -> None:
    text = accuracy_chart(simulation).file().decode()
    assert "var(" not in text
    assert text.count(".accuracy-chart .from { stroke: ") == 2
    assert "@media (prefers-color-scheme: dark)" in text
    assert next(iter(parsed(text.encode()))).tag == f"{SVG}title"


def test_names_are_text_whatever_is_in_them() -> None:
    names = ("<b>&\"'", "\u202edesrever", "caf\udce9", "日本語", "")
    drawing = confusion_chart(np.eye(len(names), dtype=np.int64), names)
    shown = {one.text for one in of_class(drawing, "name")}
    assert {"<b>&\"'", "\ufffddesrever", "caf\ufffd", "日本語"} <= shown
    assert "<b>" not in drawing.__html__()
    assert [cut("x" * 30, 8), cut("short", 8)] == ["xxxxxxx…", "short"]


def test_a_row_of_the_confusion_matrix_is_told_as_shares() -> None:
    drawing = confusion_chart(np.array([[3, 1], [0, 0]]), ("cat", "dog"))
    assert [one.text for one in of_class(drawing, "share")] == ["75", "25"]
    assert [one.get("class") for one in of_class(drawing, "ok")][0] == "ok h8"
    assert len(of_class(drawing, "cell")) == 2 * 3


def test_many_classes_are_named_now_and_then_and_not_numbered() -> None:
    drawing = confusion_chart(np.eye(200, dtype=np.int64), [f"class {n}" for n in range(200)])
    assert not of_class(drawing, "share")
    assert len(of_class(drawing, "name")) == 2 * 40


def test_bars_are_as_long_as_their_clusters_and_test_bars_as_the_pool_s() -> None:
    names = ("cat", "dog", "cow")
    large = Bar("0", 60, class_parts({0: 20, 2: 30}, 60, names, [0, 1, 2]), "60")
    tested = (Part("1", 1, "dog"), Part("2", 1, "cow"))
    small = replace(large, name="1", size=30, parts=(Part("0", 30, "cat"),), test_parts=tested)
    drawing = stack_chart([large, small], "Clusters")
    require_inside(drawing)
    lengths = {}
    for cluster in ("0, cat", "0, cow", "0, other or not known", "1, cat", "1, test images"):
        lengths[cluster] = sum(
            float(one.get("width", 0))
            for one in parsed(drawing.file()).iter(f"{SVG}rect")
            if (one.findtext(f"{SVG}title") or "").startswith(f"Cluster {cluster}")
        )
    assert lengths["0, cow"] == pytest.approx(1.5 * lengths["0, cat"], abs=0.2)
    assert lengths["0, other or not known"] == pytest.approx(lengths["0, cat"] / 2, abs=0.2)
    assert lengths["1, test images"] == pytest.approx(lengths["1, cat"], abs=0.2)
    assert [one.text for one in of_class(drawing, "legend-name")] == [
        "cat",
        "dog",
        "cow",
        "other or not known",
    ]


def test_a_contact_sheet_has_every_image_with_its_caption() -> None:
    drawing = contact_sheet(["data:image/png;base64,"] * 23, ["a long long caption"] * 23)
    require_inside(drawing)
    assert len(list(parsed(drawing.file()).iter(f"{SVG}image"))) == 23
    assert {one.text for one in of_class(drawing, "name")} == {"a long long…"}
