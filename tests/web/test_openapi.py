"""Requests made up from the API's own description: whatever comes in, no defect comes out."""

import json
import re
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.transport.wsgi import WSGI_TRANSPORT

from labeler.storage.rows import GivenAnswer, Verdict
from labeler.typed_json import with_choices
from labeler.web.api.document import FILE, document_text
from labeler.web.http.context import DEFAULT_ANNOTATOR
from labeler.workflow import labeling, runs
from labeler.workflow.audit import answers as audit_answers
from labeler.workflow.audit.begin import begin_audit
from labeler.workflow.run import open_run
from labeler.workflow.workspace import Workspace
from tests.web.conftest import HOST, ON_SQLITE

DOCUMENT = with_choices(json.loads(FILE.read_bytes()))
API = schemathesis.openapi.from_dict(DOCUMENT)
CHECKS = [
    schemathesis.checks.not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
TRACES = ("Traceback", 'File "', "site-packages", "sqlalchemy", "psycopg", "sqlite3")
SMALL = 10_000
"""Made-up ids below this are put in the place of ids that exist, so that requests get further."""


@pytest.fixture
def there(ws: Workspace, run_id: str) -> dict[str, list[Any]]:
    """By the name of a field, the ids that exist, of a run with three answers and an audit."""
    view = runs.get_run(ws, run_id)
    class_ids = [one.id for one in view.classes]
    questions = labeling.questions(open_run(ws, run_id))
    asked = [one.id for one in questions]
    named = (class_ids[0], class_ids[1], class_ids[0])
    given = [GivenAnswer(*one) for one in zip(asked[:3], [Verdict.CLASS] * 3, named, strict=True)]
    labeling.record_answers(ws, run_id, "there", DEFAULT_ANNOTATOR, given)
    audit = begin_audit(ws, run_id)
    blind = [GivenAnswer(1, Verdict.CLASS, class_ids[0])]
    audit_answers.answer(ws, run_id, audit.number, "there", DEFAULT_ANNOTATOR, blind)
    return {
        "run_id": [run_id],
        "question_id": asked,
        "cluster": [one.cluster for one in questions],
        "clusters": [[questions[0].cluster, questions[2].cluster]],
        "class_id": class_ids,
        "merged_into": class_ids,
        "dataset_id": [view.dataset.id],
        "job_id": [one.id for one in view.jobs],
        "number": [audit.number],
    }


def with_ids_that_exist(value: Any, there: dict[str, list[Any]], name: str = "") -> Any:
    """``value`` with every small number, and every text that begins with a digit, made real."""
    if isinstance(value, dict):
        return {key: with_ids_that_exist(one, there, key) for key, one in value.items()}
    if isinstance(value, list):
        return [with_ids_that_exist(one, there, name) for one in value]
    if name == "run_id":
        return there[name][0] if re.match("[0-9]", str(value)) else value
    if name in there and type(value) is int and 0 <= value < SMALL:
        return there[name][value % len(there[name])]
    return value


@API.parametrize()
@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_whatever_is_asked_is_answered_as_described(
    case: schemathesis.Case, app: Flask, client: FlaskClient, there: dict[str, list[Any]]
) -> None:
    case.path_parameters = with_ids_that_exist(case.path_parameters, there)
    case.body = with_ids_that_exist(case.body, there)
    response = WSGI_TRANSPORT.send(case, session=client, app=app, base_url=f"http://{HOST}")
    case.validate_response(response, checks=CHECKS)
    assert not [trace for trace in TRACES if trace in response.text]


WELL_FORMED = {
    "/api/v1/runs/{run_id}/images": (400,),
    "/api/v1/runs/{run_id}/reviews": (201, 409),
}
"""What a good body is answered with where the run here cannot do what it asks for."""

BODIES: list[tuple[str, str, dict[str, Any]]] = [
    (
        "post",
        "/api/v1/runs",
        {
            "name": "made up",
            "source": "digits",
            "dataset_id": None,
            "preset": "classic",
            "budget": 10,
            "classes": ["a", "b"],
            "answerer": "human",
            "error_rate": 0.0,
            "seed": 1,
            "classifier": "logistic",
            "use_labels": True,
            "features": "pixels",
            "strategy": "two-phase",
            "n_rounds": 2,
            "distortions": "weak",
            "propagation": "graph",
            "threshold": 0.1,
        },
    ),
    (
        "post",
        "/api/v1/runs/{run_id}/operations",
        {
            "op_id": "made-up",
            "kind": "answer",
            "answers": [{"question_id": "question_id", "verdict": "class", "class_id": "class_id"}],
            "duration_ms": 10,
            "expected": {},
        },
    ),
    (
        "post",
        "/api/v1/runs/{run_id}/operations",
        {"op_id": "made-up", "kind": "undo", "target": "there"},
    ),
    (
        "post",
        "/api/v1/runs/{run_id}/audits/{number}/operations",
        {
            "op_id": "made-up",
            "kind": "answer",
            "answers": [{"question_id": "question_id", "verdict": "class", "class_id": "class_id"}],
            "duration_ms": 10,
            "expected": {},
        },
    ),
    (
        "post",
        "/api/v1/runs/{run_id}/audits/{number}/operations",
        {"op_id": "made-up", "kind": "undo", "target": "there"},
    ),
    (
        "post",
        "/api/v1/runs/{run_id}/reviews",
        {
            "op_id": "made-up",
            "kind": "page",
            "queue": 1,
            "page": 0,
            "marks": {"3": None},
            "images": [3],
            "duration_ms": 1000,
        },
    ),
    (
        "post",
        "/api/v1/runs/{run_id}/reviews",
        {
            "op_id": "made-up",
            "kind": "image",
            "image": 3,
            "shown": None,
            "class_id": "class_id",
            "base_revision": 0,
            "duration_ms": 1000,
        },
    ),
    (
        "post",
        "/api/v1/runs/{run_id}/reviews",
        {"op_id": "made-up", "kind": "undo", "target": "there"},
    ),
    ("post", "/api/v1/runs/{run_id}/classes", {"name": "made up", "key": "q"}),
    (
        "patch",
        "/api/v1/runs/{run_id}/classes/{class_id}",
        {"name": "made up", "key": "q", "merged_into": None},
    ),
    (
        "post",
        "/api/v1/runs/{run_id}/clusters/changes",
        {"op_id": "made-up", "kind": "split", "cluster": 0, "k": 2, "raise_budget": True},
    ),
    (
        "post",
        "/api/v1/runs/{run_id}/clusters/changes",
        {"op_id": "made-up", "kind": "merge", "clusters": "clusters"},
    ),
    ("post", "/api/v1/runs/{run_id}/budget", {"budget": 9}),
    ("post", "/api/v1/runs/{run_id}/images", {"path": "/nowhere", "strict": True}),
    (
        "post",
        "/api/v1/runs/{run_id}/training",
        {
            "fraction": 0.5,
            "threshold": None,
            "propagation": "cluster",
            "classifier": "logistic",
            "comparisons": False,
        },
    ),
]
"""For every operation that takes a body, such with every field that is described."""

NASTY = (
    "NaN",
    "-Infinity",
    "1e400",
    str(2**63),
    "9" * 4001,
    '"\\ud800"',
    '"a\\u0000b"',
    "[" * 90 + "]" * 90,
    '{"\\u0000": 1}',
)
"""As JSON; no field takes any of these."""

UNREADABLE = (
    b"[" * 100_000,
    b"[" * 100_000 + b"]" * 100_000,
    b'{"a":' * 100_000,
    b'{"name": "\xff\xfe"}',
    b'{"name": "a\0b"}',
    b"[]",
    b"",
)
OPERATIONS = [pytest.param(*one, id=f"{one[0]} {one[1]} {len(one[2])}") for one in BODIES]


def with_body(path: str, body: dict[str, Any], there: dict[str, list[Any]]) -> tuple[str, str]:
    """The address with ids that exist, and the body as text with such ids too."""
    text = json.dumps(body)
    for name, ids in there.items():
        path = path.replace(f"{{{name}}}", str(ids[0]))
        text = text.replace(f'"{name}": "{name}"', f'"{name}": {ids[0]}')
    return path, text


def described_fields(schema: dict[str, Any]) -> set[str]:
    """The names of all fields of a body."""
    if "$ref" in schema:
        return described_fields(DOCUMENT["components"]["schemas"][schema["$ref"].split("/")[-1]])
    nested = [described_fields(one) for one in schema.get("anyOf", ())]
    return set(schema.get("properties", ())).union(*nested)


def test_every_body_and_field_that_is_described_is_tried() -> None:
    described = {
        (method, path): described_fields(
            operation["requestBody"]["content"]["application/json"]["schema"]
        )
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
        if "application/json" in operation.get("requestBody", {}).get("content", ())
    }
    tried: dict[tuple[str, str], set[str]] = {}
    for method, path, body in BODIES:
        tried.setdefault((method, path), set()).update(body)
    assert described == tried


def test_the_document_that_is_kept_is_what_the_routes_say() -> None:
    assert FILE.read_text(encoding="utf-8") == document_text(), "make openapi writes it anew"


def test_every_route_of_the_api_is_described(app: Flask) -> None:
    served = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(method, path) for path, of in DOCUMENT["paths"].items() for method in of}
    assert served == described


