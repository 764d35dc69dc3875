"""Labels that were read from a file and that nobody confirmed: shown, never counted as answers.

They are two arrays over the pool; the arrays refer to a list of classes in their row, so that
classes can be renamed and merged without touching an array.
"""

from dataclasses import dataclass

import numpy as np

from labeler.records import UNLABELED
from labeler.storage import classes as class_rows
from labeler.storage import suggestions as suggestion_rows
from labeler.workflow.run import Run, open_run
from labeler.workflow.views import Suggestion
from labeler.workflow.workspace import Transaction, Workspace


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
        is_suggested = self.class_ids != UNLABELED
        return Suggestions(
            np.where(is_suggested, self.class_ids, older.class_ids),
            np.where(is_suggested, self.confidences, older.confidences).astype(np.float32),
        )


def nothing_suggested(n_pool: int) -> Suggestions:
    """No suggestion for any image."""
    return Suggestions(
        np.full(n_pool, UNLABELED, dtype=np.int64), np.full(n_pool, np.nan, dtype=np.float32)
    )


def suggestions_of(run: Run) -> Suggestions:
    """What is suggested now: merges resolved, classes that were removed left out."""
    kept = run.suggested
    if kept is None:
        return nothing_suggested(len(run.pool))
    current = class_rows.resolve(run.classes)
    # The last entry is what UNLABELED (-1) picks.
    table = [*(current.get(class_id, UNLABELED) for class_id in kept.class_ids), UNLABELED]
    n_pool = len(run.pool)
    return Suggestions(
        np.array(table, dtype=np.int64)[_fitted(run.ws.array(kept.labels), n_pool, UNLABELED)],
        _fitted(run.ws.array(kept.confidences), n_pool, np.nan),
    )


def _fitted(array: np.ndarray, n_pool: int, nothing: float) -> np.ndarray:
    """An array over the pool: of images that were added since, it says nothing."""
    missing = np.full(max(0, n_pool - len(array)), nothing, dtype=array.dtype)
    return np.concatenate([array[:n_pool], missing])


def suggestions_by_image(run: Run) -> dict[int, Suggestion]:
    """The suggestions for the images that the run asks about, by image number."""
    if run.suggested is None:
        return {}
    suggestions = suggestions_of(run)
    asked = np.array([question.image for question in run.questions], dtype=np.int64)
    places = np.searchsorted(run.pool, asked)
    return {
        image: Suggestion(class_id, None if np.isnan(sure) else round(sure, 6))
        for image, class_id, sure in zip(
            asked.tolist(),
            suggestions.class_ids[places].tolist(),
            suggestions.confidences[places].tolist(),
            strict=True,
        )
        if class_id != UNLABELED
    }


def count_suggestions(run: Run) -> int:
    """How many images of the run something is suggested for."""
    return len(suggestions_of(run)) if run.suggested is not None else 0


def keep_suggestions(
    session: Transaction, run: Run, suggestions: Suggestions, import_id: int
) -> None:
    """Let the run suggest exactly this from now on; ``import_id``: what it came with."""
    class_ids, labels = np.unique(suggestions.class_ids, return_inverse=True)
    n_none = int(UNLABELED in class_ids)  # it sorts first
    suggestion_rows.keep(
        session,
        run.id,
        import_id=import_id,
        class_ids=class_ids[n_none:].tolist(),
        labels=run.ws.artefacts.save((labels - n_none).astype(np.int32)),
        confidences=run.ws.artefacts.save(suggestions.confidences.astype(np.float32)),
    )


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
        suggestion_rows.remove(session, run_id)
    return n_suggestions
