"""What was added to a run, and taking the newest of it back."""

from labeler.exceptions import ConfigError
from labeler.storage import additions
from labeler.storage import runs as run_rows
from labeler.storage.rows import Addition
from labeler.workflow.array_names import Array
from labeler.workflow.budgets import choose_again
from labeler.workflow.clusters.lineage import standing_changes
from labeler.workflow.reviewing.odd import look_again
from labeler.workflow.run import Run, run_within
from labeler.workflow.workspace import Transaction, Workspace


def list_additions(ws: Workspace, run_id: str) -> tuple[Addition, ...]:
    """Everything that was added to a run, the newest first.

    Raises
    ------
    NotFoundError
    """
    with ws.database.reading() as session:
        return tuple(reversed(additions.list_of_run(session, run_id)))


def run_with_additions(ws: Workspace, run_id: str) -> tuple[Run, tuple[Addition, ...]]:
    """A run, and everything that was added to it, the newest first, at one moment.

    Raises
    ------
    NotFoundError
    """
    with ws.database.reading() as session:
        past = additions.list_of_run(session, run_id)
        return run_within(ws, session, run_id), tuple(reversed(past))


def undo_addition(ws: Workspace, run_id: str) -> Addition:
    """Take the newest images back that were added to a run; the files are not touched.

    The run has the images of before, with their features, graph and clusters. Questions about
    those that go are gone, too; as many are chosen among the others, in the next round.

    Raises
    ------
    NothingToUndoError
        None are left.
    InvalidError
        Somebody answered a question about one of them.
    ConfigError
        Clusters were split or merged since, or that was taken back.
    NotFoundError
    """

    def take_back(session: Transaction) -> Addition:
        run_rows.hold(session, run_id)
        run = run_within(ws, session, run_id)
        newest = additions.newest_standing(session, run_id)
        if [change.id for change in standing_changes(run.changes)] != list(newest.standing):
            raise ConfigError(
                "Clusters were split or merged since these images were added. Take that back "
                "first, if it was after; else the images stay."
            )
        sheet = ws.array(run.row.artefacts[Array.SHEET])
        kept = ws.artefacts.save(sheet[sheet < newest.first_image])
        undone = additions.take_back(session, run_id, {Array.SHEET: kept})
        if any(question.image >= newest.first_image for question in run.asked):
            choose_again(session, run_id)
        look_again(session, run_rows.get(session, run_id))
        return undone

    return ws.database.write(take_back)
