"""All audits of a run in a line each: what each judged, and what it found."""

from collections.abc import Sequence

from labeler.learning.audit import CHECKPOINT_LEVEL, judge
from labeler.typed_json import Moment
from labeler.workflow.audit.certificate import Share, share
from labeler.workflow.audit.kept import RunAudit


class ListedAudit(Share):
    """One audit at its last checkpoint; nothing is known before the first.

    Attributes
    ----------
    number : int
        Of the run's audits, counted from 1.
    label_set : str
        SHA-256 of the labels that it judged.
    n : int
        Images asked about until then.
    released : bool
        Whether its answers are answers of the run.
    """

    number: int
    label_set: str
    begun_at: Moment
    released: bool


def listed(audits: Sequence[RunAudit]) -> list[ListedAudit]:
    """Each of some audits, in their order."""
    return [_listed(audit) for audit in audits]


def _listed(audit: RunAudit) -> ListedAudit:
    n = audit.reached[-1] if audit.reached else 0
    right = share(judge(audit.sample(n), audit.labels, CHECKPOINT_LEVEL).named)
    return ListedAudit(
        number=audit.row.number,
        label_set=audit.row.label_set,
        begun_at=audit.row.created_at,
        released=audit.is_released,
        n=n,
        estimate=right.estimate,
        low=right.low,
        high=right.high,
    )
