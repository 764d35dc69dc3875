"""Which features ``auto`` stands for: chosen once, when a run or a simulation is made.

What was chosen is what is kept and told, so that a run never becomes another when a package is
installed later.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from labeler.config import RunConfig
from labeler.datasets.base import Dataset
from labeler.feature_names import AUTO, LITE0, files_of, is_network, parts_of
from labeler.learning.networks import is_at_hand
from labeler.words import WARNING, installing

SMALL = 64
"""Pixels along the longer side up to which pictures are small: a network that was trained on
photographs has little to see in them, and shape is what tells them apart."""

SHAPE = "shape"

WITHOUT = (
    f"{WARNING}no pretrained net was here when this run was made: on photographs of things, expect "
    f"about half the accuracy. {installing('photo')} brings one, for new runs."
)


class Chosen(NamedTuple):
    """Settings with features that are never ``auto``, and what is to be known of them."""

    config: RunConfig
    notes: tuple[str, ...]


def choose_features(
    config: RunConfig, image_shape: Sequence[int], sizes: np.ndarray | None
) -> Chosen:
    """The same settings, ``auto`` replaced by what suits the images.

    Parameters
    ----------
    config : RunConfig
    image_shape : sequence of int
        (height, width) of grey images, (height, width, 3) of colour ones, as they are kept.
    sizes : ndarray of shape (n, 2) or None
        (height, width) of the files they were read from; None where there are none.

    Returns
    -------
    Chosen
    """
    if config.features != AUTO:
        return Chosen(config, tuple(_licences(config.features)))
    are_photographs = len(image_shape) == 3 and _typical_side(image_shape, sizes) > SMALL
    has_network = are_photographs and is_at_hand(LITE0)
    features = f"{SHAPE}+{LITE0}" if has_network else SHAPE
    notes = (WITHOUT,) if are_photographs and not has_network else ()
    return Chosen(config.with_(features=features), notes)


def _licences(features: str) -> Iterator[str]:
    """What the files beside networks say of their weights; others name theirs in their title."""
    for part in filter(is_network, parts_of(features)):
        for file in files_of(part)[1:]:
            with suppress(OSError, ValueError, AttributeError):  # told where the network is opened
                licence = json.loads(file.read_bytes()).get("licence")
                if licence:
                    yield f"licence of {file.stem}.onnx: {str(licence)[:200]}"


def choose_features_for(dataset: Dataset, config: RunConfig) -> Chosen:
    """The same for a data set that was read."""
    originals = dataset.train.originals
    sizes = None if originals is None else originals.sizes
    return choose_features(config, dataset.image_shape, sizes)


def _typical_side(image_shape: Sequence[int], sizes: np.ndarray | None) -> float:
    """Pixels along the longer side of a typical picture, as it was before it was made small."""
    if sizes is None:
        return max(image_shape[:2])
    return float(np.median(np.asarray(sizes).max(axis=1)))
