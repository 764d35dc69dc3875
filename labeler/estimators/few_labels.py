"""A few labels asked for, and all that they lead to: a run in memory, for who writes Python."""

from collections.abc import Callable, Sequence
from numbers import Integral
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError

from labeler.config import RunConfig, preset
from labeler.estimators.given_labels import as_given, without_missing
from labeler.estimators.memory_run import MemoryRun
from labeler.estimators.pictures import plain_array
from labeler.estimators.seeds import seed_of
from labeler.estimators.taught import Taught
from labeler.exceptions import ConfigError
from labeler.formats.rows import SOURCE_NAMES
from labeler.prediction.file import write_model
from labeler.prediction.model import Model
from labeler.records import LabelSet, Source

Oracle = Callable[[np.ndarray], Sequence[Any]]
"""Gives the classes of the images at some indices."""

_METHOD = ("features", "strategy", "n_rounds", "propagation", "threshold")


class FewLabels(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Names all images by a few: which to ask about, labels spread from them, and a classifier.

    The same as ``labeler simulate`` and as a run that somebody answers on the page, to the last
    label, for the same images, settings and seed; nothing is written to disk. ``fit`` asks an
    oracle for everything; ``begin``, ``query`` and ``teach`` are its steps, for any front end.

    Parameters
    ----------
    n_labels : int, default=100
        Labels that are asked for.
    preset : str, default="best"
        ``classic``, ``best`` or ``thorough``: see ``labeler simulate --help``.
    classifier : str, default="logistic"
        What is trained on the labels: ``logistic`` or ``nn``.
    features, strategy, propagation : str, optional
        As for ``labeler new``; by default as the preset says.
    n_rounds : int, optional
        Rounds that the second half of the questions is asked in, at most.
    threshold : float, optional
        Labels spread with less confidence are left out.
    random_state : int, numpy.random.RandomState or None, default=0
        Of everything random.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Those that were given, or else named so far; ascending.
    queried_ : ndarray of shape (n_queried,), dtype int64
        The images that were asked about, in that order.
    labels_ : ndarray of shape (n,)
        The class of each image; -1 for none.
    confidences_ : ndarray of shape (n,), dtype float32
        1 for an answer, 0 for no label. It orders images, and is higher than the share that is
        right.
    sources_ : ndarray of shape (n,), dtype str
        ``human`` or ``oracle`` for an answer, ``propagated`` or ``none``.
    label_distributions_ : ndarray of shape (n, n_classes), dtype float32, or None
        Soft labels, where they are spread as such.
    features_ : ImageFeatures
        What turned the images into vectors.
    X_ : ndarray of shape (n, n_features), dtype float32
        These vectors.
    images_ : ndarray of shape (n, height, width) or (n, height, width, 3), dtype uint8
        The images, as they are looked at.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from labeler import FewLabels
    >>> digits = load_digits()
    >>> images, truth = digits.images[:600], digits.target[:600]
    >>> few = FewLabels(n_labels=30, features="pixels").fit(images, truth)
    >>> len(few.queried_)
    30
    >>> print(f"{(few.labels_ == truth).mean():.2f}")
    0.95

    One step after the other, as somebody answers:

    >>> few = FewLabels(n_labels=30, features="pixels").begin(images)
    >>> while len(asked := few.query()):
    ...     few = few.teach(asked, [f"a {digit}" for digit in truth[asked]])
    >>> few.predict(digits.images[-3:]).tolist()
    ['a 8', 'a 9', 'a 8']
    """

    def __init__(
        self,
        n_labels: int = 100,
        preset: str = "best",
        classifier: str = "logistic",
        *,
        features: str | None = None,
        strategy: str | None = None,
        n_rounds: int | None = None,
        propagation: str | None = None,
        threshold: float | None = None,
        random_state: "int | np.random.RandomState | None" = 0,
    ) -> None:
        self.n_labels = n_labels
        self.preset = preset
        self.classifier = classifier
        self.features = features
        self.strategy = strategy
        self.n_rounds = n_rounds
        self.propagation = propagation
        self.threshold = threshold
        self.random_state = random_state

    def fit(self, images: ArrayLike, oracle: Oracle | ArrayLike, classes: Any = None) -> Self:
        """Ask for labels, spread them, and train.

        Parameters
        ----------
        images : array-like of shape (n, height, width), (n, height, width, 3) or (n, n_pixels)
            Rows of pixels are read as square images. Values are 0 to 255, 0 to 1, or on one other
            scale.
        oracle : callable, or array-like of shape (n,)
            Called with the indices of images, it gives the class of each, in their order: whole
            numbers or strings; -1 or None where it cannot tell. True labels are looked up, and no
            others than those that are asked for.
        classes : array-like of shape (n_classes,), optional
            All classes that there are. By default those of the true labels, or those that were
            named.

        Returns
        -------
        FewLabels
            Itself.

        Raises
        ------
        ValueError
            They are no images, nothing was named, or an answer is none of ``classes``.
        ConfigError
            A parameter is out of range, or more labels are to be asked for than there are images.
        """
        images = plain_array(images)
        truth = None if callable(oracle) else np.asarray(without_missing(oracle))
        if truth is not None and truth.shape != images.shape[:1]:
            raise ValueError(f"{len(images)} images, but labels of shape {truth.shape}")
        self.begin(images, classes)
        if truth is not None and classes is None:
            self._taught.know_classes(truth)
        source = Source.HUMAN if truth is None else Source.ORACLE
        while len(asked := self.query()):
            said = oracle(asked) if callable(oracle) else truth[asked]  # type: ignore[index]
            self.teach(asked, said, source=source.name.lower())
        if not self._taught.n_named:
            raise ValueError(f"the oracle named none of the {len(self.queried_)} images asked for")
        self._run.ensemble(self._taught)
        return self

    def begin(self, images: ArrayLike, classes: Any = None) -> Self:
        """Look at the images and choose the first questions.

        Parameters
        ----------
        images, classes
            As of ``fit``.

        Returns
        -------
        FewLabels
            Itself.

        Raises
        ------
        ValueError, ConfigError
            As of ``fit``.
        """
        images = plain_array(images)
        config = self._config(len(images))
        self._run = MemoryRun(images, config)
        self._taught = Taught(len(images), classes)
        self.features_, self.X_ = self._run.features, self._run.X
        self.images_ = self._run.images
        return self

    def query(self) -> np.ndarray:
        """The images to be named next: what is open of this round, or else the next round.

        Returns
        -------
        ndarray of shape (n_asked,), dtype int64
            Indices into the images; empty when all labels are there that were to be asked for.
        """
        rounds, taught = self._begun.rounds, self._taught
        asked = taught.open(rounds.asked)
        if not len(asked) and rounds.n_to_come > 0:
            n_classes = max(len(taught.classes), 1)
            asked = taught.open(rounds.choose(taught.answers(rounds.asked), n_classes))
        return asked

    def teach(self, indices: ArrayLike, labels: Any, source: str = "human") -> Self:
        """Take answers; others for the same images replace them.

        Parameters
        ----------
        indices : array-like of shape (n_answers,), dtype int
            Images, asked about or not.
        labels : array-like of shape (n_answers,)
            Their classes; -1 or None where nobody can tell.
        source : str, default="human"
            ``human`` or ``oracle``.

        Returns
        -------
        FewLabels
            Itself.

        Raises
        ------
        ValueError
            There are no such images, or an answer is none of the classes.
        """
        self._begun.forget()
        self._taught.take(indices, labels, source)
        return self

    def take_back(self, indices: ArrayLike) -> Self:
        """Forget what was said of images; those that were asked about are open again.

        Parameters
        ----------
        indices : array-like of shape (n_images,), dtype int

        Returns
        -------
        FewLabels
            Itself.
        """
        self._begun.forget()
        self._taught.take_back(indices)
        return self

    def predict_proba(self, images: ArrayLike) -> np.ndarray:
        """Probabilities of new images.

        Parameters
        ----------
        images : array-like of shape (m, height, width[, 3]) or (m, n_pixels)
            Like those of ``fit``.

        Returns
        -------
        ndarray of shape (m, n_classes), dtype float64
            Columns as in ``classes_``; each row sums to 1.
        """
        return self._model.predict_proba(self.features_.split(images))

    def predict(self, images: ArrayLike) -> np.ndarray:
        """The class of each new image.

        Parameters
        ----------
        images : array-like of shape (m, height, width[, 3]) or (m, n_pixels)

        Returns
        -------
        ndarray of shape (m,)
            Of the classes in ``classes_``.
        """
        predicted = self._model.predict(self.features_.split(images))
        return np.asarray(self.classes_[predicted.labels])

    def save(self, path: Path | str, *, with_weights: bool = False) -> Path:
        """Write all that names new images to a file without code, for ``labeler.load_model``.

        Parameters
        ----------
        path : Path or str
            Of a file ``.zip``; one that is there is replaced.
        with_weights : bool
            Whether the files of networks go into it, which you must be allowed to pass on.

        Returns
        -------
        Path

        Raises
        ------
        ConfigError
            There are no such files.
        OSError
            The place cannot be written to.
        """
        write_model(self._model, Path(path), with_weights=with_weights)
        return Path(path)

    @property
    def classes_(self) -> np.ndarray:
        """Those that were given, or else named so far; ascending."""
        self._begun  # noqa: B018 - refuses where there are no images
        return self._taught.classes

    @property
    def queried_(self) -> np.ndarray:
        """The images that were asked about, in that order."""
        return np.array([question.image for question in self._begun.rounds.asked], dtype=np.int64)

    @property
    def labels_(self) -> np.ndarray:
        """The class of each image; -1 for none."""
        return as_given(self.classes_, self._label_set.labels)

    @property
    def confidences_(self) -> np.ndarray:
        """1 for an answer, 0 for no label; else how sure the label is."""
        return self._label_set.confidences

    @property
    def sources_(self) -> np.ndarray:
        """Who each label comes from."""
        return np.asarray(np.array(SOURCE_NAMES)[self._label_set.sources])

    @property
    def label_distributions_(self) -> np.ndarray | None:
        """Soft labels, where they are spread as such."""
        return self._label_set.probabilities

    def __sklearn_is_fitted__(self) -> bool:
        return "_run" in vars(self) and self._taught.n_named > 0

    @property
    def _begun(self) -> "MemoryRun":
        if "_run" not in vars(self):
            raise NotFittedError("There are no images yet: call fit, or begin.")
        return self._run

    @property
    def _label_set(self) -> LabelSet:
        return self._begun.label_set(self._taught)

    @property
    def _model(self) -> Model:
        return self._begun.model(self._taught)

    def _config(self, n_images: int) -> RunConfig:
        given = {name: getattr(self, name) for name in _METHOD}
        chosen = {name: value for name, value in given.items() if value is not None}
        if not isinstance(self.n_labels, Integral):
            raise ConfigError(f"n_labels is {self.n_labels!r}; it must be a whole number.")
        if self.n_labels > n_images:
            raise ConfigError(
                f"n_labels is {self.n_labels:,}, but there are {n_images:,} images; ask for at "
                "least 1 and at most all of them."
            )
        return preset(self.preset).with_(
            n_labels=int(self.n_labels),
            classifier=self.classifier,
            seed=seed_of(self.random_state),
            **chosen,
        )
