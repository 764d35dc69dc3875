"""The net itself, in Keras, and how it learns from soft labels."""

from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np
from scipy.special import softmax

from labeler.imaging.pixels import unit_squares
from labeler.learning.estimators import LightEstimator
from labeler.learning.features.orientation import symmetries
from labeler.learning.late_keras import (
    import_keras,
    make_deterministic,
    weights_from,
    weights_state,
)
from labeler.learning.small_net.distortions import STRONG, WEAK, Distortions, distorted
from labeler.learning.softmax_regression import MARGIN_FLOOR, margins
from labeler.progress import SILENT, Progress, Task

SIDE = 28
"""Pixels along each side that every image is brought to."""

LARGE = 10_000
"""Pools of more images are learned from in larger batches."""
BATCH, LARGE_BATCH = 64, 128
ANSWERED = 16
"""Most answered images that are added to each batch: few as they are, they would drown."""

LEARNING_RATE, WEIGHT_DECAY = 3e-3, 1e-2
AVERAGED = 0.1
"""Share of all steps that the average of the weights reaches back; the average is what is asked."""

PREDICTED_AT_ONCE = 2048


class SmallNet(LightEstimator):
    """A convolutional net of some 220,000 weights that learns soft labels of distorted images.

    Each image counts by how far its likeliest class is ahead of the second. Images that somebody
    answered for are added to every batch.

    Parameters
    ----------
    distortions : Distortions
    epochs : int
    random_state : int
        Seeds the first weights, the order of the images and their distortions.
    """

    def __init__(self, distortions: Distortions, epochs: int, random_state: int = 0) -> None:
        self.distortions = distortions
        self.epochs = epochs
        self.random_state = random_state

    def fit(
        self,
        images: np.ndarray,
        targets: np.ndarray,
        answered: np.ndarray,
        progress: Progress = SILENT,
    ) -> Self:
        """Learn what the soft labels say.

        Parameters
        ----------
        images : ndarray of shape (n, height, width[, 3]), dtype uint8
        targets : ndarray of shape (n, n_classes), dtype float32
            Each row sums to 1.
        answered : ndarray of shape (n_answered,), dtype int
            Places of images whose label is an answer.
        progress : Progress
        """
        with progress.task("Starting the neural net"):
            keras = import_keras()
        make_deterministic(keras, self.random_state)
        pixels = unit_squares(images, SIDE)
        self.mean_, self.scale_ = float(pixels.mean()), max(float(pixels.std()), 1e-6)
        pixels = self._standardized(pixels)
        size = LARGE_BATCH if len(images) > LARGE else BATCH
        n_steps = -(-len(images) // size)
        self.model_ = _build(keras, pixels.shape[1:], targets.shape[1])
        loss = keras.losses.CategoricalCrossentropy(from_logits=True)
        self.model_.compile(optimizer=_optimizer(keras, n_steps * self.epochs), loss=loss)
        total = len(images) * self.epochs
        with progress.task(f"Training the net on {len(images):,} images", total) as task:
            self.model_.fit(
                self._batches(pixels, targets, answered, size),
                steps_per_epoch=n_steps,
                epochs=self.epochs,
                callbacks=[_reporter(keras, task, len(images), n_steps)],
                shuffle=False,
                verbose=0,
            )
        return self

    def predict_proba(self, images: np.ndarray) -> np.ndarray:
        """What it sees in images of the pool or in others.

        Parameters
        ----------
        images : ndarray of shape (n, height, width[, 3]), dtype uint8

        Returns
        -------
        ndarray of shape (n, n_classes), dtype float32
            Each row sums to 1. The mean over all eight sides of an image, if it has no up.
        """
        starts = range(0, len(images), PREDICTED_AT_ONCE)
        parts = (images[start : start + PREDICTED_AT_ONCE] for start in starts)
        return np.concatenate(
            [self._seen(self._standardized(unit_squares(part, SIDE))) for part in parts]
        )

    def state(self) -> dict[str, np.ndarray]:
        """All that ``predict_proba`` depends on, as plain arrays."""
        return {
            "mean": np.array(self.mean_),
            "scale": np.array(self.scale_),
            "is_symmetric": np.array(self.distortions.is_symmetric),
            **weights_state(self.model_),
        }

    @classmethod
    def restored(cls, state: Mapping[str, np.ndarray]) -> Self:
        """A net that sees what another does that learned: numbers alone, for one built here."""
        net = cls(STRONG if state["is_symmetric"] else WEAK, 0)
        net.mean_, net.scale_ = float(state["mean"]), float(state["scale"])
        weights = weights_from(state)
        n_channels, n_classes = weights[0].shape[2], len(weights[-1])
        net.model_ = _build(import_keras(), (SIDE, SIDE, n_channels), n_classes)
        net.model_.set_weights(weights)
        return net

    def _seen(self, pixels: np.ndarray) -> np.ndarray:
        if self.distortions.is_symmetric:
            return np.asarray(np.mean([self._said(side) for side in symmetries(pixels)], axis=0))
        return self._said(pixels)

    def _said(self, pixels: np.ndarray) -> np.ndarray:
        # Not model.predict: it compiles anew for each net, which takes longer than this.
        return np.asarray(softmax(np.asarray(self.model_(pixels, training=False)), axis=1))

    def _standardized(self, pixels: np.ndarray) -> np.ndarray:
        """The same array, changed in place: of a large pool there must not be two."""
        pixels -= np.float32(self.mean_)
        pixels /= np.float32(self.scale_)
        return pixels

    def _batches(
        self, images: np.ndarray, targets: np.ndarray, answered: np.ndarray, size: int
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Images, their soft labels and weights, without end: each image once an epoch."""
        rng = np.random.default_rng(self.random_state)
        weights = (margins(targets) + MARGIN_FLOOR).astype(np.float32)
        n_answered = min(ANSWERED, len(answered))
        while True:
            order = rng.permutation(len(images))
            for start in range(0, len(images), size):
                added = rng.choice(answered, n_answered, replace=False)
                chosen = np.concatenate([order[start : start + size], added])
                batch = distorted(images[chosen], self.distortions, rng)
                yield batch, targets[chosen], weights[chosen]


def _build(keras: Any, shape: tuple[int, ...], n_classes: int) -> Any:
    layers = keras.layers

    def block(x: Any, n_filters: int, size: int, stride: int = 1) -> Any:
        x = layers.Conv2D(n_filters, size, stride, padding="same", use_bias=False)(x)
        return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))

    pixels = layers.Input(shape)
    x = block(pixels, 32, 5, 2)
    x = layers.MaxPooling2D()(block(x, 48, 3))
    x = block(block(x, 96, 3), 192, 3, 2)
    logits = layers.Dense(n_classes)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(pixels, logits)


def _optimizer(keras: Any, n_steps: int) -> Any:
    return keras.optimizers.AdamW(
        keras.optimizers.schedules.CosineDecay(LEARNING_RATE, n_steps),
        weight_decay=WEIGHT_DECAY,
        use_ema=True,
        ema_momentum=1 - 1 / max(1.0, AVERAGED * n_steps),
    )


def _reporter(keras: Any, task: Task, n_images: int, n_steps: int) -> Any:
    """A callback that moves the bar after each batch; an epoch is all images, exactly."""

    def report(batch: int, logs: dict[str, float]) -> None:
        done = (batch + 1) * n_images // n_steps - batch * n_images // n_steps
        task.advance(done, f"loss {logs['loss']:.3f}")

    return keras.callbacks.LambdaCallback(on_train_batch_end=report)
