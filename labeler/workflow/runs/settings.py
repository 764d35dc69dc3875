"""What kinds of jobs a run is made by, and how it spreads its answers."""

from labeler.config import RunConfig
from labeler.storage import runs as run_rows
from labeler.storage.rows import RunRow
from labeler.workflow.workspace import Workspace

DEFAULT_FRACTION = 1.0
KEPT_PROPAGATIONS = ("cluster", "graph")
"""How a run that is kept can spread its answers: pages show each of them in its own way."""

PREPARE, IMPORT, ORACLE = "prepare", "import", "oracle"


def choose_fraction(ws: Workspace, run_id: str, fraction: float) -> RunRow:
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


def choose_threshold(ws: Workspace, run_id: str, threshold: float) -> RunRow:
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
