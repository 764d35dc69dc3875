"""``labeler add``, as a person and a script meet it."""

from pathlib import Path

import pytest

from tests.bar_pictures import lay, picture
from tests.cli.test_cli_importing import Labeler


@pytest.fixture
def labeler(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Labeler:
    return Labeler(tmp_path / "instance", capsys)


def test_images_are_added_told_and_taken_back(labeler: Labeler, tmp_path: Path) -> None:
    folder = lay(tmp_path / "photos", range(8))
    made = labeler("new", folder, "--name", "mine", "--preset", "classic", "--labels", "4")
    assert made.returncode == 0, made.stderr
    lay(folder, range(20, 22))
    (folder / "cat/broken.png").write_bytes(picture(1, 3)[:60])
    told = labeler.json("add", "mine", folder)
    assert (told["n_images"], told["n_known"]) == (6, 24)
    assert told["left_out"][0]["file"] == "cat/broken.png"
    again = labeler("add", "mine", folder)
    assert again.stdout.startswith("Nothing to add: 30 files known already, not read.\n")
    assert "left out: cat/broken.png: " in again.stdout
    assert labeler.json("show", "mine")["n_pool"] == 18 + 6 - told["n_held_out"] + 1
    undone = labeler("add", "mine", "--undo")
    assert undone.stdout == f"Took back 6 images of {folder}.\n"
    refused = labeler("add", "mine", "--undo")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "left to take back" in refused.stderr


def test_strict_refuses_what_else_is_left_out(labeler: Labeler, tmp_path: Path) -> None:
    folder = lay(tmp_path / "photos", range(8))
    labeler("new", folder, "--name", "mine", "--preset", "classic", "--labels", "4")
    lay(folder, range(20, 22))
    (folder / "cat/broken.png").write_bytes(picture(1, 3)[:60])
    refused = labeler("add", "mine", folder, "--strict")
    assert refused.returncode == 2
    assert "broken.png" in refused.stderr
    assert labeler("add", "mine").returncode == 2
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    assert "no set of image files" in labeler("add", "mine", tmp_path / "table.csv").stderr
