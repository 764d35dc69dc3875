"""How right labels are, with an interval, from a few answers that teach nothing.

::

    design.py       which images are asked about: strata by confidence, and a deck
    judging.py      what the answers say of a label set, and of its parts
    paired.py       how much better a label set is than an earlier one
    of_classes.py   and of single classes, of which more may have been asked about
    intervals.py    shares from samples, and intervals that hold them
    calibration.py  confidences that become probabilities
    coverage.py     how often the intervals hold the truth, where it is known
    records.py      what passes between them

Images, classes and labels are numbers. SciPy is imported by the functions that compute.
"""

from labeler.learning.audit.calibration import (
    LogitCurve,
    calibration_error,
    calibration_error_by_class,
    drawn_to_chance,
    fit_logit_curve,
    fit_offset,
    fit_slope,
    moved,
)
from labeler.learning.audit.coverage import try_out
from labeler.learning.audit.design import (
    checkpoints,
    design_audit,
    n_asked_twice,
    with_extras,
    with_repeats,
)
from labeler.learning.audit.judging import (
    answers_needed,
    consistency,
    judge,
    judge_part,
    judge_parts,
    share_without_class,
    with_answers,
)
from labeler.learning.audit.of_classes import (
    audit_rows,
    class_weights,
    further_of_class,
    judge_classes,
)
from labeler.learning.audit.paired import PairedDifference, judge_difference
from labeler.learning.audit.records import (
    CHECKPOINT_LEVEL,
    FIRST_CHECKPOINTS,
    NO_CLASS,
    PLAIN_LEVEL,
    Agreement,
    AuditDesign,
    AuditRow,
    AuditSample,
    Consistency,
    Proportion,
)

__all__ = [
    "CHECKPOINT_LEVEL",
    "FIRST_CHECKPOINTS",
    "NO_CLASS",
    "PLAIN_LEVEL",
    "Agreement",
    "AuditDesign",
    "AuditRow",
    "AuditSample",
    "Consistency",
    "LogitCurve",
    "PairedDifference",
    "Proportion",
    "answers_needed",
    "audit_rows",
    "calibration_error",
    "calibration_error_by_class",
    "checkpoints",
    "class_weights",
    "consistency",
    "design_audit",
    "drawn_to_chance",
    "fit_logit_curve",
    "fit_offset",
    "fit_slope",
    "further_of_class",
    "judge",
    "judge_difference",
    "judge_classes",
    "judge_part",
    "judge_parts",
    "moved",
    "n_asked_twice",
    "share_without_class",
    "try_out",
    "with_answers",
    "with_extras",
    "with_repeats",
]
