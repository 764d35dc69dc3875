"""Export: counted, downloaded at once or written by a job."""

import csv
import hashlib
import io
import json
from typing import Any
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient

from labeler.formats import FORMATS
from labeler.workflow.exchange import export_jobs
from labeler.workflow.inline import finish_job
from labeler.workflow.run import open_run
from labeler.workflow.spread import spreading
from labeler.workflow.workspace import Workspace
from tests.web.conftest import answer_all, job_of


def rows(client: FlaskClient, run_id: str, **query: Any) -> list[dict[str, str]]:
    reply = client.get(f"/runs/{run_id}/export.csv", query_string=query)
    assert reply.status_code == 200
    assert "attachment" in reply.headers["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(reply.get_data(as_text=True))))


def test_the_download_equals_the_labels_that_stand(
    client: FlaskClient, ws: Workspace, run_id: str
) -> None:
    answer_all(ws, run_id)
    spread = spreading.spread(open_run(ws, run_id), 0.5)
    found = rows(client, run_id, fraction="0.5")
    labels = [spread.classes.index(row["class_name"]) if row["label"] else -1 for row in found]
    assert labels[:200] == spread.label_set.labels.tolist()
    assert {row["split"] for row in found[200:]} == {"test"}
    assert len(rows(client, run_id, test="no")) == 200


def test_filters_narrow_the_download(client: FlaskClient, ws: Workspace, run_id: str) -> None:
    answer_all(ws, run_id)
    assert {row["source"] for row in rows(client, run_id, source="human")} == {"human"}
    assert {row["class_name"] for row in rows(client, run_id, **{"class": "a"})} == {"a"}
    sure = rows(client, run_id, min_confidence="0.9", fraction="1")
    assert 0 < len(sure) < 200
    assert client.get(f"/runs/{run_id}/export.csv?source=magic").status_code == 400
    assert client.get(f"/runs/{run_id}/export.csv?class=nothing").status_code == 400


def test_the_export_page_counts_what_is_left(
    client: FlaskClient, ws: Workspace, run_id: str
) -> None:
    answer_all(ws, run_id)
    page = client.get(f"/runs/{run_id}/export").get_data(as_text=True)
    assert "data-rows>280<" in page
    assert "as chosen last, for nothing is trained yet" in page
    assert page.count('name="format"') == len(FORMATS)
    page = client.get(f"/runs/{run_id}/export?source=human").get_data(as_text=True)
    assert "data-rows>8<" in page
    path = f"/api/v1/runs/{run_id}/export/count"
    found = client.get(f"{path}?source=human&class=a&class=c").get_json()
    assert found["n_rows"] == sum(found["by_class"].values()) == 4
    assert found["left_out_in_words"].startswith("276 left out: 196 with a label")
    assert client.get(f"{path}?validation=0.25").get_json()["n_validation"] in range(20, 81)
    sides = client.get(f"{path}?validation=0.25&format=imagefolder&test=no&test=yes").get_json()
    assert (sides["n_test"], "SET/train" in sides["loading"]) == (80, True)
    assert client.get(f"{path}?test=yes&raw=yes&format=label-studio").get_json()["n_test"] == 0
    reply = client.get(f"{path}?cluster=0,99")
    assert (reply.status_code, "cluster is 99" in reply.get_data(as_text=True)) == (400, True)
    for wrong in ("cluster=a", "format=xml", "fraction=2", "min_confidence=x", "source=ghost"):
        assert client.get(f"{path}?{wrong}").status_code == 400, wrong


def test_a_small_set_is_sent_at_once_in_any_format(
    client: FlaskClient, ws: Workspace, run_id: str
) -> None:
    answer_all(ws, run_id)
    for name, one in FORMATS.items():
        form = {"format": name, "source": ["human"], "class": ["a", "b"], "images": "yes"}
        reply = client.post(f"/runs/{run_id}/export", data=form)
        assert reply.status_code == 303
        if one.with_predictions:
            assert "/jobs/" in reply.headers["Location"]
            continue
        sent = client.get(reply.headers["Location"])
        assert sent.status_code == 200, sent.get_data(as_text=True)
        suffix = one.suffix or ".zip"
        assert sent.headers["Content-Disposition"] == f'attachment; filename="bars{suffix}"'


def test_fields_that_the_export_form_does_not_have_are_ignored(
    client: FlaskClient, run_id: str
) -> None:
    form = {"run_id": "x", "name": "y", "_external": "1", "min_confidence": "", "source": "none"}
    reply = client.post(f"/runs/{run_id}/export", data=form)
    assert reply.headers["Location"] == f"/runs/{run_id}/export.csv?source=none"
    assert client.post(f"/runs/{run_id}/export", data={"format": "xml"}).status_code == 400


def test_a_zip_of_a_download_holds_its_manifest(
    client: FlaskClient, ws: Workspace, run_id: str
) -> None:
    answer_all(ws, run_id)
    form = {"format": "csv", "source": "human", "zip": "yes"}
    address = client.post(f"/runs/{run_id}/export", data=form).headers["Location"]
    with ZipFile(io.BytesIO(client.get(address).data)) as archive:
        assert archive.namelist() == ["bars.csv", "manifest.json"]
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["counts"]["rows"] == 8
    assert manifest["export"]["filter"]["sources"] == ["human"]


def test_a_large_set_is_written_by_a_job_and_waits_to_be_downloaded(
    client: FlaskClient, ws: Workspace, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_all(ws, run_id)
    monkeypatch.setattr(export_jobs, "MANY_ROWS", 100)
    monkeypatch.setattr(export_jobs, "KEPT", 2)
    addresses = []
    for source in ("human", "propagated", "none"):
        form = {"format": "jsonl", "source": ["human", "propagated", source]}
        reply = client.post(f"/runs/{run_id}/export", data=form)
        job = finish_job(ws, job_of(reply.headers["Location"]))
        assert client.get(reply.headers["Location"]).headers["Location"].endswith("/export#ready")
        addresses.append(f"/runs/{run_id}/exports/{job.id}")
    page = client.get(f"/runs/{run_id}/export").get_data(as_text=True)
    assert [f'"{address}"' in page for address in addresses] == [False, True, True]
    with client.get(addresses[-1]) as sent, client.get(f"{addresses[-1]}/manifest") as beside:
        assert sent.headers["Content-Disposition"] == "attachment; filename=bars.jsonl"
        assert len(sent.data.splitlines()) == 200
        digest = hashlib.sha256(sent.data).hexdigest()
        assert beside.get_json()["files"][0]["sha256"] == digest
    assert client.get(addresses[0]).status_code == 404
    assert client.get(f"/runs/{run_id}/exports/99").status_code == 404


def test_the_files_that_images_are_can_be_chosen(client: FlaskClient, run_id: str) -> None:
    path = f"/api/v1/runs/{run_id}/export/count?format=npz"
    assert client.get(f"{path}&images=yes&files=thumbnails").status_code == 200
    reply = client.get(f"{path}&images=yes&files=paintings")
    assert (reply.status_code, "paintings" in reply.get_data(as_text=True)) == (400, True)
