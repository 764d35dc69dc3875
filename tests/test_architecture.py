"""Guards the direction of imports that design and docstrings promise."""

import ast
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from labeler.cli import PLACES

PACKAGE = Path(__file__).parent.parent / "labeler"

WORDS = {
    "config", "exceptions", "feature_names", "files", "journal", "locations", "npy", "plugins",
    "progress", "records", "sandbox", "typed_json", "words",
}  # fmt: skip
IMAGING = {"imaging"}
LEARNING = {"learning"}
STEPS = {"datasets", "formats", "report"}
PIPELINE = {"pipeline"}
PREDICTION = {"prediction"}
STORAGE = {"jobs", "storage"}
WORKFLOW = {"workflow"}
CLI = {"__main__", "cli"}
WEB = {"web"}
NOTEBOOK = {"notebook"}
ESTIMATORS = {"estimators"}
LAYERS = {
    "words": WORDS,
    "imaging": IMAGING,
    "learning": LEARNING,
    "steps": STEPS,
    "pipeline": PIPELINE,
    "prediction": PREDICTION,
    "storage": STORAGE,
    "workflow": WORKFLOW,
    "cli": CLI,
    "web": WEB,
    "notebook": NOTEBOOK,
    "estimators": ESTIMATORS,
}

EDGES = CLI | WEB | NOTEBOOK | ESTIMATORS
UPPER = PREDICTION | STORAGE | WORKFLOW | EDGES
REPOSITORIES = {
    f"storage.{path.stem}"
    for path in (PACKAGE / "storage").iterdir()
    if path.stem not in ("rows", "errors", "__init__", "__pycache__")
}
ABOVE = {
    "package": IMAGING
    | LEARNING
    | STEPS
    | PIPELINE
    | UPPER - NOTEBOOK - ESTIMATORS - PREDICTION,  # for its types alone
    "words": IMAGING | LEARNING | STEPS | PIPELINE | UPPER,
    "imaging": LEARNING | STEPS | PIPELINE | UPPER,
    "learning": STEPS | PIPELINE | UPPER,
    "steps": PIPELINE | UPPER,
    "pipeline": UPPER,
    "prediction": UPPER - PREDICTION,
    "storage": IMAGING | LEARNING | STEPS | PIPELINE | PREDICTION | WORKFLOW | EDGES,
    "workflow": EDGES,
    "cli": REPOSITORIES | NOTEBOOK | ESTIMATORS,
    "web": REPOSITORIES | CLI | NOTEBOOK | ESTIMATORS,
    "notebook": REPOSITORIES | CLI | WEB | ESTIMATORS,
    "estimators": STORAGE | WORKFLOW | CLI | WEB | NOTEBOOK,
}
"""What each layer must not know: all that stands above it (storage knows no step, and front ends
know neither each other nor more of storage than rows and errors; the package names what lies in two
of them, for types alone)."""

FORBIDDEN_LIBRARIES = {
    "words": {"alembic", "click", "flask", "keras", "PIL", "rich", "sklearn", "sqlalchemy"},
    "imaging": {"alembic", "click", "flask", "keras", "rich", "sklearn", "sqlalchemy"},
    "learning": {"alembic", "click", "flask", "sqlalchemy"},
    "steps": {"alembic", "click", "flask", "sqlalchemy"},
    "pipeline": {"alembic", "click", "flask", "rich", "sqlalchemy"},
    "prediction": {"alembic", "click", "flask", "rich", "sqlalchemy"},
    "storage": {"click", "flask", "keras", "sklearn"},
    "workflow": {"click", "flask", "rich", "sqlalchemy"},
    "cli": {"flask", "sqlalchemy"},
    "web": {"click", "rich", "sqlalchemy"},
    "notebook": {"click", "flask", "rich", "sqlalchemy"},
    "estimators": {"alembic", "click", "flask", "rich", "sqlalchemy"},
}
"""Names that no module of a layer may import, beside the layers above it."""


def layer_of(module: str) -> str:
    top = module.partition("/")[0].removesuffix(".py")
    if top == "__init__":
        return "package"
    return next(layer for layer, members in LAYERS.items() if top in members)


def imported_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def forbidden_for(layer: str) -> set[str]:
    ours = {f"labeler.{name}" for name in ABOVE[layer]}
    return ours | FORBIDDEN_LIBRARIES.get(layer, set())


RUNS_DATA = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "yaml"}
"""Modules that run code from data."""

STARTS_PROCESSES = {"subprocess", "multiprocessing", "concurrent.futures.ProcessPoolExecutor"}
FORKS = re.compile(r"os\.(fork|forkpty|exec|spawn|posix_spawn|popen|system|startfile)")


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    """Every module, parsed."""
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in PACKAGE.rglob("*.py")
    }


def calls_in(tree: ast.Module) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def test_no_module_imports_what_its_layer_must_not_know(trees: dict[str, ast.Module]) -> None:
    found = {
        (module, name)
        for module, tree in trees.items()
        for name in imported_names(tree)
        for wrong in forbidden_for(layer_of(module))
        if name == wrong or name.startswith(f"{wrong}.")
    }
    assert not found


DATASETS = (
    "limits", "classes", "spool", "originals", "scales", "unreadable", "base", "corrections",
    "inspection", "resizing", "array_scale", "splitting", "text", "containers", "pictures",
    "provenance", "listings", "decoded_files", "deep_renditions", "contradictions", "image_files",
    "layouts",
    "tabular", "layout", "known", "registry", "picked", "adding",
    "inspecting", "previewing", "__init__",
)  # fmt: skip
"""The modules and rooms of data sets: each may know what stands before it."""


