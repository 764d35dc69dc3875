"""The commands that work on runs, as a person and a script meet them."""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from labeler.exceptions import ConfigError
from labeler.imaging.decoding.crew import Crew, Decoded, ImageFile
from labeler.learning.networks import lite0
from labeler.pipeline import describing
from labeler.storage.folder.journal import FOLDER, FileJournal
from labeler.workflow import inline
from labeler.workflow.runs import delete_run, find_run
from labeler.workflow.workspace import open_workspace
from tests.bar_pictures import lay
from tests.commands import Finished, run_apart, run_here

CLASSIC = ("--preset", "classic")
ORACLE = ("--answerer", "oracle")
BEST = ("--preset", "best", "--features", "pixels")
"""The questions and the spreading of the preset, on features that take no time."""


class Labeler:
    """Runs ``labeler`` with an instance folder of its own."""

    def __init__(self, instance: Path) -> None:
        self.instance = instance

    def __call__(self, *arguments: str | Path) -> Finished:
        return run_here(*arguments, LABELER_INSTANCE=str(self.instance))

    def apart(self, *arguments: str | Path) -> Finished:
        return run_apart(*arguments, LABELER_INSTANCE=str(self.instance))

    def json(self, *arguments: str | Path) -> Any:
        finished = self(*arguments, "--json")
        assert finished.returncode == 0, finished.stderr
        return json.loads(finished.stdout)


@pytest.fixture
def labeler(tmp_path: Path) -> Labeler:
    return Labeler(tmp_path / "instance")


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Labeler:
    """A run of digits, answered by the oracle and trained, that tests only look at."""
    labeler = Labeler(tmp_path_factory.mktemp("digits"))
    made = labeler.apart("new", "digits", *CLASSIC, "--name", "demo", *ORACLE, "--seed", "7")
    assert made.returncode == 0, made.stderr
    fractions = ("--fraction", "0.2", "--fraction", "0.7", "--fraction", "1")
    trained = labeler.apart("train", "demo", *fractions)
    assert trained.returncode == 0, trained.stderr
    assert "spread to 70 %" in trained.stdout
    return labeler


def test_without_a_command_it_says_how_to_begin_and_makes_nothing(labeler: Labeler) -> None:
    finished = labeler()
    assert finished.returncode == 0
    assert "labeler demo" in finished.stdout
    assert not labeler.instance.exists()


def test_without_a_command_it_says_what_is_next(digits: Labeler) -> None:
    said = digits().stdout
    assert said.startswith("demo  ")
    assert "Next: labeler report" in said


def test_a_deleted_run_is_listed_apart_and_taken_back(digits: Labeler) -> None:
    ws = open_workspace(digits.instance)
    delete_run(ws, find_run(ws, "demo").id)
    ws.close()
    assert digits.json("runs") == []
    assert digits("runs", "--restore", "demi").returncode == 2
    assert [run["name"] for run in digits.json("runs", "--deleted")] == ["demo"]
    assert [run["name"] for run in digits.json("runs", "--restore", "demo")] == ["demo"]


def test_a_run_of_the_command_line_gives_exactly_the_simulations_figures(digits: Labeler) -> None:
    report = digits.json("report", "demo")
    options = ("--labels", "50", "--seeds", "1", "--seed", "7", "--json", "-")
    finished = digits("simulate", "digits", *options)
    expected = json.loads(finished.stdout)
    assert len(expected["stages"]) == 6
    for values in (*report["stages"], *expected["stages"]):
        del values["seconds"]
    assert report["stages"] == expected["stages"]
    assert report["classes"] == expected["classes"]


def test_runs_are_listed_and_shown_for_people_and_programs(digits: Labeler) -> None:
    (listed,) = digits.json("runs")
    shown = digits.json("show", "demo")
    assert listed.items() <= shown.items()
    assert (shown["n_questions"], shown["n_answered"], shown["n_open"]) == (50, 50, 0)
    assert (shown["n_pool"], shown["n_test"]) == (1437, 360)
    assert 0.7 < shown["best_accuracy"] < 1
    assert digits.json("show", shown["id"])["name"] == "demo"
    assert shown["id"] in digits("runs").stdout
    assert "50 of 50 questions named" in digits("show", "demo").stdout


