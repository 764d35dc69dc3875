"""A program is told the same by the API and by the command line's ``--json``."""

import json
from typing import Any

from flask.testing import FlaskClient

from labeler.workflow.workspace import Workspace
from tests.commands import run_here
from tests.web.conftest import ON_SQLITE
from tests.web.test_two_phases import answer_all

pytestmark = ON_SQLITE


def told(ws: Workspace, *arguments: str) -> Any:
    finished = run_here(*arguments, "--json", LABELER_INSTANCE=str(ws.instance))
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def test_a_run_is_told_alike(client: FlaskClient, ws: Workspace, run_id: str) -> None:
    answer_all(ws, run_id)
    shown = told(ws, "show", run_id)
    assert shown == client.get(f"/api/v1/runs/{run_id}").get_json()["run"]
    assert {"dataset_id", "has_graph", "n_open", "n_test", "preset"} <= set(shown)
    assert shown["jobs"][0]["status"] == "done"
    assert told(ws, "runs") == client.get("/api/v1/runs").get_json()["runs"]


def test_spread_labels_are_told_alike(client: FlaskClient, ws: Workspace, run_id: str) -> None:
    answer_all(ws, run_id)
    counts = told(ws, "propagate", run_id, "--fraction", "0.5")
    spread = client.get(f"/api/v1/runs/{run_id}/spread?fraction=0.5").get_json()
    assert counts == {name: spread[name] for name in spread if name not in ("borderline", "sprite")}


def test_a_change_of_clusters_is_told_alike(
    client: FlaskClient, ws: Workspace, run_id: str
) -> None:
    split = told(ws, "split", run_id, "0", "--k", "2", "--raise-budget")
    path, body = f"/api/v1/runs/{run_id}/clusters/changes", {"op_id": "u", "kind": "undo"}
    undone = client.post(path, json=body).get_json()
    assert set(split) == set(undone)
    assert (split["children"], split["parents"]) == (undone["parents"], undone["children"])
