"""Files that were not read into a data set: kept with it, each with the reason."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from labeler.storage.rows import Dataset
from labeler.workflow.datasets import import_dataset
from labeler.workflow.pictures.left_out import left_out_csv, left_out_of, n_left_out
from labeler.workflow.workspace import Workspace


def picture(shade: int) -> bytes:
    file = io.BytesIO()
    Image.new("L", (12, 10), shade).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def entries() -> dict[str, bytes]:
    """Thirty pictures, two of them cut; a name that a spreadsheet would run."""
    entries = {f"{name}/{n}.png": picture(8 * n) for name in ("a", "b") for n in range(14)}
    return entries | {"=cut.png": picture(9)[:40], "b/empty.png": b""}


@pytest.fixture
def imported(
    ws: Workspace, entries: dict[str, bytes], make_folder: Callable[..., Path]
) -> tuple[Dataset, Path]:
    folder = make_folder(entries)
    return import_dataset(ws, str(folder)), folder


def test_what_was_left_out_can_be_seen_later(ws: Workspace, imported: tuple[Dataset, Path]) -> None:
    dataset, _ = imported
    files = left_out_of(ws, dataset)
    assert n_left_out(dataset) == len(files) == 2
    assert [one.file for one in files] == ["=cut.png", "b/empty.png"]
    assert "empty" in files[1].reason
    assert left_out_of(ws, dataset, 1, 1) == files[1:]
    assert left_out_of(ws, dataset, 5, 7) == ()


def test_all_of_it_as_csv_is_safe_in_a_spreadsheet(
    ws: Workspace, imported: tuple[Dataset, Path]
) -> None:
    text = b"".join(left_out_csv(ws, imported[0])).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["file"] for row in rows] == ["'=cut.png", "b/empty.png"]


def test_the_same_content_with_other_files_beside_it_is_the_same_data_set(
    ws: Workspace, imported: tuple[Dataset, Path]
) -> None:
    dataset, folder = imported
    (folder / "b" / "empty.png").unlink()
    again = import_dataset(ws, str(folder))
    assert (again.id, again.content_hash) == (dataset.id, dataset.content_hash)
    assert [one.file for one in left_out_of(ws, again)] == ["=cut.png"]
    (folder / "=cut.png").unlink()
    assert left_out_of(ws, import_dataset(ws, str(folder))) == ()


def test_a_data_set_of_before_says_nothing(ws: Workspace, imported: tuple[Dataset, Path]) -> None:
    dataset = imported[0]
    names = {name: file for name, file in dataset.artefacts.items() if "left_out" not in name}
    old = replace(dataset, artefacts=names, details={})
    assert (n_left_out(old), left_out_of(ws, old)) == (0, ())
