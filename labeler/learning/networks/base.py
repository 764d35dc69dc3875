"""What every network that was trained on other pictures promises."""

from typing import Protocol

import numpy as np

from labeler.progress import SILENT, Progress


class Network(Protocol):
    """Turns pictures of its own size into vectors; it learns nothing.

    Attributes
    ----------
    name : str
        What it is chosen by, such as ``lite0`` or ``keras:MobileNetV2``.
    side : int
        Height and width of the pictures it takes, in pixels.
    signature : str
        All that its vectors depend on: which weights, by their content, and the code.
    licence : str
        Of the weights, in words; empty where it is not known.
    """

    name: str
    side: int
    signature: str
    licence: str

    def vectors(self, pictures: np.ndarray, progress: Progress = SILENT) -> np.ndarray:
        """What it sees in each picture.

        Parameters
        ----------
        pictures : ndarray of shape (n, side, side, 3), dtype uint8
            In RGB, from 0 to 255; preparing them is the network's affair.
        progress : Progress

        Returns
        -------
        ndarray of shape (n, n_features), dtype float32
            Neither reduced nor scaled. One picture's vector does not depend on the others'.
        """
