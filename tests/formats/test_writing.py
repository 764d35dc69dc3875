"""A set is whole under its name or not there at all; its manifest tells the truth."""

import hashlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from labeler.exceptions import ConfigError
from labeler.formats import FORMATS, File, LabelRows, Options, write_set
from labeler.formats.writing import WrittenFile, manifest_path
from tests.formats.conftest import make_rows

EXPORTER = """
import itertools, sys
from pathlib import Path
from labeler.formats import FORMATS, Options, write_set
from tests.formats.conftest import make_rows

kind, folder = sys.argv[1], Path(sys.argv[2])
rows = make_rows(300, names=[f"{number}.png" for number in range(300)])
for turn in itertools.count():
    name = {"file": "set.csv", "zip": "set.zip", "folder": f"set-{turn}"}[kind]
    one = FORMATS["csv" if kind == "file" else "hf-imagefolder"]
    write_set(folder / name, one, rows, Options(), lambda files: {"files": files})
    print(turn, flush=True)
"""


def described(files: list[WrittenFile]) -> dict[str, object]:
    return {"files": files}


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def sums(manifest: bytes) -> dict[str, str]:
    return {one["name"]: one["sha256"] for one in json.loads(manifest)["files"]}


@pytest.mark.parametrize("format", ["csv", "imagefolder", "label-studio"])
def test_a_zip_holds_every_file_and_their_checksums(
    format: str, rows: LabelRows, tmp_path: Path
) -> None:
    rows = rows.take((rows.label_set.labels >= 0).nonzero()[0])
    path = tmp_path / "set.zip"
    write_set(path, FORMATS[format], rows, Options(with_images=True), described)
    with ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        contents = {name: archive.read(name) for name in names}
    manifest = contents.pop("manifest.json")
    assert sums(manifest) == {name: digest(content) for name, content in contents.items()}
    again = tmp_path / "again.zip"
    write_set(again, FORMATS[format], rows, Options(with_images=True), described)
    assert again.read_bytes() == path.read_bytes()


def test_a_file_has_its_manifest_beside_it(rows: LabelRows, tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    for n_rows in (40, 7):
        part = rows.take(rows.label_set.labeled[:n_rows])
        write_set(path, FORMATS["csv"], part, Options(), described)
        assert sums(manifest_path(path).read_bytes()) == {"labels.csv": digest(path.read_bytes())}
    assert {one.name for one in tmp_path.iterdir()} == {"labels.csv", "labels.csv.manifest.json"}


def test_a_folder_that_holds_something_is_left_alone(rows: LabelRows, tmp_path: Path) -> None:
    path = tmp_path / "mine"
    path.mkdir()
    write_set(path, FORMATS["fiftyone"], rows, Options(), described)
    before = sorted(one.name for one in path.iterdir())
    with pytest.raises(ConfigError, match="mine is there already; give a new or empty folder"):
        write_set(path, FORMATS["cvat"], rows, Options(), described)
    assert sorted(one.name for one in path.iterdir()) == before
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("name", ["set.csv", "set.zip", "folder"])
def test_an_error_midway_leaves_nothing(name: str, rows: LabelRows, tmp_path: Path) -> None:
    def failing(rows: LabelRows, options: Options) -> Iterator[File]:
        def chunks() -> Iterator[bytes]:
            yield b"half"
            raise OSError("disk full")

        yield File("a", chunks())

    suffix = ".csv" if name == "set.csv" else None
    format = replace(FORMATS["csv"], files=failing, suffix=suffix)
    with pytest.raises(OSError, match="disk full"):
        write_set(tmp_path / name, format, rows, Options(), described)
    assert not list(tmp_path.iterdir())


def test_a_missing_library_is_named_with_the_way_to_get_it(rows: LabelRows, tmp_path: Path) -> None:
    format = replace(FORMATS["parquet"], library="no_such_library")
    with pytest.raises(ConfigError, match=r"pip install 'labeler\[parquet\]'"):
        write_set(tmp_path / "a", format, rows, Options(), described)


@pytest.mark.parametrize(
    ("format", "wanted", "said"),
    [("csv", True, "csv holds no images"), ("idx", False, "idx is made of images")],
)
def test_a_format_says_when_it_cannot_do_what_is_asked_of_images(
    format: str, wanted: bool, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        FORMATS[format].holds_images(wanted)
    assert FORMATS[format].holds_images(None) is not wanted


@pytest.mark.kills
@pytest.mark.parametrize("kind", ["file", "zip", "folder"])
def test_a_killed_export_leaves_no_part_of_a_set_under_its_name(kind: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(len(kind))
    for _ in range(3):
        exporter = subprocess.Popen(
            [sys.executable, "-c", EXPORTER, kind, str(tmp_path)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert exporter.stdout is not None
        exporter.stdout.readline()
        time.sleep(rng.random() * 0.4)
        exporter.send_signal(signal.SIGKILL)
        exporter.wait()
        exporter.stdout.close()
        seen = [one for one in tmp_path.iterdir() if not one.name.startswith(".labeler-")]
        assert seen
        for one in seen:
            assert_whole(one)


def assert_whole(path: Path) -> None:
    """Whatever stands under a name of its own is complete and described."""
    if path.is_dir():
        found = {
            str(one.relative_to(path)): one.read_bytes() for one in path.rglob("*") if one.is_file()
        }
        manifest = found.pop("manifest.json")
        assert sums(manifest) == {name: digest(content) for name, content in found.items()}
    elif path.suffix == ".zip":
        with ZipFile(path) as archive:
            found = {name: archive.read(name) for name in archive.namelist()}
        manifest = found.pop("manifest.json")
        assert sums(manifest) == {name: digest(content) for name, content in found.items()}
    elif path.suffix == ".csv":
        assert len(path.read_bytes().splitlines()) == 301
        beside = manifest_path(path)
        assert not beside.exists() or sums(beside.read_bytes())[path.name] == digest(
            path.read_bytes()
        )


def test_the_made_up_rows_have_every_source() -> None:
    assert set(make_rows(100).label_set.sources.tolist()) == {0, 1, 2, 3}
