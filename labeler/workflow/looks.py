"""Looks: what images would be read as, before anything is read for good.

A look is a job, since a large folder takes a minute. What it found is the job's result; the few
pictures it shows are arrays that no row refers to, which are swept in time.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from msgspec import convert

from labeler.datasets.base import LeftOut
from labeler.datasets.corrections import AS_FOUND, Corrections
from labeler.datasets.inspection import Inspection
from labeler.datasets.originals import Blobs
from labeler.datasets.previewing import FolderRead, Preview, preview_dataset
from labeler.exceptions import InputError
from labeler.jobs.worker import Context, Delivery
from labeler.progress import CalledOtherwise, Progress
from labeler.storage import datasets as dataset_rows
from labeler.storage import jobs as job_rows
from labeler.storage.errors import ArtefactError, NotFoundError
from labeler.storage.rows import Dataset as ImportedDataset
from labeler.storage.rows import Job, JobStatus
from labeler.words import well_formed
from labeler.workflow.datasets import as_uploaded, current_of
from labeler.workflow.job_kinds import LOOK
from labeler.workflow.jobs import get_job
from labeler.workflow.workspace import Workspace

MOST_LISTED = 100
"""Classes, and files that are left out, which a look keeps by name."""


@dataclass(frozen=True)
class Look:
    """What is looked at.

    Attributes
    ----------
    source : str
        A path; of an upload, where it waits.
    kind : str
        ``path``, or one of ``baskets.WAITING``.
    filename : str
        What people call it.
    corrections : Corrections
    settings : dict of str to str
        What the form for a new run had in its other fields.
    """

    source: str
    kind: str
    filename: str
    corrections: Corrections = AS_FOUND
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SampleShown:
    """One picture of a look.

    Attributes
    ----------
    number : int
    class_name, file : str
    """

    number: int
    class_name: str
    file: str


@dataclass(frozen=True)
class Seen:
    """What a look found.

    Attributes
    ----------
    inspection : Inspection
        Its long lists cut; ``files`` is empty.
    n_classes, n_left_out : int
        All of them.
    folders : tuple of FolderRead
    samples : tuple of SampleShown
    """

    inspection: Inspection
    n_classes: int
    n_left_out: int
    folders: tuple[FolderRead, ...]
    samples: tuple[SampleShown, ...]

    def samples_of(self, class_name: str) -> list[SampleShown]:
        """The pictures of one class; of none, those whose class is not known."""
        return [sample for sample in self.samples if sample.class_name == class_name]


def start_look(ws: Workspace, look: Look) -> Job:
    """Put a look in the queue.

    Raises
    ------
    QueueFullError
    """
    with ws.database.writing() as session:
        return job_rows.enqueue(session, LOOK, asdict(look))


def get_look(ws: Workspace, job_id: int) -> tuple[Look, Seen]:
    """A look that is done.

    Raises
    ------
    NotFoundError
        There is no such look, or it is not done.
    """
    return _look_of(get_job(ws, job_id))


def look_beside_datasets(
    ws: Workspace, job_id: int | None
) -> tuple[Look | None, Seen | None, tuple[ImportedDataset, ...]]:
    """A look that is done, if one is named, and the data sets to begin with, at one moment.

    Raises
    ------
    NotFoundError
        As for ``get_look``.
    """
    with ws.database.reading() as session:
        job = None if job_id is None else job_rows.get(session, job_id)
        imported = dataset_rows.list_all(session)
        in_use = dataset_rows.in_use(session)
    look, seen = (None, None) if job is None else _look_of(job)
    return look, seen, current_of(imported, in_use)


def _look_of(job: Job) -> tuple[Look, Seen]:
    if job.kind != LOOK or job.status is not JobStatus.DONE or job.result is None:
        raise NotFoundError("These images were not looked at.")
    return convert(job.inputs, Look), convert(job.result["seen"], Seen)


def sample_picture(ws: Workspace, job_id: int, number: int) -> bytes:
    """One picture of a look, as a WebP file.

    Raises
    ------
    NotFoundError
        There is none, or it was swept since.
    """
    job = get_job(ws, job_id)
    kept = (job.result or {}).get("pictures") if job.kind == LOOK else None
    try:
        pictures = None if kept is None else Blobs(*(ws.array(kept[part]) for part in _PARTS))
    except ArtefactError:
        pictures = None
    if pictures is None or number >= len(pictures):
        raise NotFoundError("That picture is not kept any more; look at the images again.")
    return pictures[number]


_PARTS = ("data", "lengths")


def look(context: Context) -> Delivery:
    """Look at what images would be read as."""
    ws = Workspace(context.database.instance, context.database)
    asked = convert(context.job.inputs, Look)
    progress: Progress = context.progress
    if asked.kind != "path":
        progress = CalledOtherwise(progress, asked.source, asked.filename)
    try:
        preview = preview_dataset(asked.source, corrections=asked.corrections, progress=progress)
    except InputError as error:
        if asked.kind == "path":
            raise
        raise as_uploaded(error, Path(asked.source), asked.filename) from error
    blobs = Blobs.of([sample.picture for sample in preview.samples])
    pictures = ws.artefacts.save_all({"data": blobs.data, "lengths": blobs.lengths})
    result = {"seen": asdict(_seen(preview, asked)), "pictures": pictures}
    return lambda _session: result


def _seen(preview: Preview, asked: Look) -> Seen:
    """What is kept of a preview: all that a page shows."""
    whole = preview.inspection
    listed = whole.classes[:MOST_LISTED]
    cut = replace(
        whole,
        name=whole.name if asked.kind == "path" else Path(asked.filename).stem,
        classes=tuple(map(well_formed, listed)),
        counts={well_formed(name): whole.counts[name] for name in listed},
        left_out=tuple(
            LeftOut(well_formed(left.file), well_formed(left.reason))
            for left in whole.left_out[:MOST_LISTED]
        ),
        notes=tuple(map(well_formed, whole.notes)),
        warnings=tuple(map(well_formed, whole.warnings)),
        files=(),
    )
    samples = tuple(
        SampleShown(number, well_formed(sample.class_name), well_formed(sample.file))
        for number, sample in enumerate(preview.samples)
    )
    return Seen(cut, len(whole.classes), len(whole.left_out), preview.folders, samples)
