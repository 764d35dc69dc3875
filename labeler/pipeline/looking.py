"""Pictures, looked at by a network: from their originals, and each once.

Originals are read one after the other, decoded by child processes to the side that the network
takes, and looked at a few at a time, so that many take no more memory than few. What was seen is
kept by the content of each file: a pass that was cut off goes on where it was, and images that were
added, or that another run looks at, cost what is new of them.

Where a file is gone or changed, the picture that was kept for people is looked at in its place.
Images that came as numbers have no file: they are looked at as they are.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from labeler.datasets.base import Split
from labeler.datasets.originals import ArrayPictures, Pictures
from labeler.exceptions import InputError
from labeler.imaging import renditions
from labeler.imaging.decoding import decode_each
from labeler.imaging.images import DecodedImage
from labeler.imaging.pixels import as_square
from labeler.learning.features.cache import FeatureCache
from labeler.learning.features.kept_vectors import KeptVectors, as_kept
from labeler.learning.networks import Network
from labeler.progress import SILENT, Progress

PREPARED = "whole, squeezed"
"""How pictures are brought to the network's side; vectors of another way are other vectors."""

BATCH = 32
"""Pictures that a network is given at once."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What a network saw in the images of a part.

    Attributes
    ----------
    vectors : ndarray of shape (n, n_features), dtype float16
        Neither reduced nor scaled.
    n_gone : int
        Images whose original was not there, so that a small picture was looked at.
    """

    vectors: np.ndarray
    n_gone: int


def kept_vectors(cache: FeatureCache, network: Network) -> KeptVectors:
    """Where what a network saw is kept: by all that it depends on beside the picture."""
    return KeptVectors(cache.folder, f"{network.signature} {network.side} {PREPARED}")


def look(
    images: Split,
    network: Network,
    kept: KeptVectors | None = None,
    progress: Progress = SILENT,
) -> Seen:
    """Have a network look at every picture of a part of a data set.

    Parameters
    ----------
    images : Split
    network : Network
    kept : KeptVectors, optional
        What it saw another time, and where what it sees now is kept.
    progress : Progress

    Returns
    -------
    Seen

    Raises
    ------
    LabelerError
        A picture cannot be decoded by a child: see ``labeler.imaging.decoding``.
    """
    keys = _pictures(images).hashes
    places, known = (np.empty(0, np.int64), np.empty((0, 0))) if kept is None else kept.find(keys)
    missing = np.setdiff1d(np.arange(len(images)), places)
    parts, n_gone = [known] if len(places) else [], 0
    with progress.task(f"Looking at pictures with {network.name}", len(missing)) as task:
        for batch in _batches(_squares(images, missing.tolist(), network.side)):
            pixels = np.stack([square.pixels for square in batch])
            seen = as_kept(network.vectors(pixels, progress))
            parts.append(seen)
            n_gone += sum(not square.is_original for square in batch)
            if kept is not None:
                _keep(kept, keys, batch, seen)
            task.advance(len(batch))
    if kept is not None and len(missing):
        kept.finish()
    return Seen(_in_order(parts, np.concatenate([places, missing])), n_gone)


def _keep(kept: KeptVectors, keys: np.ndarray, batch: "list[_Square]", seen: np.ndarray) -> None:
    """Keep what was seen in originals: a small picture is not seen in their place for ever."""
    good = [place for place, square in enumerate(batch) if square.is_original]
    kept.keep([keys[batch[place].place].tobytes() for place in good], seen[good])


@dataclass(frozen=True, eq=False)
class _Square:
    """One picture as a network takes it."""

    place: int
    pixels: np.ndarray
    is_original: bool


def _pictures(images: Split) -> Pictures | ArrayPictures:
    """What is looked at: originals, or the images themselves where there are none."""
    return ArrayPictures(images.images) if images.pictures is None else images.pictures


def _squares(images: Split, places: Sequence[int], side: int) -> Iterator[_Square]:
    pictures = _pictures(images)
    if isinstance(pictures, ArrayPictures):
        for place in places:
            yield _Square(place, pictures.square(place, side), is_original=True)
    else:
        yield from _from_originals(images, pictures, places, side)


def _from_originals(
    images: Split, pictures: Pictures, places: Sequence[int], side: int
) -> Iterator[_Square]:
    contents = pictures.contents(places)
    files = (("a picture", _GONE if data is None else data) for data in contents)
    scale = pictures.on_scale
    decoded = decode_each(files, side, deep=scale is not None, on_scale=scale, square=True)
    with closing(contents), closing(decoded) as outcomes:
        for place, outcome in zip(places, outcomes, strict=True):
            if isinstance(outcome, DecodedImage):
                yield _Square(place, outcome.pixels, is_original=True)
            else:
                pixels = as_square(_small(images, pictures, place), side)
                yield _Square(place, pixels, is_original=False)


_GONE = InputError("DIR-3", "a picture", found="gone", expected="a file", remedy="Put it back.")


def _small(images: Split, pictures: Pictures, place: int) -> np.ndarray:
    """What is left of a picture whose file is gone."""
    rendition = pictures.rendition(place)
    return np.asarray(renditions.decode(rendition)) if rendition else images.images[place]


def _batches(squares: Iterator[_Square]) -> Iterator[list[_Square]]:
    batch: list[_Square] = []
    for square in squares:
        batch.append(square)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _in_order(parts: Sequence[np.ndarray], places: np.ndarray) -> np.ndarray:
    if not parts:
        return np.empty((0, 0), np.float16)
    vectors = np.empty((len(places), parts[0].shape[1]), np.float16)
    start = 0
    for part in parts:
        vectors[places[start : start + len(part)]] = part
        start += len(part)
    return vectors
