"""A look is a job: what it found, what was said of it, and the run that begins with it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from labeler.datasets.corrections import Corrections
from labeler.imaging import renditions
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import Job, JobStatus
from labeler.workflow import baskets, datasets
from labeler.workflow.looks import Look, get_look, sample_picture, start_look
from labeler.workflow.pictures.originals import read_original
from labeler.workflow.runs import NewRun, get_run, start_run, start_upload
from labeler.workflow.workspace import Workspace

Finish = Callable[[Job], Job]

SAID = Corrections(ignore=("raw",), train=("day1", "day2"), renamed=(("a", "ant"),))


@pytest.fixture
def folder(make_folder: Callable[..., Path], png: Callable[..., bytes]) -> Path:
    names = [f"{day}/{name}/{n}" for day in ("day1", "day2") for name in "ab" for n in range(5)]
    pictures = {f"{name}.png": png((80, 60), colour=10 * n) for n, name in enumerate(names)}
    return make_folder(pictures | {"raw/1.png": png()})


def test_a_look_keeps_what_it_found_and_a_few_pictures(
    ws: Workspace, folder: Path, finish: Finish
) -> None:
    asked = Look(str(folder), "path", folder.name, SAID, {"budget": "4"})
    job = finish(start_look(ws, asked))
    look, seen = get_look(ws, job.id)
    assert look == asked
    assert seen.inspection.counts == {"ant": {"pool": 10, "test": 0}, "b": {"pool": 10, "test": 0}}
    (first, *_) = seen.samples_of("ant")
    assert renditions.decode(sample_picture(ws, job.id, first.number)).size == (80, 60)
    assert not datasets.list_datasets(ws)
    assert job.result is not None
    for reference in set(job.result["pictures"].values()):
        ws.artefacts.path(reference).unlink()
    with pytest.raises(NotFoundError, match="look at the images again"):
        sample_picture(ws, job.id, first.number)
    assert get_look(ws, job.id)[1] == seen


def test_what_was_said_is_kept_with_the_job_and_with_the_data_set(
    ws: Workspace, folder: Path, finish: Finish
) -> None:
    new = NewRun("days", source=str(folder), corrections=SAID, budget=4, preset="classic")
    job = finish(start_run(ws, new))
    assert job.result is not None, job.error
    run = get_run(ws, job.result["run_id"])
    assert [one.name for one in run.classes] == ["ant", "b"]
    assert run.dataset.details["corrections"]["train"] == ["day1", "day2"]
    assert job.inputs["run"]["corrections"]["renamed"] == [["a", "ant"]]


def test_corrections_of_a_known_set_leave_the_next_run_of_it_alone(ws: Workspace) -> None:
    said = Corrections(ignore=("9",))
    corrected = datasets.import_dataset(ws, "digits", corrections=said)
    whole = datasets.import_dataset(ws, "digits")
    assert (len(corrected.classes), len(whole.classes)) == (9, 10)
    assert datasets.find_imported(ws, "digits") == whole


@pytest.fixture
def basket(ws: Workspace, folder: Path) -> Path:
    """The folder, sent file by file."""
    made = baskets.new_basket(ws)
    for file in sorted(folder.rglob("*.png")):
        data, name = file.read_bytes(), file.relative_to(folder.parent).as_posix()
        baskets.put_file(ws, made.id, name, len(data), [data], 10**6)
    return baskets.basket_folder(ws, made.id)


def test_a_basket_is_read_as_a_folder_and_its_originals_are_kept(
    ws: Workspace, basket: Path, folder: Path, finish: Finish
) -> None:
    _, seen = get_look(ws, finish(start_look(ws, Look(str(basket), "basket", "set", SAID))).id)
    assert seen.inspection.classes == ("ant", "b")
    new = NewRun("days", source=str(basket), corrections=SAID, budget=4, preset="classic")
    job = finish(start_upload(ws, basket, "set", new, baskets.BASKET))
    assert job.result is not None, job.error
    run = get_run(ws, job.result["run_id"])
    assert [one.name for one in run.classes] == ["ant", "b"]
    assert list(ws.uploads.iterdir()) == []
    kept = [read_original(ws, run.dataset, n) for n in range(20)]
    assert set(kept) == {file.read_bytes() for file in folder.glob("day*/*/*.png")}


def test_a_basket_that_cannot_be_read_is_kept_and_can_be_put_right(
    ws: Workspace, basket: Path, finish: Finish
) -> None:
    wrong = NewRun("days", source=str(basket), corrections=Corrections(test=("day3",)))
    job = finish(start_upload(ws, basket, "set", wrong, baskets.BASKET))
    assert (job.status, "READ-1" in str(job.error)) == (JobStatus.FAILED, True)
    assert str(ws.uploads) not in str(job.error)
    assert list(ws.uploads.iterdir()) == [basket]


def test_a_look_at_an_upload_that_fails_names_it_as_its_user_does(
    ws: Workspace, finish: Finish
) -> None:
    ws.uploads.mkdir()
    (staged := ws.uploads / "0.zip").write_bytes(b"no zip")
    job = finish(start_look(ws, Look(str(staged), "upload", "my pets.zip")))
    assert job.status is JobStatus.FAILED
    assert "my pets.zip" in str(job.error)
    assert "0.zip" not in str(job.error)
    assert staged.exists()
