"""Audits of labels whose truth is known: how often intervals hold it, and how wide they are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labeler.config import RunConfig
from labeler.exceptions import ConfigError
from labeler.learning.audit import (
    AuditDesign,
    AuditSample,
    calibration_error,
    calibration_error_by_class,
    design_audit,
    fit_logit_curve,
    try_out,
)
from labeler.pipeline.left_out import LeftOut
from labeler.progress import SILENT, Progress, track
from labeler.records import LabelingRun, Source
from labeler.records.label_quality import (
    AuditTrial,
    CalibrationErrors,
    CautiousClaims,
    SimulatedAudit,
)

FEWEST_ANSWERS = 15
"""Three for each of five strata."""

N_CALIBRATIONS = 20


def require_audit(n: int, n_images: int, n_labels: int) -> None:
    """Refuse an audit that cannot be, before any work.

    Parameters
    ----------
    n : int
        Answers of the audit.
    n_images : int
        In the pool.
    n_labels : int
        Answers that labels are spread from: those images are not audited.

    Raises
    ------
    ConfigError
        There would be too few answers, or more than labels to audit.
    """
    n_spread = n_images - n_labels
    if n > n_spread:
        raise ConfigError(
            f"audit is {n:,}, but of {n_images:,} images {n_labels:,} are named by themselves; "
            f"ask for at most {n_spread:,}."
        )
    if n < min(FEWEST_ANSWERS, n_spread):
        raise ConfigError(f"audit is {n:,}; it must be at least {FEWEST_ANSWERS}.")


def audit_run(
    run: LabelingRun,
    truth: np.ndarray,
    config: RunConfig,
    n_classes: int,
    n: int,
    repeats: int,
    progress: Progress = SILENT,
    left_out: LeftOut | None = None,
) -> SimulatedAudit | None:
    """Audit the spread labels of one run, many times. The auditor does not err.

    Parameters
    ----------
    run : LabelingRun
    truth : ndarray of shape (n_pool,), dtype int
        All known.
    config : RunConfig
        Of the run.
    n_classes : int
    n : int
        Answers of each audit; all labels where there are fewer.
    repeats : int
    progress : Progress
    left_out : LeftOut, optional
        Answers of the run that confidences are calibrated by without an audit.

    Returns
    -------
    SimulatedAudit or None
        None where no label was spread.
    """
    images = np.flatnonzero(run.label_set.sources == Source.PROPAGATED)
    if not len(images):
        return None
    audited = _Audited(
        images,
        run.label_set.labels[images],
        run.label_set.confidences[images],
        truth[images],
        n_classes,
        is_probability=not config.spreads_by_fraction,
    )
    n = min(n, len(images))
    with progress.task("Auditing"):
        trial = audited.try_out(n, repeats, config)
    return SimulatedAudit(
        seed=run.seed,
        n_labels=len(run.answers),
        population=len(images),
        label_accuracy=float(audited.right.mean()),
        trial=trial,
        calibration_error=audited.calibration_errors(n, progress),
        by_answers=None if left_out is None else audited.by_answers(left_out),
    )


@dataclass(frozen=True, eq=False)
class _Audited:
    """The spread labels of a run; arrays are of shape (population,)."""

    images: np.ndarray
    labels: np.ndarray
    confidences: np.ndarray
    truth: np.ndarray
    n_classes: int
    is_probability: bool

    @property
    def right(self) -> np.ndarray:
        return np.asarray(self.labels == self.truth)

    def design(self, seed: int) -> AuditDesign:
        return design_audit(self.images, self.confidences, seed, is_probability=self.is_probability)

    def try_out(self, n: int, repeats: int, config: RunConfig) -> AuditTrial:
        design = self.design(config.seed)
        n_right = design.count_by_stratum(self.images[self.right])
        return try_out(design.sizes, n_right, design.shares, n, repeats, config.rng("audits"))

    def calibration_errors(self, n: int, progress: Progress) -> CalibrationErrors:
        """With the answers of several audits, each with a deck of its own."""
        before = self._errors(self.confidences)
        seeds = range(N_CALIBRATIONS)
        after = [
            self._errors(self._calibrated(self.design(seed), n))
            for seed in track(seeds, progress, "Calibrating confidences")
        ]
        mean, *by_class = np.mean(after, axis=0).tolist()
        return CalibrationErrors(before[0], mean, _known(before[1:]), _known(by_class))

    def by_answers(self, left_out: LeftOut) -> CautiousClaims:
        """Without an audit, as ``LeftOut.cautious`` has them."""
        cautious = left_out.cautious(self.n_classes).calibrate(self.confidences, self.labels)
        return CautiousClaims(
            n=len(left_out),
            claimed=float(self.confidences.mean()),
            cautious=float(cautious.mean()),
            calibration_error=calibration_error(cautious, self.right),
        )

    def _calibrated(self, design: AuditDesign, n: int) -> np.ndarray:
        asked = np.searchsorted(self.images, design.deck[:n])
        sample = AuditSample(design, self.images[asked], self.truth[asked])
        curve = fit_logit_curve(
            self.confidences[asked],
            self.labels[asked],
            self.right[asked],
            sample.weights,
            self.n_classes,
        )
        return curve.calibrate(self.confidences, self.labels)

    def _errors(self, confidences: np.ndarray) -> list[float]:
        """Of all labels, then of those of each class."""
        by_class = calibration_error_by_class(confidences, self.labels, self.right, self.n_classes)
        return [calibration_error(confidences, self.right), *by_class.tolist()]


def _known(errors: Sequence[float]) -> tuple[float | None, ...]:
    return tuple(None if math.isnan(error) else error for error in errors)