def arrows_among_datasets(trees: dict[str, ast.Module]) -> Iterator[tuple[str, str]]:
    """Every import of one room or module of data sets by another."""
    for path, tree in trees.items():
        folder, _, module = path.removesuffix(".py").partition("/")
        if folder == "datasets":
            for name in imported_names(tree):
                if name.startswith("labeler.datasets."):
                    yield module.partition("/")[0], name.split(".")[2]


def test_rooms_of_data_sets_know_only_those_below_them(trees: dict[str, ast.Module]) -> None:
    arrows = set(arrows_among_datasets(trees))
    assert ("tabular", "text") in arrows
    assert not {(room, to) for room, to in arrows if DATASETS.index(to) > DATASETS.index(room)}


def test_the_command_line_knows_the_pages_where_it_serves_and_examines_them(
    trees: dict[str, ast.Module],
) -> None:
    knowing = {
        module
        for module, tree in trees.items()
        if layer_of(module) == "cli"
        for name in imported_names(tree)
        if name == "labeler.web" or name.startswith("labeler.web.")
    }
    assert knowing == {"cli/heavy/doctor.py", "cli/heavy/serve.py"}


def test_no_module_can_run_code_from_data(trees: dict[str, ast.Module]) -> None:
    for module, tree in trees.items():
        calls = calls_in(tree)
        assert not set(imported_names(tree)) & RUNS_DATA, module
        names = {
            call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            for call in calls
        }
        assert not names & {"eval", "exec", "load_model", "compile_model"}, module
        pickles = [
            keyword
            for call in calls
            for keyword in call.keywords
            if keyword.arg == "allow_pickle" and getattr(keyword.value, "value", True) is not False
        ]
        assert not pickles, module


def test_processes_are_started_in_one_place(trees: dict[str, ast.Module]) -> None:
    found = {
        module
        for module, tree in trees.items()
        if set(imported_names(tree)) & STARTS_PROCESSES
        or any(FORKS.match(ast.unparse(call.func)) for call in calls_in(tree))
    }
    assert found == {"sandbox/children.py"}


MOST_IN_A_FOLDER = 25
MOST_LOOSE = 12
MOST_LATE_IMPORTS = 70


def test_rooms_are_small_and_few_imports_are_late(trees: dict[str, ast.Module]) -> None:
    modules = [Path(module) for module in trees if Path(module).name != "__init__.py"]
    in_folders = Counter(module.parent for module in modules)
    late = [
        statement
        for tree in trees.values()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for statement in ast.walk(function)
        if isinstance(statement, ast.Import | ast.ImportFrom)
    ]
    assert in_folders.pop(Path()) - 1 <= MOST_LOOSE  # beside __main__.py
    assert max(in_folders.values()) <= MOST_IN_A_FOLDER
    assert len(late) <= MOST_LATE_IMPORTS


HEAVY = {"sklearn", "scipy", "pandas", "pyarrow", "tensorflow", "keras"}
"""What costs a second or a hundred megabytes; ``tests/web/test_lightness.py`` labels without."""


NEEDLESS = HEAVY | {"numpy", "PIL", "rich", "flask", "sqlalchemy"}
"""What the command line does without until it does something."""

RUN = """
import sys
from labeler.cli import main
sys.argv[0] = "labeler"
try:
    main()
finally:
    print("imported:", *sys.modules)
"""
LOAD = """
import sys
from labeler.cli import cli
commands = [cli.load(name) for name in sys.argv[1:]]
print("imported:", *sys.modules)
"""


def imported_by(code: str, *arguments: str, **environment: str) -> set[str]:
    """The modules that a process has imported by its end."""
    ended = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environment},
    )
    return set(ended.stdout.rpartition("imported:")[2].split())


def test_the_server_starts_without_the_heavy_libraries() -> None:
    code = "import sys, labeler.web.server; print('imported:', *sys.modules)"
    assert not imported_by(code) & HEAVY


def test_commands_are_listed_and_their_names_completed_without_an_import() -> None:
    completion = {"_LABELER_COMPLETE": "bash_complete", "COMP_WORDS": "labeler s"}
    for imported in (imported_by(RUN, "--help"), imported_by(RUN, COMP_CWORD="1", **completion)):
        assert "labeler.cli" in imported
        assert not imported & NEEDLESS


def test_runs_are_listed_without_the_heavy_libraries(tmp_path: Path) -> None:
    imported = imported_by(RUN, "runs", LABELER_INSTANCE=str(tmp_path))
    assert "labeler.cli.heavy.runs" in imported
    assert not imported & (HEAVY | {"flask"})


def test_commands_explain_themselves_and_complete_their_options_with_next_to_nothing() -> None:
    imported = imported_by(LOAD, *PLACES)
    assert {place.where.partition(":")[0] for place in PLACES.values()} <= imported
    assert not imported & NEEDLESS
    assert not {name for name in imported if name.startswith("labeler.cli.heavy")}


def test_a_help_that_is_asked_for_imports_no_more_than_the_command() -> None:
    imported = imported_by(RUN, "train", "--help")
    assert "labeler.cli.train" in imported
    assert not imported & NEEDLESS
