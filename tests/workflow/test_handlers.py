"""Jobs: what they deliver, once, and what they leave behind."""

import io
import shutil
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labeler.datasets.base import Dataset
from labeler.jobs.reporting import JobProgress, Pace
from labeler.jobs.worker import Context, Delivery, Worker
from labeler.progress import SILENT
from labeler.storage import jobs as job_rows
from labeler.storage.rows import Job, JobStatus, RunRow
from labeler.workflow.datasets import keep, list_datasets
from labeler.workflow.handlers import HANDLERS
from labeler.workflow.inline import JobFailedError, finish_job
from labeler.workflow.jobs import cancel_job, get_job, retry_job
from labeler.workflow.runs import NewRun, create_run, get_run, list_runs, start_run, start_upload
from labeler.workflow.workspace import Workspace
from tests.history import history
from tests.planted import CRASH, plant

Finish = Callable[[Job], Job]


def stage(ws: Workspace, content: Path) -> Path:
    ws.uploads.mkdir(exist_ok=True)
    return Path(shutil.copy(content, ws.uploads / f"staged{content.suffix}"))


@pytest.fixture
def upload(tmp_path: Path, bars: Dataset) -> Path:
    path = tmp_path / "bars.npz"
    np.savez(path, x=bars.train.images, y=bars.train.labels)
    return path


def test_an_upload_becomes_a_run_with_its_questions(
    ws: Workspace, finish: Finish, upload: Path
) -> None:
    staged = stage(ws, upload)
    new = NewRun("mine", source="my bars.npz", budget=8, answerer="oracle", preset="classic")
    job = finish(start_upload(ws, staged, "my bars.npz", new))
    assert job.status is JobStatus.DONE, job.error
    view = get_run(ws, job.result["run_id"])  # type: ignore[index]
    assert (view.dataset.name, view.dataset.kind, view.run.name) == ("my bars", "upload", "mine")
    assert view.is_prepared
    assert view.summary.n_answered == 8
    assert not staged.exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"no images at all"])
def test_a_bad_upload_fails_with_its_reason_and_leaves_nothing(
    ws: Workspace, finish: Finish, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "bad").write_bytes(content)
    staged = stage(ws, tmp_path / "bad")
    job = finish(
        start_upload(ws, staged, "bad.npz", NewRun("bad", source="bad.npz", preset="classic"))
    )
    assert job.status is JobStatus.FAILED
    assert job.error
    assert "defect" not in job.error
    assert not staged.exists()
    assert (list_runs(ws), list_datasets(ws)) == ((), ())