@pytest.mark.parametrize(("method", "path", "body"), OPERATIONS)
def test_a_body_is_taken_and_with_a_nasty_value_in_any_field_it_is_refused(
    client: FlaskClient, there: dict[str, list[Any]], method: str, path: str, body: dict[str, Any]
) -> None:
    for name in body:
        target, text = with_body(path, body | {name: "NASTY"}, there)
        for nasty in NASTY:
            content = text.replace('"NASTY"', nasty)
            reply = client.open(
                target, method=method, data=content, content_type="application/json"
            )
            assert 400 <= reply.status_code < 500, f"{name} is {nasty[:40]}"
            assert reply.get_json()["error"]["message"]
    target, text = with_body(path, body, there)
    reply = client.open(target, method=method, data=text, content_type="application/json")
    assert reply.status_code in WELL_FORMED.get(path, (200, 201, 202)), reply.get_json()


@ON_SQLITE
@pytest.mark.parametrize(("method", "path", "body"), OPERATIONS)
def test_a_body_that_cannot_be_read_is_refused(
    client: FlaskClient, there: dict[str, list[Any]], method: str, path: str, body: dict[str, Any]
) -> None:
    target, _ = with_body(path, body, there)
    for nasty in UNREADABLE:
        reply = client.open(target, method=method, data=nasty, content_type="application/json")
        assert reply.status_code == 400, nasty[:40]
        assert reply.get_json()["error"]["message"]
