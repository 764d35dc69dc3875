"""Everything that was recorded in a run, to be compared with what was said."""

from labeler.storage import answers
from labeler.storage.rows import Operation
from labeler.workflow.workspace import Workspace


def history(ws: Workspace, run_id: str) -> tuple[Operation, ...]:
    """The run's operations in the order recorded, undone ones included."""
    with ws.database.reading() as session:
        return answers.history(session, run_id)
