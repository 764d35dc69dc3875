"""File names that hold anything a system allows: read, exported, and found again on import."""

import csv
import io
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labeler.datasets import Dataset, load_dataset
from labeler.datasets.containers.files import escaped
from labeler.storage.rows import RunRow
from labeler.words import well_formed
from labeler.workflow.datasets import import_dataset
from labeler.workflow.exchange.export import export_file
from labeler.workflow.exchange.export_request import ExportRequest
from labeler.workflow.exchange.importing import import_labels, read_labels
from labeler.workflow.run import open_run
from labeler.workflow.runs import duplicate_run
from labeler.workflow.workspace import Workspace
from tests.workflow.label_rows import asked, labels_of, said

NewPrepared = Callable[..., RunRow]

STEMS = (
    "two\nlines",
    "\rback\r\nand on",
    "\ttab",
    "\x1b[31mred\x07",
    "\x85next\u2028line",
    "\u202eturned",
    "not utf-8 \udcff",
    "=1+1\n",
    "'=x",
    "''@",
    'a "quoted", one',
    "back\\slash",
    "plain",
    " spaces ",
)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two images for each name: one on top, one in a folder that is hard to write, too."""
    top = tmp_path / "photos"
    for number, stem in enumerate(2 * STEMS):
        place = os.fsencode(top / "deep\ndown" if number < len(STEMS) else top)
        os.makedirs(place, exist_ok=True)
        pixels = np.full((8, 8), 9 * number, dtype=np.uint8)
        with open(place + b"/" + os.fsencode(f"{stem}.png"), "wb") as file:
            Image.fromarray(pixels).save(file, "PNG")
    return top


@pytest.fixture
def unlabeled(photos: Path) -> Dataset:
    """Those images, none with a class."""
    found = load_dataset(str(photos))
    blank = np.full_like(found.train.labels, -1)
    return replace(found, classes=(), train=replace(found.train, labels=blank))


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_names_go_out_as_they_are_and_are_found_again(
    ws: Workspace,
    prepared: NewPrepared,
    unlabeled: Dataset,
    tmp_path: Path,
    format: str,
) -> None:
    run = prepared(unlabeled, budget=len(unlabeled.train), classes=("a", "b"))
    copy = duplicate_run(ws, run.id)
    given = [
        {"index": one.image, "class_name": "ab"[place % 2], "source": "human"}
        for place, one in enumerate(asked(ws, run))
    ]
    import_labels(ws, run.id, labels_of(*given))
    target = tmp_path / f"labels.{format}"
    export_file(open_run(ws, run.id), ExportRequest(run.id, format), target)
    labels = read_labels(target)
    assert sorted(labels.file_names) == sorted(map(well_formed, unlabeled.train.names or ()))
    by_name = replace(labels, indices=np.full_like(labels.indices, -1))
    assert import_labels(ws, copy.id, by_name).n_left_out == 0
    assert said(ws, copy) == said(ws, run)
    assert len(said(ws, copy)) == len(unlabeled.train)


def test_other_programs_read_the_true_names(
    ws: Workspace, prepared: NewPrepared, unlabeled: Dataset, tmp_path: Path
) -> None:
    run = prepared(unlabeled, budget=4, classes=("a", "b"))
    for format in ("csv", "jsonl"):
        request = ExportRequest(run.id, format, raw=format == "csv")
        export_file(open_run(ws, request.run_id), request, tmp_path / f"labels.{format}")
    rows = csv.DictReader(io.StringIO((tmp_path / "labels.csv").read_bytes().decode(), newline=""))
    lines = (tmp_path / "labels.jsonl").read_bytes().split(b"\n")
    wanted = [well_formed(name) for name in unlabeled.train.names or ()]
    assert [row["file_name"] for row in rows] == wanted
    assert [json.loads(line)["file_name"] for line in lines if line] == wanted


@pytest.mark.parametrize("is_old", ["data set", "file"])
def test_names_that_were_escaped_by_an_earlier_version_are_found(
    ws: Workspace, prepared: NewPrepared, unlabeled: Dataset, is_old: str
) -> None:
    names = unlabeled.train.names or ()
    shown = tuple(map(escaped, names))
    kept, written = (shown, names) if is_old == "data set" else (names, shown)
    run = prepared(replace(unlabeled, train=replace(unlabeled.train, names=kept)), classes=("a",))
    rows = [{"file_name": name, "class_name": "a", "source": "human"} for name in written]
    assert import_labels(ws, run.id, labels_of(*rows)).n_left_out == 0
    assert set(said(ws, run)) == set(range(len(names)))


def test_a_name_with_a_line_break_is_not_the_one_that_spells_it_out(
    ws: Workspace, prepared: NewPrepared, unlabeled: Dataset
) -> None:
    names = (r"a\nb.png", "a\nb.png", *(unlabeled.train.names or ())[2:])
    run = prepared(replace(unlabeled, train=replace(unlabeled.train, names=names)), classes=("a",))
    rows = [{"file_name": name, "class_name": "a", "source": "human"} for name in names[1:2]]
    import_labels(ws, run.id, labels_of(*rows))
    assert said(ws, run) == {1: "a"}


def test_a_folder_that_is_called_so_is_kept_under_a_name_that_can_be_stored(
    ws: Workspace, photos: Path
) -> None:
    called = os.fsdecode(os.fsencode(photos) + b"\xff\xc2\xa0x")
    photos.rename(called)
    kept = import_dataset(ws, called)
    assert kept.name == "photos\\udcff\xa0x"
    assert kept.source == f"{photos}\\udcff\xa0x"
