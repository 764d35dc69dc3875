"""Runs: made, listed, looked at, renamed, copied, put in the bin and taken out again."""

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from labeler.config import DEFAULT_PRESET, RunConfig, default_labels, preset
from labeler.exceptions import ConfigError
from labeler.progress import SILENT, Progress
from labeler.storage import classes as class_rows
from labeler.storage import jobs as job_rows
from labeler.storage import runs as run_rows
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import AnswerSource, Job, Run, RunSummary
from labeler.storage.rows import Dataset as ImportedDataset
from labeler.workflow.budgets import awaits_round, config_of
from labeler.workflow.datasets import find_imported, get_dataset, import_dataset
from labeler.workflow.given_labels import NOTE, USE_LABELS, note_of, require_usable
from labeler.workflow.past_imports import IMPORTS
from labeler.workflow.pool import pool_size
from labeler.workflow.state import RunState, read_state
from labeler.workflow.suggestions import for_a_copy
from labeler.workflow.views import ClassView, RunView
from labeler.workflow.workspace import Workspace

DEFAULT_FRACTION = 1.0
PREPARE, IMPORT, ORACLE = "prepare", "import", "oracle"
METHOD = ("features", "weights", "strategy", "n_rounds", "propagation", "threshold")
"""Settings that a new run takes from its preset unless told otherwise."""
_RECENT_JOBS = 20


@dataclass(frozen=True)
class NewRun:
    """What a run is to be.

    Attributes
    ----------
    name : str
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
    features, weights, strategy, n_rounds, propagation, threshold : optional
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
    features: str | None = None
    weights: str | None = None
    strategy: str | None = None
    n_rounds: int | None = None
    propagation: str | None = None
    threshold: float | None = None

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
        """Plain values, ready for JSON; ``NewRun.from_dict`` takes them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "NewRun":
        """What ``as_dict`` gave."""
        classes = values.get("classes")
        return cls(**{**values, "classes": None if classes is None else tuple(classes)})


def create_run(ws: Workspace, new: NewRun, progress: Progress = SILENT) -> Run:
    """Make a run and put its preparation in the queue.

    A ``source`` that was not imported yet is read here and now: a matter of milliseconds for
    the bundled digits, of minutes for a large folder. A front end that must answer at once
    calls ``start_run``.

    Raises
    ------
    ConfigError
        A setting does not fit the data set.
    GroundTruthError
        An oracle is to answer, without ground truth to answer from.
    DatasetNotFoundError, InputError
        The data set cannot be read.
    QueueFullError
        Too much is waiting already; no run was made.
    """
    dataset = _dataset_of(ws, new, progress)
    return _create(ws, new, dataset)[0]


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
    dataset = _imported(ws, new)
    if dataset is not None:
        return _create(ws, new, dataset)[1]
    inputs = {"source": new.source, "data": new.data, "kind": None, "run": new.as_dict()}
    with ws.database.writing() as session:
        return job_rows.enqueue(session, IMPORT, inputs)


def start_upload(ws: Workspace, path: Path, filename: str, new: NewRun | None = None) -> Job:
    """Put the import of an uploaded file in the queue, and the run to be made of it.

    Parameters
    ----------
    ws : Workspace
    path : Path
        Where the file waits, inside ``ws.uploads``; the import removes it.
    filename : str
        What the user called it.
    new : NewRun, optional
        Its ``source`` gives way to the upload.
    """
    run = None if new is None else new.as_dict()
    inputs = {"source": str(path), "filename": filename, "kind": "upload", "run": run}
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
    config = new.config().with_(n_labels=budget)
    return {
        "name": new.name,
        "dataset_id": dataset.id,
        "config": config.as_dict(),
        "preset": new.preset,
        "budget": budget,
        "answerer": answerer,
        "classes": classes,
        "settings": {
            "truth": truth,
            "fraction": DEFAULT_FRACTION,
            USE_LABELS: new.use_labels,
        },
    }


def list_runs(ws: Workspace, *, deleted: bool = False) -> tuple[RunSummary, ...]:
    """Every run with its counts, the last active first; ``deleted``: those in the bin instead."""
    with ws.database.reading() as session:
        return run_rows.summaries(session, deleted=deleted)


def get_run(ws: Workspace, run_id: str) -> RunView:
    """A run with its data set, classes, counts and jobs.

    Raises
    ------
    NotFoundError
    """
    state = read_state(ws, run_id)
    with ws.database.reading() as session:
        summary = run_rows.summary(session, run_id)
        jobs = job_rows.list_recent(session, run_id=run_id, limit=_RECENT_JOBS)
    settings = state.run.settings
    config = config_of(state.run)
    return RunView(
        run=state.run,
        summary=summary,
        dataset=state.dataset,
        classes=class_views(state),
        jobs=jobs,
        is_prepared=state.is_prepared,
        more_to_come=awaits_round(state),
        has_ground_truth=state.dataset.counts["known"] > 0,
        has_test="test" in state.run.artefacts,
        n_pool=settings.get("n_pool", 0),
        n_test=settings.get("n_test", 0),
        fraction=settings.get("fraction", DEFAULT_FRACTION),
        propagation=settings.get("propagation", config.propagation),
        threshold=settings.get("threshold", config.threshold),
        has_graph="graph.data" in state.run.artefacts,
        config=config,
        notes=_notes(state),
    )


