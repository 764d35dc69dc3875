"""Labels that the user's images came with, as answers of a new run.

The images that are held out to test on keep theirs for that; the others' become answers where that
is asked for, by an import like that of a file, which can be taken back like one.
"""

from collections.abc import Sequence

import numpy as np

from labeler.exceptions import ConfigError
from labeler.formats.reading import LabelFile
from labeler.records import UNLABELED, Source
from labeler.storage import runs as run_rows
from labeler.storage.rows import OWN_LABELS, AnswerSource, Dataset, LabelImport, RunRow
from labeler.words import counted
from labeler.workflow.array_names import Array
from labeler.workflow.exchange.import_plan import ImportOptions
from labeler.workflow.exchange.importing import MAX_NEW_QUESTIONS, Imported, import_within
from labeler.workflow.exchange.match_images import Match
from labeler.workflow.exchange.taken_labels import ANNOTATOR
from labeler.workflow.run import Run, run_within
from labeler.workflow.selection import pool_size
from labeler.workflow.workspace import Transaction, Workspace

_KNOWN = "known"


def require_usable(ws: Workspace, dataset: Dataset) -> None:
    """Refuse more labels than a run takes as answers, before anything is computed.

    Raises
    ------
    ConfigError
    """
    n_left = _n_outside_test(ws, dataset)
    if n_left > MAX_NEW_QUESTIONS:
        raise ConfigError(
            f"{n_left:,} images of {dataset.name} have a label already, and a run takes "
            f"{MAX_NEW_QUESTIONS:,} answers that nobody was asked for, as its pages list every "
            "one. Make the run without --use-labels, and import a part of them from a file."
        )


def settle_given_labels(session: Transaction, ws: Workspace, run_id: str) -> None:
    """Take the labels as answers where the new run is to, and note what became of them."""
    run_rows.hold(session, run_id)
    run = run_within(ws, session, run_id)
    labels = np.asarray(run.ws.array(run.dataset.artefacts[Array.POOL_LABELS]))[run.pool]
    places = np.flatnonzero(labels != UNLABELED)
    if run.row.settings.use_labels:
        fate = _taken(_take(session, run, places, labels[places]))
    elif run.dataset.kind != _KNOWN and len(places):
        fate = _offer(len(places))
    else:
        return
    note = f"{_counts(run, len(places))}, {fate}"
    run_rows.update_run(session, run_id, settings={"given_labels": note})


def take_added_labels(session: Transaction, ws: Workspace, run_id: str, first: int) -> None:
    """Take the labels of images that were added as answers, where those of the run were taken.

    Where these are more than a run takes, none is.

    Parameters
    ----------
    session : Transaction
    ws : Workspace
    run_id : str
    first : int
        Number of the first of them.
    """
    run = run_within(ws, session, run_id)
    if not run.row.settings.use_labels:
        return
    labels = np.asarray(run.ws.array(run.dataset.artefacts[Array.POOL_LABELS]))[run.pool]
    places = np.flatnonzero((labels != UNLABELED) & (run.pool >= first))
    if run.n_imported + len(places) <= MAX_NEW_QUESTIONS:
        _take(session, run, places, labels[places])


def note_of(run: RunRow, imports: Sequence[LabelImport]) -> str | None:
    """What became of the labels that the images came with, in words, as it stands now."""
    note = run.settings.given_labels
    taken = [label_import for label_import in imports if label_import.format == OWN_LABELS]
    if note is None or not taken:
        return note
    undone = all(label_import.is_undone for label_import in taken)
    return f"{note} ({'taken back since' if undone else 'they can be taken back like an import'})"


def beside_questions(run: RunRow, n_imported: int) -> str:
    """What is told beside a count of questions: labels that nobody was asked for."""
    if not run.n_files:
        return f"{counted(n_imported, 'label')} taken from the data set"
    return f"{counted(n_imported, 'imported label')}"


def _n_outside_test(ws: Workspace, dataset: Dataset) -> int:
    counts = dataset.counts
    n_held_out = 0
    if counts["known"]:
        n_held_out = counts["pool"] - pool_size(ws, dataset, AnswerSource.HUMAN)
    return counts["known"] - n_held_out


def _take(
    session: Transaction, run: Run, places: np.ndarray, labels: np.ndarray
) -> Imported | None:
    if not len(places):
        return None
    numbers = np.asarray(run.pool)[places].astype(np.int64)
    match = Match(numbers, places, (), other_dataset=False)
    label_file = _as_file(run.dataset, numbers, labels)
    return import_within(session, run, label_file, match, ImportOptions(), ANNOTATOR)


def _as_file(dataset: Dataset, numbers: np.ndarray, labels: np.ndarray) -> LabelFile:
    n = len(numbers)
    return LabelFile(
        source=f"labels of {dataset.name}",
        format=OWN_LABELS,
        classes=dataset.classes,
        rows=numbers,
        indices=numbers,
        file_names=("",) * n,
        labels=labels.astype(np.int64),
        is_mixed=np.zeros(n, dtype=bool),
        sources=np.full(n, Source.HUMAN, dtype=np.int8),
        confidences=np.full(n, np.nan, dtype=np.float32),
        annotators=("",) * n,
        answered_at=np.full(n, "NaT", dtype="datetime64[us]"),
        n_unlabeled=0,
    )


def _counts(run: Run, n_left: int) -> str:
    """How many images have a label, and how many of these are held out."""
    n_test = run.row.settings.n_test
    n_images = run.dataset.counts["pool"] + run.dataset.counts["test"]
    held_out = f"{n_test:,} held out to test on" if n_test else "none held out to test on"
    return f"{n_left + n_test:,} of {n_images:,} images have a label already: {held_out}"


def _taken(done: Imported | None) -> str:
    if done is None:
        return "none to take as an answer"
    note = f"{done.n_answers:,} taken as answers"
    if done.n_answers > done.n_new_questions:
        note += f", {done.n_answers - done.n_new_questions:,} of them to questions"
    if done.n_left_out:
        note += f", {done.n_left_out:,} left out, as the run does not have their class"
    return note


def _offer(n_left: int) -> str:
    if n_left > MAX_NEW_QUESTIONS:
        return f"{n_left:,} not used (a run takes {MAX_NEW_QUESTIONS:,} as answers)"
    return f"{n_left:,} not used; a new run with --use-labels takes them as answers"
