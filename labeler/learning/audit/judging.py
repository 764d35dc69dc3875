"""What the answers of an audit say of a label set: of all of it, and of parts of it.

The images, their strata and so their weights are those of the design. Which labels are judged is
free: those that the audit was designed for, any later ones of the same run, or a classifier's
predictions, as long as the answers have taught none of them.
"""

from dataclasses import replace

import numpy as np

from labeler.learning.audit.intervals import (
    clopper_pearson,
    domain_proportion,
    stratified,
    stratified_proportion,
    unknown,
)
from labeler.learning.audit.records import (
    NO_CLASS,
    Agreement,
    AuditDesign,
    AuditSample,
    Consistency,
    Proportion,
)
from labeler.records import UNLABELED


def judge(sample: AuditSample, labels: np.ndarray, level: float) -> Agreement:
    """Estimate how many labels of the population are as the auditor says.

    Parameters
    ----------
    sample : AuditSample
        What the auditor said.
    labels : ndarray of shape (n_pool,), dtype int
        One for each image of the pool. An image of the population without one counts as wrong;
        ``judge_part`` judges those that have one.
    level : float
        Of the intervals: ``PLAIN_LEVEL`` or ``CHECKPOINT_LEVEL``.

    Returns
    -------
    Agreement
        Overall, with and without those skipped, and what it rests on in each stratum.
    """
    design, images = sample.design, sample.images
    right = sample.named & (labels[images] == sample.answers)
    n_asked = design.count_by_stratum(images)
    n_skipped = design.count_by_stratum(images[~sample.named])
    n_right = design.count_by_stratum(images[right])

    def proportion(asked: np.ndarray, right: np.ndarray) -> Proportion:
        return stratified_proportion(design.sizes, asked, right, level)

    return Agreement(
        named=proportion(n_asked - n_skipped, n_right),
        if_skipped_wrong=proportion(n_asked, n_right),
        if_skipped_right=proportion(n_asked, n_right + n_skipped),
        sizes=design.sizes,
        asked=n_asked,
        skipped=n_skipped,
        right=n_right,
    )


def with_answers(spread: Proportion, population: int, n_answers: int) -> Proportion:
    """The share that is right of the whole label set, in which answers count as right.

    Parameters
    ----------
    spread : Proportion
        Of the spread labels, which an audit is about.
    population : int
        How many those are.
    n_answers : int
        Labels that are answers, and were not audited.

    Returns
    -------
    Proportion
        ``(population p + n_answers) / (population + n_answers)``, and its bounds likewise.
    """

    def overall(share: float) -> float:
        return (population * share + n_answers) / (population + n_answers)

    return replace(
        spread,
        estimate=overall(spread.estimate),
        low=overall(spread.low),
        high=overall(spread.high),
    )


def share_without_class(sample: AuditSample, level: float) -> Proportion:
    """Estimate how many images of the population belong to no class, as the auditor says.

    Parameters
    ----------
    sample : AuditSample
        What the auditor said.
    level : float
        Of the interval: ``PLAIN_LEVEL`` or ``CHECKPOINT_LEVEL``.

    Returns
    -------
    Proportion
        Of those named or called ``NO_CLASS``.
    """
    nowhere = np.full(int(sample.design.images[-1]) + 1, NO_CLASS)
    return judge(sample, nowhere, level).named


def judge_part(
    sample: AuditSample, labels: np.ndarray, part: np.ndarray, level: float
) -> Proportion:
    """Estimate how many labels of a part are as the auditor says: of a class, or of a cluster.

    Parameters
    ----------
    sample : AuditSample
        What the auditor said.
    labels : ndarray of shape (n_pool,), dtype int
        One for each image of the pool, ``UNLABELED`` for none.
    part : ndarray of shape (n_pool,), dtype bool
        Images that belong to it; those outside the population do not count.
    level : float
        Of the interval: ``PLAIN_LEVEL`` or ``CHECKPOINT_LEVEL``.

    Returns
    -------
    Proportion
        From the images that were named.
    """
    named = sample.take(sample.named)
    inside = part[named.images]
    return domain_proportion(
        named.weights[inside],
        (labels[named.images] == named.answers)[inside],
        level,
        population=int(np.count_nonzero(part[sample.design.images])),
    )


def judge_parts(
    sample: AuditSample, labels: np.ndarray, parts: np.ndarray, n_parts: int, level: float
) -> list[Proportion]:
    """``judge_part`` for each of several parts, such as all classes or all clusters.

    Parameters
    ----------
    sample : AuditSample
        What the auditor said.
    labels : ndarray of shape (n_pool,), dtype int
        One for each image of the pool, ``UNLABELED`` for none.
    parts : ndarray of shape (n_pool,), dtype int
        The part that each image belongs to: ``labels`` themselves, for classes.
    n_parts : int
        Parts that there are.
    level : float
        Of the interval: ``PLAIN_LEVEL`` or ``CHECKPOINT_LEVEL``.

    Returns
    -------
    list of Proportion
        One for each part, known or not.
    """
    return [judge_part(sample, labels, parts == part, level) for part in range(n_parts)]


def consistency(first: np.ndarray, second: np.ndarray, level: float) -> Consistency:
    """Compare the auditor's two answers to the same images.

    Parameters
    ----------
    first, second : ndarray of shape (n,), dtype int
        ``UNLABELED`` for a skip.
    level : float
        Of the interval: ``PLAIN_LEVEL`` or ``CHECKPOINT_LEVEL``.

    Returns
    -------
    Consistency
        Of the images that were named both times.
    """
    named = (first != UNLABELED) & (second != UNLABELED)
    n_named, n_skipped = int(np.count_nonzero(named)), int(np.count_nonzero(~named))
    if not n_named:
        return Consistency(unknown(0, level), n_skipped)
    share = float(np.mean(first[named] == second[named]))
    low, high = clopper_pearson(share, n_named, level)
    same = Proportion(share, float(low), float(high), level, n_named, n_named)
    return Consistency(same, n_skipped)


def answers_needed(
    design: AuditDesign, agreement: Agreement, half_width: float, level: float
) -> int | None:
    """How many answers the audit needs in all for an interval of a given half-width.

    Parameters
    ----------
    design : AuditDesign
        Whose deck goes on.
    agreement : Agreement
        What is known so far; the further answers are taken to be right as often.
    half_width : float
        Such as 0.03, for give or take 3 points.
    level : float
        Of the interval: ``PLAIN_LEVEL`` or ``CHECKPOINT_LEVEL``.

    Returns
    -------
    int or None
        At least those given already; None where nothing is known yet.
    """
    if not agreement.named.is_known:
        return None
    named = agreement.asked - agreement.skipped
    shares = agreement.right / named
    fewest, most = agreement.n_asked, design.population
    while fewest < most:
        middle = (fewest + most) // 2
        if _expected_half_width(design, shares, middle, level) > half_width:
            fewest = middle + 1
        else:
            most = middle
    return fewest


def _expected_half_width(design: AuditDesign, shares: np.ndarray, n: int, level: float) -> float:
    asked = design.count_by_stratum(design.deck[:n])
    share, n_effective = stratified(design.sizes, asked, shares * asked)
    low, high = clopper_pearson(share, n_effective, level)
    return float(high - low) / 2
