"""Exports with images: the user's own files come back as they were."""

import hashlib
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image

from labeler.datasets.base import Dataset
from labeler.exceptions import ConfigError
from labeler.storage.rows import AnswerSource, Job, RunRow
from labeler.workflow import runs
from labeler.workflow.exchange.export import export_file
from labeler.workflow.exchange.export_request import ExportRequest
from labeler.workflow.run import open_run
from labeler.workflow.runs import NewRun
from labeler.workflow.workspace import Workspace
from tests.workflow.conftest import NewPrepared

PER_CLASS = 8


@pytest.fixture
def photos(make_folder: Callable[..., Path]) -> Path:
    """JPEGs of 120 × 90, and one upright PNG."""
    entries = {}
    for name, shade in (("cat", 40), ("dog", 200)):
        for number in range(PER_CLASS):
            kind, ending = ("PNG", "PNG") if number == 3 else ("JPEG", "JPG")
            size = (90, 120) if number == 3 else (120, 90)
            file = io.BytesIO()
            Image.new("RGB", size, (shade + number, shade, 90)).save(file, kind)
            entries[f"{name}/IMG {number}.{ending}"] = file.getvalue()
    return make_folder(entries)


@pytest.fixture
def run(ws: Workspace, photos: Path, finish: Callable[[Job], Job]) -> RunRow:
    new = NewRun(name="p", source=str(photos), budget=4, answerer=AnswerSource.ORACLE)
    job = finish(runs.start_run(ws, new))
    assert job.result is not None
    return runs.get_run(ws, job.result["run_id"]).run


def hashes(files: list[bytes]) -> set[str]:
    return {hashlib.sha256(content).hexdigest() for content in files}


def exported(ws: Workspace, run: RunRow, path: Path, **asked: object) -> Path:
    export_file(open_run(ws, run.id), ExportRequest(run.id, **asked), path)  # type: ignore[arg-type]
    return path


def pictures(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".png")]


def test_originals_come_back_byte_for_byte_under_their_own_endings(
    ws: Workspace, run: RunRow, photos: Path, tmp_path: Path
) -> None:
    folder = exported(ws, run, tmp_path / "out", format="imagefolder")
    mine = hashes([path.read_bytes() for path in pictures(photos)])
    back = pictures(folder)
    assert len(back) > PER_CLASS
    assert hashes([path.read_bytes() for path in back]) <= mine
    assert {path.suffix for path in back} == {".jpg", ".png"}
    assert all("IMG " in path.name for path in back)
    assert json.loads((folder / "manifest.json").read_text())["export"]["images"] == "originals"


def test_links_share_the_bytes_of_the_originals(
    ws: Workspace, run: RunRow, photos: Path, tmp_path: Path
) -> None:
    folder = exported(ws, run, tmp_path / "out", format="imagefolder", images="links")
    inodes = {path.stat().st_ino for path in pictures(photos)}
    assert {path.stat().st_ino for path in pictures(folder)} <= inodes
    listed = json.loads((folder / "manifest.json").read_text())["files"]
    told = {one["name"]: one["sha256"] for one in listed}
    for path in pictures(folder):
        name = path.relative_to(folder).as_posix()
        assert told[name] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_zip_holds_originals_and_cvat_their_sizes(
    ws: Workspace, run: RunRow, photos: Path, tmp_path: Path
) -> None:
    path = exported(ws, run, tmp_path / "out.zip", format="cvat", images="originals")
    with ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.startswith("images/")]
        mine = hashes([file.read_bytes() for file in pictures(photos)])
        assert hashes([archive.read(name) for name in names]) <= mine
        told = archive.read("annotations.xml").decode()
    sizes = set(re.findall(r'<image .*width="(\d+)" height="(\d+)"', told))
    assert sizes == {("120", "90"), ("90", "120")}


def test_small_pictures_are_png(ws: Workspace, run: RunRow, tmp_path: Path) -> None:
    folder = exported(ws, run, tmp_path / "out", format="imagefolder", images="thumbnails")
    files = pictures(folder)
    assert {path.suffix for path in files} == {".png"}
    assert max(Image.open(io.BytesIO(files[0].read_bytes())).size) == 64


def test_a_missing_original_is_one_clear_error_and_nothing_is_written(
    ws: Workspace, run: RunRow, photos: Path, tmp_path: Path
) -> None:
    for path in pictures(photos):
        path.unlink()
    with pytest.raises(ConfigError, match=r"not where it was .*images: thumbnails"):
        exported(ws, run, tmp_path / "out", format="imagefolder")
    assert not (tmp_path / "out").exists()


def test_a_data_set_without_files_of_its_own_says_so(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, tmp_path: Path
) -> None:
    row = prepared(bars, answerer=AnswerSource.ORACLE)
    with pytest.raises(ConfigError, match="not read from image files"):
        exported(ws, row, tmp_path / "out", format="imagefolder", images="originals")
    folder = exported(ws, row, tmp_path / "out", format="imagefolder")
    assert {path.suffix for path in pictures(folder)} == {".png"}
