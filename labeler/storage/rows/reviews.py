"""Pages of labels that somebody looked at."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class SeenLabel:
    """What somebody made of a label that they were shown.

    Attributes
    ----------
    image : int
        Image number.
    class_id : int or None
        What it is: the class shown, where the label was let stand. None: not that class, and
        nobody said which.
    """

    image: int
    class_id: int | None


@dataclass(frozen=True)
class NewReviewPage:
    """A page that was looked at.

    Attributes
    ----------
    class_id : int or None
        The class that all of its images were said to be; None: they were shown without a label.
    seen : sequence of SeenLabel
        At least one; no image twice.
    queue, page : int or None
        Where it stood; None of an image that was opened from elsewhere.
    n_planted, n_found : int
        Known errors on it, and how many of them were marked.
    """

    class_id: int | None
    seen: Sequence[SeenLabel]
    queue: int | None = None
    page: int | None = None
    n_planted: int = 0
    n_found: int = 0


@dataclass(frozen=True)
class ReviewedPage:
    """A page that was looked at and not taken back.

    Attributes
    ----------
    op_id, annotator : str
    queue, page : int
    n_planted, n_found : int
    """

    op_id: str
    annotator: str
    queue: int
    page: int
    n_planted: int
    n_found: int
