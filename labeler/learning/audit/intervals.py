"""Shares estimated from samples, and intervals that hold them.

Clopper and Pearson's interval at the effective sample size, as Korn and Graubard proposed for
designs other than simple random ones ("Confidence intervals for proportions with small expected
number of positive counts estimated from survey data", Survey Methodology 1998). Wald's interval
fails near 100 %, and a Bayesian one for each stratum adds up its priors.

Functions take and give arrays whose last axis is that of the strata, so that a thousand audits
are as simple as one. SciPy is imported when something is computed.
"""

import numpy as np

from labeler.learning.audit.records import Proportion


def clopper_pearson(
    share: np.ndarray | float, n: np.ndarray | float, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """The exact binomial interval, continued to numbers that are not whole.

    Parameters
    ----------
    share : float or ndarray
        Estimated, 0 to 1.
    n : float or ndarray
        (Effective) sample size; infinite for what is known.
    level : float
        Such as 0.95.

    Returns
    -------
    low, high : ndarray
        ``Beta⁻¹(a/2; x, n - x + 1)`` and ``Beta⁻¹(1 - a/2; x + 1, n - x)`` with ``x = share n`` and
        ``a = 1 - level``; 0 and 1 where x is 0 or n. Both are ``share`` where n is infinite.
    """
    from scipy.special import betaincinv

    share, n = np.broadcast_arrays(np.asarray(share, dtype=float), np.asarray(n, dtype=float))
    known, tail = np.isinf(n), (1 - level) / 2
    finite = np.where(known, 1.0, n)
    x = np.clip(share, 0, 1) * finite
    none, every = x <= 0, x >= finite
    low = betaincinv(np.where(none, 1, x), finite - x + 1, tail)
    high = betaincinv(x + 1, np.where(every, 1, finite - x), 1 - tail)
    low, high = np.where(none, 0.0, low), np.where(every, 1.0, high)
    return np.where(known, share, low), np.where(known, share, high)


def stratified(
    sizes: np.ndarray, asked: np.ndarray, right: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Estimate a share from a stratified sample without replacement, and what that is worth.

    Parameters
    ----------
    sizes : ndarray of shape (n_strata,), dtype int
        Images of each stratum.
    asked, right : ndarray of shape (..., n_strata), dtype int
        Those in the sample, at least one of each stratum, and those of them that are right.

    Returns
    -------
    share : ndarray of shape (...,)
        ``p = Σ W_h x_h / n_h``.
    n_effective : ndarray of shape (...,)
        ``p̃ (1 - p̃) / v``, with the finite-population correction: ``t = (p n + 1) / (n + 2)``,
        ``p̃_h = (x_h + t) / (n_h + 1)``, ``p̃ = Σ W_h p̃_h`` and
        ``v = Σ W_h² (1 - n_h / N_h) p̃_h (1 - p̃_h) / n_h``. Infinite at a census.
    """
    weights = sizes / sizes.sum()
    share = (weights * right / asked).sum(axis=-1)
    n = asked.sum(axis=-1)
    typical = (share * n + 1) / (n + 2)
    smoothed = (right + typical[..., None]) / (asked + 1)
    varying = weights**2 * (1 - asked / sizes) * smoothed * (1 - smoothed) / asked
    overall = (weights * smoothed).sum(axis=-1)
    variance = varying.sum(axis=-1)
    is_census = variance <= 0
    n_effective = overall * (1 - overall) / np.where(is_census, 1.0, variance)
    return share, np.where(is_census, np.inf, n_effective)


def stratified_proportion(
    sizes: np.ndarray, asked: np.ndarray, right: np.ndarray, level: float
) -> Proportion:
    """``stratified`` of one sample, with its interval.

    Parameters
    ----------
    sizes, asked, right : ndarray of shape (n_strata,), dtype int
        Nothing can be said where a stratum has no answer.
    level : float
        Of the interval: ``PLAIN_LEVEL`` or ``CHECKPOINT_LEVEL``.

    Returns
    -------
    Proportion
    """
    n = int(asked.sum())
    if not np.all(asked):
        return unknown(n, level)
    share, n_effective = stratified(sizes, asked, right)
    return _proportion(share, n_effective, level, n)


def domain_proportion(
    weights: np.ndarray, right: np.ndarray, level: float, population: int
) -> Proportion:
    """Estimate a share of some images of the population, such as those labeled as one class.

    Parameters
    ----------
    weights : ndarray of shape (n,)
        Of those in the sample: how many images each stands for.
    right : ndarray of shape (n,), dtype bool
        Whether each label is.
    level : float
        Of the interval: ``PLAIN_LEVEL`` or ``CHECKPOINT_LEVEL``.
    population : int
        How many such images there are.

    Returns
    -------
    Proportion
        ``Σ w z / Σ w``, at Kish's effective sample size ``(Σ w)² / Σ w²`` with the
        finite-population correction; nothing is said without a sample.
    """
    n = len(weights)
    if n == 0:
        return unknown(n, level)
    share = np.average(right, weights=weights)
    left = 1 - n / population
    kish = weights.sum() ** 2 / (weights**2).sum()
    return _proportion(share, kish / left if left > 0 else np.inf, level, n)


def unknown(n: int, level: float) -> Proportion:
    """Nothing can be said: it may be anything."""
    return Proportion(float("nan"), 0.0, 1.0, level, n, 0.0)


def _proportion(
    share: np.ndarray | float, n_effective: np.ndarray | float, level: float, n: int
) -> Proportion:
    low, high = clopper_pearson(share, n_effective, level)
    return Proportion(float(share), float(low), float(high), level, n, float(n_effective))
