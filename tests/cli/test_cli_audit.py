"""``labeler audit``: figures, files, a certificate that others can compute again."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.cli.test_cli_runs import CLASSIC, ORACLE, Labeler

MORE_OF = "8"
RECOMPUTE = Path(__file__).parent.parent / "recompute_certificate.py"
DESIGN_KEYS = {
    "label_set", "population", "n", "estimate", "low", "high", "level", "checkpoint", "by_class",
    "strata", "skipped", "classifier",
}  # fmt: skip


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Labeler, Path]:
    """A run of digits that its oracle audited with 200 answers, 30 of a class beside, and files."""
    folder = tmp_path_factory.mktemp("audited")
    labeler = Labeler(folder / "instance")
    made = labeler("new", "digits", *CLASSIC, "--name", "demo", *ORACLE, "--seed", "7")
    assert made.returncode == 0, made.stderr
    done = labeler("audit", "demo")
    assert done.returncode == 0, done.stderr
    assert "200 images named without a suggestion" in done.stdout
    more = labeler("audit", "demo", "--more-of", MORE_OF, "--certificate", folder / "demo.html")
    assert "Asked about beside, for their class alone: 30 images" in more.stdout, more.stderr
    assert more.stdout.startswith(done.stdout.partition("\n")[0]), "the whole is what it was"
    return labeler, folder


def told(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "demo.json").read_text(encoding="utf-8"))
    return read


def recomputed(path: Path) -> dict[str, Any]:
    script = subprocess.run(
        [sys.executable, str(RECOMPUTE), str(path)], capture_output=True, text=True, check=True
    )
    figures: dict[str, Any] = json.loads(script.stdout)
    return figures


def assert_equal(own: dict[str, Any], theirs: dict[str, Any]) -> None:
    for name in ("estimate", "low", "high"):
        assert own[name] == pytest.approx(theirs[name], abs=1e-9), name


def test_the_figures_follow_from_the_rows_alone(audited: tuple[Labeler, Path]) -> None:
    certificate, again = told(audited[1]), recomputed(audited[1] / "demo.csv")
    assert certificate.keys() >= DESIGN_KEYS
    assert_equal(certificate, again)
    for name in ("n", "population", "skipped"):
        assert certificate[name] == again[name]
    named = [row for row in certificate["by_class"] if row["n"]]
    assert len(named) == 10
    for row in named:
        assert_equal(row, again["by_class"][row["class"]])
        assert row["n"] == again["by_class"][row["class"]]["n"]
    assert certificate["beside"] == sum(row["n"] for row in named) - 200 == 30


def test_skips_are_left_out_of_the_estimate_by_the_rows_too(
    audited: tuple[Labeler, Path], tmp_path: Path
) -> None:
    """Of rows in which every tenth was skipped, the script says what Labeler would."""
    import numpy as np

    from labeler.learning.audit import CHECKPOINT_LEVEL
    from labeler.learning.audit.intervals import stratified_proportion

    with (audited[1] / "demo.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["beside"] == "0"]
    for row in rows[::10]:
        row |= {"answer": "", "right": "0", "skipped": "1"}
    with (tmp_path / "skipped.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    strata = np.array([int(row["stratum"]) - 1 for row in rows])
    is_named = np.array([row["skipped"] == "0" for row in rows])
    is_right = np.array([row["right"] == "1" for row in rows])
    sizes = [part["size"] for part in told(audited[1])["strata"]]
    expected = stratified_proportion(
        np.array(sizes), np.bincount(strata[is_named]), np.bincount(strata[is_right]),
        CHECKPOINT_LEVEL,
    )  # fmt: skip
    again = recomputed(tmp_path / "skipped.csv")
    assert again["skipped"] == 20
    assert_equal({name: getattr(expected, name) for name in ("estimate", "low", "high")}, again)


def test_the_interval_holds_the_truth(audited: tuple[Labeler, Path]) -> None:
    spread = audited[0].json("propagate", "demo")
    certificate = told(audited[1])["overall"]
    assert certificate["low"] <= spread["label_accuracy"] <= certificate["high"]


def test_a_second_call_goes_on_with_the_same_audit(audited: tuple[Labeler, Path]) -> None:
    labeler, folder = audited
    again = labeler("audit", "demo", "--json", "-", "--answers", "100")
    assert json.loads(again.stdout)["n"] == 200
    shown = labeler("audit", "demo", "--show", "--csv", "-").stdout
    assert shown == (folder / "demo.csv").read_text(encoding="utf-8")


def test_the_page_says_what_the_figures_are(audited: tuple[Labeler, Path]) -> None:
    page = (audited[1] / "demo.html").read_text(encoding="utf-8")
    certificate = told(audited[1])
    assert certificate["label_set"] in page
    assert f"{100 * certificate['estimate']:.1f} %" in page
    assert "<script" not in page


def test_exports_and_the_report_say_what_the_audit_found(
    audited: tuple[Labeler, Path], tmp_path: Path
) -> None:
    labeler, folder = audited
    assert labeler("export", "demo", "--output", tmp_path / "labels.csv").returncode == 0
    manifest = json.loads((tmp_path / "labels.csv.manifest.json").read_text(encoding="utf-8"))
    assert manifest["audit"]["is_of_these_labels"]
    assert manifest["audit"]["label_set"] == told(folder)["label_set"]
    assert manifest["audit"]["estimate"] == told(folder)["estimate"]
    assert manifest["audit"]["line"].startswith("Audit: ")
    other = ("--fraction", "0.3", "--output", tmp_path / "other.csv")
    assert labeler("export", "demo", *other).returncode == 0
    manifest = json.loads((tmp_path / "other.csv.manifest.json").read_text(encoding="utf-8"))
    assert not manifest["audit"]["is_of_these_labels"]
    assert manifest["audit"]["these_labels"]["estimate"] > told(folder)["estimate"]


def test_a_person_is_told_where_to_go_on(tmp_path: Path) -> None:
    labeler = Labeler(tmp_path / "instance")
    labeler("new", "digits", *CLASSIC, "--name", "mine", "--labels", "10")
    nothing_spread = labeler("audit", "mine")
    assert nothing_spread.returncode == 2
    assert "spread" in nothing_spread.stderr
    assert labeler("audit", "mine", "--show").stdout.startswith("No audit yet")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--json", "-", "--csv", "-"), "mix"),
        (("--certificate", "page.pdf"), ".html"),
        (("--answers", "3"), "20"),
        (("--more-of", "zebra"), "no class 'zebra'"),
        (("--list", "--new"), "ask"),
        (("--number", "7"), "no audit 7"),
    ],
)
def test_what_cannot_be_is_refused(
    audited: tuple[Labeler, Path], arguments: tuple[str, ...], reason: str
) -> None:
    refused = audited[0]("audit", "demo", *arguments)
    assert refused.returncode == 2
    assert reason in refused.stderr


def test_audits_are_listed_and_earlier_ones_keep_their_certificate(
    audited: tuple[Labeler, Path], tmp_path: Path
) -> None:
    labeler, folder = audited
    assert labeler("audit", "demo", "--new", "--answers", "50", "--json", "-").returncode == 0
    rows = json.loads(labeler("audit", "demo", "--list", "--json", "-").stdout)
    assert [row["number"] for row in rows] == [2, 1]
    first = told(folder)
    for name in ("label_set", "n", "estimate", "low", "high"):
        assert rows[1][name] == first[name]
    table = labeler("audit", "demo", "--list").stdout
    assert first["label_set"][:12] in table
    page = tmp_path / "first.html"
    assert labeler("audit", "demo", "--number", "1", "--certificate", page).returncode == 0
    earlier = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    assert {key: earlier[key] for key in ("number", "estimate", "by_class")} == {
        key: first[key] for key in ("number", "estimate", "by_class")
    }
    assert page.with_suffix(".csv").read_bytes() == (folder / "demo.csv").read_bytes()


def test_an_oracle_audits_nothing_where_no_image_has_a_true_label(tmp_path: Path) -> None:
    pictures, labeler = tmp_path / "pictures", Labeler(tmp_path / "instance")
    pictures.mkdir()
    for number in range(12):
        Image.new("L", (20, 20), 20 * number).save(pictures / f"{number}.png")
    labeler("new", pictures, *CLASSIC, "--name", "mine", "--labels", "4", "--class", "a")
    refused = labeler("audit", "mine", *ORACLE)
    assert (refused.returncode, "have none" in refused.stderr) == (2, True)
    assert "no audit yet" in labeler("audit", "mine", "--show").stdout.lower()
