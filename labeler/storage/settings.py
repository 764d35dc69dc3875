"""What was chosen for a run since it was made: the JSON in its row, read in one place.

A column of JSON takes keys that this version does not know, of an older or a newer one. They are
not read, and no write loses them: a change names its keys and leaves the others alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

DEFAULT_FRACTION = 1.0
DEFAULT_SPREAD_BY = "graph"
"""What labels were spread by, where neither job nor run says it: there was no other way."""


class SettingsChange(TypedDict, total=False):
    """Settings to be written, as JSON keeps them; those that are left out stay as they are."""

    fraction: float
    given_labels: str | None
    n_fitted: int | None
    n_pool: int
    n_rounds_again: int
    n_test: int
    notes: list[str]
    odd_of: str
    propagation: str
    review_queue: int
    spread_by: str
    spread_classes: Sequence[int]
    spread_of: tuple[str, int]
    threshold: float
    truth: Sequence[int | None]
    use_labels: bool


@dataclass(frozen=True)
class RunSettings:
    """The settings of a run.

    Attributes
    ----------
    fraction : float
        How far answers were spread inside their clusters last.
    given_labels : str or None
        What became of the labels that the images came with, in words.
    n_fitted : int or None
        Images at the start of the pool that its features were learned from; None: all of it.
    n_pool, n_test : int
        Images in the pool and held out; 0 until the run is prepared.
    n_rounds_again : int
        Rounds beyond those planned, for questions that went with images that were taken back.
    notes : tuple of str
        What was left out or held out.
    odd_of : str or None
        The array of the images among which odd pictures were looked for; None: nobody looked.
    propagation : str or None
        How answers were spread last; None: as the run's config says.
    review_queue : int
        Which order labels are looked at in: how many there were; 0: none yet.
    spread_by : str
        The propagation that did it.
    spread_classes : tuple of int, or None
        The class that each label of these stands for.
    spread_of : tuple of str and int, or None
        The run and the revision whose answers were spread by confidence, and are kept.
    threshold : float or None
        How sure a label spread by confidence has to be; None: as the run's config says.
    truth : tuple of (int or None), or None
        The true class that each of the run's first classes was made for.
    use_labels : bool
        Whether the labels that the images came with are taken as answers.
    """

    fraction: float = DEFAULT_FRACTION
    given_labels: str | None = None
    n_fitted: int | None = None
    n_pool: int = 0
    n_rounds_again: int = 0
    n_test: int = 0
    notes: tuple[str, ...] = ()
    odd_of: str | None = None
    propagation: str | None = None
    review_queue: int = 0
    spread_by: str = DEFAULT_SPREAD_BY
    spread_classes: tuple[int, ...] | None = None
    spread_of: tuple[str, int] | None = None
    threshold: float | None = None
    truth: tuple[int | None, ...] | None = None
    use_labels: bool = False

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "RunSettings":
        """The settings in a row's JSON; what is not there has its default."""
        known = SettingsChange.__annotations__.keys() & stored.keys()
        return cls(**{name: _frozen(stored[name]) for name in known})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
