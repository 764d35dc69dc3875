"""What kinds of jobs a run is made by, and how it spreads its answers."""

from dataclasses import dataclass

from labeler.config import RunConfig
from labeler.storage import runs as run_rows
from labeler.storage.rows import RunRow
from labeler.storage.settings import SettingsChange
from labeler.workflow.budgets import config_of
from labeler.workflow.workspace import Workspace

PREPARE, IMPORT, ORACLE = "prepare", "import", "oracle"
KEPT_PROPAGATIONS = ("cluster", "graph")
"""How a run that is kept can spread its answers: pages show each of them in its own way."""


@dataclass(frozen=True)
class Way:
    """How answers are spread.

    Attributes
    ----------
    method : str
        ``cluster`` or ``graph``.
    fraction : float
        Of each cluster.
    threshold : float
        Over the graph, the least confidence of a label.
    """

    method: str
    fraction: float
    threshold: float

    def as_settings(self) -> SettingsChange:
        """What a run keeps of it, where it is its choice."""
        if self.method == "graph":
            return SettingsChange(propagation="graph", threshold=self.threshold)
        return SettingsChange(propagation="cluster", fraction=self.fraction)


def last_way(run: RunRow) -> Way:
    """How the answers of a run were spread last; as its config says where they never were."""
    config, chosen = config_of(run), run.settings
    threshold = config.threshold if chosen.threshold is None else chosen.threshold
    return Way(chosen.propagation or config.propagation, chosen.fraction, threshold)


def choose_way(ws: Workspace, run_id: str, way: Way) -> RunRow:
    """Keep how the answers of a run are spread.

    Raises
    ------
    ConfigError
        The fraction is not above 0 and at most 1, or the threshold not from 0 to 1.
    """
    RunConfig(fractions=(way.fraction,), threshold=way.threshold)
    with ws.database.writing() as session:
        return run_rows.update_run(session, run_id, settings=way.as_settings())
