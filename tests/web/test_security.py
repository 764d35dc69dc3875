"""Every route, asked for by those who must not."""

import gzip
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.wrappers import Response as BaseResponse

from labeler import __version__
from tests.web.conftest import HOST, client_of, logged_in

FOR_GOOD = "public, max-age=31536000, immutable"
OPEN = {
    ("GET", "/login"),
    ("POST", "/login"),
    ("POST", "/login/address"),
    ("GET", "/static/<path:filename>"),
    ("GET", "/api/v1/health"),
}
ROUTES = OPEN | {
    ("POST", "/logout"),
    ("GET", "/"),
    ("GET", "/runs/new"),
    ("POST", "/runs/new"),
    ("POST", "/looks"),
    ("GET", "/looks/<int:job_id>/pictures/<int:number>.webp"),
    ("GET", "/browse"),
    ("POST", "/baskets/<basket_id>/remove"),
    ("POST", "/api/v1/baskets"),
    ("GET", "/api/v1/baskets/<basket_id>"),
    ("PUT", "/api/v1/baskets/<basket_id>/files"),
    ("GET", "/runs/<run_id>"),
    ("POST", "/runs/<run_id>/rename"),
    ("POST", "/runs/<run_id>/duplicate"),
    ("GET", "/runs/<run_id>/delete"),
    ("POST", "/runs/<run_id>/delete"),
    ("POST", "/runs/<run_id>/restore"),
    ("GET", "/runs/<run_id>/label"),
    ("POST", "/runs/<run_id>/label"),
    ("POST", "/runs/<run_id>/undo"),
    ("POST", "/runs/<run_id>/choose"),
    ("POST", "/runs/<run_id>/spread"),
    ("POST", "/runs/<run_id>/classes"),
    ("GET", "/runs/<run_id>/sheet"),
    ("POST", "/runs/<run_id>/sheet"),
    ("GET", "/runs/<run_id>/clusters"),
    ("POST", "/runs/<run_id>/clusters/split"),
    ("POST", "/runs/<run_id>/clusters/merge"),
    ("POST", "/runs/<run_id>/clusters/undo"),
    ("POST", "/runs/<run_id>/clusters/explore"),
    ("POST", "/runs/<run_id>/budget"),
    ("GET", "/help"),
    ("GET", "/datasets"),
    ("GET", "/datasets/<int:dataset_id>/clusters"),
    ("POST", "/datasets/<int:dataset_id>/clusters"),
    ("GET", "/runs/<run_id>/train"),
    ("POST", "/runs/<run_id>/train"),
    ("GET", "/runs/<run_id>/review"),
    ("POST", "/runs/<run_id>/review"),
    ("POST", "/runs/<run_id>/review/undo"),
    ("POST", "/runs/<run_id>/review/order"),
    ("GET", "/runs/<run_id>/review/odd"),
    ("POST", "/runs/<run_id>/review/odd"),
    ("GET", "/runs/<run_id>/images/<int:image>"),
    ("POST", "/runs/<run_id>/images/<int:image>"),
    ("POST", "/runs/<run_id>/images/<int:image>/undo"),
    ("GET", "/runs/<run_id>/check"),
    ("POST", "/runs/<run_id>/check"),
    ("GET", "/runs/<run_id>/check/<int:number>"),
    ("POST", "/runs/<run_id>/check/<int:number>"),
    ("POST", "/runs/<run_id>/check/<int:number>/undo"),
    ("POST", "/runs/<run_id>/check/<int:number>/further"),
    ("POST", "/runs/<run_id>/check/<int:number>/more"),
    ("POST", "/runs/<run_id>/check/<int:number>/release"),
    ("GET", "/runs/<run_id>/check/certificate.<any(html, json, csv):form>"),
    ("GET", "/runs/<run_id>/check/<int:number>/certificate.<any(html, json, csv):form>"),
    ("GET", "/runs/<run_id>/report"),
    ("GET", "/runs/<run_id>/report/cell"),
    ("GET", "/runs/<run_id>/export"),
    ("POST", "/runs/<run_id>/export"),
    ("GET", "/runs/<run_id>/export.<name>"),
    ("GET", "/runs/<run_id>/exports/<int:job_id>"),
    ("GET", "/runs/<run_id>/exports/<int:job_id>/manifest"),
    ("GET", "/runs/<run_id>/classifier"),
    ("POST", "/runs/<run_id>/classifier"),
    ("GET", "/runs/<run_id>/classifier/model.zip"),
    ("GET", "/runs/<run_id>/classifier/model.<any(onnx, keras):kind>"),
    ("POST", "/runs/<run_id>/classifier/pictures"),
    ("GET", "/runs/<run_id>/import"),
    ("POST", "/runs/<run_id>/import"),
    ("GET", "/runs/<run_id>/import/<token>"),
    ("POST", "/runs/<run_id>/import/<token>"),
    ("POST", "/runs/<run_id>/imports/<int:import_id>/undo"),
    ("POST", "/runs/<run_id>/suggestions/remove"),
    ("GET", "/jobs/<int:job_id>"),
    ("GET", "/runs/<run_id>/jobs/<int:job_id>"),
    ("POST", "/jobs/<int:job_id>/cancel"),
    ("POST", "/jobs/<int:job_id>/retry"),
    ("GET", "/images/<int:dataset_id>/<int:image>.<any(png, webp):ending>"),
    ("GET", "/images/<int:dataset_id>/<int:image>/original"),
    ("GET", "/images/<int:dataset_id>/sprite.<any(png, webp):ending>"),
    ("GET", "/api/v1/health"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/v1/runs"),
    ("POST", "/api/v1/runs"),
    ("GET", "/api/v1/runs/<run_id>"),
    ("DELETE", "/api/v1/runs/<run_id>"),
    ("GET", "/api/v1/runs/<run_id>/questions"),
    ("GET", "/api/v1/runs/<run_id>/questions/<int:question_id>/evidence"),
    ("GET", "/api/v1/runs/<run_id>/operations"),
    ("POST", "/api/v1/runs/<run_id>/operations"),
    ("GET", "/api/v1/runs/<run_id>/audits/<int:number>"),
    ("GET", "/api/v1/runs/<run_id>/audits/<int:number>/questions"),
    ("GET", "/api/v1/runs/<run_id>/audits/<int:number>/operations"),
    ("POST", "/api/v1/runs/<run_id>/audits/<int:number>/operations"),
    ("POST", "/api/v1/runs/<run_id>/reviews"),
    ("GET", "/api/v1/runs/<run_id>/classes"),
    ("POST", "/api/v1/runs/<run_id>/classes"),
    ("PATCH", "/api/v1/runs/<run_id>/classes/<int:class_id>"),
    ("GET", "/api/v1/runs/<run_id>/clusters"),
    ("POST", "/api/v1/runs/<run_id>/clusters/changes"),
    ("POST", "/api/v1/runs/<run_id>/budget"),
    ("GET", "/api/v1/runs/<run_id>/spread"),
    ("POST", "/api/v1/runs/<run_id>/spread"),
    ("POST", "/api/v1/runs/<run_id>/choosing"),
    ("GET", "/api/v1/runs/<run_id>/export/count"),
    ("GET", "/api/v1/runs/<run_id>/left-out"),
    ("GET", "/api/v1/runs/<run_id>/images"),
    ("POST", "/api/v1/runs/<run_id>/images"),
    ("POST", "/api/v1/runs/<run_id>/images/undo"),
    ("GET", "/runs/<run_id>/images"),
    ("POST", "/runs/<run_id>/images"),
    ("POST", "/runs/<run_id>/images/undo"),
    ("GET", "/runs/<run_id>/images/unfamiliar"),
    ("GET", "/datasets/<int:dataset_id>/left-out.csv"),
    ("POST", "/api/v1/runs/<run_id>/training"),
    ("GET", "/api/v1/jobs/<int:job_id>"),
    ("POST", "/api/v1/jobs/<int:job_id>/cancel"),
}  # fmt: skip
"""What the app is known to answer. A new route belongs here, once its access was thought about."""

CHANGING = sorted(route for route in ROUTES if route[0] != "GET")
EVERY = sorted(ROUTES)
VALUES = {
    "run_id": "aaaaaaaa",
    "job_id": 1,
    "dataset_id": 1,
    "image": 1,
    "ending": "png",
    "basket_id": "0123456789abcdef",
    "number": 1,
    "question_id": 1,
    "class_id": 1,
    "filename": "base.css",
    "name": "csv",
    "form": "csv",
    "kind": "onnx",
    "token": f"labels-{'a' * 24}.csv",
    "import_id": 1,
}

WRONG_HOSTS = [
    "evil.example",
    "evil.example:5175",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "0.0.0.0:5175",
    "127.0.0.2:5175",
    "10.0.0.1:5175",
    "[::2]:5175",
    "localhost@evil.example",
    "user@127.0.0.1",
    "127.0.0.1:5175/x",
    "",
]
RIGHT_HOSTS = ["localhost", "localhost:5175", "127.0.0.1:5175", "[::1]:5175", "LOCALHOST:8000"]
WRONG_ORIGINS: list[dict[str, str]] = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": f"http://{HOST}"},
    {"Sec-Fetch-Site": "nonsense"},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:8080"},
    {"Origin": f"https://{HOST}"},
]


