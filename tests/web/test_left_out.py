"""What was left out of a data set, on its page, on the report of a run, and for programs."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from labeler.datasets.base import Dataset, LeftOut
from labeler.workflow.runs import get_run
from labeler.workflow.workspace import Workspace
from tests.web.conftest import make_run

N_FILES = 13


@pytest.fixture
def partial_id(ws: Workspace, bars: Dataset) -> str:
    """A run of images beside which there were files that could not be read."""
    files = (LeftOut(f"a/<{number:02}>.png", "the file is empty") for number in range(N_FILES))
    return make_run(ws, replace(bars, left_out=tuple(files)))


def test_pages_show_the_first_and_lead_to_all(
    client: FlaskClient, ws: Workspace, partial_id: str
) -> None:
    dataset = get_run(ws, partial_id).dataset
    pages = (f"/datasets/{dataset.id}/clusters", f"/runs/{partial_id}/report", "/datasets")
    everything = f"/datasets/{dataset.id}/left-out.csv"
    for address in pages:
        page = client.get(address).text
        assert "13 files left out" in page
        assert f'href="{everything}"' in page
    assert "a/&lt;00&gt;.png" in client.get(pages[0]).text
    assert "a/&lt;12&gt;.png" not in client.get(pages[0]).text
    answer = client.get(everything)
    assert answer.mimetype == "text/csv"
    assert answer.text.count("the file is empty") == N_FILES


def test_programs_get_all_or_as_many_as_they_ask_for(client: FlaskClient, partial_id: str) -> None:
    address = f"/api/v1/runs/{partial_id}/left-out"
    everything = client.get(address).get_json()
    assert everything["n_left_out"] == len(everything["left_out"]) == N_FILES
    assert everything["left_out"][0] == {"file": "a/<00>.png", "reason": "the file is empty"}
    some = client.get(f"{address}?limit=2&offset=12").get_json()
    assert [one["file"] for one in some["left_out"]] == ["a/<12>.png"]
    run = client.get(f"/api/v1/runs/{partial_id}").get_json()["run"]
    assert run["n_left_out"] == N_FILES


def test_where_nothing_was_left_out_nothing_is_said(client: FlaskClient, run_id: str) -> None:
    assert "left out" not in client.get(f"/runs/{run_id}/report").text
    answer = client.get(f"/api/v1/runs/{run_id}/left-out").get_json()
    assert answer == {"left_out": [], "n_left_out": 0}
