"""``labeler import-labels``, as a person and a script meet it."""

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from labeler.cli import main
from tests.commands import run_here


@dataclass
class Ended:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


class Labeler:
    """Runs ``labeler`` in this process, with an instance folder of its own."""

    def __init__(self, instance: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.instance = instance
        self.capture = capture

    def __call__(self, *arguments: str | Path) -> Ended:
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv("DATABASE_URL", raising=False)
            patch.setenv("LABELER_INSTANCE", str(self.instance))
            patch.setattr(sys, "argv", ["labeler", *map(str, arguments)])
            self.capture.readouterr()
            try:
                main()
                status = 0
            except SystemExit as stop:
                status = int(stop.code or 0)
        return Ended(status, *self.capture.readouterr())

    def json(self, *arguments: str | Path) -> Any:
        done = self(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance with a run that the oracle answered, and one of a person: the same questions."""
    instance = tmp_path_factory.mktemp("two-runs") / "instance"
    for name, answerer in (("theirs", "oracle"), ("mine", "human")):
        options = ("--name", name, "--answerer", answerer, "--labels", "20")
        done = run_here("new", "digits", *options, LABELER_INSTANCE=str(instance))
        assert done.returncode == 0, done.stderr
    return instance


@pytest.fixture
def labeler(two_runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Labeler:
    """A copy of it for each test."""
    shutil.copytree(two_runs, tmp_path / "instance")
    return Labeler(tmp_path / "instance", capsys)


def export(labeler: Labeler, output: Path, *options: str) -> Path:
    done = labeler("export", "theirs", "--fraction", "0.5", "--output", output, *options)
    assert done.returncode == 0, done.stderr
    return output


def shown(labeler: Labeler, run: str = "mine") -> Any:
    return labeler.json("show", run)


def test_from_one_run_into_another_and_back_out(labeler: Labeler, tmp_path: Path) -> None:
    file = export(labeler, tmp_path / "labels.csv")
    looked = labeler.json("import-labels", "mine", file, "--dry-run")
    assert looked["n_answers"] == 20
    assert looked["n_suggestions"] > 100
    assert (looked["conflicts"], looked["misfits"], "imported" in looked) == ([], [], False)
    assert shown(labeler)["n_answered"] == 0

    done = labeler("import-labels", "mine", file)
    assert done.returncode == 0, done.stderr
    assert "20 answers recorded" in done.stdout
    assert shown(labeler)["n_answered"] + shown(labeler)["n_imported"] == 20
    again = labeler("import-labels", "mine", file)
    assert "Nothing to do" in again.stdout

    back = labeler("import-labels", "mine", "--undo")
    assert back.returncode == 0, back.stderr
    assert "Took back labels.csv: 20 answers" in back.stdout
    assert shown(labeler)["n_answered"] == 0
    empty = labeler("import-labels", "mine", "--undo")
    assert (empty.returncode, "no import left" in empty.stderr) == (2, True)


def test_conflicts_are_listed_before_anything_is_written(labeler: Labeler, tmp_path: Path) -> None:
    file = export(labeler, tmp_path / "labels.csv", "--source", "oracle")
    assert labeler("import-labels", "mine", file).returncode == 0
    rows = file.read_text().splitlines()
    index = rows[1].split(",")[0]
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(f"index,class_name,source\n{index},zebra,human\n99999,3,human\n")
    kept = labeler("import-labels", "mine", wrong)
    assert kept.returncode == 0
    assert (
        "1 class not in the run, left out without --add-classes:\n  zebra: 1 label" in kept.stdout
    )
    assert "1 row without an image of the run:\n  row 3: image 99999" in kept.stdout
    assert "Nothing is taken: 2 rows left out." in kept.stdout
    options = ("--add-classes", "--on-conflict", "take")
    looked = labeler("import-labels", "mine", wrong, "--dry-run", *options)
    assert "1 answer of the run overwritten:" in looked.stdout
    assert "nothing was written" in looked.stdout
    taken = labeler.json("import-labels", "mine", wrong, *options)["imported"]
    assert (taken["n_replaced"], taken["classes_added"]) == (1, ["zebra"])
    assert "zebra" in [one["name"] for one in shown(labeler)["classes"]]


def test_other_formats(labeler: Labeler, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    for format in ("jsonl", "parquet", "label-studio"):
        target = export(labeler, tmp_path / f"set.{format}", "--format", format)
        file = target / "tasks.json" if target.is_dir() else target
        found = labeler.json("import-labels", "mine", file, "--dry-run")
        assert (found["n_answers"], found["n_suggestions"] > 100) == (20, True)


def test_names_that_could_steer_a_terminal_are_shown_without_it(
    labeler: Labeler, tmp_path: Path
) -> None:
    file, name = tmp_path / "labels.jsonl", "\x1b[31mred\n\x9b\u202e\udc80.png"
    row = {"file_name": name, "class_name": "3", "source": "human"}
    file.write_text(json.dumps(row))
    looked = labeler("import-labels", "mine", file, "--dry-run")
    assert "\n  row 1: \ufffd[31mred \ufffd\ufffd\ufffd.png, not an image" in looked.stdout
    told = labeler("import-labels", "mine", file, "--dry-run", "--json")
    assert json.loads(told.stdout)["misfits"][0]["image"] == name
    told.stdout.encode()  # what could not be written would be a traceback


def test_wrong_use_is_one_line_and_status_2(labeler: Labeler, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"index,label\n1,a\n2,\x81\n")
    for arguments, words in (
        (("mine", bad), "row 3, byte 0x81 is not UTF-8"),
        (("mine",), "Give a FILE"),
        (("mine", bad, "--undo"), "Give a FILE"),
        (("nobody", bad), "nobody"),
        (("mine", tmp_path / "none.csv"), "does not exist"),
        (("mine", tmp_path / "\x1b[31m\x9b.csv"), "does not exist"),
    ):
        done = labeler("import-labels", *arguments)
        assert done.returncode == 2
        assert words in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stderr.count("\n") == 1
        assert done.stderr[:-1].isprintable()