def test_labels_are_exported_whole_and_filtered(digits: Labeler, tmp_path: Path) -> None:
    target = tmp_path / "new" / "labels.csv"
    said = digits.json("export", "demo", "--output", target, "--fraction", "0.5")
    rows = list(csv.DictReader(target.read_text(encoding="utf-8").splitlines()))
    assert (said["output"], said["n_rows"], said["n_test"]) == (str(target), len(rows), 360)
    assert said["set"] == "labels spread to 50 % of each cluster, as asked for"
    assert [row["split"] for row in rows].count("train") == 1437
    plain = digits("export", "demo", "--output", target, "--source", "oracle", "--raw")
    assert "50 rows written" in plain.stderr
    assert "1,747 left out: 1,387 with a label that is not wanted, 360 held out" in plain.stderr
    filtered = digits(
        *("export", "demo", "--output", "-", "--fraction", "0.5", "--class", "3"),
        *("--source", "propagated", "--min-confidence", "0.8"),
    )
    assert list(csv.DictReader(filtered.stdout.splitlines())) == [
        row
        for row in rows
        if row["class_name"] == "3"
        and row["source"] == "propagated"
        and float(row["confidence"]) >= 0.8
    ]


def test_the_report_is_written_with_labels_and_plots(digits: Labeler, tmp_path: Path) -> None:
    finished = digits("report", "demo", "--output", tmp_path / "report")
    assert finished.returncode == 0, finished.stderr
    assert "Worst clusters" in finished.stdout
    written = {path.name for path in (tmp_path / "report").iterdir()}
    assert written >= {"report.html", "results.json", "labels.csv", "confusion.svg"}


def test_propagation_is_counted_and_its_fraction_kept(labeler: Labeler) -> None:
    labeler("new", "digits", *CLASSIC, "--name", "demo", *ORACLE, "--labels", "20")
    spread = labeler.json("propagate", "demo", "--fraction", "0.5")
    assert spread["n_labeled"] == sum(spread["counts"].values())
    assert 0.4 < spread["n_labeled"] / spread["n_pool"] < 0.6
    assert labeler.json("show", "demo")["fraction"] == 0.5
    assert labeler.json("propagate", "demo")["n_labeled"] == spread["n_labeled"]


def test_the_preset_best_gives_the_simulations_figures_too(labeler: Labeler) -> None:
    made = labeler.json("new", "digits", *BEST, "--name", "demo", *ORACLE, "--labels", "20")
    assert made["config"]["strategy"] == "two-phase"
    assert (made["n_answered"], made["propagation"]) == (20, "graph")
    spread = labeler.json("propagate", "demo", "--threshold", "0.5")
    assert (spread["method"], spread["threshold"]) == ("graph", 0.5)
    assert labeler.json("show", "demo")["threshold"] == 0.5
    trained = labeler.json("train", "demo", "--threshold", "0")
    options = (*BEST, "--labels", "20", "--seeds", "1", "--no-cache", "--json", "-")
    expected = json.loads(labeler("simulate", "digits", *options).stdout)
    for values in (*trained["stages"], *expected["stages"]):
        del values["seconds"]
    assert trained["stages"] == expected["stages"]
    assert [stage["method"] for stage in expected["stages"]][-2] == "graph"


def test_a_persons_run_says_that_more_questions_come(labeler: Labeler) -> None:
    made = labeler.json("new", "digits", *BEST, "--labels", "9")
    assert (made["n_questions"], made["budget"]) == (5, 9)


def test_what_cannot_be_known_without_ground_truth_is_not_shown(
    labeler: Labeler, tmp_path: Path
) -> None:
    np.save(tmp_path / "mine.npy", np.random.default_rng(0).integers(0, 255, (40, 6, 6), np.uint8))
    classes = ("--class", "x", "--class", "y")
    made = labeler.json("new", tmp_path / "mine.npy", *CLASSIC, *classes, "--labels", "5")
    assert (made["n_open"], made["has_ground_truth"], made["n_test"]) == (5, False, 0)
    assert [one["key"] for one in made["classes"]] == ["1", "2"]
    said = labeler.apart("train", made["id"])
    assert said.returncode == 2
    assert said.stderr == "labeler: No image is named yet; answer a question before training.\n"


