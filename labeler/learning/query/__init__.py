"""Which images to ask about: one strategy a file, all with the same ``query``.

``labeler.plugins.QUERIES`` is the list of them, made of what the files say of themselves. They are
imported when they are to ask, and scikit-learn with them: pages that know of questions need none.
``base.py`` is their contract, ``pool.py`` what they may look at, and ``new_in_kind.py`` asks about
images that came later, whatever the strategy.
"""

from typing import TYPE_CHECKING

from labeler.learning.query.pool import Pool
from labeler.plugins import QUERIES

if TYPE_CHECKING:
    from labeler.learning.query.base import QueryStrategy

__all__ = ["Pool", "strategy"]


def strategy(name: str) -> "QueryStrategy":
    """The strategy of that name, with its default parameters.

    Parameters
    ----------
    name : str
        One of ``plugins.QUERIES``.

    Returns
    -------
    QueryStrategy
        Ready to be asked.
    """
    chosen: QueryStrategy = QUERIES[name].load()()
    return chosen
