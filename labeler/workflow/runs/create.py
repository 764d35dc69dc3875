"""Runs made: from a data set that is known, lies in a folder or was uploaded."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from labeler.config import DEFAULT_PRESET, RunConfig, default_labels, preset
from labeler.datasets.corrections import AS_FOUND, Corrections
from labeler.exceptions import ConfigError
from labeler.pipeline.features_at_hand import require_at_hand
from labeler.progress import SILENT, Progress
from labeler.storage import classes as class_rows
from labeler.storage import jobs as job_rows
from labeler.storage import runs as run_rows
from labeler.storage.rows import AnswerSource, Job, RunRow
from labeler.storage.rows import Dataset as ImportedDataset
from labeler.storage.settings import DEFAULT_FRACTION, SettingsChange
from labeler.workflow.baskets import UPLOAD
from labeler.workflow.budgets import config_of
from labeler.workflow.chosen_features import choose_for_dataset
from labeler.workflow.datasets import OnRead, find_imported, get_dataset, ignore, import_dataset
from labeler.workflow.job_kinds import IMPORT, PREPARE
from labeler.workflow.runs.given_labels import require_usable
from labeler.workflow.selection import pool_size
from labeler.workflow.workspace import Transaction, Workspace

METHOD = (
    "features", "weights", "files", "strategy", "n_rounds", "propagation", "distortions",
    "threshold",
)  # fmt: skip
"""Settings that a new run takes from its preset unless told otherwise."""


@dataclass(frozen=True)
class NewRun:
    """What a run is to be.

    Attributes
    ----------
    name : str
    is_default_name : bool
        Whether nobody chose the name: a run gets a number behind it if another is called so.
    source : str or None
        A known name or a path; or else
    dataset_id : int or None
        a data set that was imported before.
    data : str or None
        Folder with the files of a known data set.
    preset : str
    budget : int or None
        None: as ``default_labels`` says.
    classes : tuple of str or None
        None: those of the ground truth.
    answerer : str
        ``human`` or ``oracle``.
    error_rate : float
        Share of the oracle's answers that are wrong.
    seed : int
    classifier : str
    use_labels : bool
        Whether the labels that the images have already become answers of a person.
    strict : bool
        Whether one image file that cannot be read refuses the whole data set.
    corrections : Corrections
        What somebody says of the folders and classes of a ``source``.
    features, weights, files, strategy, n_rounds, propagation, distortions, threshold : optional
        As in ``RunConfig``; None: as the preset says.

    Raises
    ------
    ConfigError
        A setting is out of range.
    """

    name: str
    source: str | None = None
    dataset_id: int | None = None
    data: str | None = None
    preset: str = DEFAULT_PRESET
    budget: int | None = None
    classes: tuple[str, ...] | None = None
    answerer: str = "human"
    error_rate: float = 0.0
    seed: int = 0
    classifier: str = "logistic"
    use_labels: bool = False
    strict: bool = False
    corrections: Corrections = AS_FOUND
    features: str | None = None
    weights: str | None = None
    files: str | None = None
    strategy: str | None = None
    n_rounds: int | None = None
    propagation: str | None = None
    distortions: str | None = None
    threshold: float | None = None
    is_default_name: bool = False

    def __post_init__(self) -> None:
        if (self.source is None) == (self.dataset_id is None):
            raise ConfigError("A run needs one data set: a source or the id of an imported one.")
        if self.answerer not in [source.value for source in AnswerSource]:
            raise ConfigError(f"answerer is {self.answerer!r}; it must be human or oracle.")
        if self.use_labels and self.answerer == AnswerSource.ORACLE.value:
            raise ConfigError(
                "An oracle answers from the labels that the images have; to take them as answers "
                "(--use-labels) is for a run that a person answers."
            )
        self.config()

    def config(self) -> RunConfig:
        """The settings, validated; the budget is checked against the pool later."""
        method = {name: getattr(self, name) for name in METHOD}
        base = preset(self.preset)
        return base.with_(
            n_labels=base.n_labels if self.budget is None else self.budget,
            classifier=self.classifier,
            error_rate=self.error_rate,
            seed=self.seed,
            **{name: value for name, value in method.items() if value is not None},
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; ``msgspec.convert`` takes them back."""
        return asdict(self)


def create_run(
    ws: Workspace,
    new: NewRun,
    progress: Progress = SILENT,
    on_read: OnRead = ignore,
    *,
    goes_on: bool = False,
) -> RunRow:
    """Make a run and put its preparation in the queue.

    A ``source`` that was not imported yet is read here and now: a matter of milliseconds for
    the bundled digits, of minutes for a large folder. A front end that must answer at once
    calls ``start_run``. ``on_read`` is told what was read, before anything is kept. If it
    ``goes_on``, a run of the very same plan whose preparation was cut off is given instead.

    Raises
    ------
    ConfigError
        A setting does not fit the data set, or the features cannot be had here.
    GroundTruthError
        An oracle is to answer, without ground truth to answer from.
    DatasetNotFoundError, InputError
        The data set cannot be read.
    QueueFullError
        Too much is waiting already; no run was made.
    """
    require_at_hand(new.config())
    dataset = _dataset_of(ws, new, progress, on_read)
    return _create(ws, new, dataset, goes_on=goes_on)[0]


