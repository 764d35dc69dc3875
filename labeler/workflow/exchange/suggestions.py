"""Labels that were read from a file and that nobody confirmed: shown, never counted as answers.

They are two arrays over the pool, named by the run; the arrays refer to a list of classes in the
run's settings, so that classes can be renamed and merged without touching an array.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from labeler.records import UNLABELED
from labeler.storage import classes as class_rows
from labeler.storage import runs as run_rows
from labeler.storage.rows import RunClass, RunRow
from labeler.workflow.run import Run, open_run
from labeler.workflow.views import Suggestion
from labeler.workflow.workspace import Transaction, Workspace

SETTING = "suggestions"
_LABELS, _CONFIDENCES = "suggestions.labels", "suggestions.confidences"


@dataclass(frozen=True, eq=False)
class Suggestions:
    """What a run's files say about its pool.

    Attributes
    ----------
    class_ids : ndarray of shape (n,), dtype int64
        The class suggested for each image of the pool; -1 for none.
    confidences : ndarray of shape (n,), dtype float32
        nan where the file gave none.
    """

    class_ids: np.ndarray
    confidences: np.ndarray

    def __len__(self) -> int:
        return int(np.count_nonzero(self.class_ids != UNLABELED))

    def laid_over(self, older: "Suggestions") -> "Suggestions":
        """These, and the older ones where these say nothing."""
        given = self.class_ids != UNLABELED
        return Suggestions(
            np.where(given, self.class_ids, older.class_ids),
            np.where(given, self.confidences, older.confidences).astype(np.float32),
        )


def nothing_suggested(n_pool: int) -> Suggestions:
    """No suggestion for any image."""
    return Suggestions(
        np.full(n_pool, UNLABELED, dtype=np.int64), np.full(n_pool, np.nan, dtype=np.float32)
    )


def suggestions_of(run: Run) -> Suggestions:
    """What is suggested now: merges resolved, classes that were removed left out."""
    kept = run.row.settings.get(SETTING)
    if not kept:
        return nothing_suggested(len(run.pool))
    current = class_rows.resolve(run.classes)
    # The last entry is what UNLABELED (-1) picks.
    table = [*(current.get(one, UNLABELED) for one in kept["class_ids"]), UNLABELED]
    artefacts = run.row.artefacts
    labels = np.asarray(run.ws.array(artefacts[_LABELS]))
    return Suggestions(
        np.array(table, dtype=np.int64)[labels], np.asarray(run.ws.array(artefacts[_CONFIDENCES]))
    )


def suggestions_by_image(run: Run) -> dict[int, Suggestion]:
    """The suggestions for the images that the run asks about, by image number."""
    if not run.row.settings.get(SETTING):
        return {}
    found = suggestions_of(run)
    asked = np.array([question.image for question in run.questions], dtype=np.int64)
    places = np.searchsorted(run.pool, asked)
    return {
        image: Suggestion(class_id, None if np.isnan(sure) else round(sure, 6))
        for image, class_id, sure in zip(
            asked.tolist(),
            found.class_ids[places].tolist(),
            found.confidences[places].tolist(),
            strict=True,
        )
        if class_id != UNLABELED
    }


def count_suggestions(run: Run) -> int:
    """How many images of the run something is suggested for."""
    return len(suggestions_of(run)) if run.row.settings.get(SETTING) else 0


def keep_suggestions(
    session: Transaction, run: Run, found: Suggestions, import_id: int
) -> dict[str, Any]:
    """Let the run suggest exactly this from now on.

    Returns
    -------
    dict
        What it suggested until then, as plain values for ``restore_suggestions``.
    """
    kept = run.row.settings.get(SETTING)
    names = (_LABELS, _CONFIDENCES) if kept else ()
    artefacts_before = {name: run.row.artefacts[name] for name in names}
    class_ids, labels = np.unique(found.class_ids, return_inverse=True)
    n_none = int(UNLABELED in class_ids)  # it sorts first
    arrays = {
        _LABELS: (labels - n_none).astype(np.int32),
        _CONFIDENCES: found.confidences.astype(np.float32),
    }
    setting = {"class_ids": class_ids[n_none:].tolist(), "n": len(found), "import": import_id}
    # An array that the run does not name is swept away.
    older = {f"{name}.before.{import_id}": one for name, one in artefacts_before.items()}
    artefacts = {**run.ws.artefacts.save_all(arrays), **older}
    run_rows.update_run(session, run.id, settings={SETTING: setting}, artefacts=artefacts)
    return {"setting": kept, "artefacts": artefacts_before}


def restore_suggestions(session: Transaction, run_id: str, before: Mapping[str, Any]) -> None:
    """Let the run suggest again what it did before an import."""
    settings = {SETTING: before["setting"]}
    run_rows.update_run(session, run_id, settings=settings, artefacts=before["artefacts"])


def remove_suggestions(ws: Workspace, run_id: str) -> int:
    """Suggest nothing any more; answers stay.

    Returns
    -------
    int
        How many suggestions there were.

    Raises
    ------
    NotFoundError
    """
    n_suggestions = count_suggestions(open_run(ws, run_id))
    with ws.database.writing() as session:
        run_rows.update_run(session, run_id, settings={SETTING: None})
    return n_suggestions


def for_a_copy(
    source: RunRow, classes: tuple[RunClass, ...], copied: tuple[RunClass, ...]
) -> Mapping[str, Any]:
    """The settings of a run that a copy of it needs in its own terms: it has its own classes."""
    kept = source.settings.get(SETTING)
    if not kept:
        return {}
    by_position = {one.position: one.id for one in copied}
    new_id = {one.id: by_position[one.position] for one in classes}
    class_ids = [new_id.get(one, UNLABELED) for one in kept["class_ids"]]
    return {SETTING: {**kept, "class_ids": class_ids, "import": None}}
