"""Which images to ask about: strata by confidence, and a deck that a longer audit goes on with.

Stratifying by the model's own confidence: Bennett and Carvalho, "Online stratified sampling:
evaluating classifiers at web-scale" (CIKM 2010); Fogliato, Patil, Monfort and Perona, "A framework
for efficient model evaluation through stratification, sampling, and estimation" (ECCV 2024). Half
of the answers are shared out in proportion, so that confidences that say nothing do little harm.
"""

import hashlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from labeler.learning.audit.records import FIRST_CHECKPOINTS, AuditDesign

MOST_STRATA = 5
FEWEST_IN_STRATUM = 50
"""A smaller population is cut into fewer strata."""

FEWEST_ASKED = 3
"""Of each stratum, at the first checkpoint: fewer say nothing about how much it varies."""

LEAST_VARIANCE = 0.02
"""However sure labels claim to be, their stratum is taken to vary as much as with 2 % wrong."""

REPEAT_EVERY = 20
REPEAT_AFTER = 10
"""One in each 20 images is asked about again, 10 to 30 questions later."""

_ROUNDING = 1e-6


def design_audit(
    images: np.ndarray, confidences: np.ndarray, seed: int, *, is_probability: bool = True
) -> AuditDesign:
    """Fix which images are asked about, in which order.

    Everything follows from the arguments by way of SHA-256, so that anybody can draw the same
    deck again, with any program.

    Parameters
    ----------
    images : ndarray of shape (population,), dtype int
        Images of the pool whose labels are to be judged, each once; at least one.
    confidences : ndarray of shape (population,)
        Of their labels, 0 to 1, in the same order.
    seed : int
        What everything random follows from.
    is_probability : bool
        Whether a confidence claims how often such labels are right. One that only ranks labels
        makes strata, too, but says nothing about how much they vary: answers are then shared out
        in proportion alone.

    Returns
    -------
    AuditDesign
        With its strata and its deck.

    Raises
    ------
    ValueError
        There is no image, or one comes twice.
    """
    if len(images) == 0 or len(np.unique(images)) < len(images):
        raise ValueError("an audit needs at least one image, and each image once")
    order = np.argsort(images)
    images, confidences = np.asarray(images, dtype=np.int64)[order], confidences[order]
    tickets, places = _lots(seed, images)
    strata = _strata(confidences, tickets)
    sizes = np.bincount(strata)
    means = np.bincount(strata, weights=confidences) / sizes
    shares = answer_shares(sizes, means if is_probability else None)
    deck = images[_deck_order(strata, sizes, shares, tickets, places)]
    return AuditDesign(images, strata, sizes, shares, deck, seed)


def answer_shares(sizes: np.ndarray, confidences: np.ndarray | None) -> np.ndarray:
    """Share of the answers that each stratum is meant to get.

    ``s_h = W_h / 2 + W_h g_h / (2 Σ W_k g_k)``, where ``W_h`` is the stratum's share of the
    population and ``g_h = sqrt(max(c_h (1 - c_h), 0.02))`` its guessed standard deviation: half
    proportional and half Neyman allocation.

    Parameters
    ----------
    sizes : ndarray of shape (n_strata,), dtype int
    confidences : ndarray of shape (n_strata,), or None
        Mean confidence in each stratum; None where they are no probabilities: in proportion.

    Returns
    -------
    ndarray of shape (n_strata,), dtype float64
        They sum to 1.
    """
    weights = sizes / sizes.sum()
    if confidences is None:
        return np.asarray(weights)
    spread = weights * np.sqrt(np.maximum(confidences * (1 - confidences), LEAST_VARIANCE))
    return np.asarray((weights + spread / spread.sum()) / 2)


def checkpoints(population: int) -> tuple[int, ...]:
    """Numbers of answers after which an interval may be shown, up to a census.

    50, 100, 200, 400 and then each double of the last, as far as there are images.

    Parameters
    ----------
    population : int
        Images whose labels are judged.

    Returns
    -------
    tuple of int
        Ascending; the last one is ``population``.
    """
    numbers = list(FIRST_CHECKPOINTS)
    while numbers[-1] < population:
        numbers.append(2 * numbers[-1])
    return (*(n for n in numbers if n < population), population)


def allocations(sizes: np.ndarray, shares: np.ndarray, numbers: Sequence[int]) -> np.ndarray:
    """Answers of each stratum, for ascending numbers of answers.

    Shares of the answers, rounded by largest remainders. No stratum gets fewer than it had with
    the number before, fewer than three, or more than it has images: the others then share what is
    left. Without the first of these, rounding could take an answer back that was given.

    Parameters
    ----------
    sizes : ndarray of shape (n_strata,), dtype int
    shares : ndarray of shape (n_strata,)
    numbers : sequence of int
        Such as ``checkpoints(sizes.sum())``; each at least three for each stratum, or all images.

    Returns
    -------
    ndarray of shape (len(numbers), n_strata), dtype int64
        Rows sum to ``numbers``; columns never fall.
    """
    rows = [np.minimum(sizes, FEWEST_ASKED)]
    for n in numbers:
        rows.append(_shared_out(n, shares, rows[-1], sizes))
    return np.array(rows[1:])


