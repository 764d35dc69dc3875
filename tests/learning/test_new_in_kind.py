"""Questions about images that came later and are like none of before."""

import numpy as np

from labeler.learning.graph import neighbour_graph
from labeler.pipeline.questions import questions_about_new

N_OLD, N_KINDS, OF_A_KIND, N_ALIKE = 300, 3, 20, 60


def pool() -> tuple[np.ndarray, np.ndarray]:
    """Features of an old pool, of images like it, and of three new kinds; the kind of each."""
    rng = np.random.default_rng(0)
    old = rng.normal(0, 1, (N_OLD + N_ALIKE, 4))
    centers = 40 * np.eye(4)[:N_KINDS]
    new = [rng.normal(center, 0.5, (OF_A_KIND, 4)) for center in centers]
    kinds = np.repeat([-1, *range(N_KINDS)], [N_OLD + N_ALIKE, *[OF_A_KIND] * N_KINDS])
    return np.concatenate([old, *new]).astype(np.float32), kinds


def test_each_new_kind_is_asked_about_and_then_the_round_goes_elsewhere() -> None:
    X, kinds = pool()
    graph, new = neighbour_graph(X), np.flatnonzero(kinds >= 0)
    false_alarms = np.arange(N_OLD, N_OLD + 3)
    unfamiliar = np.concatenate([false_alarms, new])
    n_added, asked = N_ALIKE + len(new), [0, 1, 2]

    def questions(asked: list[int], n: int) -> list[int]:
        rng = np.random.default_rng(1)
        found = questions_about_new(unfamiliar, n_added, asked, graph, X, n, rng)
        return [question.image for question in found]

    first = questions(asked, 5)
    assert sorted({int(kinds[image]) for image in first} - {-1}) == [0, 1, 2]
    assert len(first) == len(set(first)) == round(5 * (1 - 0.05 * n_added / len(unfamiliar)))
    # With all kinds answered well, a few unfamiliar images are no more than false alarms.
    every_third = [*asked, *new[::3].tolist()]
    assert questions(every_third, 5) == []
    assert questions(asked, 5) == first
    assert questions_about_new(new[:0], 0, asked, graph, X, 5, np.random.default_rng(1)) == ()
