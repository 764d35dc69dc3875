"""The command line: what it prints, writes and returns."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.commands import run_apart, run_here

STAGE_KEYS = {
    "stage",
    "n_labels",
    "fraction",
    "method",
    "n_train",
    "label_accuracy",
    "test_accuracy",
    "seconds",
}


def simulate_digits(*options: str | Path) -> dict[str, Any]:
    finished = run_here("simulate", "digits", "--seeds", "2", "--json", "-", *options)
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def test_the_json_has_the_shape_that_scripts_rely_on() -> None:
    results = simulate_digits("--labels", "20", "--fraction", "0.5", "--fraction", "1.0")
    assert results.keys() >= {
        "dataset",
        "preset",
        "classifier",
        "seeds",
        "config",
        "stages",
        "seconds",
    }
    assert [(s["stage"], s["n_labels"], s["fraction"], s["method"]) for s in results["stages"]] == [
        ("random", 20, None, None),
        ("representatives", 20, None, None),
        ("propagated", 20, 0.5, "cluster"),
        ("propagated", 20, 1.0, "cluster"),
        ("supervised", 1437, None, None),
    ]
    for stage in results["stages"]:
        assert stage.keys() >= STAGE_KEYS
        accuracy = stage["test_accuracy"]
        assert len(accuracy["per_seed"]) == 2
        assert accuracy["mean"] == pytest.approx(np.mean(accuracy["per_seed"]))
        assert 0 <= accuracy["mean"] <= 1
        assert accuracy["ci95"] >= 0


def test_the_first_seed_at_the_most_labels_is_audited() -> None:
    options = ("--audit", "100", "--audit-repeats", "30", "--no-supervised", "--no-comparisons")
    audit = simulate_digits("--labels", "30,10", *options)["audit"]
    assert (audit["seed"], audit["n_labels"], audit["n"], audit["repeats"]) == (0, 30, 100, 30)
    assert audit["checkpoints"].keys() == {"50", "100", "200", "400", "all"}
    assert audit["calibration_error"].keys() >= {"before", "after"}


def test_a_list_of_label_counts_gives_the_curve() -> None:
    results = simulate_digits("--labels", "10,30", "--no-supervised")
    assert [s["n_labels"] for s in results["stages"] if s["stage"] == "random"] == [10, 30]
    assert "supervised" not in {s["stage"] for s in results["stages"]}


def test_the_demo_writes_report_results_labels_and_plots(tmp_path: Path) -> None:
    finished = run_apart("demo", "--seeds", "2", LABELER_INSTANCE=str(tmp_path))
    assert finished.returncode == 0, finished.stderr
    assert "representatives" in finished.stdout
    written = {path.name for path in (tmp_path / "demo").iterdir()}
    assert written >= {
        "report.html",
        "results.json",
        "labels.csv",
        "accuracy.svg",
        "confusion.svg",
        "purity.svg",
        "representatives.svg",
    }
    lines = (tmp_path / "demo" / "labels.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + 1437


def test_the_table_is_written_beside_the_json_file(tmp_path: Path) -> None:
    target = tmp_path / "new" / "results.json"
    finished = run_here("simulate", "digits", "--labels", "10", "--seeds", "1", "--json", target)
    assert "all true labels" in finished.stdout
    assert json.loads(target.read_text(encoding="utf-8"))["dataset"] == "digits"


def test_settings_come_from_a_file_and_flags_win(tmp_path: Path) -> None:
    settings = tmp_path / "labeler.toml"
    settings.write_text('[simulate]\nseeds = 3\nlabels = "12"\n', encoding="utf-8")
    finished = run_here("--config", settings, "simulate", "digits", "--labels", "10", "--json", "-")
    results = json.loads(finished.stdout)
    assert results["seeds"] == [0, 1, 2]
    assert results["stages"][0]["n_labels"] == 10


def test_an_unknown_setting_in_the_file_is_named(tmp_path: Path) -> None:
    settings = tmp_path / "labeler.toml"
    settings.write_text("[simulate]\nseed_count = 3\n", encoding="utf-8")
    finished = run_here("--config", settings, "simulate", "digits")
    assert finished.returncode == 2
    assert "[simulate] has no setting 'seed_count'" in finished.stderr


def test_the_seed_can_be_set_by_the_environment() -> None:
    finished = run_here(
        *("simulate", "digits", "--labels", "10", "--seeds", "1", "--json", "-"), LABELER_SEED="4"
    )
    assert json.loads(finished.stdout)["seeds"] == [4]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("simulate", "no-such-data"), "no-such-data"),
        (("simulate", "digits", "--labels", "many"), "'many' is not a number"),
        (("simulate", "digits", "--labels", "0"), "at least 1"),
        (("simulate", "digits", "--labels", "1438"), "the pool to label has 1,437 images"),
        (("simulate", "digits", "--fraction", "1.5"), "1.5 is not in the range"),
        (("simulate", "digits", "--seeds", "0"), "0 is not in the range"),
        (("simulate", "digits", "--error-rate", "2"), "2.0 is not in the range"),
        (("simulate", "digits", "--classifier", "forest"), "'forest' is not one of"),
        (("simulate", "digits", "--audit-repeats", "5"), "give --audit, too"),
        (("simulate", "digits", "--labels", "100", "--audit", "1338"), "at most 1,337"),
        (("model", "any", "--output", "a.zip", "--format", "onnx"), "ends in .onnx"),
        (("simulate",), "Missing argument 'DATASET'"),
        (("simulate", "digits", "--colour"), "No such option"),
        (("dance",), "No such command 'dance'"),
        (("--config", "pyproject.missing", "demo"), "pyproject.missing"),
    ],
)
def test_wrong_usage_is_one_line_and_status_two(arguments: tuple[str, ...], said: str) -> None:
    finished = run_here(*arguments)
    assert finished.returncode == 2
    assert finished.stdout == ""
    assert len(finished.stderr.splitlines()) == 1
    assert said in finished.stderr


def test_bad_input_leaves_nothing_half_written(tmp_path: Path) -> None:
    broken = tmp_path / "train-images-idx3-ubyte"
    broken.write_bytes(b"\0\0\x08\x03\0\0")
    finished = run_apart("simulate", broken, "--json", tmp_path / "results.json")
    assert finished.returncode == 2
    assert "[IDX-1]" in finished.stderr
    assert len(finished.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == [broken]


def test_an_output_that_cannot_be_made_is_said_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    finished = run_here("simulate", "digits", "--output", tmp_path / "file" / "results")
    assert finished.returncode == 2
    assert "cannot be made" in finished.stderr


def test_a_folder_of_classes_is_simulated_from_its_path(tmp_path: Path) -> None:
    from PIL import Image

    rng = np.random.default_rng(0)
    for name, level in [("dark", 40), ("light", 200)]:
        (tmp_path / "mine" / name).mkdir(parents=True)
        for number in range(12):
            pixels = rng.integers(level - 30, level + 30, (9, 9), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "mine" / name / f"{number}.png")
    finished = run_here(
        *("simulate", tmp_path / "mine", "--seeds", "2"),
        *("--output", tmp_path / "out"),
    )
    assert finished.returncode == 0, finished.stderr
    rows = (tmp_path / "out" / "labels.csv").read_text(encoding="utf-8")
    assert "light/0.png" in rows or "dark/0.png" in rows
    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert {stage["n_labels"] for stage in results["stages"]} == {10, 19}  # asked, and all


def test_the_known_data_sets_are_listed_for_people_and_programs(tmp_path: Path) -> None:
    listed = json.loads(run_here("datasets", "--json", "--data", tmp_path).stdout)
    names = [entry["name"] for entry in listed]
    assert names == ["digits", "mnist", "fashion-mnist", "overhead-mnist"]
    text = run_here("datasets", "--data", tmp_path).stdout
    assert all(name in text for name in names)


def test_the_help_is_shown_as_it_is_laid_out() -> None:
    done = run_here("--help")
    assert done.returncode == 0
    assert "\n  Try it, nothing to download:\n" in done.stdout


def test_help_teaches_by_example() -> None:
    assert "labeler simulate fashion-mnist" in run_here("simulate", "--help").stdout
    assert "--fraction" in run_here("simulate", "--help").stdout
