"""Runs as the start page shows them, one page of them at a time."""

from dataclasses import dataclass

from labeler.storage import datasets as dataset_rows
from labeler.storage import jobs as job_rows
from labeler.storage import questions as question_rows
from labeler.storage import runs as run_rows
from labeler.storage.rows import Dataset, Job, RunSummary
from labeler.workflow.array_names import has_clusters
from labeler.workflow.workspace import Workspace

PAGE_SIZE = 24
MAX_STRIP = 10


@dataclass(frozen=True)
class RunCard:
    """One run with what shows at a glance what it is about.

    Attributes
    ----------
    summary : RunSummary
    dataset : Dataset
    images : tuple of int
        Of its first questions; of its data set's first ones while there are no questions.
    """

    summary: RunSummary
    dataset: Dataset
    images: tuple[int, ...]


@dataclass(frozen=True)
class RunPage:
    """Some runs out of all, the last active first.

    Attributes
    ----------
    cards : tuple of RunCard
    number, n_pages : int
        The page, counted from 1, and how many there are: at least one.
    n_runs : int
        On all pages.
    beginning : tuple of Job
        Images that are being read, for runs that are still to be made.
    """

    cards: tuple[RunCard, ...]
    number: int
    n_pages: int
    n_runs: int
    beginning: tuple[Job, ...] = ()


def run_page(ws: Workspace, number: int = 1) -> RunPage:
    """One page of the runs; behind the last one, the last one."""
    with ws.database.reading() as session:
        n_runs = run_rows.count(session)
        n_pages = max(1, -(-n_runs // PAGE_SIZE))
        number = min(max(1, number), n_pages)
        ids = run_rows.newest(session, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
        summaries = run_rows.summaries(session, ids=ids)
        images = question_rows.first_images(session, ids, MAX_STRIP)
        datasets = {dataset.id: dataset for dataset in dataset_rows.list_all(session)}
        active = job_rows.list_active(session)
    cards = [
        _card(summary, datasets[summary.run.dataset_id], images.get(summary.run.id))
        for summary in summaries
    ]
    beginning = tuple(job for job in active if job.run_id is None)
    return RunPage(tuple(cards), number, n_pages, n_runs, beginning)


def some_runs(
    ws: Workspace, *, limit: int | None = None, offset: int = 0
) -> tuple[tuple[RunSummary, ...], int]:
    """Runs with their counts, the last active first, and how many there are in all."""
    with ws.database.reading() as session:
        n_runs = run_rows.count(session)
        wanted = n_runs if limit is None else limit
        ids = run_rows.newest(session, limit=wanted, offset=offset)
        is_all = len(ids) == n_runs
        return run_rows.summaries(session, ids=None if is_all else ids), n_runs


def _card(summary: RunSummary, dataset: Dataset, asked: tuple[int, ...] | None) -> RunCard:
    is_prepared = has_clusters(summary.run.artefacts)
    first = tuple(range(min(MAX_STRIP, dataset.counts["pool"])))
    return RunCard(summary, dataset, asked if asked and is_prepared else first)
