"""Two label sets held against the same answers: how much better one is than the other.

What both have right, or both wrong, says nothing of their difference: that is known far better
than either share. As in McNemar's test, only images count of which one is right and the other is
not. Half an image is added to each of the four cases, as Agresti and Min propose for matched pairs
("Simple improved confidence intervals for comparing matched proportions", Statistics in Medicine
2005), divided among the strata, for Wald's interval alone is too short where few images differ.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from labeler.learning.audit.records import AuditSample


@dataclass(frozen=True)
class PairedDifference:
    """How much more of one label set is right than of another.

    Attributes
    ----------
    before, after : float
        The share of each that is right, 0 to 1.
    low, high : float
        The interval of ``estimate``, -1 to 1.
    level : float
        How often such an interval holds the truth, nominally.
    n : int
        Answers that it rests on.
    n_mended, n_broken : int
        Of them, those that only the later set has right, and only the earlier one.
    """

    before: float
    after: float
    low: float
    high: float
    level: float
    n: int
    n_mended: int
    n_broken: int

    @property
    def estimate(self) -> float:
        """What the later set has more, -1 to 1."""
        return self.after - self.before

    @property
    def is_clear(self) -> bool:
        """Whether one of them is better, as far as the interval says."""
        return self.low > 0 or self.high < 0


def judge_difference(
    sample: AuditSample, before: np.ndarray, after: np.ndarray, level: float
) -> PairedDifference | None:
    """Estimate how much more of a label set is right than of an earlier one.

    Parameters
    ----------
    sample : AuditSample
        What the auditor said; it taught neither.
    before, after : ndarray of shape (at least n_pool,), dtype int
        An image without a label counts as wrong.
    level : float
        Of the interval: ``PLAIN_LEVEL`` or ``CHECKPOINT_LEVEL``.

    Returns
    -------
    PairedDifference or None
        None where a stratum has no answer: nothing can be said of all then.
    """
    design, named = sample.design, sample.take(sample.named)
    asked = design.count_by_stratum(named.images)
    if not np.all(asked):
        return None
    was_right = before[named.images] == named.answers
    is_right = after[named.images] == named.answers
    mended = design.count_by_stratum(named.images[is_right & ~was_right])
    broken = design.count_by_stratum(named.images[was_right & ~is_right])
    shares = design.sizes / design.population
    n = len(named.images)
    margin = NormalDist().inv_cdf((1 + level) / 2) * _error(design.sizes, asked, mended, broken)
    earlier, later = (
        float((shares * design.count_by_stratum(named.images[right]) / asked).sum())
        for right in (was_right, is_right)
    )
    return PairedDifference(
        before=earlier,
        after=later,
        low=max(later - earlier - margin, -1.0),
        high=min(later - earlier + margin, 1.0),
        level=level,
        n=n,
        n_mended=int(mended.sum()),
        n_broken=int(broken.sum()),
    )


def _error(sizes: np.ndarray, asked: np.ndarray, mended: np.ndarray, broken: np.ndarray) -> float:
    """The standard error of the difference; 0 where every image was asked about."""
    extra = asked / asked.sum()  # of each half image, what falls to each stratum
    p_more, p_less = ((counts + 0.5 * extra) / (asked + 2 * extra) for counts in (mended, broken))
    varying = p_more + p_less - (p_more - p_less) ** 2
    weights = (sizes / sizes.sum()) ** 2
    return float(np.sqrt((weights * (1 - asked / sizes) * varying / asked).sum()))
