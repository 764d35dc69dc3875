"""What can be explored: the images of a data set or of a run, in one feature space."""

from dataclasses import dataclass, replace

from labeler.config import RunConfig
from labeler.storage.rows import AnswerSource
from labeler.storage.rows import Dataset as ImportedDataset
from labeler.workflow.chosen_features import choose_for_dataset
from labeler.workflow.datasets import get_dataset
from labeler.workflow.run import Run
from labeler.workflow.selection import Selection, select
from labeler.workflow.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Subject:
    """What is explored: the pool of a data set or of a run, in one feature space.

    Attributes
    ----------
    dataset : Dataset of the storage layer
    config : RunConfig
        Its features and its seed count.
    selection : Selection
    """

    dataset: ImportedDataset
    config: RunConfig
    selection: Selection


def subject_of_dataset(ws: Workspace, dataset_id: int, config: RunConfig) -> Subject:
    """The pool that a person's run with this config would have.

    Raises
    ------
    NotFoundError
    """
    row = get_dataset(ws, dataset_id)
    config, about_features = choose_for_dataset(ws, row, config)
    chosen = select(ws, row, config.seed, AnswerSource.HUMAN)
    return Subject(row, config, replace(chosen, notes=(*chosen.notes, *about_features)))


def subject_of_run(run: Run) -> Subject:
    """The run's own pool, in its features.

    Raises
    ------
    NotPreparedError
    """
    run.require_prepared()
    selection = Selection(run.pool, run.held_out, run.row.settings.notes)
    return Subject(run.dataset, run.config, selection)