def find_run(ws: Workspace, text: str) -> Run:
    """The run of that id, or the only one of that name.

    Raises
    ------
    NotFoundError
        There is none, or several have the name.
    """
    runs = [summary.run for summary in list_runs(ws)]
    named = [run for run in runs if run.id == text] or [run for run in runs if run.name == text]
    if len(named) == 1:
        return named[0]
    if named:
        ids = ", ".join(run.id for run in named)
        raise NotFoundError(f"{len(named)} runs are called {text!r}; say which by its id: {ids}.")
    raise NotFoundError(f"There is no run {text!r}.")


def rename_run(ws: Workspace, run_id: str, name: str) -> Run:
    """Give a run another name."""
    with ws.database.writing() as session:
        return run_rows.update_run(session, run_id, name=name)


def duplicate_run(ws: Workspace, run_id: str, name: str | None = None) -> Run:
    """A new run with the same images, clusters, questions and classes, and no answers.

    Clusters that were split or merged stay so, each with its one question. An oracle's copy is
    answered again; one that was not prepared yet is prepared.
    """
    state = read_state(ws, run_id)
    asked = {
        one.id
        for one, before in zip(state.questions, state.asked, strict=True)
        if one.cluster is not None or before.cluster is None
    }
    with ws.database.writing() as session:
        copied = name or f"{state.run.name} (copy)"
        copy = run_rows.duplicate(session, run_id, copied, asked=asked)
        classes = [class_rows.list_of_run(session, one.id) for one in (state.run, copy)]
        own = {IMPORTS: [], NOTE: None, **for_a_copy(state.run, *classes)}
        copy = run_rows.update_run(session, copy.id, settings=own)
        if copy.answerer is AnswerSource.ORACLE or "pool" not in copy.artefacts:
            job_rows.enqueue(session, PREPARE, {"run_id": copy.id}, run_id=copy.id)
        return copy


def delete_run(ws: Workspace, run_id: str) -> None:
    """Put a run in the bin and stop its jobs; ``restore_run`` takes it out again."""
    with ws.database.writing() as session:
        run_rows.trash(session, run_id)
        job_rows.cancel_of_run(session, run_id)


def restore_run(ws: Workspace, run_id: str) -> Run:
    """Take a run out of the bin; preparation that its deletion stopped begins anew."""
    with ws.database.writing() as session:
        run = run_rows.restore(session, run_id)
        if "pool" not in run.artefacts:
            job_rows.enqueue(session, PREPARE, {"run_id": run_id}, run_id=run_id)
        return run


def choose_fraction(ws: Workspace, run_id: str, fraction: float) -> Run:
    """Spread the answers of a run inside their clusters, and keep how far.

    Raises
    ------
    ConfigError
        The fraction is not above 0 and at most 1.
    """
    RunConfig(fractions=(fraction,))
    with ws.database.writing() as session:
        settings = {"propagation": "cluster", "fraction": fraction}
        return run_rows.update_run(session, run_id, settings=settings)


def choose_threshold(ws: Workspace, run_id: str, threshold: float) -> Run:
    """Spread the answers of a run over its graph, and keep how sure a label has to be.

    Raises
    ------
    ConfigError
        The threshold is not from 0 to 1.
    """
    RunConfig(threshold=threshold)
    settings = {"propagation": "graph", "threshold": threshold}
    with ws.database.writing() as session:
        return run_rows.update_run(session, run_id, settings=settings)


def class_views(state: RunState) -> tuple[ClassView, ...]:
    """The run's classes, each with the number of answers that count for it."""
    answers = (question.answer for question in state.questions)
    counts = Counter(answer.class_id for answer in answers if answer is not None)
    return tuple(
        ClassView(one.id, one.position, one.name, one.key, one.merged_into, counts[one.id])
        for one in state.classes
    )


def _notes(state: RunState) -> tuple[str, ...]:
    settings = state.run.settings
    of_images = (*state.dataset.details.get("notes", ()), *settings.get("notes", ()))
    of_labels = note_of(state.run)
    return of_images if of_labels is None else (*of_images, of_labels)


def _imported(ws: Workspace, new: NewRun) -> ImportedDataset | None:
    if new.dataset_id is not None:
        return get_dataset(ws, new.dataset_id)
    return find_imported(ws, new.source or "", new.data or "")


def _dataset_of(ws: Workspace, new: NewRun, progress: Progress) -> ImportedDataset:
    if new.source is None:
        return get_dataset(ws, new.dataset_id or 0)
    data = None if new.data is None else Path(new.data)
    return import_dataset(ws, new.source, data=data, progress=progress)


def _create(ws: Workspace, new: NewRun, dataset: ImportedDataset) -> tuple[Run, Job]:
    plan = plan_run(ws, new, dataset)
    with ws.database.writing() as session:
        run = run_rows.create(session, **plan)
        return run, job_rows.enqueue(session, PREPARE, {"run_id": run.id}, run_id=run.id)


def _budget(new: NewRun, dataset: ImportedDataset, n_images: int) -> int:
    if new.budget is None:
        return default_labels(dataset.name, n_images)
    if new.budget > n_images:
        raise ConfigError(
            f"budget is {new.budget:,}, but the pool to label has {n_images:,} images; "
            "ask for at least 1 and at most all of them."
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
