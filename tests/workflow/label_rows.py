"""Files of labels made row by row, and what a run says."""

from collections.abc import Mapping
from typing import Any

from labeler.formats.reading.base import LabelFile, LabelReader
from labeler.storage.rows import GivenAnswer, RunRow, Verdict
from labeler.workflow import labeling
from labeler.workflow.run import open_run
from labeler.workflow.runs import get_run
from labeler.workflow.views import QuestionView
from labeler.workflow.workspace import Workspace


def labels_of(*rows: Mapping[str, Any], dataset_hash: str | None = None) -> LabelFile:
    """A file with these rows."""
    reader = LabelReader("labels.csv", "csv")
    for number, cells in enumerate(rows, start=2):
        if cells.get("class_name") == "?":
            reader.add(number, {**cells, "verdict": "skip"})
        else:
            reader.add(number, cells)
    return reader.finish(dataset_hash)


def answer(image: int, name: str, source: str | None = "human", **more: Any) -> dict[str, Any]:
    return {"index": image, "class_name": name, "source": source, **more}


def asked(ws: Workspace, run: RunRow) -> tuple[QuestionView, ...]:
    return labeling.questions(open_run(ws, run.id))


def class_ids(ws: Workspace, run: RunRow) -> dict[str, int]:
    return {one.name: one.id for one in get_run(ws, run.id).classes}


def say(ws: Workspace, run: RunRow, question: QuestionView, name: str, op_id: str = "mine") -> None:
    given = GivenAnswer(question.id, Verdict.CLASS, class_ids(ws, run)[name])
    labeling.record_answers(ws, run.id, op_id, "ada", [given])


def said(ws: Workspace, run: RunRow) -> dict[int, str | None]:
    """By image, what stands."""
    names = {one.id: one.name for one in get_run(ws, run.id).classes}
    return {
        one.image: names.get(one.class_id or 0, one.verdict and one.verdict.value)
        for one in asked(ws, run)
        if one.verdict is not None
    }
