"""Random states, as scikit-learn takes them, as the one seed that a run has."""

from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state


def seed_of(random_state: "int | np.random.RandomState | None") -> int:
    """The seed of everything random in a step.

    Parameters
    ----------
    random_state : int, numpy.random.RandomState or None
        A number is the seed itself: the same one gives the same result, and that of a run with
        this seed. Of a generator one is drawn; None: another one each time.

    Returns
    -------
    int
        0 or more.

    Raises
    ------
    ValueError
        The number is negative, or it is none of these.
    """
    if not isinstance(random_state, Integral):
        return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))
    if random_state < 0:
        raise ValueError(f"random_state is {random_state}; it must be 0 or more")
    return int(random_state)
