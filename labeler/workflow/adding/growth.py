"""A run with more images: only these are read, and what was known of the others stays.

Features of new images are computed by what was learned from the first ones; each goes to the
cluster whose centroid is nearest; the graph joins all of them, and the answers are spread over it
at once. All of it is written in one transaction, or nothing.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import convert

from labeler.datasets.adding import NewImages, ReadBefore, read_new_images
from labeler.datasets.base import Split
from labeler.datasets.corrections import Corrections
from labeler.exceptions import ConfigError, InputError
from labeler.journal import Journal
from labeler.learning.clustering import join_clusters
from labeler.pipeline.added_features import compute_added_features
from labeler.pipeline.preparation import cluster_arrays, compute_graph, graph_arrays
from labeler.progress import CalledOtherwise, Progress
from labeler.records import Clusters
from labeler.storage import additions
from labeler.storage import datasets as dataset_rows
from labeler.storage import runs as run_rows
from labeler.storage.settings import SettingsChange
from labeler.workflow.adding.grown_dataset import Grown, grow
from labeler.workflow.adding.naming import look_at_added, told_of
from labeler.workflow.adding.newcomers import Newcomers, newcomers_of
from labeler.workflow.adding.request import require_growable
from labeler.workflow.adding.selection import select_added
from labeler.workflow.array_names import Array
from labeler.workflow.clusters.lineage import standing_changes
from labeler.workflow.datasets import (
    OnHeadway,
    as_dataset,
    as_uploaded,
    ignore,
    likeness,
    reading_journal,
    take_numbers,
)
from labeler.workflow.learned_features import learned_features
from labeler.workflow.pictures.original_arrays import known_files
from labeler.workflow.reviewing.odd import look_again
from labeler.workflow.run import Run, open_run, run_within
from labeler.workflow.runs.given_labels import take_added_labels
from labeler.workflow.selection import Selection
from labeler.workflow.spread.kept import KeptSpread
from labeler.workflow.spread.spreading import spread_to_keep
from labeler.workflow.workspace import Transaction, Workspace


@dataclass(frozen=True, eq=False)
class Growth:
    """A grown run, ready to be written.

    Attributes
    ----------
    run : Run
        As it was when the images were read.
    source : str
        Where they came from.
    new : NewImages
    grown : Grown or None
        None where nothing was new, or nothing of it is for this run.
    chosen : Selection
    X_added : ndarray of shape (n, n_features), dtype float32
        Of those that are to label.
    artefacts : mapping of str to str
        What of the run changes, but for its clusters.
    added : Newcomers or None
        What the classifier says of these.
    spread : KeptSpread or None
        Its labels; None where they are made whenever they are looked at.
    """

    run: Run
    source: str
    new: NewImages
    grown: Grown | None = None
    chosen: Selection | None = None
    X_added: np.ndarray | None = None
    artefacts: Mapping[str, str] | None = None
    added: Newcomers | None = None
    spread: KeptSpread | None = None

    def deliver(self, session: Transaction) -> dict[str, Any]:
        """Write it; gives what is told about it.

        Raises
        ------
        ConfigError
            The run has got other images meanwhile.
        """
        if self.grown is None:
            return self._result(0)
        run_rows.hold(session, self.run.id)
        now = run_within(self.run.ws, session, self.run.id)
        if now.row.artefacts[Array.POOL] != self.run.row.artefacts[Array.POOL]:
            raise ConfigError("The run has got other images meanwhile; add these once more.")
        row = additions.record(session, self.run.id, self._addition(session, now, self.grown))
        if self.spread is not None and now.revision == self.run.revision:
            replace(self.spread, revision=row.revision).deliver(session)
        take_added_labels(session, self.run.ws, self.run.id, self.run.dataset.counts["pool"])
        look_again(session, run_rows.get(session, self.run.id))
        return self._result(self._n_held_out)

    def _addition(self, session: Transaction, now: Run, grown: Grown) -> additions.NewAddition:
        new = grown.row
        dataset = dataset_rows.add(
            session,
            name=new.name,
            kind=new.kind,
            source=new.source,
            content_hash=new.content_hash,
            counts=new.counts,
            classes=new.classes,
            artefacts=new.artefacts,
            details=new.details,
        )
        assert self.X_added is not None
        assert self.chosen is not None
        return additions.NewAddition(
            source=self.source,
            n_images=_n_added(self.run, self.chosen),
            n_held_out=self._n_held_out,
            first_image=self.run.dataset.counts["pool"],
            standing=[change.id for change in standing_changes(now.changes)],
            dataset_id=dataset.id,
            artefacts={**(self.artefacts or {}), **_clusters(now, self.X_added)},
            settings=_settings(now, self.chosen, self._n_held_out),
        )

    @property
    def _n_held_out(self) -> int:
        return 0 if self.chosen is None else _n_held_out(self.run, self.chosen)

    def _result(self, n_held_out: int) -> dict[str, Any]:
        chosen = self.chosen
        notes = [*self.new.notes, *([] if self.grown is None else self.grown.notes)]
        return {
            "run_id": self.run.id,
            "n_images": 0 if chosen is None else _n_added(self.run, chosen),
            "n_held_out": n_held_out,
            "n_known": self.new.n_known,
            "left_out": [asdict(file) for file in self.new.left_out],
            "notes": [*notes, *([] if chosen is None else chosen.notes)],
        } | ({} if self.added is None else told_of(self.run, self.added))


def grow_run(
    ws: Workspace,
    run_id: str,
    path: Path,
    progress: Progress,
    *,
    filename: str | None = None,
    strict: bool = False,
    on_headway: OnHeadway = ignore,
    journal_name: str | None = None,
) -> Growth:
    """Read the new images of a path, and work out the run that has them.

    Parameters
    ----------
    ws : Workspace
    run_id : str
    path : Path
        A folder or archive.
    progress : Progress
    filename : str, optional
        What the user called it, where it is an upload.
    strict : bool
        Whether one file that cannot be read is an error.
    on_headway, journal_name
        As for ``import_upload``: cut off, the reading goes on where it was.

    Raises
    ------
    ConfigError
        The run cannot get more images; see ``require_growable``.
    InputError
        The images cannot be read.
    NotFoundError, NotPreparedError
    """
    run = open_run(ws, run_id)
    require_growable(run)
    with reading_journal(ws, journal_name or str(path), on_headway) as journal:
        new = _read(run, path, progress, filename, strict=strict, journal=journal)
    source = filename or str(path)
    if not len(new):
        return Growth(run, source, new)
    with progress.task("Keeping the images"):
        grown = grow(ws, run.dataset, new, path if filename else None)
    chosen = select_added(run, grown)
    if not _n_added(run, chosen):
        return Growth(run, source, new, chosen=chosen)
    to_label = take_numbers(as_dataset(ws, grown.row), chosen.pool[len(run.pool) :])
    held_out = _held_out(run, grown, chosen, to_label)
    parts = (to_label, held_out)
    before, learned = learned_features(run, parts, progress)
    X_added, X_test = compute_added_features(learned, run.features, parts, progress)
    new_numbers = chosen.pool[len(run.pool) :]
    added = look_at_added(run, before, new_numbers, to_label, X_added, learned, progress)
    artefacts = _arrays(run, chosen, X_added, X_test, progress)
    artefacts |= ws.artefacts.save_all(newcomers_of(run).and_then(added).arrays)
    after = _grown_run(run, grown, chosen, {**artefacts, **_clusters(run, X_added)})
    spread = spread_to_keep(after, progress=progress)
    return Growth(run, source, new, grown, chosen, X_added, artefacts, added, spread)


def _n_held_out(run: Run, chosen: Selection) -> int:
    return 0 if chosen.test is None else len(chosen.test) - run.row.settings.n_test


def _n_added(run: Run, chosen: Selection) -> int:
    """Images that come to the run: an oracle's does not get those that it cannot name."""
    return len(chosen.pool) - len(run.pool) + _n_held_out(run, chosen)


