"""The notebooks of the docs run from top to bottom, and are kept with small pictures."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")

DOCS = Path(__file__).parent.parent / "docs"
NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))
LARGEST = 400_000
"""Bytes; pictures are small, so that the repository stays so."""

EXECUTE = """
import sys, nbclient, nbformat
notebook = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(notebook, timeout=100, resources={"metadata": {"path": "."}}).execute()
"""
SECONDS = 130
"""A notebook takes a tenth of it. A cell that hangs has failed before."""


def run(path: Path, folder: Path) -> tuple[int, str]:
    """The status of the process that ran a notebook in a folder, and what it said."""
    with (folder / "said.txt").open("w+") as said:
        command = [sys.executable, "-X", "faulthandler", "-c", EXECUTE, str(path)]
        child = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said)
        try:
            child.wait(SECONDS)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGABRT)  # it says where it hangs
        status = child.wait()
        said.seek(0)
        return status, said.read()


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("LABELER_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    status, said = run(path, tmp_path)
    if status == -signal.SIGABRT:  # Jupyter hung when no cell did: rare, and none of ours
        status, said = run(path, tmp_path)
    assert status == 0, said


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
