"""``labeler inspect``: what is understood, as words and as JSON, and nothing written."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.commands import run_here

Inspected = Callable[..., dict[str, Any]]

SHAPE = {
    "name", "classes", "counts", "n_pool", "n_test", "n_unlabeled", "image", "max_pixel",
    "left_out", "notes",
}  # fmt: skip


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Six pictures of two classes, and one of none."""
    for number, name in enumerate(["cat/1", "cat/2", "cat/3", "dog/1", "dog/2", "dog/3", "loose"]):
        path = tmp_path / "pets" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((4, 6), 10 * number, np.uint8)).save(path)
    return tmp_path / "pets"


@pytest.fixture
def inspected() -> Inspected:
    """What ``inspect --json -`` says."""

    def inspect(*arguments: str | Path) -> dict[str, Any]:
        finished = run_here("inspect", *arguments, "--json", "-")
        assert (finished.returncode, finished.stderr) == (0, "")
        return json.loads(finished.stdout)

    return inspect


def test_the_json_has_the_shape_that_scripts_rely_on(pets: Path, inspected: Inspected) -> None:
    found = inspected(pets)
    assert found.keys() >= SHAPE
    assert "files" not in found
    assert (found["name"], found["classes"]) == ("pets", ["cat", "dog"])
    assert found["counts"] == {"cat": {"pool": 3, "test": 0}, "dog": {"pool": 3, "test": 0}}
    assert (found["n_pool"], found["n_test"], found["n_unlabeled"]) == (7, 0, 1)
    assert found["image"] == {"height": 4, "width": 6, "channels": 1}
    assert found["max_pixel"] == 60


def test_files_come_in_the_order_of_the_images(pets: Path, inspected: Inspected) -> None:
    files = inspected(pets, "--files")["files"]
    assert files == [
        *(f"{name}/{n}.png" for name in ("cat", "dog") for n in (1, 2, 3)),
        "loose.png",
    ]


def test_a_known_name_is_inspected_too(inspected: Inspected) -> None:
    found = inspected("digits")
    assert (found["n_pool"], found["max_pixel"], len(found["classes"])) == (1797, 255, 10)


def test_people_get_words_and_the_json_goes_to_a_file(pets: Path, tmp_path: Path) -> None:
    finished = run_here("inspect", pets, "--json", tmp_path / "out" / "pets.json")
    assert finished.returncode == 0
    assert "pets: 7 images to label, 1 without a label" in finished.stdout
    assert json.loads((tmp_path / "out" / "pets.json").read_text("utf-8"))["n_pool"] == 7


def test_what_cannot_be_read_ends_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    finished = run_here("inspect", tmp_path / "empty")
    assert (finished.returncode, finished.stdout) == (2, "")
    assert len(finished.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "command",
    [
        ("simulate", "--labels", "2", "--preset", "classic", "--seeds", "1", "--no-comparisons"),
        ("new", "--name", "pets", "--labels", "2"),
        ("explore", "--k", "2,3"),
    ],
)
def test_what_was_understood_is_said_before_anything_is_made_of_it(
    command: tuple[str, ...], pets: Path, tmp_path: Path
) -> None:
    name, *options = command
    finished = run_here(name, pets, *options, LABELER_INSTANCE=str(tmp_path / "instance"))
    assert finished.returncode == 0, finished.stderr
    assert "pets: 7 images to label; 2 classes: cat 3, dog 3" in finished.stderr


def test_with_json_on_standard_output_nothing_else_is_said(pets: Path, tmp_path: Path) -> None:
    options = ("--labels", "2", "--seeds", "1", "--no-comparisons", "--json", "-")
    finished = run_here("simulate", pets, *options, LABELER_INSTANCE=str(tmp_path / "instance"))
    assert (finished.returncode, finished.stderr) == (0, "")


def test_the_files_of_inspect_say_which_row_of_vectors_is_whose(
    pets: Path, inspected: Inspected, tmp_path: Path
) -> None:
    files = inspected(pets, "--files")["files"]
    order = list(reversed(files))
    (tmp_path / "order.json").write_text(json.dumps({"files": order}))
    is_dog = [[float(name.startswith("dog"))] for name in order]
    np.save(tmp_path / "vectors.npy", np.array(is_dog) + np.arange(len(order))[:, None] / 1000)
    options = ("--labels", "2", "--seeds", "1", "--no-comparisons", "--fraction", "1")
    given = ("--features", tmp_path / "vectors.npy", "--files", tmp_path / "order.json")
    finished = run_here(
        "simulate", pets, *options, *given, "--json", "-", LABELER_INSTANCE=str(tmp_path / "i")
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    told = json.loads(finished.stdout)
    assert told["config"]["files"] == str(tmp_path / "order.json")
    spread = next(row for row in told["stages"] if row["stage"] == "propagated")
    assert spread["label_accuracy"] == 1
    refused = run_here("simulate", pets, *options, "--files", tmp_path / "order.json")
    assert refused.returncode == 2
    assert "which row is whose" in refused.stderr


def test_what_is_read_otherwise_is_put_right_by_options(pets: Path, inspected: Inspected) -> None:
    said = ["--ignore", "loose.png", "--rename-class", "dog=wolf", "--test-part", "cat"]
    found = inspected(pets, *said)
    assert found["counts"] == {"wolf": {"pool": 3, "test": 0}}
    found = inspected(pets, "--class-folder", "none", "--ignore", "cat")
    assert (found["classes"], found["n_pool"]) == ([], 4)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (("--ignore", "cow"), "nothing of that name"),
        (("--rename-class", "dog"), "OLD=NEW"),
        (("--one-class", "dog", "--ignore", "dog"), "two things"),
    ],
)
def test_a_slip_in_them_is_one_line(pets: Path, said: tuple[str, ...], words: str) -> None:
    finished = run_here("inspect", pets, *said)
    assert finished.returncode == 2
    assert words in finished.stderr
    assert finished.stderr.count("\n") == 1


def test_new_simulate_and_explore_read_as_it_was_said(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELER_INSTANCE", str(tmp_path / "instance"))
    said = ["--one-class", "/cat", "--rename-class", "cat=tiger", "--ignore", "loose.png"]
    made = run_here("new", pets, *said, "--labels", "2", "--preset", "classic", "--json")
    assert made.returncode == 0, made.stderr
    assert [one["name"] for one in json.loads(made.stdout)["classes"]] == ["dog", "tiger"]
    explored = run_here("explore", pets, *said, "--k", "2", "--features", "pixels")
    assert "dog 3, tiger 3" in explored.stderr
    simulated = run_here("simulate", pets, *said, "--labels", "2", "--seeds", "1", "--no-cache")
    assert "dog 3, tiger 3" in simulated.stderr
