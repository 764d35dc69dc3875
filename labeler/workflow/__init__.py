"""The use cases: the only place where the steps meet. Front ends call these and nothing below."""

from labeler.workflow.preparation import Prepared, as_simulated, prepare
from labeler.workflow.simulation import simulate

__all__ = ["Prepared", "as_simulated", "prepare", "simulate"]
