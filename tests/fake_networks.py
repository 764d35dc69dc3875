"""A network that a test can look through: it sees the mean colour of each quarter."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from labeler.progress import SILENT, Progress


class Quarters:
    """Twelve numbers: red, green and blue of each quarter of a picture of 8 × 8 pixels."""

    name = "lite0"
    side = 8
    signature = "quarters 1"
    licence = "none"
    keeps_open = False

    def __init__(self) -> None:
        self.n_seen = self.n_opened = 0

    @contextmanager
    def opened(self, progress: Progress = SILENT) -> Iterator["Quarters"]:
        """See ``NetworkApart``."""
        self.n_opened += 1
        yield self

    def vectors(self, pictures: np.ndarray, progress: Progress = SILENT) -> np.ndarray:
        """See ``Network``."""
        self.n_seen += len(pictures)
        assert pictures.shape[1:] == (8, 8, 3)
        quarters = pictures.reshape(len(pictures), 2, 4, 2, 4, 3).mean(axis=(2, 4))
        return quarters.reshape(len(pictures), -1).astype(np.float32)
