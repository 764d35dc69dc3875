"""Known errors among the labels that are looked at: who finds them was awake."""

from collections.abc import Sequence

import numpy as np

from labeler.records import IN_REVIEW, Answer

PAGE, PLANTED = 60, 2
"""Images on a page, and how many of them are known errors: about three in a hundred."""
N_ALIKE = 10
"""So many answers that look most like the page are drawn from: a shoe among shirts tests nobody."""


def planted_at(
    answers: Sequence[Answer],
    label: int,
    n_images: int,
    rng: np.random.Generator,
    distances: np.ndarray | None = None,
) -> dict[int, int]:
    """Choose known errors for a page: images that were answered to be of another class.

    Parameters
    ----------
    answers : sequence of Answer
        Of them, those that were asked for: what a review said is what is tried here.
    label : int
        The class of the page.
    n_images : int
        On the page without them; a short page has fewer, and a very short one none.
    rng : numpy.random.Generator
    distances : ndarray of shape (n_answers,), optional
        From the image of each answer to the nearest of the page: the errors are drawn from the
        ``N_ALIKE`` nearest, as they would be plausible there; else from all.

    Returns
    -------
    dict of int to int
        Place on the page, with the known errors in it, to the image there; by place.
    """
    others = [
        place
        for place, answer in enumerate(answers)
        if answer.label not in (None, label) and answer.source not in IN_REVIEW
    ]
    if distances is not None:
        others = sorted(others, key=distances.__getitem__)[:N_ALIKE]
    n_planted = min(round(n_images * PLANTED / (PAGE - PLANTED)), len(others))
    chosen = rng.choice(np.array(others, dtype=np.int64), n_planted, replace=False)
    images = [answers[place].question.image for place in chosen]
    places = np.sort(rng.choice(n_images + n_planted, n_planted, replace=False))
    return dict(zip(places.tolist(), images, strict=True))
