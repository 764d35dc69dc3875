"""How a run spreads its answers."""

from dataclasses import dataclass

from labeler.config import RunConfig
from labeler.plugins import PROPAGATIONS, Plugin
from labeler.storage import runs as run_rows
from labeler.storage.rows import RunRow
from labeler.storage.settings import SettingsChange
from labeler.workflow.budgets import config_of
from labeler.workflow.workspace import Workspace


@dataclass(frozen=True)
class SpreadSettings:
    """How answers are spread.

    Attributes
    ----------
    method : str
        One of ``plugins.PROPAGATIONS``.
    fraction : float
        Of each cluster, where the method takes it.
    threshold : float
        The least confidence of a label, where it takes that.
    """

    method: str
    fraction: float
    threshold: float

    @property
    def plugin(self) -> Plugin:
        """What is said of the method."""
        return PROPAGATIONS[self.method]

    def check(self) -> None:
        """Refuse what no run could be made with.

        Raises
        ------
        ConfigError
            The fraction is not above 0 and at most 1, or the threshold not from 0 to 1.
        """
        RunConfig(fractions=(self.fraction,), threshold=self.threshold, propagation=self.method)

    def as_settings(self) -> SettingsChange:
        """What a run keeps of it, where it is its choice."""
        if self.plugin.takes_fraction:
            return SettingsChange(propagation=self.method, fraction=self.fraction)
        return SettingsChange(propagation=self.method, threshold=self.threshold)


def last_settings(run: RunRow) -> SpreadSettings:
    """How the answers of a run were spread last; as its config says where they never were."""
    config, chosen = config_of(run), run.settings
    threshold = config.threshold if chosen.threshold is None else chosen.threshold
    return SpreadSettings(chosen.propagation or config.propagation, chosen.fraction, threshold)


def choose_settings(ws: Workspace, run_id: str, settings: SpreadSettings) -> RunRow:
    """Keep how the answers of a run are spread.

    Raises
    ------
    ConfigError
        As ``SpreadSettings.check``.
    """
    settings.check()
    with ws.database.writing() as session:
        return run_rows.update_run(session, run_id, settings=settings.as_settings())
