"""Which of the images that are added to a run are to label, and which are held out to test on.

Whatever was held out stays so. Where the data set came with a test part, new images belong to it
if they lie in one; else a fifth of them is held out, by their content.
"""

import numpy as np

from labeler.datasets.splitting import held_out_by_content
from labeler.records import UNLABELED
from labeler.storage.rows import AnswerSource
from labeler.words import counted
from labeler.workflow.adding.grown_dataset import Grown
from labeler.workflow.array_names import Array, of_part
from labeler.workflow.run import Run
from labeler.workflow.selection import Selection


def select_added(run: Run, grown: Grown) -> Selection:
    """The run's images by their numbers in the grown data set, the new ones behind the others.

    Parameters
    ----------
    run : Run
        Before.
    grown : Grown

    Returns
    -------
    Selection
        With notes on what was left out.
    """
    n_before, n_after = run.dataset.counts["pool"], grown.row.counts["pool"]
    numbers = np.arange(n_before, n_after, dtype=np.int64)
    is_known = run.ws.array(grown.row.artefacts[Array.POOL_LABELS])[numbers] != UNLABELED
    is_held_out = np.zeros(len(numbers), dtype=bool)
    test = None if run.held_out is None else np.asarray(run.held_out)
    if test is not None and test[0] >= n_before:
        n_test = run.dataset.counts["test"]
        new = n_after + np.arange(n_test, n_test + grown.n_test, dtype=np.int64)
        test = np.concatenate([test + grown.n_pool, new])
    elif test is not None:
        hashes = run.ws.array(grown.row.artefacts[of_part("pool", "hashes")])[numbers]
        is_held_out = held_out_by_content(hashes) & is_known
        test = np.concatenate([test, numbers[is_held_out]])
    to_label = ~is_held_out
    notes: tuple[str, ...] = ()
    if run.row.answerer is AnswerSource.ORACLE:
        to_label &= is_known
        notes = _left_out(int((~is_known).sum()))
    return Selection(np.concatenate([run.pool, numbers[to_label]]), test, notes)


def _left_out(n_unknown: int) -> tuple[str, ...]:
    if not n_unknown:
        return ()
    return (f"{counted(n_unknown, 'image')} of no known class left out: the oracle cannot answer",)
