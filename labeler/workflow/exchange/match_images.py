"""Which image of a run each row of a file is about."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from labeler.datasets.containers.files import escaped
from labeler.datasets.listings.name_index import NameIndex, last_part
from labeler.datasets.listings.studio_tasks import without_upload_prefix
from labeler.exceptions import InputError
from labeler.formats.reading import LabelFile
from labeler.words import well_formed
from labeler.workflow.datasets import GROWN_FROM, as_dataset
from labeler.workflow.run import Run

HELD_OUT = "held out to test on"
UNKNOWN = "not an image of the run"
UNSURE = "given by number alone, and the file is about another data set"
_NOWHERE = -1


@dataclass(frozen=True)
class Misfit:
    """A row whose image is not in the run's pool.

    Attributes
    ----------
    row : int
        Where it stands in the file.
    image : str
        As the file names it.
    why : str
        One of ``HELD_OUT``, ``UNKNOWN`` and ``UNSURE``.
    """

    row: int
    image: str
    why: str


@dataclass(frozen=True, eq=False)
class Match:
    """The rows of a file, as images.

    Attributes
    ----------
    numbers : ndarray of shape (n,), dtype int64
        The image number that each row of the file is about; -1 for a misfit.
    places : ndarray of shape (n,), dtype int64
        Its place in the run's pool; -1 for a misfit.
    misfits : tuple of Misfit
    other_dataset : bool
        Whether the file says that its labels are about another data set.
    """

    numbers: np.ndarray
    places: np.ndarray
    misfits: tuple[Misfit, ...]
    other_dataset: bool


def match_images(run: Run, labels: LabelFile) -> Match:
    """Find the image of each row: by its file name where there is one, else by its number.

    Raises
    ------
    InputError
        LABEL-3 if two rows are about one image.
    """
    pool = np.asarray(run.pool)
    dataset_hash = labels.dataset_hash
    same = (run.dataset.content_hash, *run.dataset.details.get(GROWN_FROM, ()))
    is_other = dataset_hash is not None and dataset_hash not in same
    numbers = _numbers(run, labels, by_number=not is_other)
    places = _places(pool, numbers)
    _require_once(labels, places)
    return Match(
        numbers=np.where(places == _NOWHERE, _NOWHERE, numbers),
        places=places,
        misfits=tuple(_misfits(labels, numbers, places == _NOWHERE, is_other)),
        other_dataset=is_other,
    )


def _numbers(run: Run, labels: LabelFile, *, by_number: bool) -> np.ndarray:
    names = as_dataset(run.ws, run.dataset).train.names
    n_images = run.dataset.counts["pool"]
    known = (labels.indices >= 0) & (labels.indices < n_images)
    numbers = np.where(known & by_number, labels.indices, _NOWHERE)
    if names is not None and any(labels.file_names):
        search = _Names(names)
        for place, name in enumerate(labels.file_names):
            if name:
                numbers[place] = search.find(name, int(labels.indices[place]))
    return numbers


class _Names:
    """The images of a data set by file name, or by the end of it.

    Earlier versions kept and exported names with their line breaks and the like escaped. So names
    are compared as they are first, then with these escaped on both sides.
    """

    def __init__(self, names: Sequence[str]) -> None:
        plain = [well_formed(name) for name in names]
        shown = [escaped(name) for name in names]
        self._plain = NameIndex(plain)
        self._escaped = self._plain if shown == plain else NameIndex(shown)

    def find(self, name: str, index: int) -> int:
        """The number of the only image that is called so; among several, that of ``index``."""
        plain, shown = well_formed(name), escaped(name)
        candidates = (
            self._plain.exact(plain)
            or self._escaped.exact(shown)
            or self._plain.find(plain)
            or self._escaped.find(shown)
            or self._uploaded(plain)
        )
        if len(candidates) == 1:
            return candidates[0]
        return index if index in candidates else _NOWHERE

    def _uploaded(self, name: str) -> Sequence[int]:
        """Images that Label Studio calls so: eight digits and a dash before the name."""
        last = last_part(name)
        own = without_upload_prefix(last)
        return () if own == last else self._plain.find(own)


def _places(pool: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    places = np.searchsorted(pool, numbers)
    places[places == len(pool)] = 0
    return np.where(pool[places] == numbers, places, _NOWHERE)


def _require_once(labels: LabelFile, places: np.ndarray) -> None:
    matched = np.flatnonzero(places != _NOWHERE)
    _, first, counts = np.unique(places[matched], return_index=True, return_counts=True)
    if (counts == 1).all():
        return
    repeated = matched[first[counts > 1].min()]
    both = labels.rows[places == places[repeated]][:2].tolist()
    where = f"{labels.unit}s {both[0]:,}, {both[1]:,}"
    raise InputError(
        "LABEL-3",
        labels.source,
        found=f"{escaped(_shown(labels, int(repeated)))} is there twice ({where})",
        expected="each image once",
        remedy="Keep the one that is right.",
    )


def _misfits(
    labels: LabelFile, numbers: np.ndarray, is_misfit: np.ndarray, is_other: bool
) -> Iterator[Misfit]:
    for place in np.flatnonzero(is_misfit).tolist():
        if numbers[place] != _NOWHERE:
            why = HELD_OUT
        else:
            why = UNSURE if is_other and not labels.file_names[place] else UNKNOWN
        yield Misfit(int(labels.rows[place]), _shown(labels, place), why)


def _shown(labels: LabelFile, place: int) -> str:
    return labels.file_names[place] or f"image {labels.indices[place]}"
