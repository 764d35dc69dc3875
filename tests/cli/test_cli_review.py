"""``labeler review``: the labels most likely wrong, as CSV."""

import csv
import io
from pathlib import Path

from tests.commands import run_here


def test_the_order_is_written_as_csv(tmp_path: Path) -> None:
    instance = {"LABELER_INSTANCE": str(tmp_path / "instance")}
    made = run_here(
        "new", "digits", "--name", "mine", "--labels", "12", "--answerer", "oracle", **instance
    )
    assert made.returncode == 0, made.stderr
    output = tmp_path / "doubtful.csv"
    written = run_here("review", "mine", "--limit", "90", "--output", output, **instance)
    assert written.returncode == 0, written.stderr
    rows = list(csv.DictReader(io.StringIO(output.read_text(encoding="utf-8"))))
    assert len(rows) == 90
    first = [row for row in rows if row["page"] == "1"]
    assert len(first) == 58
    assert len({row["class_name"] for row in first}) == 1
    shown = run_here("review", "mine", "--class", first[0]["class_name"], **instance)
    of_class = list(csv.DictReader(io.StringIO(shown.stdout)))
    assert {row["class_name"] for row in of_class} == {first[0]["class_name"]}
    refused = run_here("review", "mine", "--class", "zebra", **instance)
    assert refused.returncode == 2
    assert "no class 'zebra'" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert run_here("new", "digits", "--name", "open", "--labels", "12", **instance).returncode == 0
    unanswered = run_here("review", "open", **instance)
    assert unanswered.returncode == 2
    assert "answer a question before a review" in unanswered.stderr