def test_files_that_were_left_out_are_listed_where_asked_for(
    labeler: Labeler, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for number in range(20):
        pixels = np.random.default_rng(number).integers(0, 255, (6, 6), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:02}.png")
    (folder / "99.png").write_bytes(b"")
    classes = ("--class", "x", "--class", "y")
    made = labeler.json("new", folder, *CLASSIC, *classes, "--labels", "5")
    assert made["n_left_out"] == 1
    assert "1 file left out (--left-out lists them)" in labeler("show", "mine").stdout
    assert "99.png: " in labeler("show", "mine", "--left-out").stdout
    (told,) = labeler.json("show", "mine", "--left-out")["left_out"]
    assert told["file"] == "99.png"
    assert "left_out" not in labeler.json("show", "mine")


def test_how_many_answers_follows_the_images_and_is_said(labeler: Labeler, tmp_path: Path) -> None:
    np.save(tmp_path / "few.npy", np.random.default_rng(0).integers(0, 255, (60, 6, 6), np.uint8))
    made = labeler("new", tmp_path / "few.npy", *CLASSIC, "--class", "x", "--class", "y")
    assert "0 of 15 questions named" in made.stdout
    assert "15 questions in all, as --labels was not given (50 for digits, else a quarter" in (
        made.stdout
    )


def test_a_backup_brings_everything_back_elsewhere(digits: Labeler, tmp_path: Path) -> None:
    backup = tmp_path / "labels.zip"
    made = digits.json("backup", backup)
    elsewhere = Labeler(tmp_path / "elsewhere")
    restored = elsewhere.json("restore", backup)
    assert restored["row_counts"] == made["row_counts"]
    assert elsewhere.json("report", "demo") == digits.json("report", "demo")
    assert {finding["level"] for finding in elsewhere.json("doctor")} <= {"ok", "warning"}
    again = elsewhere("restore", backup)
    assert again.returncode == 2
    assert "exists; move it away" in again.stderr


def test_the_doctor_finds_a_damaged_array(labeler: Labeler) -> None:
    labeler("new", "digits", *CLASSIC, "--name", "demo", "--labels", "5")
    array = next((labeler.instance / "artefacts").glob("*/*.npy"))
    array.write_bytes(array.read_bytes()[:-1])
    found = labeler("doctor")
    assert found.returncode == 2
    assert "is damaged" in found.stdout
    assert len(found.stderr.splitlines()) == 1


def test_a_command_that_fails_leaves_no_folder_behind(labeler: Labeler, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    outputs = (tmp_path / "new" / "rep", tmp_path / "mine" / "rep", tmp_path / "mine")
    for output in outputs:
        assert labeler("report", "nothing", "--output", output).returncode == 2
    assert labeler("export", "nothing", "--output", tmp_path / "to" / "x.csv").returncode == 2
    assert {path.name for path in tmp_path.iterdir()} == {"mine", "instance"}
    assert list((tmp_path / "mine").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "nothing"), "There is no run 'nothing'"),
        (("new", "no-such-data"), "neither a known data set"),
        (("new", "digits", "--labels", "5000"), "the pool to label has 1,437 images"),
        (("new", "digits", "--answerer", "ghost"), "'ghost' is not one of"),
        (("new", "digits", "--class", "a", "--answerer", "oracle"), "data set's own classes"),
        (("train", "nothing"), "There is no run 'nothing'. `labeler runs` lists them."),
        (("predict", "gone.zip", "."), "gone.zip: there is no such file"),
        (("export", "nothing", "--output", "x.csv"), "There is no run 'nothing'"),
        (("export", "nothing"), "Missing option '--output'"),
        (("restore", "missing.zip"), "missing.zip"),
        (("new", "digits", *CLASSIC, "--threshold", "0.5"), "applies to --propagation graph"),
        (("new", "digits", "--features", "smell"), "the path of an .npy, .npz or .parquet"),
        (("new", "digits", "--features", "shape+shape"), "the same features twice"),
        (("new", "digits", "--weights", "none.h5"), "does not exist"),
        (("simulate", "digits", "--features", "nowhere.npy"), "nowhere.npy cannot be read"),
        (("serve", "--host", "0.0.0.0"), "set a password"),
    ],
)
def test_wrong_usage_is_one_line_and_status_two(
    labeler: Labeler, arguments: tuple[str, ...], said: str
) -> None:
    finished = labeler(*arguments)
    assert finished.returncode == 2
    assert finished.stdout == ""
    assert len(finished.stderr.splitlines()) == 1
    assert said in finished.stderr


def test_an_empty_list_of_runs_says_how_to_begin(labeler: Labeler) -> None:
    assert labeler.json("runs") == []
    assert "labeler new digits" in labeler("runs").stdout


def test_help_lists_every_command() -> None:
    finished = run_apart("--help")
    for command in (
        *("new", "runs", "show", "propagate", "train", "report", "export"),
        *("serve", "backup", "restore", "doctor", "simulate", "demo", "datasets"),
    ):
        assert f"\n  {command} " in finished.stdout