def _read(
    run: Run,
    path: Path,
    progress: Progress,
    filename: str | None,
    *,
    strict: bool,
    journal: Journal,
) -> NewImages:
    if filename is not None:
        progress = CalledOtherwise(progress, str(path), filename)
    try:
        return read_new_images(path, _before(run), progress, strict=strict, journal=journal)
    except InputError as error:
        if filename is None:
            raise
        raise as_uploaded(error, path, filename) from error


def _before(run: Run) -> ReadBefore:
    """What new images are to be like."""
    said = run.dataset.details.get("corrections") or {}
    known = known_files(run.ws, run.dataset)
    return ReadBefore(known, likeness(run.dataset), convert(said, Corrections))


def _held_out(run: Run, grown: Grown, chosen: Selection, to_label: Split) -> Split:
    """The new images to test on."""
    n_test = 0 if run.held_out is None else len(run.held_out)
    if chosen.test is None or len(chosen.test) <= n_test:
        return to_label.take(np.arange(0))
    return take_numbers(as_dataset(run.ws, grown.row), chosen.test[n_test:])


def _arrays(
    run: Run, chosen: Selection, X_added: np.ndarray, X_test: np.ndarray, progress: Progress
) -> dict[str, str]:
    """Image numbers, features and graph of the grown run, kept."""
    X = np.concatenate([run.features, X_added])
    arrays: dict[str, np.ndarray] = {Array.POOL: chosen.pool, Array.FEATURES: X}
    if chosen.test is not None:
        held_out = run.ws.array(run.row.artefacts[Array.TEST_FEATURES])
        arrays[Array.TEST] = chosen.test
        arrays[Array.TEST_FEATURES] = np.concatenate([held_out, X_test])
    if run.has_graph and len(X_added):
        arrays |= graph_arrays(compute_graph(X, progress))
    return run.ws.artefacts.save_all(arrays)


def _clusters(run: Run, X_added: np.ndarray) -> dict[str, str]:
    """The run's clusters as they stand, with new images; each cluster keeps its number."""
    clusters: Clusters = join_clusters(run.clusters, X_added)
    numbers = np.asarray(run.cluster_numbers, dtype=np.int64)
    arrays = {**cluster_arrays(clusters), Array.CLUSTER_NUMBERS: numbers}
    return run.ws.artefacts.save_all(arrays)


def _settings(run: Run, chosen: Selection, n_held_out: int) -> SettingsChange:
    settings = run.row.settings
    held_out = f", {n_held_out:,} to test on" if n_held_out else ""
    note = f"added later: {len(chosen.pool) - len(run.pool):,} images to label{held_out}"
    return {
        "n_fitted": settings.n_fitted or len(run.pool),
        "n_pool": len(chosen.pool),
        "n_test": 0 if chosen.test is None else len(chosen.test),
        "notes": [*settings.notes, note, *chosen.notes],
    }


def _grown_run(run: Run, grown: Grown, chosen: Selection, artefacts: Mapping[str, str]) -> Run:
    settings = replace(run.row.settings, n_pool=len(chosen.pool), n_fitted=len(run.pool))
    row = replace(run.row, artefacts={**run.row.artefacts, **artefacts}, settings=settings)
    return replace(run, row=row, dataset=grown.row)