def test_an_image_that_crashes_its_decoder_is_left_out_and_costs_nothing_else(
    ws: Workspace, finish: Finish, upload: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(tmp_path / "planted", monkeypatch)
    before = NewRun("before", source="good.npz", budget=8)
    assert finish(start_upload(ws, stage(ws, upload), "good.npz", before)).status is JobStatus.DONE
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        for number in range(20):
            pixels = io.BytesIO()
            Image.new("L", (6, 4), number).save(pixels, "PNG")
            archive.writestr(f"{number}.png", pixels.getvalue() + CRASH * (number == 13))
    staged = stage(ws, tmp_path / "bad.zip")
    job = finish(start_upload(ws, staged, "bad.zip", NewRun("bad", source="bad.zip", budget=8)))
    assert job.status is JobStatus.DONE
    assert job.result is not None
    dataset = get_run(ws, job.result["run_id"]).dataset
    assert dataset.counts["pool"] == 19
    assert any("1 image that cannot be read left out" in note for note in dataset.details["notes"])
    assert not staged.exists()
    assert {one.run.name for one in list_runs(ws)} == {"before", "bad"}
    after = NewRun("after", source="good.npz", budget=8)
    assert finish(start_upload(ws, stage(ws, upload), "good.npz", after)).status is JobStatus.DONE


def test_an_upload_outside_its_folder_is_not_read(
    ws: Workspace, finish: Finish, upload: Path
) -> None:
    job = finish(start_upload(ws, upload, "bars.npz"))
    assert job.status is JobStatus.FAILED
    assert upload.exists()


def test_a_run_that_does_not_fit_its_import_fails_with_the_reason(
    ws: Workspace, finish: Finish, upload: Path
) -> None:
    new = NewRun("greedy", source="bars.npz", budget=5000, preset="classic")
    job = finish(start_upload(ws, stage(ws, upload), "bars.npz", new))
    assert "5,000 answers were to be asked for, but the pool to label has 160 images" in str(
        job.error
    )
    assert list_runs(ws) == ()


def import_as(ws: Workspace, worker: str) -> Delivery:
    """What a worker does with the import that waits, but for its delivery."""
    with ws.database.writing() as session:
        claimed = job_rows.claim(session, worker)
    assert claimed is not None
    assert claimed.token is not None
    progress = JobProgress(ws.database, job_rows.Lease(claimed.id, claimed.token), Pace())
    delivery = HANDLERS["import"](Context(claimed, ws.database, progress))
    assert delivery is not None
    return delivery


def test_an_upload_is_removed_once_its_import_is_on_disk(ws: Workspace, upload: Path) -> None:
    staged = stage(ws, upload)
    start_upload(ws, staged, "bars.npz")
    deliver = import_as(ws, "w")
    with suppress(ZeroDivisionError), ws.database.writing() as session:
        deliver(session)
        raise ZeroDivisionError
    assert staged.exists()
    with ws.database.writing() as session:
        deliver(session)
        assert staged.exists()
    assert not staged.exists()


def test_an_import_that_is_killed_before_it_ends_makes_one_run(
    ws: Workspace, finish: Finish
) -> None:
    job = start_run(ws, NewRun("demo", source="digits", budget=5, preset="classic"))
    import_as(ws, "doomed")
    with ws.database.writing() as session:
        job_rows.abandon(session, "doomed")
    assert list_runs(ws) == ()
    assert finish(job).status is JobStatus.DONE
    assert len(list_runs(ws)) == len(list_datasets(ws)) == 1


def test_a_preparation_that_ran_twice_asked_and_answered_once(
    ws: Workspace, finish: Finish, bars: Dataset
) -> None:
    row = keep(ws, bars, kind="path", source="bars")
    run = create_run(
        ws, NewRun("demo", dataset_id=row.id, budget=9, answerer="oracle", preset="classic")
    )
    with ws.database.writing() as session:
        claimed = job_rows.claim(session, "slow")
    assert claimed is not None
    deliver = HANDLERS["prepare"](Context(claimed, ws.database, SILENT))  # type: ignore[arg-type]
    assert deliver is not None
    with ws.database.writing() as session:
        job_rows.abandon(session, "slow")
    finish(get_job(ws, claimed.id))
    with ws.database.writing() as session:
        deliver(session)  # what the lease's token would have stopped
    summary = get_run(ws, run.id).summary
    assert (summary.n_questions, summary.n_answered) == (9, 9)
    assert len(history(ws, run.id)) == 1


def test_the_oracle_fills_in_only_what_is_open(
    ws: Workspace,
    prepared: Callable[..., RunRow],
    bars: Dataset,
    finish: Finish,
    answer_rightly: Callable[..., None],
) -> None:
    run = prepared(bars, error_rate=1.0)
    answer_rightly(run, bars, but=4)
    with ws.database.writing() as session:
        job = job_rows.enqueue(session, "oracle", {"run_id": run.id}, run_id=run.id)
    assert finish(job).result == {"n_answered": 4}
    assert [len(operation.answers) for operation in history(ws, run.id)] == [1] * 8 + [4]


def test_a_job_can_be_asked_for_again_when_it_was_cancelled(
    ws: Workspace, finish: Finish, bars: Dataset
) -> None:
    row = keep(ws, bars, kind="path", source="bars")
    run = create_run(ws, NewRun("demo", dataset_id=row.id, budget=5, preset="classic"))
    first = get_run(ws, run.id).jobs[0]
    assert retry_job(ws, first.id).id == first.id
    cancel_job(ws, first.id)
    again = retry_job(ws, first.id)
    assert again.id != first.id
    assert finish(again).status is JobStatus.DONE
    assert get_run(ws, run.id).is_prepared


def test_a_job_waited_for_is_done_when_the_wait_ends(ws: Workspace, bars: Dataset) -> None:
    row = keep(ws, bars, kind="path", source="bars")
    run = create_run(ws, NewRun("demo", dataset_id=row.id, budget=5, preset="classic"))
    assert finish_job(ws, get_run(ws, run.id).jobs[0].id).status is JobStatus.DONE
    assert get_run(ws, run.id).is_prepared


def test_a_wait_for_a_job_that_fails_says_why(ws: Workspace) -> None:
    with ws.database.writing() as session:
        job = job_rows.enqueue(session, "import", {"source": "/no/such", "kind": "path"})
    with pytest.raises(JobFailedError, match="/no/such: neither a known data set"):
        finish_job(ws, job.id)


def test_a_wait_ends_when_nobody_works_any_more(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_: Worker) -> bool:
        raise RuntimeError("a defect of the worker itself")

    with ws.database.writing() as session:
        job = job_rows.enqueue(session, "import", {"source": "digits", "kind": "path"})
    monkeypatch.setattr(Worker, "run_one", die)
    with pytest.raises(RuntimeError, match="of the worker itself"):
        finish_job(ws, job.id)
    assert get_job(ws, job.id).status is JobStatus.CANCELLED


def test_a_job_that_another_worker_holds_is_only_watched(ws: Workspace, bars: Dataset) -> None:
    row = keep(ws, bars, kind="path", source="bars")
    run = create_run(ws, NewRun("demo", dataset_id=row.id, budget=5, preset="classic"))
    other = Worker(ws.database, HANDLERS)
    from threading import Thread

    thread = Thread(target=other.run_one)
    thread.start()
    job = finish_job(ws, get_run(ws, run.id).jobs[0].id)
    thread.join()
    assert job.attempts == 1


def test_an_interrupted_wait_cancels_the_job(
    ws: Workspace, bars: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labeler.workflow import inline

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    row = keep(ws, bars, kind="path", source="bars")
    run = create_run(ws, NewRun("demo", dataset_id=row.id, budget=5, preset="classic"))
    monkeypatch.setattr(inline, "_watch", interrupt)
    monkeypatch.setattr(Worker, "run_one", lambda self: False)
    with pytest.raises(KeyboardInterrupt):
        finish_job(ws, get_run(ws, run.id).jobs[0].id)
    assert get_run(ws, run.id).jobs[0].status is JobStatus.CANCELLED