def rules(app: Flask) -> set[tuple[str, str]]:
    def methods(rule: Rule) -> set[str]:
        return (rule.methods or set()) - {"HEAD", "OPTIONS"}

    every = app.url_map.iter_rules()
    return {(method, unversioned(rule.rule)) for rule in every for method in methods(rule)}


def unversioned(pattern: str) -> str:
    """Style sheets and scripts have their version in their address."""
    return re.sub("^/static/[0-9a-f]{12}/", "/static/", pattern)


def address(app: Flask, pattern: str) -> str:
    with app.test_request_context(headers={"Host": HOST}):
        rules = app.url_map.iter_rules()
        rule = next(rule for rule in rules if unversioned(rule.rule) == pattern)
        adapter = app.url_map.bind("")
        values = {name: VALUES[name] for name in rule.arguments}
        return adapter.build(rule.endpoint, values, method=None)


def test_every_route_is_in_the_list_of_known_ones(app: Flask) -> None:
    assert rules(app) == ROUTES


@pytest.mark.parametrize(("method", "pattern"), EVERY)
def test_a_wrong_host_gets_nothing(shared_app: Flask, method: str, pattern: str) -> None:
    client, target = logged_in(shared_app), address(shared_app, pattern)
    for host in WRONG_HOSTS:
        answer = client.open(target, method=method, headers={"Host": host})
        assert answer.status_code == 400, host


