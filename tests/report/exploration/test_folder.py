"""What `labeler explore --output` writes."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from labeler.datasets.base import Dataset
from labeler.report.exploration.findings import Findings
from labeler.report.exploration.folder import write_exploration
from labeler.report.exploration.results import images_csv
from tests.report.pages import parsed

FILES = {
    "indices.json",
    "clusters.csv",
    "images.csv",
    "indices.svg",
    "clusters.svg",
    "map.svg",
    "representatives.png",
    "exploration.html",
}


def read_csv(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


@pytest.mark.parametrize("which", ["findings", "without_truth"])
def test_every_file_is_written_and_nothing_else(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    written = write_exploration(request.getfixturevalue(which), tmp_path / "new" / "folder")
    assert {path.name for path in written} == FILES
    assert sorted(written) == sorted((tmp_path / "new" / "folder").iterdir())
    for path in written:
        if path.suffix == ".svg":
            assert parsed(path.read_bytes()).tag.endswith("svg")


def test_the_json_has_every_figure(findings: Findings, tmp_path: Path) -> None:
    write_exploration(findings, tmp_path)
    told = json.loads((tmp_path / "indices.json").read_text(encoding="utf-8"))
    assert [row["k"] for row in told["indices"]] == [2, 3, 4, 5, 6]
    assert {one["index"] for one in told["suggestions"]} == {
        "inertia",
        "silhouette",
        "calinski_harabasz",
        "davies_bouldin",
        "stability",
    }
    clusters = told["at"]["clusters"]
    assert [one["name"] for one in clusters] == ["0", "1.0", "1.1", "2", "3"]
    assert clusters[1]["parent"] == "1"
    assert sum(one["size"] for one in clusters) == told["n_pool"] == 200
    assert sum(one["n_test"] for one in clusters) == told["n_test"] == 80
    assert told["at"]["purity"] == 1


def test_the_tables_can_be_joined_and_hold_no_formula(
    findings: Findings, hostile: Dataset, tmp_path: Path
) -> None:
    write_exploration(findings, tmp_path)
    clusters, images = read_csv(tmp_path / "clusters.csv"), read_csv(tmp_path / "images.csv")
    assert len(images) == len(hostile.train)
    for row in clusters:
        own = [image for image in images if image["cluster"] == row["cluster"]]
        assert len(own) == int(row["size"])
        assert {image["path"] for image in own} == {row["path"]}
        assert sum(image["rank_in_cluster"] == "0" for image in own) == 1
    assert "'=1+1" in clusters[0]
    assert "'=1+1 (test)" in clusters[0]
    assert {image["class_name"][:1] for image in images} >= {"'"}
    assert sum(int(row["'=1+1"]) for row in clusters) == 50


def test_without_truth_the_table_has_no_classes(without_truth: Findings, tmp_path: Path) -> None:
    write_exploration(without_truth, tmp_path)
    row = read_csv(tmp_path / "clusters.csv")[0]
    assert list(row)[-3:] == ["majority", "purity", "test_purity"]
    assert (row["majority"], row["purity"]) == ("", "")


def test_file_names_are_as_they_are_but_for_half_characters(findings: Findings) -> None:
    own = ("two\nlines.png", "=1.png", "\x1b\udc80.png")
    names = own + tuple(f"{number}.png" for number in range(197))
    dataset = replace(findings.dataset, train=replace(findings.dataset.train, names=names))
    text = b"".join(images_csv(replace(findings, dataset=dataset))).decode("utf-8")
    rows = csv.DictReader(io.StringIO(text, newline=""))
    found = [row["file_name"] for _, row in zip(range(3), rows, strict=False)]
    assert found == ["two\nlines.png", "'=1.png", "\x1b\\udc80.png"]
