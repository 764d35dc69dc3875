"""What `--output` writes."""

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from labeler.datasets.base import Dataset
from labeler.datasets.originals import NO_STAMP, Originals, Picked
from labeler.imaging import renditions
from labeler.records import Simulation
from labeler.records.label_quality import Audited
from labeler.report.folder import write_report
from labeler.report.html import render_html
from labeler.report.results import results_json
from labeler.report.standalone import data_uri
from labeler.report.verdict import verdict
from tests.report.pages import parsed, tags


@pytest.fixture(scope="module")
def page(simulation: Simulation, hostile: Dataset) -> str:
    return render_html(simulation, hostile, "labeler simulate 'a b' --labels 6,12")


def test_every_file_is_written_and_nothing_else(
    simulation: Simulation, hostile: Dataset, tmp_path: Path
) -> None:
    written = write_report(simulation, hostile, tmp_path / "new" / "folder")
    assert {path.name for path in written} == {
        "results.json",
        "labels.csv",
        "accuracy.svg",
        "curve.svg",
        "confusion.svg",
        "purity.svg",
        "representatives.svg",
        "report.html",
    }
    assert sorted(written) == sorted((tmp_path / "new" / "folder").iterdir())


def test_plots_are_pictures_of_some_size(
    simulation: Simulation, hostile: Dataset, tmp_path: Path
) -> None:
    for path in write_report(simulation, hostile, tmp_path):
        if path.suffix == ".svg":
            assert float(parsed(path.read_bytes()).get("width", 0)) > 100


def test_a_failing_write_leaves_the_old_file(
    simulation: Simulation, hostile: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "purity.svg").write_bytes(b"old")

    def fail(*_: object) -> bytes:
        raise RuntimeError("no plot")

    monkeypatch.setattr("labeler.report.folder.purity_chart", fail)
    with pytest.raises(RuntimeError, match="no plot"):
        write_report(simulation, hostile, tmp_path)
    assert (tmp_path / "purity.svg").read_bytes() == b"old"
    assert not list(tmp_path.glob(".labeler-*"))


def test_the_page_needs_nothing_beside_itself(page: str) -> None:
    for tag, attributes in tags(page):
        assert tag not in {"script", "link", "iframe", "object", "base"}
        for name in ("src", "srcset", "href"):
            assert (attributes.get(name) or "data:").startswith("data:image/png;base64,") or (
                name not in attributes
            )
    assert not re.search(r"https?://|url\(", page)


def test_photographs_are_shown_by_their_renditions(
    simulation: Simulation, hostile: Dataset, tmp_path: Path
) -> None:
    n_images = len(hostile.train)
    shown = renditions.encode(np.full((100, 256), 90, dtype=np.uint8))
    originals = Originals(
        ("a.jpg",) * n_images,
        np.zeros((n_images, 32), np.uint8),
        np.tile(np.array([1000, 2560], np.int32), (n_images, 1)),
        Picked([shown], np.zeros(n_images, np.int64)),
        np.full((n_images, 2), NO_STAMP),
    )
    photographs = replace(hostile, train=replace(hostile.train, originals=originals))
    page = render_html(simulation, photographs)
    address = data_uri(shown, "image/webp")
    assert address in page
    assert "data:image/png" not in page
    write_report(simulation, photographs, tmp_path)
    assert address in (tmp_path / "representatives.svg").read_text()


def test_the_page_begins_with_the_verdict(simulation: Simulation, page: str) -> None:
    first, *_ = verdict(simulation).sentences
    assert f'<p class="lead">{first}' in page
    assert page.index(first) < page.index("Every stage")


def test_the_results_say_the_verdict(simulation: Simulation) -> None:
    read = json.loads(results_json(simulation))
    assert read["verdict"]["sentences"] == list(verdict(simulation).sentences)
    assert read["verdict"]["rests_on"] == "true labels"
    audited = Audited(0.5, 0.4, 0.6, 100, 0.95)
    assert json.loads(results_json(simulation, audited))["verdict"]["share"] == 0.5


def test_names_with_markup_are_shown_as_text(page: str) -> None:
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert not any("onerror" in attributes for _, attributes in tags(page))
    assert "\u202e" not in page


def test_every_picture_says_what_it_shows(page: str) -> None:
    assert all("alt" in attributes for tag, attributes in tags(page) if tag == "img")
    drawings = [attributes for tag, attributes in tags(page) if tag == "svg"]
    assert len(drawings) == 4
    assert all(one["role"] == "img" and one["aria-label"] for one in drawings)


def test_wrong_answers_are_marked(simulation: Simulation, hostile: Dataset, page: str) -> None:
    truth = hostile.train.labels
    wrong = sum(a.label != truth[a.question.image] for a in simulation.sample.answers)
    assert wrong > 0
    assert page.count('<li class="wrong">') == wrong


def test_the_page_says_how_to_get_the_figures_again(page: str) -> None:
    assert "labeler simulate &#39;a b&#39; --labels 6,12" in page


def test_the_labels_say_where_they_come_from(
    simulation: Simulation, hostile: Dataset, tmp_path: Path
) -> None:
    write_report(simulation, hostile, tmp_path)
    text = (tmp_path / "labels.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 200
    assert sum(row["source"] == "oracle" for row in rows) == 12
    assert {row["source"] for row in rows} == {"oracle", "propagated"}
    assert all((row["rank_in_cluster"] == "0") == (row["source"] == "oracle") for row in rows)
