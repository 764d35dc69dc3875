"""What ``labeler export`` says of a set in which little or nothing is."""

from pathlib import Path

from tests.commands import run_here


def test_what_has_no_label_is_said_so_and_what_is_empty_is_not(tmp_path: Path) -> None:
    instance = {"LABELER_INSTANCE": str(tmp_path / "instance")}
    new = run_here(
        "new", "digits", "--preset", "classic", "--labels", "10", "--name", "a", **instance
    )
    assert new.returncode == 0, new.stderr
    export = ("export", "a", "--output", tmp_path / "labels.csv")
    unlabeled = run_here(*export, **instance)
    assert "No image has a label yet" in unlabeled.stderr
    assert "The set" not in unlabeled.stderr
    empty = run_here(*export, "--source", "human", **instance)
    assert "0 rows" in empty.stderr
    assert "No image has a label" not in empty.stderr
