"""The start page and the list of runs: page by page, at the same cost."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from labeler.datasets.base import Dataset
from labeler.storage import runs as run_rows
from labeler.workflow.runs.create import start_upload
from labeler.workflow.runs.pages import PAGE_SIZE
from labeler.workflow.workspace import Workspace


@contextmanager
def statements(ws: Workspace) -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    sent: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(ws.database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(ws.database.engine, "before_cursor_execute", note)


@pytest.fixture
def many(ws: Workspace, run_id: str) -> int:
    """How many runs there are: two full pages and a bit."""
    with ws.database.writing() as session:
        for number in range(2 * PAGE_SIZE):
            run_rows.duplicate(session, run_id, f"copy {number}")
    return 2 * PAGE_SIZE + 1


def test_the_start_page_costs_as_much_for_one_run_as_for_many(
    client: FlaskClient, ws: Workspace, run_id: str, request: pytest.FixtureRequest
) -> None:
    costs = []
    for is_first in (True, False):
        client.get("/")
        with statements(ws) as sent:
            assert client.get("/").status_code == 200
        costs.append([re.sub(r"\([^()]*\)", "()", one) for one in sent])
        if is_first:
            request.getfixturevalue("many")
    one, many = costs
    assert len(one) == len(many) < 15
    assert sum("FROM question" in statement for statement in many) <= 2


def test_every_run_is_on_one_page_and_pages_lead_to_each_other(
    client: FlaskClient, many: int
) -> None:
    seen: list[str] = []
    target: str | None = "/"
    while target is not None:
        page = client.get(target).get_data(as_text=True)
        seen += re.findall(r'class="run-open" href="/runs/(\w+)"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        target = None if following is None else following.group(1)
    assert len(seen) == len(set(seen)) == many
    assert 'rel="prev" href="/?page=2"' in page
    assert f"Page 3 of 3, {many} runs" in page


@pytest.mark.parametrize("number", ["99", "0", "-1", "x", "9" * 40, ""])
def test_an_odd_page_number_is_answered_with_a_page(client: FlaskClient, number: str) -> None:
    assert client.get(f"/?page={number}").status_code == 200


def test_programs_get_all_runs_or_as_many_as_they_ask_for(client: FlaskClient, many: int) -> None:
    everything = client.get("/api/v1/runs").get_json()
    assert everything["n_runs"] == len(everything["runs"]) == many
    some = client.get("/api/v1/runs?limit=10&offset=5").get_json()
    assert some == {"runs": everything["runs"][5:15], "n_runs": many}
    assert client.get("/api/v1/runs?limit=0").get_json()["runs"] == []
    assert client.get("/api/v1/runs?offset=1000").get_json()["runs"] == []
    assert client.get("/api/v1/runs?limit=x").status_code == 400


def test_a_damaged_array_is_told_without_a_path_of_the_server(
    client: FlaskClient, ws: Workspace, run_id: str, bars: Dataset
) -> None:
    for file in ws.artefacts.folder.glob("*/*.npy"):
        file.write_bytes(file.read_bytes()[:-1])
    for target in (f"/runs/{run_id}/clusters", f"/api/v1/runs/{run_id}/clusters"):
        answer = client.get(target)
        assert answer.status_code == 500
        assert b"is damaged" in answer.data
        assert str(ws.instance).encode() not in answer.data
        assert b"/instance" not in answer.data


def test_images_that_are_being_read_are_found_again_by_the_name_they_were_given(
    client: FlaskClient, ws: Workspace
) -> None:
    waiting = ws.uploads / "0123abcd.zip"
    job = start_upload(ws, waiting, "berries.zip")
    for page in (client.get("/").text, client.get(f"/jobs/{job.id}").text):
        assert "berries.zip" in page
        assert waiting.name not in page
    assert f'href="/jobs/{job.id}"' in client.get("/").text


def test_an_error_leads_back_to_the_page_before_it_if_that_is_one_of_ours(
    client: FlaskClient,
) -> None:
    for referrer, leads_back in (
        ("http://localhost/runs/new?a=1", True),
        ("http://elsewhere.example/runs/new?a=1", False),
        ("http://localhost/nothing", False),
        ("http://localhost//elsewhere.example", False),
        ("http://[localhost", False),
    ):
        page = client.get("/nothing", headers={"Referer": referrer}).text
        assert ("Back to where you were" in page) is leads_back
        assert ('href="/runs/new?a=1"' in page) is leads_back
