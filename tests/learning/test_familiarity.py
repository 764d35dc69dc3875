"""What is unfamiliar: one in twenty of new images of the pool's kind, however small the pool."""

import numpy as np
import pytest

from labeler.config import preset
from labeler.datasets.base import Split
from labeler.pipeline.describing import description
from labeler.pipeline.references import references_of

RNG = np.random.default_rng(4)
PATTERNS = RNG.normal(size=(40, 144))


def pictures(n: int) -> Split:
    """Noise over a few patterns: there are as many components as a small pool has images."""
    seen = RNG.normal(size=(n, 40)) @ PATTERNS * 8 + RNG.normal(size=(n, 144)) * 20
    images = np.clip(seen + 128, 0, 255).astype(np.uint8).reshape(n, 12, 12)
    return Split(images, np.full(n, -1, dtype=np.int64))


def flagged(pool: Split, new: Split) -> float:
    learned = description(preset("best").with_(features="pixels", n_components=100)).fit(pool)
    references = references_of(pool, learned.transform(pool), learned)
    distances = references.distances(references.index.nearest(learned.transform(new)))
    return float(references.is_unfamiliar(distances).mean())


@pytest.mark.parametrize("n_pool", [40, 200])
def test_of_new_images_one_in_twenty_is_flagged_by_small_pools(n_pool: int) -> None:
    shares = [flagged(pictures(n_pool), pictures(400)) for _ in range(6)]
    assert 0.03 < np.mean(shares) < 0.08


def test_copies_in_a_pool_do_not_make_all_else_unfamiliar() -> None:
    one = pictures(60)
    pool = one.take(np.repeat(np.arange(60), 14))
    assert flagged(pool, pictures(400)) < 0.2


def test_a_pool_too_small_to_tell_flags_nothing() -> None:
    assert flagged(pictures(18), pictures(100)) == 0
