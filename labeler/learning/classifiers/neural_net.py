"""A dense neural net, in Keras."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin

from labeler.learning.late_keras import import_keras, weights_from, weights_state
from labeler.learning.softmax_regression import MARGIN_FLOOR, margins
from labeler.progress import SILENT, Progress, Task

NAME = "nn"
TITLE = "a neural net"
TAKES = "a minute or more"

PREDICTED_AT_ONCE = 8192


class NeuralNetClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A dense net with two hidden layers (256, 128), in Keras.

    Trained for up to ``epochs`` epochs; a tenth of the labels it is given is held out to stop
    early. No other labels are looked at. Labels that were spread from one answer share its error,
    and an image held out of a cluster that is trained on would only confirm it: of spread labels,
    whole clusters are held out, and once they have shown how many epochs are enough, the net is
    trained anew on all of its labels for as many.

    Parameters
    ----------
    random_state : int
        Seeds the initial weights, the shuffling, the dropout and the held-out tenth.
    epochs : int

    Attributes
    ----------
    n_epochs_ : int
        After how many epochs the weights were best on the labels held out.
    """

    is_deterministic = False
    hidden_layers = (256, 128)
    dropout = 0.3
    label_smoothing = 0.1
    patience = 5
    held_out = 0.1
    fewest_groups = 10
    soft_epochs = 5
    """Soft labels come from all answers at once, so none can be held out to tell when to stop."""

    def __init__(self, random_state: int = 0, epochs: int = 30) -> None:
        self.random_state = random_state
        self.epochs = epochs

    def fit(
        self,
        X: np.ndarray,
        y: np.ndarray,
        groups: np.ndarray | None = None,
        progress: Progress = SILENT,
        probabilities: np.ndarray | None = None,
    ) -> Self:
        """Learn from ``X`` of shape (n, n_features) and class indices ``y``.

        ``groups`` of shape (n,) says which labels come from the same answer; None where each
        has its own. ``probabilities`` of shape (n, n_classes) are soft labels instead of ``y``.
        """
        groups = np.arange(len(X)) if groups is None else groups
        self.mean_, self.scale_ = X.mean(axis=0), max(float(X.std()), 1e-6)
        self.classes_, classes = np.unique(y, return_inverse=True)
        if len(self.classes_) == 1:
            return self
        X = self._standardized(X)
        if probabilities is not None:
            self.classes_ = np.arange(probabilities.shape[1])
            weights = margins(probabilities) + MARGIN_FLOOR
            self._train(X, probabilities, None, progress, self.soft_epochs, weights)
            return self
        targets = np.eye(len(self.classes_), dtype=np.float32)[classes]
        held_out = self._held_out(groups)
        self._train(X[~held_out], targets[~held_out], (X[held_out], targets[held_out]), progress)
        if held_out.any() and len(np.unique(groups)) < len(groups):
            self._train(X, targets, None, progress, self.n_epochs_)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Class indices of shape (n,)."""
        if len(self.classes_) == 1:
            return np.full(len(X), self.classes_[0])
        return np.asarray(self.classes_[self._logits(X).argmax(axis=1)])

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Probabilities of the classes in ``classes_``, shape (n, n_seen)."""
        if len(self.classes_) == 1:
            return np.ones((len(X), 1))
        return np.asarray(softmax(self._logits(X), axis=1))

    def state(self) -> dict[str, np.ndarray]:
        """What was learned, as plain arrays."""
        learned = {"classes": self.classes_, "mean": self.mean_, "scale": np.array(self.scale_)}
        return learned if len(self.classes_) == 1 else learned | weights_state(self.model_)

    def restore(self, state: Mapping[str, np.ndarray]) -> Self:
        """Know what another learned: numbers alone, for a net that is built here."""
        self.classes_, self.mean_ = state["classes"], state["mean"]
        self.scale_ = float(state["scale"])
        if len(self.classes_) > 1:
            self.model_ = self._build(import_keras(), len(self.mean_))
            self.model_.set_weights(weights_from(state))
        return self

    def _logits(self, X: np.ndarray) -> np.ndarray:
        # Not model.predict: it compiles anew for each net, which takes longer than this.
        logits = [
            np.asarray(self.model_(self._standardized(X[start : start + PREDICTED_AT_ONCE])))
            for start in range(0, len(X), PREDICTED_AT_ONCE)
        ]
        return np.concatenate(logits)

    def _standardized(self, X: np.ndarray) -> np.ndarray:
        return np.asarray((X - self.mean_) / self.scale_, dtype=np.float32)

    def _held_out(self, groups: np.ndarray) -> np.ndarray:
        """Mask of shape (n,): True for the tenth of the groups that decides when to stop."""
        names = np.unique(groups)
        if len(names) < self.fewest_groups:
            return np.zeros(len(groups), dtype=bool)
        shuffled = np.random.default_rng(self.random_state).permutation(names)
        return np.isin(groups, shuffled[: round(len(names) * self.held_out)])

    def _train(
        self,
        X: np.ndarray,
        targets: np.ndarray,
        held_out: tuple[np.ndarray, np.ndarray] | None,
        progress: Progress,
        epochs: int | None = None,
        weights: np.ndarray | None = None,
    ) -> None:
        with progress.task("Starting the neural net"):
            keras = import_keras()
        keras.utils.set_random_seed(self.random_state)
        self.model_ = self._build(keras, X.shape[1])
        epochs = epochs or self.epochs
        stopping = keras.callbacks.EarlyStopping(
            monitor="val_loss", patience=self.patience, restore_best_weights=True
        )
        stops_early = held_out is not None and len(held_out[0]) > 0
        with progress.task(f"Training the net on {len(X):,} images", epochs) as task:
            self.model_.fit(
                X,
                targets,
                sample_weight=weights,
                validation_data=held_out if stops_early else None,
                batch_size=_batch_size(len(X)),
                epochs=epochs,
                callbacks=[_reporter(keras, task, epochs), *([stopping] if stops_early else [])],
                verbose=0,
            )
        self.n_epochs_ = stopping.best_epoch + 1 if stops_early else epochs

    def _build(self, keras: Any, n_features: int) -> Any:
        layers = [keras.layers.Input((n_features,))]
        for width in self.hidden_layers:
            layers.append(keras.layers.Dense(width, activation="relu"))
            layers.append(keras.layers.Dropout(self.dropout))
        layers.append(keras.layers.Dense(len(self.classes_)))
        model = keras.Sequential(layers)
        loss = keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=self.label_smoothing
        )
        model.compile(optimizer="adam", loss=loss)
        return model


def _reporter(keras: Any, task: Task, epochs: int) -> Any:
    """A callback that moves the bar after each epoch and shows its loss."""

    def report(epoch: int, logs: dict[str, float]) -> None:
        held_out = f", {logs['val_loss']:.3f} on labels held out" if "val_loss" in logs else ""
        of = f"of at most {epochs}" if held_out else f"of {epochs}"
        task.advance(detail=f"epoch {epoch + 1} {of}: loss {logs['loss']:.3f}{held_out}")

    return keras.callbacks.LambdaCallback(on_epoch_end=report)


def _batch_size(n_images: int) -> int:
    """Small batches for few images, so that thirty epochs are enough steps to learn."""
    return int(np.clip(n_images // 100, 16, 256))