@pytest.mark.parametrize("host", RIGHT_HOSTS)
def test_the_loopback_names_are_served_on_any_port(client: FlaskClient, host: str) -> None:
    assert client.get("/login", headers={"Host": host}).status_code in (200, 303)


@pytest.mark.parametrize(("method", "pattern"), CHANGING)
def test_another_site_can_change_nothing(shared_app: Flask, method: str, pattern: str) -> None:
    client, target = logged_in(shared_app), address(shared_app, pattern)
    for headers in WRONG_ORIGINS:
        answer = client.open(target, method=method, headers=headers)
        assert answer.status_code == 403, headers
        assert "try once more" in answer.text


@pytest.mark.parametrize(("method", "pattern"), sorted(ROUTES - OPEN))
def test_a_stranger_is_sent_to_the_login(shared_app: Flask, method: str, pattern: str) -> None:
    answer = client_of(shared_app).open(address(shared_app, pattern), method=method)
    if method == "GET" and not pattern.startswith("/api/"):
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/login?next=")
    else:
        assert answer.status_code == 401


@pytest.mark.parametrize(("method", "pattern"), EVERY)
def test_every_answer_carries_the_headers_that_bind_the_browser(
    shared_app: Flask, method: str, pattern: str
) -> None:
    with logged_in(shared_app).open(address(shared_app, pattern), method=method) as answer:
        assert_bound(answer)


def assert_bound(answer: BaseResponse) -> None:
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] in ("private, no-store", FOR_GOOD)


def test_nothing_in_templates_or_scripts_runs_inline() -> None:
    root = Path(__file__).parents[2]
    for template in (root / "templates").glob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert "style=" not in text, template.name
        assert "<style" not in text, template.name
        assert " on" + "click" not in text, template.name
        assert text.count("<script") == text.count('<script type="module" src='), template.name
        assert "|safe" not in text.replace(" ", ""), template.name
    for script in (root / "static").glob("*.js"):
        assert "innerHTML" not in script.read_text(encoding="utf-8"), script.name


def test_scripts_are_compressed_and_nothing_that_carries_a_secret(
    app: Flask, client: FlaskClient
) -> None:
    script = address(app, "/static/<path:filename>").replace("base.css", "label.js")
    takes = {"Accept-Encoding": "gzip, br"}
    plain, packed = (client.get(script, headers=sent, buffered=True) for sent in ({}, takes))
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    for one in (plain, packed):
        assert "Accept-Encoding" in one.headers["Vary"]
        assert "immutable" in one.headers["Cache-Control"]
    assert plain.headers["ETag"] != packed.headers["ETag"]
    again = client.get(
        script, headers={**takes, "If-None-Match": packed.headers["ETag"]}, buffered=True
    )
    assert (again.status_code, again.data) == (304, b"")
    refused = client.get(script, headers={"Accept-Encoding": "gzip;q=0"}, buffered=True)
    assert "Content-Encoding" not in refused.headers
    for path in ("/", "/login", "/runs/new", "/api/v1/runs"):
        assert "Content-Encoding" not in client.get(path, headers=takes).headers


def test_whether_all_is_well_is_told_to_anybody_and_the_version_to_who_is_logged_in(
    app: Flask, client: FlaskClient
) -> None:
    assert client_of(app).get("/api/v1/health").get_json() == {"status": "ok"}
    assert client.get("/api/v1/health").get_json() == {"status": "ok", "version": __version__}
