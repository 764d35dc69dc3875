"""How often intervals hold the truth, where it is known: a thousand audits in a moment.

What an audit finds depends on each stratum by the number of right ones in its sample alone, which
is hypergeometric. So no images are drawn, and no deck.
"""

from collections.abc import Iterator

import numpy as np

from labeler.learning.audit.design import allocations, checkpoints
from labeler.learning.audit.intervals import clopper_pearson, stratified
from labeler.learning.audit.records import CHECKPOINT_LEVEL, FIRST_CHECKPOINTS, PLAIN_LEVEL
from labeler.records.label_quality import AuditTrial, Covered

Ends = tuple[np.ndarray, np.ndarray]

_ROUNDING = 1e-12
"""The truth itself, computed in two ways, counts as held."""


def try_out(
    sizes: np.ndarray,
    right: np.ndarray,
    shares: np.ndarray,
    n: int,
    repeats: int,
    rng: np.random.Generator,
) -> AuditTrial:
    """Audit the same labels many times.

    Parameters
    ----------
    sizes, right : ndarray of shape (n_strata,), dtype int
        Images of each stratum, and how many labels are right.
    shares : ndarray of shape (n_strata,)
        Of the answers, as in an ``AuditDesign``.
    n : int
        Answers of each audit, fixed before: three for each stratum at least, and no more than
        there are images.
    repeats : int
        How many audits.
    rng : numpy.random.Generator
        What the samples are drawn with.

    Returns
    -------
    AuditTrial
        Its checkpoints are the first four, and those up to ``n``.
    """
    population, truth = int(sizes.sum()), float(right.sum() / sizes.sum())
    looks = [at for at in checkpoints(population) if at <= max(n, FIRST_CHECKPOINTS[-1])]
    numbers = sorted({*looks, n})
    plan = allocations(sizes, shares, numbers)
    found = {
        at: stratified(sizes, asked, drawn)
        for at, asked, drawn in zip(
            numbers, plan, _draw(sizes, right, plan, repeats, rng), strict=True
        )
    }
    intervals = {at: clopper_pearson(*found[at], CHECKPOINT_LEVEL) for at in looks}
    anywhere = rng.hypergeometric(right.sum(), population - right.sum(), n, repeats)
    return AuditTrial(
        n=n,
        repeats=repeats,
        plain=_covered(clopper_pearson(*found[n], PLAIN_LEVEL), truth),
        simple_random=_covered(clopper_pearson(anywhere / n, n, PLAIN_LEVEL), truth),
        checkpoints={at: _covered(ends, truth) for at, ends in intervals.items()},
        all_checkpoints=float(
            np.mean(np.all([_hold(e, truth) for e in intervals.values()], axis=0))
        ),
    )


def _draw(
    sizes: np.ndarray,
    right: np.ndarray,
    plan: np.ndarray,
    repeats: int,
    rng: np.random.Generator,
) -> Iterator[np.ndarray]:
    """Right ones among those asked about, for each row of the plan; shape (repeats, n_strata)."""
    drawn, asked = np.zeros((repeats, len(sizes)), dtype=np.int64), np.zeros_like(sizes)
    for upto in plan:
        wrong_left = sizes - right - (asked - drawn)
        drawn = drawn + rng.hypergeometric(right - drawn, wrong_left, upto - asked)
        asked = upto
        yield drawn


def _hold(ends: Ends, truth: float) -> np.ndarray:
    low, high = ends
    return np.asarray((low <= truth + _ROUNDING) & (truth - _ROUNDING <= high))


def _covered(ends: Ends, truth: float) -> Covered:
    low, high = ends
    return Covered(float(np.mean(_hold(ends, truth))), float(np.mean(high - low)) / 2)