def start_run(ws: Workspace, new: NewRun) -> Job:
    """Make a run without waiting for anything: what can be checked is checked at once.

    Returns
    -------
    Job
        ``prepare`` with its ``run_id`` where the data set is here already; else ``import``,
        which has none until it is done: its ``result`` names the ``run_id`` it made, which is
        prepared by then.

    Raises
    ------
    LabelerError
        As for ``create_run``.
    """
    require_at_hand(new.config())
    dataset = _imported(ws, new)
    if dataset is not None:
        return _create(ws, new, dataset)[1]
    inputs = {"source": new.source, "data": new.data, "kind": None, "run": new.as_dict()}
    with ws.database.writing() as session:
        return job_rows.enqueue(session, IMPORT, inputs)


def start_upload(
    ws: Workspace, path: Path, filename: str, new: NewRun | None = None, kind: str = UPLOAD
) -> Job:
    """Put the import of an upload in the queue, and the run to be made of it.

    Parameters
    ----------
    ws : Workspace
    path : Path
        Where the file or basket waits, inside ``ws.uploads``; the import removes it.
    filename : str
        What the user called it.
    new : NewRun, optional
        Its ``source`` gives way to the upload.
    kind : str
        One of ``baskets.WAITING``.

    Raises
    ------
    ConfigError, InputError
        The features of the run cannot be had here.
    """
    if new is not None:
        require_at_hand(new.config())
    run = None if new is None else new.as_dict()
    inputs = {"source": str(path), "filename": filename, "kind": kind, "run": run}
    with ws.database.writing() as session:
        return job_rows.enqueue(session, IMPORT, inputs)


def plan_run(ws: Workspace, new: NewRun, dataset: ImportedDataset) -> dict[str, Any]:
    """What the row of a run is made from, checked against its data set.

    Raises
    ------
    ConfigError, GroundTruthError
    """
    answerer = AnswerSource(new.answerer)
    budget = _budget(new, dataset, pool_size(ws, dataset, answerer))
    classes, truth = _classes(new, dataset)
    if new.use_labels:
        require_usable(ws, dataset)
    config, notes = choose_for_dataset(ws, dataset, new.config().with_(n_labels=budget))
    return {
        "name": new.name,
        "is_default_name": new.is_default_name,
        "dataset_id": dataset.id,
        "config": config.as_dict(),
        "preset": new.preset,
        "budget": budget,
        "answerer": answerer,
        "classes": classes,
        "settings": SettingsChange(
            truth=truth, fraction=DEFAULT_FRACTION, use_labels=new.use_labels, notes=list(notes)
        ),
    }


def _imported(ws: Workspace, new: NewRun) -> ImportedDataset | None:
    if new.dataset_id is not None:
        return get_dataset(ws, new.dataset_id)
    return None if new.corrections else find_imported(ws, new.source or "", new.data or "")


def _dataset_of(ws: Workspace, new: NewRun, progress: Progress, on_read: OnRead) -> ImportedDataset:
    if new.source is None:
        return get_dataset(ws, new.dataset_id or 0)
    data = None if new.data is None else Path(new.data)
    return import_dataset(
        ws,
        new.source,
        data=data,
        strict=new.strict,
        corrections=new.corrections,
        progress=progress,
        on_read=on_read,
    )


def _create(
    ws: Workspace, new: NewRun, dataset: ImportedDataset, *, goes_on: bool = False
) -> tuple[RunRow, Job]:
    plan = plan_run(ws, new, dataset)
    with ws.database.writing() as session:
        begun = _begun(session, plan) if goes_on else None
        if begun is not None:
            return begun
        run = run_rows.create(session, **plan)
        return run, job_rows.enqueue(session, PREPARE, {"run_id": run.id}, run_id=run.id)


def _begun(session: Transaction, plan: Mapping[str, Any]) -> tuple[RunRow, Job] | None:
    """A run of that plan which still waits to be prepared, and the job that is to do it."""
    for job in job_rows.list_active(session):
        if job.kind == PREPARE and job.run_id is not None and not job.cancel_requested:
            run = run_rows.get(session, job.run_id)
            if _is_of_plan(session, run, plan):
                return run, job
    return None


def _is_of_plan(session: Transaction, run: RunRow, plan: Mapping[str, Any]) -> bool:
    classes = tuple(row.name for row in class_rows.list_of_run(session, run.id))
    plain = ("dataset_id", "preset", "budget", "answerer")
    name = run_rows.without_number(run.name) if plan["is_default_name"] else run.name
    return (
        plan["name"] in (run.name, name)
        and all(getattr(run, name) == plan[name] for name in plain)
        and config_of(run) == RunConfig.from_dict(plan["config"])
        and run.settings.use_labels == plan["settings"]["use_labels"]
        and classes == plan["classes"]
    )


def _budget(new: NewRun, dataset: ImportedDataset, n_images: int) -> int:
    if new.budget is None:
        return default_labels(dataset.name, n_images)
    if new.budget > n_images:
        raise ConfigError(
            f"{new.budget:,} answers were to be asked for, but the pool to label has "
            f"{n_images:,} images; ask for at least 1 and at most all of them."
        )
    return new.budget


def _classes(new: NewRun, dataset: ImportedDataset) -> tuple[tuple[str, ...], list[int | None]]:
    """The run's first classes, and the true class that each stands for."""
    if new.classes is None:
        return dataset.classes, list(range(len(dataset.classes)))
    if new.answerer == AnswerSource.ORACLE.value and new.classes != dataset.classes:
        raise ConfigError("An oracle answers with the data set's own classes; leave them out.")
    truth_of = {name.casefold(): truth for truth, name in enumerate(dataset.classes)}
    return new.classes, [truth_of.get(name.strip().casefold()) for name in new.classes]
