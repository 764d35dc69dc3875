"""Images that were added to a run."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Addition:
    """Images that were added to a run.

    Attributes
    ----------
    number : int
        Of the run's additions, counted from 1.
    source : str
        Where they came from: for people to read.
    n_images, n_held_out : int
        New images, and how many of them are held out to test on.
    first_image : int
        The lowest of their numbers in the pool of the data set.
    standing : tuple of int
        Ids of the changes of the run's clusters that stood then.
    is_undone : bool
    """

    id: int
    run_id: str
    number: int
    source: str
    n_images: int
    n_held_out: int
    first_image: int
    standing: tuple[int, ...]
    is_undone: bool
    created_at: datetime
