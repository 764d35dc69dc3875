"""A run that is nowhere but in memory: images, questions, answers spread, and what names others."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import NotFittedError

from labeler.config import RunConfig
from labeler.estimators.features import ImageFeatures
from labeler.estimators.taught import Taught
from labeler.learning.ensemble import Ensemble
from labeler.learning.propagation import Evidence, answers_only
from labeler.pipeline.best_use import choose_use, curve_of, ensemble_of
from labeler.pipeline.preparation import Prepared, compute_clusters, compute_graph
from labeler.pipeline.question_rounds import QuestionRounds
from labeler.pipeline.questions import abstain, spread_answers
from labeler.pipeline.stages import trained_on
from labeler.prediction.building import build_model
from labeler.prediction.contents import About
from labeler.prediction.model import Model
from labeler.records import LabelSet
from labeler.records.label_quality import Choice


class MemoryRun:
    """The steps of ``labeler simulate``, with the answers of whoever gives them.

    What the answers lead to is computed when it is asked for, once until ``forget``.

    Parameters
    ----------
    images : array-like of shape (n, height, width[, 3]) or (n, n_pixels)
    config : RunConfig

    Attributes
    ----------
    features : ImageFeatures
    images : ndarray of shape (n, height, width[, 3]), dtype uint8
    X : ndarray of shape (n, n_features), dtype float32
    rounds : QuestionRounds
    """

    def __init__(self, images: ArrayLike, config: RunConfig) -> None:
        self.features = ImageFeatures(config.features, config.n_components)
        pool, self.X = self.features.learn(images)
        self.config = config.with_(features=self.features.features_)
        self._prepared = Prepared(
            classes=(),
            pool=pool,
            test=None,
            X=self.X,
            X_test=None,
            graph=compute_graph(self.X) if config.needs_graph else None,
        )
        self._clusters = compute_clusters(self.X, config.n_first, config)
        self.rounds = QuestionRounds(self._prepared, self._clusters, self.config)
        self._label_set: LabelSet | None = None
        self._ensemble: Ensemble | None = None
        self._choice: Choice | None = None
        self._model: Model | None = None

    @property
    def images(self) -> np.ndarray:
        """As they were read."""
        return self._prepared.pool.images

    def forget(self) -> None:
        """Answers are to be others: what they lead to is computed again."""
        self._label_set = self._ensemble = self._choice = self._model = None

    def label_set(self, taught: Taught) -> LabelSet:
        """The answers, spread as the settings say.

        Raises
        ------
        NotFittedError
            No image is named yet.
        """
        if self._label_set is None:
            if not taught.n_named:
                raise NotFittedError("No image is named yet: call teach.")
            self._label_set = self._spread(self._evidence(taught))
        return self._label_set

    def ensemble(self, taught: Taught) -> Ensemble:
        """What names new images: whichever use of the answers serves best."""
        if self._ensemble is None:
            label_set, evidence = self.label_set(taught), self._evidence(taught)
            prepared = self._with_classes(taught)
            if label_set.probabilities is None:
                self._ensemble = trained_on(prepared, label_set, self.config)
            else:
                self._choice = choice = choose_use(evidence, self.config)
                alone = answers_only(evidence.answers, len(self.X))
                self._ensemble = ensemble_of(prepared, choice, alone, label_set, self.config)
        return self._ensemble

    def model(self, taught: Taught) -> Model:
        """All that names new images, from a picture to its class."""
        if self._model is None:
            classes = tuple(map(str, taught.classes.tolist()))
            ensemble, choice = self.ensemble(taught), self._choice
            self._model = build_model(
                classes,
                self._prepared.pool,
                self.X,
                self.features.description_,
                ensemble,
                self.config,
                numbers=self.features.numbers_,
                calibration=None if choice is None else curve_of(choice, len(classes)),
                about=About(
                    n_labels=taught.n_named,
                    n_pool=len(self.X),
                    calibrated_by_answers=0 if choice is None else choice.n_foretold,
                    are_numbers=taught.classes.dtype.kind in "iu",
                ),
            )
        return self._model

    def _spread(self, evidence: Evidence) -> LabelSet:
        if self.config.spreads_by_fraction:
            return spread_answers(self.config, evidence, fraction=max(self.config.fractions))
        return abstain(spread_answers(self.config, evidence), self.config.threshold)

    def _evidence(self, taught: Taught) -> Evidence:
        answers = taught.answers(self.rounds.asked)
        return self._with_classes(taught).evidence(answers, self._clusters)

    def _with_classes(self, taught: Taught) -> Prepared:
        return replace(self._prepared, classes=tuple(map(str, taught.classes.tolist())))
