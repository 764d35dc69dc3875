"""Who answered, and when, survives a way out and back in; nothing else goes by that time."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from labeler.datasets.base import Dataset
from labeler.formats.reading.base import LabelFile
from labeler.storage.rows import GivenAnswer, RunRow, Verdict
from labeler.workflow import labeling
from labeler.workflow.exchange import importing
from labeler.workflow.exchange.export import export_chunks, export_file
from labeler.workflow.exchange.export_request import ExportRequest
from labeler.workflow.exchange.import_history import undo_import
from labeler.workflow.exchange.importing import ImportOptions, import_labels, plan_import
from labeler.workflow.run import open_run
from labeler.workflow.runs import duplicate_run, get_run
from labeler.workflow.workspace import Workspace
from tests.history import history
from tests.workflow.label_rows import answer, asked, labels_of, said, say

NewPrepared = Callable[..., RunRow]

FILES = {"csv": "labels.csv", "jsonl": "labels.jsonl", "parquet": "labels.parquet"}
THEN = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)


@pytest.fixture
def run(prepared: NewPrepared, bars: Dataset) -> RunRow:
    """Twelve questions about two hundred images."""
    return prepared(bars)


def copy_of(ws: Workspace, run: RunRow) -> RunRow:
    return get_run(ws, duplicate_run(ws, run.id).id).run


def answer_all_but_one(ws: Workspace, run: RunRow) -> None:
    """By two people, each answer at a time of its own, with a skip and a cluster that is mixed."""
    chosen = get_run(ws, run.id).classes[0].id
    verdicts = [Verdict.SKIP, Verdict.MIXED, *[Verdict.CLASS] * 9]
    for number, (question, verdict) in enumerate(zip(asked(ws, run), verdicts, strict=False)):
        given = GivenAnswer(question.id, verdict, chosen if verdict is Verdict.CLASS else None)
        annotator = ("ada", "=bob")[number % 2]
        labeling.record_answers(ws, run.id, f"{run.id}-{number}", annotator, [given])


def exported(ws: Workspace, run: RunRow, format: str, folder: Path) -> LabelFile:
    folder.mkdir(exist_ok=True)
    target = folder / FILES.get(format, "set")
    export_file(open_run(ws, run.id), ExportRequest(run.id, format), target)
    return importing.read_labels(target if format in FILES else target / "tasks.json")


def who_and_when(ws: Workspace, run: RunRow) -> dict[int, tuple[Any, ...]]:
    """As an export has it, of every image with an answer."""
    lines = b"".join(
        export_chunks(open_run(ws, run.id), ExportRequest(run.id, "jsonl"))
    ).splitlines()
    columns = ("verdict", "class_name", "source", "annotator", "answered_at")
    rows = [json.loads(line) for line in lines]
    return {
        row["index"]: tuple(row[one] for one in columns)
        for row in rows
        if row["verdict"] is not None
    }


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet", "label-studio"])
def test_a_copy_that_took_the_file_is_exported_as_the_run_it_came_from(
    ws: Workspace, run: RunRow, format: str, tmp_path: Path
) -> None:
    answer_all_but_one(ws, run)
    before = who_and_when(ws, run)
    assert len({moment for *_, moment in before.values()}) == 11
    copy = copy_of(ws, run)
    import_labels(ws, copy.id, exported(ws, run, format, tmp_path))
    assert who_and_when(ws, copy) == before
    third = copy_of(ws, run)
    import_labels(ws, third.id, exported(ws, copy, format, tmp_path / "again"))
    assert who_and_when(ws, third) == before


def test_an_answer_for_an_image_that_nobody_asked_about_keeps_both(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, run: RunRow, tmp_path: Path
) -> None:
    other = prepared(bars, seed=7, name="other")
    for question in asked(ws, run):
        say(ws, run, question, "a", f"op-{question.id}")
    done = import_labels(ws, other.id, exported(ws, run, "csv", tmp_path))
    assert done.n_new_questions > 0
    assert who_and_when(ws, other) == who_and_when(ws, run)


def test_where_the_file_names_nobody_and_no_time_the_export_names_nobody(
    ws: Workspace, run: RunRow
) -> None:
    earliest, (first, second) = ws.clock(), asked(ws, run)[:2]
    import_labels(ws, run.id, labels_of(answer(first.image, "a")))
    import_labels(ws, run.id, labels_of(answer(second.image, "a")), annotator="me")
    found = who_and_when(ws, run)
    assert [found[one.image][3] for one in (first, second)] == [None, "me"]
    assert all(datetime.fromisoformat(moment) >= earliest for *_, moment in found.values())


def test_a_time_that_is_still_to_come_is_left_out_with_a_line(ws: Workspace, run: RunRow) -> None:
    earliest, (first, second, third) = ws.clock(), asked(ws, run)[:3]
    tomorrow = (earliest + timedelta(days=1)).isoformat()
    labels = labels_of(
        answer(first.image, "a", answered_at=tomorrow),
        answer(second.image, "b", answered_at=THEN.isoformat()),
        answer(third.image, "c", "propagated", answered_at=tomorrow),
    )
    plan = plan_import(open_run(ws, run.id), labels)
    assert plan.notes == ("1 answer with a time that is still to come: the time is left out",)
    import_labels(ws, run.id, labels)
    found = {one.image: one.answered_at for one in asked(ws, run) if one.answered_at}
    assert found[second.image] == THEN
    assert earliest <= found[first.image] <= ws.clock()


def test_what_stands_and_what_is_undone_goes_by_the_order_recorded(
    ws: Workspace, run: RunRow
) -> None:
    first = asked(ws, run)[0]
    say(ws, run, first, "a", "one")
    labels = labels_of(answer(first.image, "b", annotator="ada", answered_at=THEN.isoformat()))
    import_labels(ws, run.id, labels, ImportOptions(on_conflict="take"))
    assert said(ws, run) == {first.image: "b"}
    taken = history(ws, run.id)[-1]
    assert taken.created_at > THEN == taken.answers[0].answered_at
    undo_import(ws, run.id)
    assert said(ws, run) == {first.image: "a"}


def test_the_pace_is_that_of_the_answers_given_here(ws: Workspace, run: RunRow) -> None:
    images = [one.image for one in asked(ws, run)[:5]]
    timed, plain = copy_of(ws, run), run
    for one, times in ((timed, [THEN + timedelta(seconds=90 * n) for n in range(5)]), (plain, [])):
        rows = [answer(image, "a") for image in images]
        for row, moment in zip(rows, times, strict=False):
            row["answered_at"] = moment.isoformat()
        import_labels(ws, one.id, labels_of(*rows))
    assert labeling.progress_of(open_run(ws, timed.id)) == labeling.progress_of(
        open_run(ws, plain.id)
    )
    assert labeling.progress_of(open_run(ws, plain.id)).seconds_left is None, (
        "nobody answered here yet"
    )
