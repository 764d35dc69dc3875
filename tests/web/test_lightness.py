"""What the server must not load: libraries that cost seconds at start and memory for good."""

import subprocess
import sys
from pathlib import Path

import pytest

from labeler.datasets.base import Dataset
from labeler.workflow.workspace import open_workspace
from tests.web.conftest import HOST, make_run
from tests.web.test_two_phases import answer_all, finish_all

HEAVY = {"sklearn", "scipy", "pandas", "pyarrow", "tensorflow", "keras"}

ANSWER_ALL = """
import sys
from pathlib import Path

import labeler.web.server
from labeler.web import WebSettings, create_app
from labeler.workflow.workspace import open_workspace

instance, run_id, host, *heavy = sys.argv[1:]
app = create_app(open_workspace(Path(instance)), WebSettings(secret_key=b"k" * 32))
client = app.test_client()
client.environ_base["HTTP_HOST"] = host


def look(path):
    response = client.get(path)
    assert response.status_code in (200, 303), (path, response.status)
    return response


look(app.config["LABELER"].access.new_address().removeprefix(f"http://{host}"))
look("/")
api = f"/api/v1/runs/{run_id}"
asked = look(f"{api}/questions").get_json()
for number, question in enumerate(asked["questions"]):
    look(f"/runs/{run_id}/label?q={question['id']}")
    look(f"{api}/questions/{question['id']}/evidence")
    named = asked["classes"][0]["id"]
    given = {"question_id": question["id"], "verdict": "class", "class_id": named}
    answered = client.post(f"{api}/operations", json={"op_id": f"{number}", "answers": [given]})
    assert answered.status_code == 201, answered.data
look(f"/runs/{run_id}/sheet")
client.post(f"{api}/operations", json={"op_id": "back", "kind": "undo"})
look(api)
print(*sorted(set(heavy) & set(sys.modules)))
"""


@pytest.mark.parametrize(
    ("preset", "half_done"), [("classic", False), ("best", False), ("best", True)]
)
def test_a_run_is_labeled_without_the_heavy_libraries(
    bars: Dataset, tmp_path: Path, preset: str, half_done: bool
) -> None:
    ws = open_workspace(tmp_path / "instance")
    run_id = make_run(ws, bars, preset=preset, features="pixels")
    if half_done:
        answer_all(ws, run_id)
        finish_all(ws, run_id)
    ws.close()
    command = [sys.executable, "-c", ANSWER_ALL, str(tmp_path / "instance"), run_id, HOST, *HEAVY]
    loaded = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (loaded.stdout.split(), loaded.stderr) == ([], "")
