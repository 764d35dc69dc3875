"""What nobody should overlook of a run is on its pages before the first answer, not after it."""

from flask.testing import FlaskClient

from labeler.datasets.base import Dataset
from labeler.storage import runs as run_rows
from labeler.workflow import datasets, labeling, runs
from labeler.workflow.run import open_run
from labeler.workflow.runs import NewRun
from labeler.workflow.workspace import Workspace
from tests.web.conftest import ON_SQLITE

SAID = "No pretrained net was here, says &lt;a&gt;."
pytestmark = ON_SQLITE


def warn(ws: Workspace, run_id: str) -> None:
    notes = ["40 images held out", "warning: no pretrained net was here, says <a>."]
    ws.database.write(
        lambda session: run_rows.update_run(session, run_id, settings={"notes": notes})
    )


def test_the_label_page_warns_until_something_is_answered(
    client: FlaskClient, ws: Workspace, run_id: str
) -> None:
    warn(ws, run_id)
    address = f"/runs/{run_id}/label"
    page = client.get(address).text
    assert SAID in page
    assert "40 images held out" not in page
    question = labeling.questions(open_run(ws, run_id))[0]
    client.post(address, data={"question_id": question.id, "op_id": "first", "answer": "skip"})
    assert SAID not in client.get(address).text


def test_the_page_of_its_preparation_warns(
    client: FlaskClient, ws: Workspace, bars: Dataset
) -> None:
    dataset = datasets.keep(ws, bars, kind="path", source="bars")
    job = runs.start_run(ws, NewRun(name="demo", dataset_id=dataset.id, budget=8))
    assert job.run_id is not None
    warn(ws, job.run_id)
    assert SAID in client.get(f"/runs/{job.run_id}/jobs/{job.id}").text
