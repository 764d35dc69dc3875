"""Heavy libraries are imported by one thread, in one place, and only where they are needed."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from labeler.datasets.base import Dataset
from labeler.web.http import science
from labeler.workflow import labeling, runs
from labeler.workflow.run import open_run
from labeler.workflow.workspace import open_workspace
from tests.web.conftest import make_run
from tests.web.test_looking import answer_open, finish_all

PACKAGE = Path(__file__).parents[2] / "labeler"
HEAVY = ("sklearn", "scipy", "pyarrow")
NOT_IN_A_REQUEST = ("learning/threads.py", "formats/parquet.py")
"""The command line's own; and what writes Parquet, whose two modules are ``PERHAPS`` there."""

VISIT_ALL = """
import os, sys
from importlib.abc import MetaPathFinder
from pathlib import Path

from labeler.web import WebSettings, create_app
from labeler.web.http import science
from labeler.workflow.workspace import open_workspace

HEAVY = {"sklearn", "scipy", "pandas", "pyarrow"}
where = ""


class Watch(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if where and name.partition(".")[0] in HEAVY:
            print(where, name, flush=True)
            os._exit(0)


instance, run_id, question_id, first, second = sys.argv[1:]
workspace = open_workspace(Path(instance))
app = create_app(workspace, WebSettings(secret_key=b"k" * 32))
address = app.config["LABELER"].access.new_address()
workspace.close()
sys.meta_path.insert(0, Watch())
science.load = lambda: os._exit(0)  # a view that is marked
run, api = f"/runs/{run_id}", f"/api/v1/runs/{run_id}"
values = {"run_id": run_id, "job_id": 1, "dataset_id": 1, "image": 0, "question_id": question_id,
          "ending": "png", "number": 0, "basket_id": "0" * 16,
          "class_id": 1, "filename": "base.css", "name": "csv", "import_id": 1,
          "token": f"labels-{'a' * 24}.csv", "form": "html", "kind": "onnx"}
visits = []
with app.test_request_context():
    adapter = app.url_map.bind("")
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.rule != "/login":
            given = {name: values[name] for name in rule.arguments}
            path = adapter.build(rule.endpoint, given, method="GET")
            visits.append(("GET", path, None))
answer = {"op_id": "x", "answers": [{"question_id": int(question_id), "verdict": "skip"}]}
visits += [
    ("GET", f"{run}/train?fraction=1", None),
    ("GET", f"{run}/train?threshold=0.5", None),
    ("GET", f"{api}/spread?fraction=1", None),
    ("GET", f"{run}/export.parquet", None),
    ("GET", f"{run}/export.cleanlab", None),
    ("POST", f"{api}/operations", {"json": answer}),
    ("POST", f"{run}/clusters/split", {"data": {"cluster": first, "k": 2, "raise_budget": "1"}}),
    ("POST", f"{run}/clusters/merge", {"data": {"cluster": [first, second]}}),
    ("POST", f"{run}/clusters/explore", {"data": {"first": 2, "last": 4}}),
    ("POST", f"{api}/clusters/changes", {"json": {"op_id": "y", "kind": "split",
        "cluster": int(first), "k": 2, "raise_budget": True}}),
    ("POST", f"{run}/train", {"data": {"threshold": "0.5"}}),
    ("POST", f"{run}/spread", {"data": {"then": "train"}}),
    ("POST", f"{run}/export", {"data": {"format": "csv"}}),
    ("POST", f"{run}/duplicate", {}),
    ("POST", f"{run}/budget", {"data": {"budget": 9}}),
    ("POST", "/runs/new", {"data": {"dataset": "known:digits"}}),
    ("POST", f"{api}/training", {"json": {}}),
]
for method, path, body in visits:
    if os.fork() == 0:
        where = f"{method} {path}"
        workspace = open_workspace(Path(instance))
        app.config["LABELER"] = type(app.config["LABELER"])(
            workspace, app.config["LABELER"].settings, app.config["LABELER"].access)
        client = app.test_client()
        client.environ_base["HTTP_HOST"] = "127.0.0.1:5175"
        client.get(address.removeprefix("http://127.0.0.1:5175"))
        with client.open(path, method=method, **(body or {})) as answer:
            answer.get_data()
        if answer.status_code >= 500:
            print(where, answer.status_code, flush=True)
        os._exit(0)
    os.wait()
"""


def test_no_view_imports_a_heavy_library_by_itself(bars: Dataset, tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "instance")
    run_id = make_run(ws, bars, preset="best", features="pixels")
    for _ in range(2):
        answer_open(ws, run_id)
        finish_all(ws, run_id)
    question, *others = (
        one for one in labeling.questions(open_run(ws, run_id)) if one.cluster is not None
    )
    assert runs.get_run(ws, run_id).active_job is None
    ws.close()
    clusters = (str(question.cluster), str(others[0].cluster))
    given = [str(tmp_path / "instance"), run_id, str(question.id), *clusters]
    command = [sys.executable, "-c", VISIT_ALL, *given]
    visited = subprocess.run(command, capture_output=True, text=True, check=False)
    assert visited.returncode == 0, visited.stderr
    assert visited.stdout == ""


def test_what_is_imported_late_is_loaded_with_the_rest() -> None:
    late = {
        name
        for module in sorted(PACKAGE.rglob("*.py"))
        if str(module.relative_to(PACKAGE)) not in NOT_IN_A_REQUEST
        for name in late_imports(module)
    }
    known = {*science.MODULES, *science.PERHAPS, "pyarrow"}
    assert {name for name in late if name.partition(".")[0] in ("sklearn", "scipy", "pyarrow")}
    assert not late - known


def late_imports(module: Path) -> Iterator[str]:
    """Heavy modules that a function imports."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    functions = (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef))
    for node in (inner for function in functions for inner in ast.walk(function)):
        if isinstance(node, ast.ImportFrom) and node.module:
            named = [f"{node.module}.{alias.name}" for alias in node.names]
            submodules = [one for one in named if find_spec(node.module) and is_module(one)]
            names = submodules or [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.partition(".")[0] in HEAVY)


def is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


RACE = """
from threading import Barrier, Thread

from labeler.web.http import science

start, failed = Barrier(8), []


@science.needs_science
def view(number):
    from importlib import import_module
    import_module(science.MODULES[number])


def ask(number):
    start.wait()
    try:
        view(number)
    except BaseException as error:
        failed.append(error)


threads = [Thread(target=ask, args=[number]) for number in range(8)]
[one.start() for one in threads]
[one.join() for one in threads]
print(*failed)
"""


def test_threads_that_begin_at_once_do_not_stand_in_each_others_way() -> None:
    command = [sys.executable, "-c", RACE]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
