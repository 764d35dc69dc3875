"""What a request costs the database: one snapshot, few statements, whatever the number of runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import Connection, event

from labeler.datasets.base import Dataset
from labeler.storage import runs as run_rows
from labeler.storage.engine import ACCESS
from labeler.workflow import labeling, runs
from labeler.workflow.exchange.export_jobs import request_export
from labeler.workflow.exchange.export_request import ExportRequest
from labeler.workflow.exploration.request import request_exploration
from labeler.workflow.inline import finish_job
from labeler.workflow.looks import Look, start_look
from labeler.workflow.run import Run, open_run
from labeler.workflow.training.request import request_training
from labeler.workflow.workspace import Workspace
from tests.web.conftest import make_run
from tests.web.test_looking import answer_open

MOST_STATEMENTS = 15
SCREENS = ("label", "sheet", "train", "clusters", "report", "export", "review/odd")


@dataclass
class Cost:
    """Transactions by what they may do, and the statements of all of them."""

    reads: int = 0
    writes: int = 0
    statements: list[str] = field(default_factory=list)


@contextmanager
def counting(ws: Workspace) -> Iterator[Cost]:
    """What happens to the database until the block ends."""
    cost = Cost()

    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(ACCESS) == "write"
        cost.writes += writes
        cost.reads += not writes

    def execute(_: Any, __: Any, statement: str, *___: Any) -> None:
        if not statement.lstrip().upper().startswith(("PRAGMA", "BEGIN", "SET ")):
            cost.statements.append(statement)

    listeners = (("begin", begin), ("before_cursor_execute", execute))
    for name, listener in listeners:
        event.listen(ws.database.engine, name, listener)
    try:
        yield cost
    finally:
        for name, listener in listeners:
            event.remove(ws.database.engine, name, listener)


@pytest.fixture
def full_run(ws: Workspace, bars: Dataset) -> Run:
    """Everything that a run can have: answers, results, a set, a survey of its clusters."""
    run_id = make_run(ws, bars)
    answer_open(ws, run_id)
    finish_job(ws, request_training(ws, run_id, 1.0, "logistic").id)
    finish_job(ws, request_exploration(ws, (2, 4), run_id=run_id).id)
    finish_job(ws, request_export(ws, ExportRequest(run_id, "csv")).id)
    return open_run(ws, run_id)


def addresses(app: Flask, run: Run) -> Iterator[str]:
    """Every page and answer of the app that can be asked for without a file uploaded before."""
    values = {
        "run_id": run.id,
        "dataset_id": run.dataset.id,
        "question_id": run.asked[0].id,
        "job_id": next(job.id for job in run.jobs if job.kind == "export"),
        "image": 0,
        "ending": "png",
        "name": "csv",
    }
    adapter = app.url_map.bind("")
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.arguments <= set(values):
            yield adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments})


def test_every_page_and_answer_is_read_in_one_snapshot(
    app: Flask, client: FlaskClient, ws: Workspace, full_run: Run
) -> None:
    visited = {}
    for address in addresses(app, full_run):
        with counting(ws) as cost, client.get(address) as answer:
            _ = answer.data
        visited[address] = answer.status_code
        assert cost.writes == 0, address
        assert cost.reads <= 1, address
        assert len(cost.statements) <= MOST_STATEMENTS, (address, cost.statements)
    assert {f"/runs/{full_run.id}/{screen}" for screen in SCREENS} <= set(visited)
    assert all(visited[f"/runs/{full_run.id}/{screen}"] == 200 for screen in SCREENS)


def test_the_form_for_a_new_run_shows_a_look_in_one_snapshot(
    client: FlaskClient, ws: Workspace, tmp_path: Path
) -> None:
    for number in range(12):
        folder = tmp_path / "pictures" / "ab"[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), number).save(folder / f"{number}.png")
    look = start_look(ws, Look(str(tmp_path / "pictures"), "path", "pictures"))
    finish_job(ws, look.id)
    with counting(ws) as cost:
        assert client.get(f"/runs/new?look={look.id}").status_code == 200
    assert (cost.reads, cost.writes) == (1, 0)
    assert len(cost.statements) <= MOST_STATEMENTS


def test_screens_cost_the_same_with_more_jobs_and_results(
    client: FlaskClient, ws: Workspace, full_run: Run
) -> None:
    def statements() -> list[str]:
        with counting(ws) as cost:
            for screen in SCREENS:
                client.get(f"/runs/{full_run.id}/{screen}")
        return cost.statements

    before = statements()
    for fraction in (0.3, 0.5):
        finish_job(ws, request_training(ws, full_run.id, fraction, "logistic").id)
    assert statements() == before


def test_the_start_page_costs_the_same_for_one_run_and_for_two_hundred(
    client: FlaskClient, ws: Workspace, run_id: str
) -> None:
    with counting(ws) as one:
        assert client.get("/").status_code == 200
    row = open_run(ws, run_id).row
    with ws.database.writing() as session:
        for number in range(199):
            run_rows.create(
                session,
                name=f"run {number}",
                dataset_id=row.dataset_id,
                config=row.config,
                preset=row.preset,
                budget=row.budget,
                answerer=row.answerer,
                settings={},
            )
    with counting(ws) as many:
        assert client.get("/").status_code == 200
    assert (one.reads, many.reads) == (1, 1)
    assert len(many.statements) == len(one.statements) <= MOST_STATEMENTS


def test_an_answer_is_one_transaction(client: FlaskClient, ws: Workspace, run_id: str) -> None:
    question = labeling.questions(open_run(ws, run_id))[0]
    class_id = runs.get_run(ws, run_id).classes[0].id
    body = {
        "op_id": "one",
        "answers": [{"question_id": question.id, "verdict": "class", "class_id": class_id}],
    }
    with counting(ws) as cost:
        answer = client.post(f"/api/v1/runs/{run_id}/operations", json=body)
    assert answer.status_code == 201
    assert (cost.reads, cost.writes) == (0, 1)
    assert len(cost.statements) <= MOST_STATEMENTS


def test_what_writes_reads_once_and_writes_once(
    client: FlaskClient, ws: Workspace, full_run: Run
) -> None:
    question, class_id = full_run.asked[0].id, full_run.classes[0].id
    answer = f"class:{class_id}"
    forms: dict[str, dict[str, Any]] = {
        "label": {"question_id": question, "answer": answer, "op_id": "one"},
        "undo": {"op_id": "two"},
        "choose": {},
        "sheet": {"question": question, "answer": answer, "op_id": "three"},
        "train": {"fraction": 0.5, "classifier": "logistic"},
        "spread": {},
        "export": {"format": "csv"},
        "clusters/split": {"cluster": 0, "k": 2, "op_id": "four", "raise_budget": "yes"},
        "clusters/undo": {"op_id": "five"},
        "clusters/explore": {"first": 2, "last": 4},
        "budget": {"budget": 20},
        "classes": {"name": "another", "op": "add"},
        "suggestions/remove": {},
        "rename": {"name": "another"},
        "duplicate": {},
        "delete": {},
        "restore": {},
    }
    for screen, form in forms.items():
        with counting(ws) as cost:
            answer_to = client.post(f"/runs/{full_run.id}/{screen}", data=form)
        assert answer_to.status_code in (200, 303), (screen, answer_to.text)
        assert (cost.reads <= 1, cost.writes <= 1) == (True, True), screen


def test_what_is_shown_of_a_run_is_of_one_moment(ws: Workspace, run_id: str) -> None:
    run = open_run(ws, run_id)
    answer_open(ws, run_id)
    assert labeling.progress_of(run).n_answered == run.n_given == 0
    assert all(one.verdict is None for one in labeling.questions(run))
    assert runs.view_of(run).summary.n_open == len(run.asked)
    assert labeling.progress_of(open_run(ws, run_id)).n_open == 0


def test_counts_are_the_same_in_a_run_and_in_a_list_of_runs(ws: Workspace, full_run: Run) -> None:
    assert runs.view_of(full_run).summary == runs.list_runs(ws)[0]