def with_repeats(deck: np.ndarray) -> np.ndarray:
    """Questions in the order asked, with some asked again, blind, for the auditor's consistency.

    Parameters
    ----------
    deck : ndarray of shape (n,), dtype int
        Of an ``AuditDesign``, or its beginning: of a longer one these are the first questions.

    Returns
    -------
    ndarray of shape (m,), dtype int
        One in twenty images comes twice.
    """
    ends = _ends(len(deck))
    again = [deck[end - 1 - _hash(f"again/{deck[end - 1]}")[0] % REPEAT_EVERY] for end in ends]
    return np.insert(deck, [end + REPEAT_AFTER for end in ends], again)


def n_asked_twice(n_images: int) -> int:
    """How many images ``with_repeats`` asks about again.

    Parameters
    ----------
    n_images : int
        From the beginning of a deck.

    Returns
    -------
    int
    """
    return len(_ends(n_images))


def with_extras(
    deck: np.ndarray, extras: Sequence[tuple[int, Sequence[int] | np.ndarray]]
) -> np.ndarray:
    """``with_repeats``, and between them images that are asked about for their class alone.

    Parameters
    ----------
    deck : ndarray of shape (n,), dtype int
        As ``with_repeats`` says.
    extras : sequence of (int, sequence of int)
        After so many images of the deck, these; in the order drawn.

    Returns
    -------
    ndarray of shape (m,), dtype int
        Where the deck comes to one of them, it is not asked about anew. With a longer deck, or
        more extras at the end, these are the first questions.
    """
    questions = with_repeats(deck)
    is_first = np.zeros(len(questions), dtype=bool)
    is_first[np.unique(questions, return_index=True)[1]] = True
    parts, begin, asked = [], 0, np.empty(0, dtype=np.int64)
    for after, images in [*extras, (len(deck), ())]:
        end = len(with_repeats(deck[:after]))
        was_asked = is_first[begin:end] & np.isin(questions[begin:end], asked)
        images = np.asarray(images, dtype=np.int64)
        parts += [questions[begin:end][~was_asked], images]
        begin, asked = end, np.concatenate([asked, images])
    return np.concatenate(parts)


def _ends(n_images: int) -> range:
    """After which images of the deck one of the twenty before is drawn to come again."""
    return range(REPEAT_EVERY, n_images - REPEAT_AFTER + 1, REPEAT_EVERY)


def _lots(seed: int, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two draws for each image: its turn in its stratum, and its place among the others."""
    lots = np.frombuffer(b"".join(_hash(f"{seed}/{image}") for image in images.tolist()), ">u8")
    turns, places = lots.reshape(len(images), -1).astype(np.uint64).T[:2]
    return turns, places / 2.0**64


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _strata(confidences: np.ndarray, tickets: np.ndarray) -> np.ndarray:
    """Parts of equal size by confidence, ties broken by lot; shape (population,)."""
    n_images = len(confidences)
    n_strata = min(max(n_images // FEWEST_IN_STRATUM, 1), MOST_STRATA)
    parts = np.array_split(np.lexsort((tickets, confidences)), n_strata)
    strata = np.empty(n_images, dtype=np.int64)
    for stratum, part in enumerate(parts):
        strata[part] = stratum
    return strata


def _deck_order(
    strata: np.ndarray,
    sizes: np.ndarray,
    shares: np.ndarray,
    tickets: np.ndarray,
    places: np.ndarray,
) -> np.ndarray:
    """Indices into the population; between two checkpoints the strata are mixed evenly."""
    turns = [np.flatnonzero(strata == stratum) for stratum in range(len(sizes))]
    turns = [members[np.argsort(tickets[members], kind="stable")] for members in turns]
    rows = [np.zeros_like(sizes), *allocations(sizes, shares, checkpoints(len(strata)))]
    return np.concatenate([_mixed(turns, *ends, places) for ends in pairwise(rows)])


def _mixed(
    turns: list[np.ndarray], begin: np.ndarray, end: np.ndarray, places: np.ndarray
) -> np.ndarray:
    """Each stratum's next images, in their turn, so that every beginning has all strata's share."""
    parts = [members[first:last] for members, first, last in zip(turns, begin, end, strict=True)]
    when = [(np.arange(len(part)) + places[part]) / max(len(part), 1) for part in parts]
    return np.concatenate(parts)[np.argsort(np.concatenate(when), kind="stable")]


def _shared_out(n: int, shares: np.ndarray, least: np.ndarray, most: np.ndarray) -> np.ndarray:
    """``n`` in whole parts, as near to ``shares`` as bounds allow; ``least`` sums to no more."""
    quotas = _within_bounds(n, shares, least, most)
    whole = np.floor(quotas + _ROUNDING).astype(np.int64)
    remainders = np.round(quotas - whole, 6)  # equal ones stay equal on every machine
    missing = n - int(whole.sum())
    whole[np.argsort(-remainders, kind="stable")[:missing]] += 1
    return np.asarray(whole)


def _within_bounds(n: int, shares: np.ndarray, least: np.ndarray, most: np.ndarray) -> np.ndarray:
    """``clip(scale · shares, least, most)`` with the scale that makes it sum to ``n``."""
    turning = np.unique(np.concatenate([least / shares, most / shares]))
    sums = np.clip(turning[:, None] * shares, least, most).sum(axis=1)
    scale = np.interp(n, sums, turning)
    return np.asarray(np.clip(scale * shares, least, most))
