"""Which features ``auto`` stands for on a data set that is kept."""

from labeler.config import RunConfig
from labeler.pipeline.chosen_features import Chosen, choose_features
from labeler.storage.rows import Dataset
from labeler.workflow.array_names import of_part
from labeler.workflow.original_arrays import has_originals
from labeler.workflow.workspace import Workspace


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
