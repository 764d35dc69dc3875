"""The notebooks of the docs run from top to bottom, and are kept with small pictures."""

import re
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

DOCS = Path(__file__).parent.parent / "docs"
NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))
LARGEST = 400_000
"""Bytes; pictures are small, so that the repository stays so."""


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # what Jupyter's own packages deprecate is not ours
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("LABELER_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=120, resources=resources).execute()


def test_all_are_small_name_no_folder_of_a_machine_and_are_on_the_page() -> None:
    assert len(NOTEBOOKS) == 4
    page = (DOCS / "python.md").read_text(encoding="utf-8")
    for path in NOTEBOOKS:
        text = path.read_text(encoding="utf-8")
        assert len(text) < LARGEST, path.name
        assert f"notebooks/{path.name}" in page
        assert not re.search(r"(?:/tmp|/home|/root|/Users)/", text), path.name
        outputs = [one for cell in nbformat.reads(text, 4).cells for one in cell.get("outputs", [])]
        assert outputs, f"{path.name} was not run"
        assert not [one for one in outputs if one.output_type == "error"]
