"""What somebody said of images, by index, as classes of any kind."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from labeler.estimators.given_labels import is_missing, read_labels, without_missing
from labeler.records import UNLABELED, Answer, Question, Source

_SOURCES = {source.name.lower(): source for source in (Source.HUMAN, Source.ORACLE)}


class Taught:
    """The answers so far, and the classes that there are.

    Parameters
    ----------
    n_images : int
    classes : array-like of shape (n_classes,), optional
        All of them; by default those that are named.
    """

    def __init__(self, n_images: int, classes: Any = None) -> None:
        self._n_images = n_images
        self._classes = None if classes is None else np.unique(np.asarray(classes))
        self._said: dict[int, tuple[Any, Source]] = {}

    def know_classes(self, truth: np.ndarray) -> None:
        """Take the classes in true labels for all that there are."""
        self._classes = read_labels(np.asarray(without_missing(truth))).classes

    @property
    def classes(self) -> np.ndarray:
        """All of them, or those that were named so far; ascending."""
        if self._classes is not None:
            return self._classes
        return np.unique(np.array([value for value, _ in self._said.values() if value is not None]))

    @property
    def n_named(self) -> int:
        """Images whose class somebody said."""
        return sum(value is not None for value, _ in self._said.values())

    def take(self, indices: Any, labels: Any, source: str) -> None:
        """Take answers; others for the same images replace them.

        Raises
        ------
        ValueError
        """
        images, values = np.atleast_1d(indices), _plain(labels)
        if images.ndim != 1 or images.dtype.kind not in "iu":
            raise ValueError("indices must be numbers of images, one after the other")
        if len(images) != len(values):
            raise ValueError(f"{len(images)} indices, but {len(values)} labels")
        if len(np.unique(images)) < len(images):
            raise ValueError("an index comes twice; give one label for each image")
        if len(images) and not 0 <= images.min() <= images.max() < self._n_images:
            raise ValueError(f"indices must be from 0 to {self._n_images - 1}")
        if source not in _SOURCES:
            raise ValueError(f"source is {source!r}; it must be one of {', '.join(_SOURCES)}")
        self._require_classes(values)
        for image, value in zip(images.tolist(), values, strict=True):
            self._said[image] = value, _SOURCES[source]

    def take_back(self, indices: Any) -> None:
        """Forget what was said of images; of others, nothing."""
        for image in np.atleast_1d(indices).tolist():
            self._said.pop(image, None)

    def open(self, questions: Sequence[Question]) -> np.ndarray:
        """The images of these questions that nobody said anything of; dtype int64."""
        images = [question.image for question in questions if question.image not in self._said]
        return np.array(images, dtype=np.int64)

    def answers(self, questions: Sequence[Question]) -> tuple[Answer, ...]:
        """All that was said: of images that nobody asked about first, then in the order asked."""
        asked = {question.image for question in questions}
        unasked = [Question(image) for image in self._said if image not in asked]
        classes = self.classes.tolist()
        place_of = {value: place for place, value in enumerate(classes)}
        return tuple(self._answers([*unasked, *questions], place_of))

    def _answers(self, questions: Sequence[Question], place_of: dict[Any, int]) -> Iterator[Answer]:
        for question in questions:
            if question.image in self._said:
                value, source = self._said[question.image]
                yield Answer(question, None if value is None else place_of[value], source)

    def _require_classes(self, values: Sequence[Any]) -> None:
        named = {value for value in values if value is not None}
        if self._classes is not None:
            strangers = named - set(self._classes.tolist())
            if strangers:
                raise ValueError(f"{strangers.pop()!r} is none of the classes that there are")
            return
        kinds = {isinstance(value, str) for value in (*named, *self.classes.tolist())}
        if len(kinds) > 1:
            raise ValueError("labels are whole numbers or strings, not both")
        if any(isinstance(value, float) and not value.is_integer() for value in named):
            raise ValueError("labels must be classes: whole numbers or strings")


def _plain(labels: Any) -> list[Any]:
    """Labels as plain values; None where nobody can tell."""
    values = labels.tolist() if isinstance(labels, np.ndarray) else labels
    values = [values] if isinstance(values, str | int | float) or values is None else list(values)
    if any(isinstance(value, list | tuple | np.ndarray) for value in values):
        raise ValueError("labels must be one class for each image, in one axis")
    plain = [value.item() if isinstance(value, np.generic) else value for value in values]
    unknown = (UNLABELED, str(UNLABELED))
    return [None if is_missing(value) or value in unknown else value for value in plain]
