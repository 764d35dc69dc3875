"""What the arrays that rows name are called: every name of a run's, a data set's and a result's.

What is computed from a data set is kept with it under a name and a key of all that it depends on.
Features, graphs and clusters have their names from ``pipeline.preparation``, and what exploration
finds from ``exploration.kept``.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from labeler.pipeline import preparation
from labeler.pipeline.preparation import CLUSTER_ARRAYS, GRAPH_ARRAYS

Item = TypeVar("Item")


class Array(StrEnum):
    """Arrays that a row has one of.

    ``POOL`` and ``TEST`` are image numbers, ``SHEET`` those of the contact sheet in its order;
    ``CLUSTER_NUMBERS`` are absent while they are 0, 1, 2, …; ``UPLOAD`` is the bytes of the file
    that a data set was read from, where its pictures are wanted again. ``POOL_PREDICTIONS`` is what
    a result's classifier says of the pool, ``LEFT_OUT`` what its labels claimed of images whose
    answers were left out, and whether that is so, and ``TRAINED_SOFT`` what neighbours there say of
    new images. ``REVIEW_…`` are the order in which labels are looked at: see
    ``workflow.reviewing.queue.Order``. ``ODD_…`` are what stands out among the pictures: see
    ``workflow.reviewing.odd``. ``ADDED_…`` are what was said of images as they were added: see
    ``workflow.adding.newcomers``.
    """

    POOL = "pool"
    TEST = "test"
    FEATURES = preparation.FEATURES
    TEST_FEATURES = preparation.TEST_FEATURES
    SHEET = "sheet"
    CLUSTER_NUMBERS = "clusters.ids"
    POOL_LABELS = "pool.labels"
    TEST_IMAGES = "test.images"
    TEST_LABELS = "test.labels"
    UPLOAD = "upload"
    SPREAD_PROBABILITIES = "spread.probabilities"
    SPREAD_NEW = "spread.new_probabilities"
    ANSWERS = "answers"
    TRAINED_SOFT = "trained.probabilities"
    POOL_PREDICTIONS = "predictions.pool"
    LEFT_OUT = "left_out"
    REVIEW_IMAGES = "review.images"
    REVIEW_PLANTED = "review.planted"
    REVIEW_STARTS = "review.starts"
    REVIEW_CLASSES = "review.classes"
    REVIEW_DOUBTS = "review.doubts"
    ODD_IMAGES = "odd.images"
    ODD_KINDS = "odd.kinds"
    ODD_MEASURES = "odd.measures"
    ODD_SETS = "odd.sets"
    ODD_USUAL = "odd.usual"
    ADDED_IMAGES = "added.images"
    ADDED_CLASSES = "added.class_ids"
    ADDED_UNFAMILIAR = "added.unfamiliar"


LABEL_SET = {part: part for part in ("labels", "sources", "confidences", "origins")}
"""What the arrays of a result's ``LabelSet`` are called, by the field of each; its probabilities
are not kept."""

SPREAD_ARRAYS = {part: f"spread.{part}" for part in LABEL_SET}
"""The same of the labels that were spread over a run's graph."""


SPREAD_NET = "spread.net"
"""What looked at the images when they were spread: the state of a net, a name for each array."""

TRAINED, TRAINED_ALONE, TRAINED_NET = "trained.classifier", "trained.alone", "trained.net"
"""The same of what names new images: see ``learning.ensemble.Ensemble``."""


def in_room(room: str, arrays: Mapping[str, Item]) -> dict[str, Item]:
    """Arrays by their own names, as rows name them that have several such sets."""
    return {f"{room}.{name}": array for name, array in arrays.items()}


def out_of_room(room: str, artefacts: Mapping[str, Item]) -> dict[str, Item]:
    """What ``in_room`` put there, by its own names; nothing where there is none."""
    within = f"{room}."
    return {
        name.removeprefix(within): item
        for name, item in artefacts.items()
        if name.startswith(within)
    }


def of_part(part: str, what: str) -> str:
    """Images, labels or names of a data set's ``pool`` or ``test`` part."""
    return f"{part}.{what}"


def predictions(stage: int) -> str:
    """What the classifier of a result's stage said of the test images."""
    return f"predictions.{stage}"


def derived(name: str, key: str) -> str:
    """What was computed from a data set, by the key of what it depends on."""
    return f"{name}:{key}"


def has_clusters(artefacts: Mapping[str, str]) -> bool:
    """Whether clusters are among them."""
    return CLUSTER_ARRAYS["labels"] in artefacts


def has_graph(artefacts: Mapping[str, str]) -> bool:
    """Whether a graph is among them."""
    return GRAPH_ARRAYS["data"] in artefacts
