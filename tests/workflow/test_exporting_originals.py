"""Exports with images: the user's own files come back as they were."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
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
    new = NewRun("p", str(photos), preset="classic", budget=4, answerer=AnswerSource.ORACLE)
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
    assert {path.name for path in back} <= {path.name for path in pictures(photos)}
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


def test_all_lost_originals_are_one_clear_error_and_nothing_is_written(
    ws: Workspace, run: RunRow, photos: Path, tmp_path: Path
) -> None:
    *gone, changed, _ = pictures(photos)
    for path in gone:
        path.unlink()
    changed.write_bytes(b"another picture")
    told = rf"{len(gone) + 1} of 16 originals .*IMG .* and 10 more.*--skip-missing.*thumbnails"
    with pytest.raises(ConfigError, match=told):
        exported(ws, run, tmp_path / "out", format="imagefolder", with_test=True)
    assert not (tmp_path / "out").exists()


def test_lost_originals_can_be_left_out_and_are_counted(
    ws: Workspace, run: RunRow, photos: Path, tmp_path: Path
) -> None:
    gone, changed, *others = pictures(photos)
    gone.unlink()
    changed.write_bytes(b"another picture")
    request = ExportRequest(run.id, "imagefolder", with_test=True, skip_missing=True)
    count = export_file(open_run(ws, run.id), request, tmp_path / "out")
    assert (count.left_out.n_missing, count.left_out.n) == (2, 2)
    assert count.n_rows == len(others)
    back = [path.read_bytes() for path in pictures(tmp_path / "out")]
    assert hashes(back) == hashes([path.read_bytes() for path in others])


@pytest.mark.parametrize("format", ["npz", "idx", "csv"])
def test_sets_without_files_need_no_originals(
    ws: Workspace, run: RunRow, photos: Path, tmp_path: Path, format: str
) -> None:
    for path in pictures(photos):
        path.unlink()
    assert exported(ws, run, tmp_path / "out.zip", format=format).is_file()


def test_a_data_set_without_files_of_its_own_says_so(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, tmp_path: Path
) -> None:
    row = prepared(bars, answerer=AnswerSource.ORACLE)
    with pytest.raises(ConfigError, match="not read from image files"):
        exported(ws, row, tmp_path / "out", format="imagefolder", images="originals")
    folder = exported(ws, row, tmp_path / "out", format="imagefolder")
    assert {path.suffix for path in pictures(folder)} == {".png"}


def rows_of(
    ws: Workspace, run: RunRow, path: Path, format: str, **asked: object
) -> list[dict[str, Any]]:
    """The rows of a set as plain values."""
    exported(ws, run, path, format=format, **asked)
    if format == "csv":
        return list(csv.DictReader(io.StringIO(path.read_text())))
    if format == "jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    if format == "parquet":
        parquet = pytest.importorskip("pyarrow.parquet")
        rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
        return rows
    tasks = json.loads((path / "tasks.json").read_text())
    return [task["data"] for task in tasks]


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet", "label-studio"])
@pytest.mark.parametrize("images", [None, "thumbnails"])
def test_each_row_names_the_file_that_its_image_is(
    ws: Workspace, run: RunRow, photos: Path, tmp_path: Path, format: str, images: str | None
) -> None:
    if images and format in ("csv", "jsonl"):
        images = None
    rows = rows_of(ws, run, tmp_path / "out", format, images=images)
    assert len(rows) > PER_CLASS
    assert {Path(row["path"]) for row in rows} <= set(pictures(photos))
    assert all(row["path"].endswith(row["file_name"]) for row in rows)


def test_fiftyone_is_told_where_the_files_lie(
    ws: Workspace, run: RunRow, photos: Path, tmp_path: Path
) -> None:
    folder = exported(ws, run, tmp_path / "out", format="fiftyone", with_images=False)
    places = json.loads((folder / "data.json").read_text())
    labels = json.loads((folder / "labels.json").read_text())["labels"]
    assert {name.rpartition(".")[0] for name in places} == labels.keys()
    assert {Path(path) for path in places.values()} <= set(pictures(photos))
    told = {label["attributes"]["path"] for label in labels.values() if label}
    assert told <= set(places.values())


def test_fiftyone_finds_originals_in_the_set_by_their_names(
    ws: Workspace, run: RunRow, tmp_path: Path
) -> None:
    folder = exported(ws, run, tmp_path / "out", format="fiftyone")
    labels = json.loads((folder / "labels.json").read_text())["labels"]
    assert {path.stem for path in (folder / "data").iterdir()} == labels.keys()
    assert not (folder / "data.json").exists()


def test_label_studio_looks_at_the_files_where_they_lie(
    ws: Workspace, run: RunRow, photos: Path, tmp_path: Path
) -> None:
    path = tmp_path / "out"
    rows = rows_of(ws, run, path, "label-studio", with_images=False)
    addresses = [parse_qs(urlsplit(row["image"]).query)["d"][0] for row in rows]
    assert {photos.parent / address for address in addresses} <= set(pictures(photos))
    steps = (path / "README.txt").read_text()
    assert str(photos.parent) in steps
    assert f"FOLDER/{photos.name}" in steps


def test_cvat_calls_images_by_their_own_names_and_tells_their_paths(
    ws: Workspace, run: RunRow, photos: Path, tmp_path: Path
) -> None:
    folder = exported(ws, run, tmp_path / "out", format="cvat", with_images=False)
    told = (folder / "annotations.xml").read_text()
    names = set(re.findall(r'<image id="\d+" name="([^"]+)"', told))
    assert names <= {path.relative_to(photos).as_posix() for path in pictures(photos)}
    paths = re.findall(r'<attribute name="path">([^<]+)</attribute>', told)
    assert paths
    assert {Path(path) for path in paths} <= set(pictures(photos))


def test_files_in_an_archive_are_named_inside_it(
    ws: Workspace, photos: Path, tmp_path: Path, finish: Callable[[Job], Job]
) -> None:
    path = tmp_path / "photos.zip"
    with ZipFile(path, "w") as archive:
        for file in pictures(photos):
            archive.write(file, file.relative_to(photos))
    new = NewRun(name="z", source=str(path), budget=4, answerer=AnswerSource.ORACLE)
    job = finish(runs.start_run(ws, new))
    assert job.result is not None
    row = runs.get_run(ws, job.result["run_id"]).run
    out = tmp_path / "labels.csv"
    names = {one["path"] for one in rows_of(ws, row, out, "csv")}
    assert names <= {file.relative_to(photos).as_posix() for file in pictures(photos)}
    manifest = json.loads((tmp_path / "labels.csv.manifest.json").read_text())
    assert manifest["dataset"]["root"] == str(path)
