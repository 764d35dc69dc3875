"""The small net: it learns soft labels of images, alike for a seed, and says how far it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from labeler.imaging.pixels import unit_squares
from labeler.learning.features.orientation import symmetries
from labeler.learning.small_net.distortions import WEAK
from labeler.learning.small_net.net import SIDE, SmallNet
from tests.conftest import make_bars

EPOCHS = 6


class Recorder:
    """How much was told of each task."""

    def __init__(self) -> None:
        self.tasks: dict[str, list[int | None]] = {}

    @contextmanager
    def task(self, description: str, total: int | None = None) -> Iterator["Recorder"]:
        self.tasks[description] = [total, 0]
        yield self

    def advance(self, amount: int = 1, detail: str = "") -> None:
        *_, last = self.tasks.values()
        last[1] = (last[1] or 0) + amount


@pytest.fixture(scope="module")
def pool() -> tuple[np.ndarray, np.ndarray]:
    train = make_bars().train
    return train.images, train.labels


def soft(labels: np.ndarray, certainty: float = 0.7) -> np.ndarray:
    n_classes = int(labels.max()) + 1
    rest = (1 - certainty) / (n_classes - 1)
    return np.where(np.eye(n_classes)[labels] > 0, certainty, rest).astype(np.float32)


def learned(pool: tuple[np.ndarray, np.ndarray], recorder: Recorder) -> SmallNet:
    images, labels = pool
    answered = np.arange(5)
    return SmallNet(WEAK, EPOCHS).fit(images, soft(labels), answered, recorder)


@pytest.mark.slow
def test_it_learns_what_soft_labels_say_and_a_seed_gives_the_same_again(
    pool: tuple[np.ndarray, np.ndarray],
) -> None:
    images, labels = pool
    recorder = Recorder()
    net = learned(pool, recorder)
    said = net.predict_proba(images)
    assert said.shape == (len(images), 4)
    assert np.allclose(said.sum(axis=1), 1, atol=1e-5)
    assert (said.argmax(axis=1) == labels).mean() > 0.9
    assert recorder.tasks["Training the net on 200 images"] == [1200, 1200]
    assert np.array_equal(learned(pool, Recorder()).predict_proba(images), said)


def test_without_an_up_an_image_is_asked_about_from_every_side(
    pool: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    images, _ = pool
    net = SmallNet(replace(WEAK, is_symmetric=True), 1)
    net.mean_, net.scale_ = 0.0, 1.0
    monkeypatch.setattr(net, "_said", lambda turned: turned[:, 0, :2, 0])
    expected = [turned[:, 0, :2, 0] for turned in symmetries(unit_squares(images, SIDE))]
    assert np.allclose(net.predict_proba(images), np.mean(expected, axis=0))


@pytest.mark.parametrize("shape", [(8, 8), (28, 28), (40, 30, 3)])
def test_images_of_any_size_are_brought_to_one(shape: tuple[int, ...]) -> None:
    images = np.random.default_rng(0).integers(0, 256, (6, *shape), dtype=np.uint8)
    pixels = unit_squares(images, SIDE)
    assert pixels.shape == (6, SIDE, SIDE, 3 if len(shape) == 3 else 1)
    assert 0 <= pixels.min() < pixels.max() <= 1


@pytest.mark.slow
def test_images_that_are_all_alike_are_no_division_by_zero() -> None:
    images = np.full((20, 8, 8), 9, dtype=np.uint8)
    net = SmallNet(WEAK, 1).fit(images, soft(np.arange(20) % 2), np.arange(2))
    assert np.isfinite(net.predict_proba(images)).all()