def test_labels_that_the_images_have_are_offered_and_taken(
    labeler: Labeler, tmp_path: Path
) -> None:
    rng, file = np.random.default_rng(0), tmp_path / "mine.npz"
    np.savez(file, x=rng.integers(0, 255, (40, 8, 8), np.uint8), y=np.arange(40) % 2)
    offered = labeler("new", file, *CLASSIC, "--labels", "4", "--name", "plain")
    told = "40 of 40 images have a label already: 8 held out to test on, 32"
    assert f"{told} not used; a new run with --use-labels" in offered.stdout
    taken = labeler("new", file, *CLASSIC, "--labels", "4", "--name", "used", "--use-labels")
    assert f"{told} taken as answers" in taken.stdout
    shown = labeler.json("show", "used")
    assert shown["n_answered"] + shown["n_imported"] == 32
    assert f"\n  {shown['n_answered']} of 4 questions named, " in taken.stdout
    beside = f"\n  {shown['n_imported']} labels taken from the data set, beside the questions "
    assert f"{beside}(import-labels --undo takes them back)" in taken.stdout
    undone = labeler("import-labels", "used", "--undo")
    assert undone.returncode == 0, undone.stderr
    shown = labeler.json("show", "used")
    assert (shown["n_answered"], shown["n_imported"]) == (0, 0)
    refused = labeler("new", file, *ORACLE, "--use-labels")
    assert refused.returncode != 0
    assert len(refused.stderr.splitlines()) == 1


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Thirty that differ."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(30):
        pixels = rng.integers(0, 256, (12, 12), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:02}.png")
    return folder


def interrupted_reading(patch: pytest.MonkeyPatch) -> None:
    """Ctrl+C when ten pictures are in the journal."""
    put = FileJournal.put

    def putting(journal: FileJournal, key: bytes, value: bytes) -> None:
        if len(journal._places) >= 10:
            raise KeyboardInterrupt
        put(journal, key, value)

    patch.setattr(FileJournal, "put", putting)


def interrupted_preparation(patch: pytest.MonkeyPatch) -> None:
    """Ctrl+C when the run is made and waits for its questions."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    patch.setattr(inline, "_watch", interrupt)


@pytest.mark.parametrize(
    ("interrupted", "n_again"), [(interrupted_reading, 20), (interrupted_preparation, 0)]
)
def test_what_ctrl_c_stops_goes_on_when_it_is_started_again(
    labeler: Labeler,
    pictures: Path,
    monkeypatch: pytest.MonkeyPatch,
    interrupted: Callable[[pytest.MonkeyPatch], None],
    n_again: int,
) -> None:
    command = ("new", pictures, "--labels", "5", "--class", "a", *CLASSIC)
    with monkeypatch.context() as patch:
        interrupted(patch)
        stopped = labeler(*command)
    assert stopped.returncode == 130
    (line,) = [line for line in stopped.stderr.splitlines() if line.startswith("labeler: ")]
    assert "goes on where it was" in line
    assert labeler.json("runs") == []

    decoded: list[str] = []
    hand_out = Crew.hand_out

    def handing(crew: Crew, batch: Sequence[ImageFile]) -> Iterator[Decoded]:
        decoded.extend(file.source for file in batch)
        return hand_out(crew, batch)

    monkeypatch.setattr(Crew, "hand_out", handing)
    assert labeler(*command).returncode == 0
    assert len(decoded) == n_again
    assert len(labeler.json("runs")) == 1
    assert not list((labeler.instance / FOLDER).iterdir())


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the package of lite0 nor a download."""

    def unreachable(*asked: object) -> None:
        raise ConfigError("The weights cannot be downloaded. Give them as a file: --weights FILE")

    monkeypatch.setattr(lite0, "find_spec", lambda name: None)
    monkeypatch.setattr(describing, "NetworkApart", unreachable)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("features", "said"),
    [
        ("shape+lite0", "pip install 'labeler[photo]'"),
        ("keras:Foo", "no network 'Foo'"),
        ("keras:MobileNetV2", "--weights FILE"),
    ],
)
def test_a_run_whose_features_cannot_be_had_is_not_left_behind(
    labeler: Labeler, tmp_path: Path, features: str, said: str
) -> None:
    photographs = lay(tmp_path / "photos", range(4))
    refused = labeler("new", photographs, "--features", features, *ORACLE, "--labels", "6")
    assert refused.returncode == 2
    (line,) = [line for line in refused.stderr.splitlines() if line.startswith("labeler: ")]
    assert said in line
    assert labeler.json("runs") == []
