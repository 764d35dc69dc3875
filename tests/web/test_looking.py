"""Looking changes nothing: no row, no job, no file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import MetaData, event

from labeler.datasets.base import Dataset
from labeler.storage.rows import GivenAnswer, Verdict
from labeler.workflow import labeling, runs
from labeler.workflow.inline import finish_job
from labeler.workflow.run import open_run
from labeler.workflow.workspace import Workspace, open_workspace
from tests.web.conftest import make_run

THE_LOGIN = "/login"
"""A login address that was opened is used up: this GET is meant to change something."""


@pytest.fixture
def ws(tmp_path: Path) -> Any:
    """One database is enough: what a view asks for does not depend on it."""
    workspace = open_workspace(tmp_path / "instance")
    yield workspace
    workspace.close()


def answer_open(ws: Workspace, run_id: str) -> None:
    classes = runs.get_run(ws, run_id).classes
    given = [
        GivenAnswer(one.id, Verdict.CLASS, classes[place % 2].id)
        for place, one in enumerate(labeling.questions(open_run(ws, run_id)))
        if one.verdict is None
    ]
    labeling.record_answers(ws, run_id, f"{run_id}-{given[0].question_id}", "me", given)


def finish_all(ws: Workspace, run_id: str) -> None:
    while (job := runs.get_run(ws, run_id).active_job) is not None:
        finish_job(ws, job.id)


def drop_jobs(ws: Workspace, run_id: str) -> None:
    """As if nobody had been able to ask for them."""
    with ws.database.writing() as session:
        table = tables_of(ws)["job"]
        session.execute(table.delete().where(table.c.run_id == run_id, table.c.status == "queued"))


def needs_choosing(ws: Workspace, bars: Dataset) -> str:
    run_id = make_run(ws, bars, preset="best", features="pixels", name="choose")
    answer_open(ws, run_id)
    drop_jobs(ws, run_id)
    return run_id


def needs_spreading(ws: Workspace, bars: Dataset) -> str:
    run_id = make_run(ws, bars, preset="best", features="pixels", name="spread")
    answer_open(ws, run_id)
    finish_all(ws, run_id)
    answer_open(ws, run_id)
    return run_id


def is_named_inside_clusters(ws: Workspace, bars: Dataset) -> str:
    run_id = make_run(ws, bars)
    answer_open(ws, run_id)
    return run_id


def tables_of(ws: Workspace) -> dict[str, Any]:
    found = MetaData()
    found.reflect(ws.database.engine)
    return dict(found.tables)


def everything(ws: Workspace) -> dict[str, Any]:
    """Every row, and every file but the database's own, with its age."""
    with ws.database.reading() as session:
        rows = {
            name: [tuple(row) for row in session.execute(table.select())]
            for name, table in tables_of(ws).items()
        }
    files = {
        str(file): (file.stat().st_mtime_ns, file.stat().st_size)
        for file in ws.instance.rglob("*")
        if file.is_file() and not file.name.startswith("labeler.db")
    }
    return rows | files


def addresses(app: Flask, run_id: str, job_id: int, question_id: int) -> list[str]:
    values = {
        "run_id": run_id, "job_id": job_id, "question_id": question_id, "dataset_id": 1,
        "image": 0, "name": "csv", "filename": "base.css", "token": f"labels-{'a' * 24}.csv",
        "ending": "png", "number": 0, "basket_id": "0123456789abcdef", "form": "html",
        "kind": "onnx",
    }  # fmt: skip
    found = []
    with app.test_request_context():
        adapter = app.url_map.bind("")
        for rule in app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and rule.rule != THE_LOGIN:
                given = {name: values[name] for name in rule.arguments}
                found.append(adapter.build(rule.endpoint, given, method="GET"))
    return found


QUERIES = ("", "?threshold=0.5", "?fraction=0.5", "?i=0,1&all=1&clusters=1&page=2")


@pytest.mark.parametrize("make", [needs_choosing, needs_spreading, is_named_inside_clusters])
def test_no_get_changes_anything(
    app: Flask,
    client: FlaskClient,
    ws: Workspace,
    bars: Dataset,
    make: Callable[[Workspace, Dataset], str],
) -> None:
    run_id = make(ws, bars)
    job_id = runs.get_run(ws, run_id).jobs[0].id
    question_id = labeling.questions(open_run(ws, run_id))[0].id
    before = everything(ws)
    statuses: dict[str, int] = {}
    with only_reading(ws):
        for address in addresses(app, run_id, job_id, question_id):
            for query in QUERIES:
                with client.get(address + query) as answer:
                    answer.get_data()
                    statuses[address + query] = answer.status_code
    assert not {address: status for address, status in statuses.items() if status >= 500}
    assert sum(status == 200 for status in statuses.values()) > 60
    assert everything(ws) == before


@contextmanager
def only_reading(ws: Workspace) -> Iterator[None]:
    """Make the database refuse what is not a reading."""

    def refuse(connection: object, cursor: object, statement: str, *_: object) -> None:
        is_reading = statement.split(None, 1)[0].upper() in ("SELECT", "PRAGMA", "WITH")
        assert is_reading or statement == "BEGIN", statement

    event.listen(ws.database.engine, "before_cursor_execute", refuse)
    try:
        yield
    finally:
        event.remove(ws.database.engine, "before_cursor_execute", refuse)
