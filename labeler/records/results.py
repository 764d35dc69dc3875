"""What a simulation or a training found out, as JSON: declared once, for files, rows and pages.

``report.results`` makes it from a ``Simulation``; scripts outside the project rely on its shape.
"""

from typing import Any, Literal, Self

from msgspec import UNSET, Struct, UnsetType, convert, field, to_builtins

from labeler.config import RunConfig
from labeler.records import Interval
from labeler.records.label_quality import CalibrationErrors, CautiousClaims, Choice, Covered, Signs


class ClassFigures(Struct, frozen=True, kw_only=True):
    """One class of a stage; a ratio is None where its denominator is 0."""

    name: str = field(name="class")
    precision: float | None
    recall: float | None
    f1: float | None
    support: int


class StageFigures(Struct, frozen=True, kw_only=True):
    """One row of the results table, as ``records.Stage``; the seeds' confusions are added up."""

    stage: str
    n_labels: int
    fraction: float | None
    method: str | None
    n_train: int
    label_accuracy: float | None
    test_accuracy: Interval
    seconds: float
    per_class: tuple[ClassFigures, ...]
    confusion: tuple[tuple[int, ...], ...] | None
    n_reviewed: int | UnsetType = UNSET


class CrossValidation(Struct, frozen=True, kw_only=True):
    """How many answered images were named as the person did by what never saw their answers."""

    agreement: float
    n_folds: int
    n_images: int


class Estimate(Struct, frozen=True, kw_only=True):
    """What can be said of spread labels without ground truth.

    Attributes
    ----------
    fraction : float or None
        Of each cluster; None over the graph.
    n_train : int
        Images labeled.
    coverage : float
        Their share of the pool.
    mean_confidence : float or None
        Of their labels; None without any.
    cross_validation : CrossValidation or None
        None for too few answers.
    """

    fraction: float | None
    n_train: int
    coverage: float
    mean_confidence: float | None
    cross_validation: CrossValidation | None


class AuditFigures(Struct, frozen=True, kw_only=True):
    """How audits of a simulated run's spread labels fared, as ``records.SimulatedAudit``.

    Attributes
    ----------
    coverage, half_width : float
        Of the 95 % intervals after ``n`` answers: share that held the truth, mean half-width.
    half_width_simple_random : float
        The same without strata.
    checkpoints : dict
        By answers, at the level of checkpoints; ``all``: share of the audits in which every one
        held the truth.
    """

    seed: int
    n_labels: int
    population: int
    label_accuracy: float
    n: int
    repeats: int
    coverage: float
    half_width: float
    half_width_simple_random: float
    checkpoints: dict[str, Covered | float]
    calibration_error: CalibrationErrors
    by_answers: CautiousClaims | None = None


class Threads(Struct, frozen=True, kw_only=True):
    """Whether figures depend on the number of threads; kernels of BLAS that they do depend on."""

    matter: bool
    kernels: tuple[str, ...]


RestsOn = Literal["audit", "true labels", "answers", "nothing"]
Then = Literal["answer", "audit", "look", "use"]


class Verdict(Struct, frozen=True, kw_only=True):
    """What labels are worth, in words.

    Attributes
    ----------
    sentences : tuple of str
        One to four: what is known, how sure that is, and what to do next.
    warnings : tuple of str
        What else should be known before the labels are used.
    then : str
        What to do next: ``answer`` more questions, ``look`` at the least sure labels, or ``use``
        them.
    rests_on : str
        The best that was known of the labels.
    share : float or None
        Of labels that are right; where it rests on answers, of answers that could be foretold.
    low, high : float or None
        The ends of its interval at 95 %, or at the audit's level.
    """

    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    then: Then
    rests_on: RestsOn
    share: float | None = None
    low: float | None = None
    high: float | None = None


class Results(Struct, frozen=True, kw_only=True):
    """The figures of a simulation or a training.

    Attributes
    ----------
    config : dict
        The settings as they were written; ``run_config`` has them as a record.
    threads : Threads
        Not in rows of Labeler 0.1.0.
    audit : AuditFigures
        Where a simulation was asked to audit.
    without_errors : tuple of StageFigures
        Where the oracle errs: what the same labels reach when it does not.
    other_presets : tuple of Results
    estimates : tuple of Estimate
        Of a training; none where there is ground truth.
    choices : tuple of Choice
        Where labels are soft: which use of the answers was taken, by seed and budget.
    signs : Signs
        Of a training: what its answers say of its labels.
    verdict : Verdict
        Where the figures are shown; not in rows, for an audit may come later.
    """

    dataset: str
    preset: str
    classifier: str
    seeds: tuple[int, ...]
    config: dict[str, Any]
    stages: tuple[StageFigures, ...]
    seconds: float
    threads: Threads | UnsetType = UNSET
    version: str
    classes: tuple[str, ...]
    notes: tuple[str, ...]
    audit: AuditFigures | UnsetType = UNSET
    without_errors: tuple[StageFigures, ...] | UnsetType = UNSET
    other_presets: "tuple[Results, ...] | UnsetType" = UNSET
    estimates: tuple[Estimate, ...] | UnsetType = UNSET
    choices: tuple[Choice, ...] | UnsetType = UNSET
    signs: Signs | UnsetType = UNSET
    verdict: Verdict | UnsetType = UNSET

    @classmethod
    def read(cls, stored: object) -> Self:
        """What ``as_json`` gave, perhaps of an older or a newer Labeler."""
        return convert(stored, cls)

    def as_json(self) -> dict[str, Any]:
        """Plain values, ready for strict JSON."""
        plain: dict[str, Any] = to_builtins(self)
        return plain

    @property
    def run_config(self) -> RunConfig:
        """The settings; one that did not exist then has its default."""
        return RunConfig.from_dict(self.config)
