"""The plain records of how right labels are: answers left out, audits, and signs without either."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """Which use of a run's answers was taken, and what was known for it.

    Attributes
    ----------
    n_labels : int
        Labels asked for.
    seed : int
    method : str
        How labels were spread.
    taken : str
        A stage, ``answers``, ``propagated`` or ``combined``; or ``together``, all three.
    named_rightly : dict of str to float
        By these: share of the answers left out that the others named rightly; none where there
        were too few of them.
    n_answers : int
        Answers that were left out in turn.
    slope : float
        How much of what the use that was taken claims beyond chance those answers bear out: see
        ``learning.audit.fit_slope``.
    n_foretold : int
        Answers that this rests on: of classes that others have, too. 0: it is not known.
    """

    n_labels: int
    seed: int
    method: str
    taken: str
    named_rightly: dict[str, float]
    n_answers: int
    slope: float = 1.0
    n_foretold: int = 0


@dataclass(frozen=True)
class Covered:
    """How intervals fared whose truth is known.

    Attributes
    ----------
    coverage : float
        Share of them that held the truth.
    half_width : float
        Their mean half-width.
    """

    coverage: float
    half_width: float


@dataclass(frozen=True)
class AuditTrial:
    """Many audits of the same labels, whose truth is known.

    Attributes
    ----------
    n, repeats : int
        Answers of each, and how many there were.
    plain : Covered
        At ``n`` answers, at 95 %.
    simple_random : Covered
        The same without strata: Clopper and Pearson's interval for a simple random sample.
    checkpoints : dict of int to Covered
        By answers, at the level of checkpoints.
    all_checkpoints : float
        Share of the audits whose intervals held the truth at every one of them.
    """

    n: int
    repeats: int
    plain: Covered
    simple_random: Covered
    checkpoints: dict[int, Covered]
    all_checkpoints: float


@dataclass(frozen=True)
class CalibrationErrors:
    """How far confidences lie from the share that is right, on average, as they are and calibrated.

    Attributes
    ----------
    before, after : float
        ``after``: with the answers of an audit, mean over several audits.
    before_by_class, after_by_class : tuple of (float or None)
        Among the labels of each class; None for a class without.
    """

    before: float
    after: float
    before_by_class: tuple[float | None, ...]
    after_by_class: tuple[float | None, ...]


@dataclass(frozen=True)
class CautiousClaims:
    """What confidences claim that were lowered by answers that were left out, without an audit.

    Attributes
    ----------
    n : int
        Answers that were left out.
    claimed, cautious : float
        Mean confidence of the spread labels, as it was and lowered.
    calibration_error : float
        How far the lowered ones lie from the share that is right, on average.
    """

    n: int
    claimed: float
    cautious: float
    calibration_error: float


@dataclass(frozen=True)
class SimulatedAudit:
    """What audits of one run's spread labels find, and how often they are right.

    Attributes
    ----------
    seed, n_labels : int
        Which run: that of the first seed at the largest budget.
    population : int
        Spread labels that there are.
    label_accuracy : float
        Share of them that are right: what audits estimate.
    trial : AuditTrial
    calibration_error : CalibrationErrors
    by_answers : CautiousClaims or None
        None where labels are not spread by confidence.
    """

    seed: int
    n_labels: int
    population: int
    label_accuracy: float
    trial: AuditTrial
    calibration_error: CalibrationErrors
    by_answers: CautiousClaims | None = None


@dataclass(frozen=True)
class Foretold:
    """Answers that were left out, and named by what never saw them.

    Attributes
    ----------
    n_right : int
        Those named as they had been answered.
    n_answers : int
    """

    n_right: int
    n_answers: int


@dataclass(frozen=True)
class Signs:
    """What is seen of spread labels without knowing which are right.

    Attributes
    ----------
    n_pool, n_labeled, n_named : int
        Images in all, those with a label, and those that were named.
    largest_class : float
        Share of the answers that are of the class most often named: what guessing it foretells.
    named : tuple of str
        Classes that have an answer, in label order.
    unnamed : tuple of str
        Classes that have none.
    unlike : float
        Share of the pool that is unlike any image that was named.
    claimed : float or None
        Mean confidence of the spread labels; None without any.
    foretold : Foretold or None
        By the others' answers as they were spread; None for too few.
    use : Choice or None
        Which use of the answers foretells them best; None where nobody looked.
    """

    n_pool: int
    n_labeled: int
    n_named: int
    largest_class: float
    named: tuple[str, ...]
    unnamed: tuple[str, ...]
    unlike: float
    claimed: float | None = None
    foretold: Foretold | None = None
    use: Choice | None = None


@dataclass(frozen=True)
class Audited:
    """What an audit found: the share of spread labels that are right.

    Attributes
    ----------
    estimate, low, high : float
        The share, and the ends of its interval.
    n_answers : int
        Images that the auditor named.
    level : float
        How often such an interval holds the truth.
    """

    estimate: float
    low: float
    high: float
    n_answers: int
    level: float

    @property
    def is_exact(self) -> bool:
        """Whether every label was looked at, so that nothing is estimated."""
        return self.low == self.high
