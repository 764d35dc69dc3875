"""What a labeling widget asks about, and whom it tells: a ``FewLabels``, or a run that is kept."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from labeler.exceptions import ConfigError
from labeler.notebook import steps
from labeler.notebook.opened import OpenRun


@runtime_checkable
class Teachable(Protocol):
    """What asks by ``query`` and is told by ``teach``, as ``FewLabels`` that has begun."""

    n_labels: int
    images_: np.ndarray

    @property
    def classes_(self) -> np.ndarray:
        """The classes that are known."""

    @property
    def queried_(self) -> np.ndarray:
        """All images that were asked about so far."""

    def query(self) -> np.ndarray:
        """The images to be named next."""

    def teach(self, indices: Any, labels: Any) -> Any:
        """Take answers."""

    def take_back(self, indices: Any) -> Any:
        """Forget answers; the images are open again."""


class Naming(Protocol):
    """Images that are to be named, by their rows, and the classes that they may be of.

    Attributes
    ----------
    classes : list
        As answers have them.
    """

    classes: list[Any]

    def open(self) -> tuple[list[int], int, int]:
        """Rows to be named next, how many are named, and how many are to be in all."""

    def image(self, row: int) -> np.ndarray:
        """Of shape (height, width) or (height, width, 3), dtype uint8."""

    def answer(self, row: int, value: Any) -> None:
        """Take a class, or None where nobody can tell."""

    def take_back(self, row: int) -> None:
        """Take an answer back."""


def naming_of(source: Any, classes: Sequence[Any] | None, annotator: str) -> Naming:
    """Images to be named by a widget.

    Parameters
    ----------
    source : FewLabels or OpenRun
    classes : sequence, optional
    annotator : str

    Returns
    -------
    Naming

    Raises
    ------
    ConfigError
        It is neither, has not begun, or no class is known.
    """
    if isinstance(source, OpenRun):
        return RunNaming(source, classes, annotator)
    if isinstance(source, Teachable):
        return TaughtNaming(source, classes)
    asks = hasattr(source, "begin")
    raise ConfigError(
        "It has no images yet: call begin(images) first."
        if asks
        else f"A {type(source).__name__} cannot be asked: give a FewLabels that has begun, "
        "or what open_run gives."
    )


class TaughtNaming:
    """The images that a ``FewLabels`` asks about.

    Parameters
    ----------
    few : Teachable
    classes : sequence, optional
        By default those that it was told of.
    """

    def __init__(self, few: Teachable, classes: Sequence[Any] | None) -> None:
        self.few = few
        known = few.classes_ if classes is None else np.asarray(classes)
        self.classes = known.tolist()
        if not self.classes:
            raise ConfigError("No class is known: LabelWidget(few, classes=['cat', 'dog']).")

    def open(self) -> tuple[list[int], int, int]:
        """Rows to be named next, how many are named, and how many are to be in all."""
        rows = self.few.query().tolist()
        return rows, len(self.few.queried_) - len(rows), self.few.n_labels

    def image(self, row: int) -> np.ndarray:
        """One image, dtype uint8."""
        return np.asarray(self.few.images_[row])

    def answer(self, row: int, value: Any) -> None:
        """Take a class, or None where nobody can tell."""
        self.few.teach([row], [value])

    def take_back(self, row: int) -> None:
        """Take an answer back."""
        self.few.take_back([row])


class RunNaming:
    """The open questions of a run that is kept; an answer is on disk when it is taken.

    Parameters
    ----------
    run : OpenRun
    classes : sequence of str, optional
        Those that the run lacks are added to it.
    annotator : str
    """

    def __init__(self, run: OpenRun, classes: Sequence[Any] | None, annotator: str) -> None:
        new = [name for name in map(str, classes or ()) if name not in run.classes]
        self.run = run.add_classes(*new) if new else run
        self.classes = list(self.run.classes)
        if not self.classes:
            raise ConfigError("The run has no class: LabelWidget(run, classes=['cat', 'dog']).")
        self._annotator = annotator
        self._operations: dict[int, str] = {}

    def open(self) -> tuple[list[int], int, int]:
        """Rows to be named next, how many are named, and how many are to be in all."""
        asked = steps.asked(self.run.id, self.run.instance)
        if asked.n_images != len(self.run):
            raise ConfigError("The run has other images now: open it again, and make a new widget.")
        return asked.rows, asked.n_answered, asked.n_in_all

    def image(self, row: int) -> np.ndarray:
        """One image, dtype uint8."""
        return np.asarray(self.run.images[row])

    def answer(self, row: int, value: Any) -> None:
        """Take a class, or None where nobody can tell."""
        self._operations[row] = steps.answer_one(
            self.run.id, self.run.instance, row, value, self._annotator
        )

    def take_back(self, row: int) -> None:
        """Take an answer back that was given here."""
        operation = self._operations[row]
        steps.take_back(self.run.id, self.run.instance, operation, self._annotator)
