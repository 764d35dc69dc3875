"""What is trained on the labels: logistic regression, or a neural net."""

import warnings
from typing import Any, Protocol, Self

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from labeler.late_keras import import_keras
from labeler.progress import SILENT, Progress, Task


class Classifier(Protocol):
    """Learns classes from vectors; the same few verbs as in scikit-learn."""

    is_deterministic: bool
    """Whether two fits on the same data are equal, whatever their ``random_state``."""

    def fit(self, X: np.ndarray, y: np.ndarray, progress: Progress = SILENT) -> Self:
        """Learn from ``X`` of shape (n, n_features), float32, and class indices ``y``."""

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Class indices of shape (n,)."""


class LogisticClassifier:
    """Multinomial logistic regression on features whose scales are drawn together.

    Each feature is divided by the fourth root of its spread. On principal components, the solver
    then needs a fraction of the iterations; dividing by the whole spread needs fewer still, but
    a hundred labels do worse where noise weighs as much as shape.

    Parameters
    ----------
    random_state : int
        Not used; every classifier takes it.
    C : float
        Inverse strength of the L2 penalty.
    """

    is_deterministic = True
    max_iter = 100
    """More iterations change the test accuracy by less than another seed does."""
    tol = 1e-3

    def __init__(self, random_state: int = 0, C: float = 1.0) -> None:
        self.random_state = random_state
        self.C = C

    def fit(self, X: np.ndarray, y: np.ndarray, progress: Progress = SILENT) -> Self:
        """Learn from ``X`` of shape (n, n_features) and class indices ``y``."""
        self.scale_ = _scale(X)
        self.classes_ = np.unique(y)
        if len(self.classes_) == 1:
            return self
        with progress.task(f"Training logistic regression on {len(X):,} images"):
            self.model_ = LogisticRegression(C=self.C, tol=self.tol, max_iter=self.max_iter)
            # The products are ten columns wide: a second BLAS thread only waits for the first.
            with warnings.catch_warnings(), threadpool_limits(1, "blas"):
                warnings.simplefilter("ignore", ConvergenceWarning)
                self.model_.fit(X / self.scale_, y)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Class indices of shape (n,)."""
        if len(self.classes_) == 1:
            return np.full(len(X), self.classes_[0])
        return np.asarray(self.model_.predict(X / self.scale_))


class NeuralNetClassifier:
    """A dense net with two hidden layers (256, 128), in Keras.

    Trained for up to ``epochs`` epochs; a tenth of the labels it is given is held out to stop
    early and keep the best weights. No other labels are looked at.

    Parameters
    ----------
    random_state : int
        Seeds the initial weights, the shuffling, the dropout and the held-out tenth.
    epochs : int
    """

    is_deterministic = False
    hidden_layers = (256, 128)
    dropout = 0.3
    patience = 5
    held_out = 0.1
    fewest_to_hold_out = 20

    def __init__(self, random_state: int = 0, epochs: int = 30) -> None:
        self.random_state = random_state
        self.epochs = epochs

    def fit(self, X: np.ndarray, y: np.ndarray, progress: Progress = SILENT) -> Self:
        """Learn from ``X`` of shape (n, n_features) and class indices ``y``."""
        keras = import_keras()
        keras.utils.set_random_seed(self.random_state)
        self.mean_, self.scale_ = X.mean(axis=0), X.std()
        self.classes_, targets = np.unique(y, return_inverse=True)
        X = self._standardized(X)
        train, held_out = self._split(len(X))
        self.model_ = self._build(keras, X.shape[1], len(self.classes_))
        with progress.task(f"Training the net on {len(train):,} images", self.epochs) as task:
            self.model_.fit(
                X[train],
                targets[train],
                validation_data=(X[held_out], targets[held_out]) if len(held_out) else None,
                batch_size=_batch_size(len(train)),
                epochs=self.epochs,
                callbacks=self._callbacks(keras, task, bool(len(held_out))),
                verbose=0,
            )
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Class indices of shape (n,)."""
        logits = self.model_.predict(self._standardized(X), batch_size=4096, verbose=0)
        return np.asarray(self.classes_[logits.argmax(axis=1)])

    def _standardized(self, X: np.ndarray) -> np.ndarray:
        return np.asarray((X - self.mean_) / self.scale_, dtype=np.float32)

    def _split(self, n_images: int) -> tuple[np.ndarray, np.ndarray]:
        shuffled = np.random.default_rng(self.random_state).permutation(n_images)
        if n_images < self.fewest_to_hold_out:
            return shuffled, shuffled[:0]
        n_held_out = round(n_images * self.held_out)
        return shuffled[n_held_out:], shuffled[:n_held_out]

    def _build(self, keras: Any, n_features: int, n_classes: int) -> Any:
        layers = [keras.layers.Input((n_features,))]
        for width in self.hidden_layers:
            layers.append(keras.layers.Dense(width, activation="relu"))
            layers.append(keras.layers.Dropout(self.dropout))
        layers.append(keras.layers.Dense(n_classes))
        model = keras.Sequential(layers)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(optimizer="adam", loss=loss)
        return model

    def _callbacks(self, keras: Any, task: Task, has_held_out: bool) -> list[Any]:
        def report(epoch: int, logs: dict[str, float]) -> None:
            task.advance(detail=f"loss {logs['loss']:.3f}")

        callbacks = [keras.callbacks.LambdaCallback(on_epoch_end=report)]
        if has_held_out:
            callbacks.append(
                keras.callbacks.EarlyStopping(
                    monitor="val_loss", patience=self.patience, restore_best_weights=True
                )
            )
        return callbacks


CLASSIFIERS: dict[str, type[LogisticClassifier] | type[NeuralNetClassifier]] = {
    "logistic": LogisticClassifier,
    "nn": NeuralNetClassifier,
}


def _scale(X: np.ndarray) -> np.ndarray:
    """Fourth root of each feature's spread, relative to the widest; 1 for a constant feature."""
    spread = X.std(axis=0)
    widest = max(float(spread.max()), np.finfo(np.float32).tiny)
    return np.where(spread > 0, (spread / widest) ** 0.25, 1).astype(np.float32)


def _batch_size(n_images: int) -> int:
    """Small batches for few images, so that thirty epochs are enough steps to learn."""
    return int(np.clip(n_images // 100, 16, 256))
