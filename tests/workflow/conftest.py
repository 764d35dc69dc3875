"""A workspace for each test, and runs that are prepared without a second process."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from labeler.datasets.base import Dataset
from labeler.jobs.worker import Worker
from labeler.records import UNLABELED
from labeler.storage.rows import GivenAnswer, Job, JobStatus, RunRow, Verdict
from labeler.workflow import labeling
from labeler.workflow.adding.request import request_addition
from labeler.workflow.datasets import keep
from labeler.workflow.handlers import HANDLERS
from labeler.workflow.jobs import get_job
from labeler.workflow.run import Run, open_run
from labeler.workflow.runs import NewRun, create_run, get_run
from labeler.workflow.workspace import Workspace, open_workspace
from tests.bar_pictures import lay
from tests.conftest import URLS
from tests.datasets.conftest import make_folder, make_zip, png  # noqa: F401 - fixtures
from tests.prediction.conftest import model, model_file  # noqa: F401 - fixtures
from tests.workflow.grown_runs import Add, Finish, begin

BUDGET = 12


@pytest.fixture(params=["sqlite", "postgresql"])
def ws(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    """On both databases; see ``postgres_url`` for a machine that has but one."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    url = request.getfixturevalue(URLS[request.param])
    workspace = open_workspace(tmp_path / "instance", url)
    yield workspace
    workspace.close()


@pytest.fixture
def finish(ws: Workspace) -> Callable[[Job], Job]:
    """Work through the queue in this thread; give the job as it ended."""

    def work(job: Job) -> Job:
        worker = Worker(ws.database, HANDLERS)
        while not get_job(ws, job.id).status.is_final:
            assert worker.run_one()
        return get_job(ws, job.id)

    return work


NewPrepared = Callable[..., RunRow]


@pytest.fixture
def prepared(ws: Workspace, finish: Callable[[Job], Job]) -> NewPrepared:
    """Make a run of a data set and bring it to its questions."""

    def make(dataset: Dataset, **settings: object) -> RunRow:
        row = keep(ws, dataset, kind="path", source=dataset.name)
        options = {
            "name": "demo",
            "dataset_id": row.id,
            "budget": BUDGET,
            "preset": "classic",
            **settings,
        }
        run = create_run(ws, NewRun(**options))  # type: ignore[arg-type]
        job = get_run(ws, run.id).active_job
        assert job is not None
        assert finish(job).status is JobStatus.DONE
        return get_run(ws, run.id).run

    return make


@pytest.fixture
def bars_without_truth(bars: Dataset) -> Dataset:
    """The pool of ``bars``, of which nothing is known."""
    blank = replace(bars.train, labels=np.full(len(bars.train), UNLABELED))
    return Dataset("secret bars", (), blank)


@pytest.fixture
def answer_rightly(ws: Workspace) -> Callable[..., None]:
    """Answer as a person who knows the truth would, one operation each; ``but`` the first few."""

    def answer(run: RunRow, dataset: Dataset, *, but: int = 0) -> None:
        classes = get_run(ws, run.id).classes
        for question in labeling.questions(open_run(ws, run.id))[but:]:
            name = dataset.classes[dataset.train.labels[question.image]]
            class_id = next(one.id for one in classes if one.name == name)
            given = GivenAnswer(question.id, Verdict.CLASS, class_id)
            labeling.record_answers(ws, run.id, f"op-{run.id}-{question.id}", "ada", [given])

    return answer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return lay(tmp_path / "photos", range(15))


@pytest.fixture
def begun(ws: Workspace, folder: Path, finish: Finish) -> Run:
    """A run of the folder whose questions are answered."""
    return begin(ws, finish, folder)


@pytest.fixture
def add(ws: Workspace, finish: Finish) -> Add:
    """Add a path to a run; what the job tells."""

    def do(run: Run, path: Path, **more: bool) -> Mapping[str, object]:
        job = finish(request_addition(ws, run.id, str(path), **more))
        assert job.status is JobStatus.DONE, job.error
        assert job.result is not None
        return job.result

    return do
