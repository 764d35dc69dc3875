"""Which features there are to choose from, and what ``auto`` stands for on a data set."""

from typing import NamedTuple

from labeler.config import RunConfig
from labeler.feature_names import LITE0
from labeler.learning.networks import is_at_hand
from labeler.pipeline.chosen_features import Chosen, choose_features
from labeler.plugins import FEATURES
from labeler.storage.rows import Dataset
from labeler.workflow.array_names import of_part
from labeler.workflow.pictures.original_arrays import has_originals
from labeler.workflow.workspace import Workspace


class Offer(NamedTuple):
    """Features that a page offers.

    Attributes
    ----------
    name : str
    heading : str
        What they are to people.
    is_here : bool
        Whether nothing has to be installed for them.
    """

    name: str
    heading: str
    is_here: bool


def offered_features() -> tuple[Offer, ...]:
    """What can be chosen without naming a file or waiting for a download."""
    computed = (Offer(name, plugin.heading, True) for name, plugin in FEATURES.items())
    has_network = is_at_hand(LITE0)
    return (
        *computed,
        Offer(f"shape+{LITE0}", "Photographs: shape, and what a pretrained net sees", has_network),
        Offer(LITE0, "Photographs: what a pretrained net sees", has_network),
    )


def choose_for_dataset(ws: Workspace, dataset: Dataset, config: RunConfig) -> Chosen:
    """The same settings, ``auto`` replaced by what suits the images.

    Parameters
    ----------
    ws : Workspace
    dataset : Dataset of the storage layer
    config : RunConfig
    """
    name = of_part("pool", "sizes")
    sizes = ws.array(dataset.artefacts[name]) if has_originals(dataset) else None
    return choose_features(config, dataset.details["image_shape"], sizes)
