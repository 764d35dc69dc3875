"""The pictures behind the images of a kept data set, wherever their files lie."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Self

import numpy as np

from labeler.datasets.originals import decode_name
from labeler.datasets.pictures import unchanged
from labeler.storage.rows import Dataset
from labeler.workflow.array_names import of_part
from labeler.workflow.pictures.original_arrays import (
    has_originals,
    load_blobs,
    source_numbers,
    sources_of,
)
from labeler.workflow.pictures.original_files import read_file
from labeler.workflow.workspace import Workspace


@dataclass(frozen=True, eq=False)
class KeptPictures:
    """Picture files of one part of a data set; see ``Pictures`` of ``labeler.datasets.originals``.

    Attributes
    ----------
    ws : Workspace
    dataset : Dataset of the storage layer
    part : str
        ``pool`` or ``test``.
    places : ndarray of shape (n,)
        Of the pictures in their part.
    """

    ws: Workspace
    dataset: Dataset
    part: str
    places: np.ndarray

    @cached_property
    def hashes(self) -> np.ndarray:
        """SHA-256 of each file when it was read."""
        reference = self.dataset.artefacts[of_part(self.part, "hashes")]
        return np.asarray(self.ws.array(reference)[self.places])

    @property
    def on_scale(self) -> tuple[float, float] | None:
        """Which values of those of 16 bits are black and white."""
        scale = self.dataset.details.get("scale")
        return (scale[0], scale[1]) if scale else None

    def take(self, indices: np.ndarray) -> Self:
        """Those at ``indices``, in that order."""
        return replace(self, places=self.places[indices])

    def contents(self, places: Sequence[int]) -> Generator[bytes | None, None, None]:
        """The files at some places, in that order; None for one that is not there any more."""
        sources = sources_of(self.dataset)
        numbers = source_numbers(self.ws, self.dataset, self.part)
        paths = load_blobs(self.ws, self.dataset.artefacts, self.part, "path") or ()
        for place in places:
            index = int(self.places[place])
            read = partial(read_file, self.ws, sources[int(numbers[index])])
            yield unchanged(read, decode_name(paths[index]), self.hashes[place])

    def rendition(self, place: int) -> bytes:
        """A picture for people that was made of the file; empty where there is none."""
        renditions = load_blobs(self.ws, self.dataset.artefacts, self.part, "rendition")
        return b"" if renditions is None else renditions[int(self.places[place])]


def pictures_of(ws: Workspace, dataset: Dataset, part: str) -> KeptPictures | None:
    """Those of one part; None where its images were not read from files of their own."""
    if not has_originals(dataset, part):
        return None
    return KeptPictures(ws, dataset, part, np.arange(dataset.counts[part]))
