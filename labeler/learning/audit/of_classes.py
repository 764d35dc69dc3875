"""What an audit says of single classes, of which more images may have been asked about.

Those are the next of that class in the deck. So in each stratum of a class those asked about are a
simple random sample of it, however many they are, and each stands for as many as there are in the
stratum by those that were named. No other figure counts them.
"""

import numpy as np

from labeler.learning.audit.intervals import domain_proportion
from labeler.learning.audit.records import AuditDesign, AuditRow, AuditSample, Proportion


def further_of_class(
    design: AuditDesign, asked: np.ndarray, is_of_class: np.ndarray, n: int
) -> np.ndarray:
    """The next images of a class that nobody asked about yet.

    Parameters
    ----------
    design : AuditDesign
        Whose deck they are taken from.
    asked : ndarray of shape (m,), dtype int
        Images that were asked about.
    is_of_class : ndarray of shape (n_pool,), dtype bool
        Whether each image is labeled as that class.
    n : int
        How many are wanted.

    Returns
    -------
    ndarray of shape (k,), dtype int64
        In the order of the deck; fewer than ``n`` where the class has no more.
    """
    was_asked = np.zeros(len(is_of_class), dtype=bool)
    was_asked[asked] = True
    left = design.deck[is_of_class[design.deck] & ~was_asked[design.deck]]
    return np.asarray(left[:n])


def class_weights(sample: AuditSample, extra: AuditSample, drawn: np.ndarray) -> np.ndarray:
    """How many images of its class each stands for.

    Parameters
    ----------
    sample : AuditSample
        What the auditor said of images that were drawn for the whole.
    extra : AuditSample
        Of those asked about beside, which are no part of ``sample``.
    drawn : ndarray of shape (n_pool,), dtype int
        The class that each image was labeled as when these were drawn.

    Returns
    -------
    ndarray of shape (n + n_extra,), dtype float64
        Of ``sample``, then of ``extra``. 0 for what was skipped; the weight of its stratum for
        images of a class of which no others were asked about. A stratum of a class from which
        none was named is counted with the nearest one.
    """
    images = np.concatenate([sample.images, extra.images])
    is_named = np.concatenate([sample.named, extra.named])
    weights = np.zeros(len(images))
    weights[np.flatnonzero(sample.named)] = sample.take(sample.named).weights
    population = sample.design.images
    for label in np.unique(drawn[extra.images]).tolist():
        own = np.flatnonzero(is_named & (drawn[images] == label))
        members = population[drawn[population] == label]
        weights[own] = _cell_weights(sample.design, members, images[own])
    return weights


def judge_classes(
    sample: AuditSample,
    extra: AuditSample,
    labels: np.ndarray,
    drawn: np.ndarray,
    n_classes: int,
    level: float,
) -> list[Proportion]:
    """Estimate for each class how many of its labels are as the auditor says.

    Parameters
    ----------
    sample, extra : AuditSample
        What the auditor said, of the whole and beside.
    labels : ndarray of shape (n_pool,), dtype int
        One for each image of the pool, ``UNLABELED`` for none.
    drawn : ndarray of shape (n_pool,), dtype int
        As ``class_weights`` says; other than ``labels`` where classes were merged since.
    n_classes : int
        Classes that there are.
    level : float
        Of the intervals: ``PLAIN_LEVEL`` or ``CHECKPOINT_LEVEL``.

    Returns
    -------
    list of Proportion
        One for each class, known or not.
    """
    images = np.concatenate([sample.images, extra.images])
    answers = np.concatenate([sample.answers, extra.answers])
    weights, said = class_weights(sample, extra, drawn), labels[images]
    sizes = np.bincount(labels[sample.design.images] + 1, minlength=n_classes + 1)[1:].tolist()
    counted = [np.flatnonzero((said == label) & (weights > 0)) for label in range(n_classes)]
    return [
        domain_proportion(weights[own], answers[own] == said[own], level, population=size)
        for own, size in zip(counted, sizes, strict=True)
    ]


def audit_rows(
    sample: AuditSample, extra: AuditSample, labels: np.ndarray, drawn: np.ndarray
) -> list[AuditRow]:
    """The audited images, with all that the figures of an audit follow from.

    Parameters
    ----------
    sample, extra : AuditSample
        What the auditor said, of the whole and beside.
    labels, drawn : ndarray of shape (n_pool,), dtype int
        As ``judge_classes`` says.

    Returns
    -------
    list of AuditRow
        In the order given. A stratum's size is the sum of its weights.
    """
    images = np.concatenate([sample.images, extra.images])
    columns = zip(
        images.tolist(),
        sample.design.strata_of(images).tolist(),
        [*sample.weights.tolist(), *(0.0 for _ in extra.images)],
        class_weights(sample, extra, drawn).tolist(),
        labels[images].tolist(),
        [*sample.answers.tolist(), *extra.answers.tolist()],
        [*sample.named.tolist(), *extra.named.tolist()],
        strict=True,
    )
    return [
        AuditRow(
            image, stratum, weight, own_weight, label, answer, named and label == answer, not named
        )
        for image, stratum, weight, own_weight, label, answer, named in columns
    ]


def _cell_weights(design: AuditDesign, members: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Members of a stratum for each of it that was asked about."""
    sizes, counts = design.count_by_stratum(members), design.count_by_stratum(asked)
    known = np.flatnonzero(counts)
    if not len(known):
        return np.zeros(0)
    distances = np.abs(np.arange(design.n_strata)[:, None] - known)
    stands_for = np.bincount(known[distances.argmin(axis=1)], sizes, design.n_strata)
    return np.asarray((stands_for / np.maximum(counts, 1))[design.strata_of(asked)])
