"""What Labeler starts imports nothing from the folder that Labeler is run in."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from labeler.formats.reading import read_labels
from labeler.imaging.decoding import decode_images
from labeler.sandbox.children import DEVNULL, PIPE, Watch, start_python
from labeler.sandbox.import_path import safe_environment
from labeler.storage.engine import DATABASE_FILE
from tests.datasets.conftest import (
    Built,
    png,  # noqa: F401 - a fixture
)

FOREIGN = ("random", "queue", "tempfile", "select", "secrets", "json", "numpy", "labeler")


@pytest.fixture(params=["plain", "empty entry in PYTHONPATH"])
def witness(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A file that appears when a module of the current folder is run."""
    ran, here = tmp_path / "ran", tmp_path / "here"
    here.mkdir()
    for name in FOREIGN:
        (here / f"{name}.py").write_text(f"open({str(ran)!r}, 'a').write('{name} ')\n")
    monkeypatch.chdir(here)
    monkeypatch.setenv("LABELER_INSTANCE", str(tmp_path / "instance"))
    if request.param != "plain":
        monkeypatch.setenv("PYTHONPATH", os.pathsep)
    return ran


def test_no_child_imports_from_the_current_folder(
    witness: Path,
    tmp_path: Path,
    png: Built,  # noqa: F811
) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    file = tmp_path / "labels.parquet"
    pq.write_table(pa.table({"index": [1], "label": ["a"]}), file)
    assert read_labels(file, "parquet").classes == ("a",)
    assert [image.size for image in decode_images([("a.png", png((6, 4)))], 64)] == [(4, 6)]
    worker = ("labeler.jobs", "labeler.workflow.handlers:HANDLERS", str(tmp_path), "w")
    start_python(*worker, stdin=DEVNULL).wait(300)  # its parent is gone at once, so it ends
    assert (tmp_path / DATABASE_FILE).exists()
    assert not witness.exists()


CONSOLE_SCRIPT = "from labeler.__main__ import main; main()"


@pytest.mark.parametrize("command", [("-m", "labeler"), ("-c", CONSOLE_SCRIPT)])
def test_nor_does_the_command_line(witness: Path, command: tuple[str, ...]) -> None:
    """Python itself puts the current folder first here, even before it runs anything of ours."""
    Path("labeler.py").unlink()
    done = subprocess.run([sys.executable, *command, "runs"], capture_output=True, text=True)
    assert (done.returncode, witness.exists()) == (0, False), done.stderr


def test_a_child_is_of_this_copy_of_labeler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "labeler.py").write_text("raise ImportError('another one')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    child = start_python("labeler", "--version", stdin=DEVNULL, stdout=PIPE)
    assert child.communicate(timeout=60)[0].startswith(b"labeler, version")


def test_only_the_current_folder_is_taken_out_of_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    entries = ["", ".", str(tmp_path), "/elsewhere", f"{tmp_path}/."]
    safe = safe_environment({"PYTHONPATH": os.pathsep.join(entries), "A": "b"})
    assert safe == {"PYTHONPATH": "/elsewhere", "PYTHONSAFEPATH": "1", "A": "b"}


def test_whoever_keeps_us_waiting_is_killed() -> None:
    limits = ("64", "60", "60", "768000000", "0", "0")
    child = start_python("labeler.imaging.decoding.child", *limits, stdin=PIPE, stdout=DEVNULL)
    watch = Watch(child)
    watch.start()
    with child, watch.patient_for(0.1):
        assert child.wait(60) != 0
    assert watch.has_killed
    watch.stop()


def test_a_watch_can_be_stopped_from_its_own_thread() -> None:
    """A collected generator ends what it holds in whatever thread collects it."""

    class Collecting(Watch):
        def run(self) -> None:
            self.stop()
            super().run()

    with start_python("labeler.imaging.decoding.child", stdin=PIPE, stdout=DEVNULL) as child:
        watch = Collecting(child)
        watch.start()
        watch.join(60)
        child.kill()
    assert not watch.is_alive()
    assert not watch.has_killed
