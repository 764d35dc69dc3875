"""What estimators have in common: parameters that can be read, set and checked."""

from collections.abc import Mapping
from inspect import signature
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np


@runtime_checkable
class TellsState(Protocol):
    """What has learned, and can tell all of it as plain arrays.

    Another of the same parameters that was restored computes the very same.
    """

    def state(self) -> dict[str, np.ndarray]:
        """What was learned, by names that are parts of file names."""

    def restore(self, state: Mapping[str, np.ndarray]) -> Any:
        """Know what another learned, in place of learning; gives itself."""


class LightEstimator:
    """``get_params`` and ``set_params`` as scikit-learn has them, and its ``clone`` wants them.

    For what a page computes while somebody waits: ``sklearn.base`` takes a second to import.
    """

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters that it was made with, by name; ``deep`` changes nothing."""
        return {name: getattr(self, name) for name in signature(type(self)).parameters}

    def set_params(self, **params: Any) -> Self:
        """Set some of the parameters.

        Raises
        ------
        ValueError
            There is no parameter of that name.
        """
        for name, value in params.items():
            if name not in self.get_params():
                raise ValueError(f"{type(self).__name__} has no parameter {name!r}")
            setattr(self, name, value)
        return self


def require_parameters(estimator: Any, ranges: Mapping[str, tuple[float, float]]) -> None:
    """Refuse a parameter that is out of range, when the estimator is to work.

    Not when it is made: ``clone`` and ``set_params`` set what they are given.

    Raises
    ------
    ValueError
    """
    for name, (least, most) in ranges.items():
        value = getattr(estimator, name)
        if not least <= value <= most:
            raise ValueError(f"{name} is {value}; it must be from {least:g} to {most:g}")
