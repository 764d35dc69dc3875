"""Images that are added to a run are read as its first ones were, and go on where they were."""

import json
from pathlib import Path

import pytest

from labeler.datasets.corrections import Corrections
from labeler.exceptions import ConfigError
from labeler.storage.folder.journal import FOLDER
from labeler.storage.rows import JobStatus
from labeler.workflow.adding import growth
from labeler.workflow.adding.request import request_addition
from labeler.workflow.exchange.export import export_file
from labeler.workflow.exchange.export_request import ExportRequest
from labeler.workflow.pictures.left_out import left_out_of
from labeler.workflow.pictures.originals import original_of, read_original
from labeler.workflow.run import open_run
from labeler.workflow.workspace import Workspace
from tests.bar_pictures import lay, picture
from tests.datasets.test_going_on import Counts
from tests.workflow.grown_runs import Add, Finish, begin
from tests.workflow.test_originals import packed

pytestmark = pytest.mark.parametrize("ws", ["sqlite"], indirect=True)


def test_what_was_said_of_folders_and_classes_holds_for_what_comes(
    ws: Workspace,
    finish: Finish,
    add: Add,
    tmp_path: Path,
) -> None:
    folder = lay(tmp_path / "photos", range(8))
    lay(folder, range(20, 22), classes=("raw",))
    said = Corrections(ignore=("raw",), renamed=(("cat", "kitten"),))
    run = begin(ws, finish, folder, corrections=said)
    lay(folder, range(30, 33), classes=("raw", "cat"))
    told = add(run, folder)
    assert (told["n_images"], told["n_known"]) == (3, 24)
    told = add(run, lay(tmp_path / "others", range(40, 42), classes=("dog", "cat")))
    assert (told["n_images"], told["notes"]) == (4, [])
    dataset = open_run(ws, run.id).dataset
    assert dataset.classes == ("bird", "dog", "kitten")
    assert dataset.counts["known"] == dataset.counts["pool"] == 31


def test_files_that_are_left_out_are_listed_once_with_those_of_before(
    ws: Workspace,
    finish: Finish,
    add: Add,
    tmp_path: Path,
) -> None:
    folder = lay(tmp_path / "photos", range(8))
    (folder / "cat/bad.png").write_bytes(picture(1, 5)[:60])
    run = begin(ws, finish, folder)
    for number in range(2):
        lay(folder, range(30 + number, 31 + number))
        (folder / "dog/worse.png").write_bytes(picture(2, 6)[:60])
        add(run, folder)
    dataset = open_run(ws, run.id).dataset
    assert dataset.details["n_left_out"] == 2
    assert [file.file for file in left_out_of(ws, dataset)] == ["cat/bad.png", "dog/worse.png"]


def test_an_addition_that_was_cut_off_decodes_nothing_twice(
    ws: Workspace,
    finish: Finish,
    add: Add,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise ConfigError("planted")

    run = begin(ws, finish, lay(tmp_path / "photos", range(8)))
    journals = set((ws.instance / FOLDER).iterdir())
    others = lay(tmp_path / "others", range(30, 34))
    with monkeypatch.context() as patch:
        patch.setattr(growth, "grow", fail)
        job = finish(request_addition(ws, run.id, str(others)))
        assert (job.status, job.error) == (JobStatus.FAILED, "planted")
    counts = Counts(monkeypatch)
    assert add(run, others)["n_images"] == 12
    assert counts.decoded == []
    assert set((ws.instance / FOLDER).iterdir()) == journals


@pytest.mark.parametrize("kind", ["zip", "tgz", "parquet"])
def test_originals_are_read_and_named_wherever_they_lie(
    ws: Workspace,
    finish: Finish,
    add: Add,
    tmp_path: Path,
    kind: str,
) -> None:
    photos = lay(tmp_path / "photos", range(4))
    files = sorted(photos.rglob("*.png"))
    pictures = {path.relative_to(photos).as_posix(): path.read_bytes() for path in files}
    classes = [path.parent.name for path in files]
    first = packed(pictures, tmp_path / f"first.{kind}", classes)
    run = begin(ws, finish, first, budget=4)
    others = lay(tmp_path / "others", range(30, 32))
    add(run, others)
    run = open_run(ws, run.id)
    for image in range(run.dataset.counts["pool"]):
        original = original_of(ws, run.dataset, image)
        assert original is not None
        is_first = image < len(pictures)
        content = pictures[original.path] if is_first else (others / original.path).read_bytes()
        assert read_original(ws, run.dataset, image) == content
    export_file(run, ExportRequest(run.id, format="jsonl"), tmp_path / "set.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "set.jsonl").read_text().splitlines()]
    paths = {row["path"] for row in rows}
    assert {path for path in paths if path.startswith("/")} <= set(map(str, others.rglob("*.png")))
    assert {path for path in paths if not path.startswith("/")} <= set(pictures)
    assert len({path.startswith("/") for path in paths}) == 2
