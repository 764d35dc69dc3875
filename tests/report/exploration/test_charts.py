"""The charts of an exploration."""

from labeler.report.exploration import charts
from labeler.report.exploration.findings import Findings
from tests.report.pages import parsed

SVG = "{http://www.w3.org/2000/svg}"


def test_the_map_is_coloured_by_cluster_and_by_class_where_it_is_known(
    findings: Findings, without_truth: Findings
) -> None:
    for found, titles in (
        (findings, ["By cluster", "By true class"]),
        (without_truth, ["By cluster"]),
    ):
        drawn = parsed(charts.pool_map(found).file())
        dots = list(drawn.iter(f"{SVG}circle"))
        assert len(dots) == len(titles) * len(found.pool_map.places)
        told = [one.text for one in drawn.iter(f"{SVG}text") if one.get("class") == "title"]
        assert told == titles


def test_every_cluster_has_a_bar_with_its_picture(
    findings: Findings, without_truth: Findings
) -> None:
    for found in (findings, without_truth):
        drawn = parsed(charts.clusters(found).file())
        assert len(list(drawn.iter(f"{SVG}image"))) == len(found.details.clusters)
        legend = [one for one in drawn.iter(f"{SVG}text") if one.get("class") == "legend-name"]
        assert len(legend) == (4 if found.has_truth else 0)
