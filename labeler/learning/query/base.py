"""The contract of a query strategy: what it may look at, and what it gives.

A file beside this one declares ``NAME``, ``TITLE`` (what it asks about, within a sentence) and
``PHASE``: ``first``, asks about one image for each cluster; ``later``, asks about images that the
answers so far leave in doubt; ``comparison``, never asks in a run.
"""

from abc import abstractmethod
from typing import ClassVar

import numpy as np
from sklearn.base import BaseEstimator

from labeler.learning.estimators import require_parameters
from labeler.learning.query.pool import Pool
from labeler.records import Question


class QueryStrategy(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Chooses the images to ask about next; parameters as in scikit-learn.

    Attributes
    ----------
    needs : tuple of str
        The parts of a ``Pool`` that may be None, which this strategy cannot do without.
    parameters : dict of str to (float, float)
        The least and the most that each parameter may be.
    """

    needs: ClassVar[tuple[str, ...]] = ()
    parameters: ClassVar[dict[str, tuple[float, float]]] = {}

    def query(self, pool: Pool, n_questions: int, rng: np.random.Generator) -> tuple[Question, ...]:
        """Choose images that were not asked about.

        Parameters
        ----------
        pool : Pool
        n_questions : int
        rng : numpy.random.Generator

        Returns
        -------
        tuple of Question
            As many as wanted, no image twice.

        Raises
        ------
        ValueError
            There are not that many images left to ask about, the pool lacks what is needed, or
            a parameter is out of range.
        """
        require_parameters(self, self.parameters)
        for part in self.needs:
            if getattr(pool, part) is None:
                raise ValueError(f"{type(self).__name__} needs the pool's {part}")
        require_enough(int(np.count_nonzero(~pool.asked)), n_questions)
        return self._choose(pool, n_questions, rng)

    @abstractmethod
    def _choose(
        self, pool: Pool, n_questions: int, rng: np.random.Generator
    ) -> tuple[Question, ...]:
        """``query``, when what it is given is known to be enough."""


def require_enough(available: int, wanted: int) -> None:
    """Refuse to ask more than there is to ask about."""
    if not 1 <= wanted <= available:
        raise ValueError(f"n_questions is {wanted}; it must be from 1 to {available}, all unasked")
