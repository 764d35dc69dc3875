"""Guards the direction of imports that design and docstrings promise."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "labeler"

WORDS = {"config", "exceptions", "files", "locations", "progress", "records"}
STEPS = {
    "classifiers",
    "clustering",
    "datasets",
    "decoding",
    "evaluation",
    "exploration",
    "export",
    "features",
    "graph",
    "images",
    "label_files",
    "late_keras",
    "oracle",
    "propagation",
    "query",
    "scaling",
    "report",
    "sniffing",
    "softmax_regression",
    "threads",
    "thumbnails",
}
STORAGE = {"jobs", "storage"}
WORKFLOW = {"workflow"}
EDGES = {"__main__", "cli", "notebook", "terminal", "web"}
LAYERS = {
    "words": WORDS,
    "steps": STEPS,
    "storage": STORAGE,
    "workflow": WORKFLOW,
    "edges": EDGES,
}

ABOVE = {
    "package": STEPS | STORAGE | WORKFLOW | EDGES - {"notebook"},  # for its types alone
    "words": STEPS | STORAGE | WORKFLOW | EDGES,
    "steps": STORAGE | WORKFLOW | EDGES,
    "storage": STEPS | WORKFLOW | EDGES,
    "workflow": EDGES,
    "edges": set[str](),
}
"""What each layer must not know: all that stands above it (and storage knows no step)."""

FORBIDDEN_LIBRARIES = {
    "words": {"alembic", "click", "flask", "keras", "PIL", "rich", "sklearn", "sqlalchemy"},
    "steps": {"alembic", "click", "flask", "sqlalchemy"},
    "storage": {"click", "flask", "keras", "sklearn"},
    "workflow": {"click", "flask", "rich", "sqlalchemy"},
}
"""Names that no module of a layer may import, beside the layers above it."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def layer_of(module: Path) -> str:
    top = module.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if top == "__init__":
        return "package"
    return next(layer for layer, members in LAYERS.items() if top in members)


def imported_names(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def forbidden_for(layer: str) -> set[str]:
    ours = {f"labeler.{name}" for name in ABOVE[layer]}
    return ours | FORBIDDEN_LIBRARIES.get(layer, set())


@pytest.mark.parametrize("module", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_imports_what_its_layer_must_not_know(module: Path) -> None:
    forbidden = forbidden_for(layer_of(module))
    found = {
        name
        for name in imported_names(module)
        if any(name == wrong or name.startswith(f"{wrong}.") for wrong in forbidden)
    }
    assert not found


@pytest.mark.parametrize("module", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_can_run_code_from_data(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    names = set(imported_names(module))
    calls = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }
    pickles = [
        keyword
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "allow_pickle" and getattr(keyword.value, "value", True) is not False
    ]
    assert not names & {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "yaml"}
    assert not calls & {"eval", "exec", "load_model", "compile_model"}
    assert not pickles


HEAVY = {"sklearn", "scipy", "pandas", "pyarrow", "matplotlib", "tensorflow", "keras"}
"""What costs a second or a hundred megabytes; ``tests/web/test_lightness.py`` labels without."""


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("labeler.cli", HEAVY | {"numpy", "PIL", "rich", "flask", "sqlalchemy"}),
        ("labeler.web.server", HEAVY),
    ],
)
def test_front_ends_start_without_the_heavy_libraries(module: str, heavy: set[str]) -> None:
    code = f"import sys, {module}; print(*sorted({heavy} & set(sys.modules)))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.split() == []
