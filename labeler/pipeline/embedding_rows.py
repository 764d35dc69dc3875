"""Vectors that were made elsewhere, each found for its image, and features made of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np

from labeler.datasets.base import Dataset, Split
from labeler.datasets.containers.files import escaped
from labeler.datasets.listings.name_index import NameIndex
from labeler.exceptions import ConfigError, InputError
from labeler.learning.features.alike import DOUBTFUL, chance_of_being_others
from labeler.learning.features.embeddings import Embeddings, has_rows, load_embeddings
from labeler.learning.features.reduction import Reduction
from labeler.progress import SILENT, Progress
from labeler.words import WARNING, counted, printable

if TYPE_CHECKING:
    from labeler.pipeline.preparation import ImageNumbers

_SHOWN = 5


class Rows(Protocol):
    """Finds the vectors of images in a file."""

    def read(self, path: Path, images: Split) -> np.ndarray:
        """Those of a pool or a test part."""

    def doubts(self, path: Path, vectors: np.ndarray) -> tuple[str, ...]:
        """What speaks against the vectors of the pool being those of its images."""


@dataclass(frozen=True, eq=False)
class EmbeddingRows:
    """What finds the vectors of a data set's images in a file.

    Attributes
    ----------
    dataset : Dataset
        The pool, and the test part if there is one.
    numbers : ImageNumbers
        Of its images, in the data set as it was read.
    order : Path or None
        File names in the order of the rows of an ``.npy`` file.
    """

    dataset: Dataset
    numbers: "ImageNumbers"
    order: Path | None

    def read(self, path: Path, images: Split) -> np.ndarray:
        """The vectors of one of the parts, from a file.

        Parameters
        ----------
        path : Path
        images : Split
            One of the data set's.

        Returns
        -------
        ndarray of shape (n, n_features), dtype float32

        Raises
        ------
        InputError
            EMB-3: there is not one row for each image. EMB-5: images have no vector, or several.
        """
        embeddings = load_embeddings(path, self.order)
        if embeddings.names is not None:
            rows = self._by_name(embeddings, embeddings.names, images)
        else:
            _require_one_row_each(embeddings, self.numbers)
            rows = self._numbers_of(images)
        return np.asarray(embeddings.vectors[rows], dtype=np.float32)

    def _by_name(self, embeddings: Embeddings, names: Sequence[str], images: Split) -> np.ndarray:
        """Rows of the images of one part; none may be of several images of the data set."""
        others = [
            part
            for part in (self.dataset.train, self.dataset.test)
            if part is not None and part is not images
        ]
        if images.names is None:
            raise _without_names(embeddings.path)
        index = NameIndex(names)
        own = [_matches(index, name) for name in images.names]
        theirs = [_matches(index, name) for part in others for name in part.names or ()]
        n_found = Counter(match[0] for match in (*own, *theirs) if len(match) == 1)
        lost = [
            name
            for name, match in zip(images.names, own, strict=True)
            if len(match) != 1 or n_found[match[0]] > 1
        ]
        if lost:
            raise _not_one_each(embeddings.path, lost)
        return np.array([match[0] for match in own], dtype=np.int64)

    def _numbers_of(self, images: Split) -> np.ndarray:
        if images is self.dataset.train or self.numbers.test is None:
            return self.numbers.pool
        return self.numbers.test

    def doubts(self, path: Path, vectors: np.ndarray) -> tuple[str, ...]:
        """What speaks against the vectors of the pool being those of its images."""
        pool = self.dataset.train
        chance = chance_of_being_others(vectors, pool.images)
        by_number = has_rows(path) and self.order is None
        notes = []
        if chance > DOUBTFUL:
            notes.append(
                f"{WARNING}the vectors of {path.name} do not seem to be of these images: those "
                f"with neighbouring vectors look no more alike than any others (shuffled rows do "
                f"as well in {chance:.0%} of all tries). Are the rows in another order?"
            )
        if by_number and pool.names is not None:
            notes.append(
                f"rows of {path.name} are taken in the order of `labeler inspect --files`; give "
                "that list as --files to have them found by name"
            )
        return tuple(notes)


class FromFile:
    """Vectors that were made elsewhere, as principal components on one scale.

    Parameters
    ----------
    path : Path
    n_components : int
    rows : Rows or None
    """

    def __init__(self, path: Path, n_components: int, rows: Rows | None) -> None:
        self.notes: tuple[str, ...] = ()
        self._path = path
        self._reduction = Reduction(n_components)
        self._rows = rows

    def look_ahead(self, parts: Sequence[Split], progress: Progress = SILENT) -> None:
        """There is nothing to do."""

    def fit(self, pool: Split, progress: Progress = SILENT) -> Self:
        """Learn the components of the vectors of a pool."""
        vectors = self._read(pool)
        self.notes = () if self._rows is None else self._rows.doubts(self._path, vectors)
        self._reduction.fit(vectors)
        return self

    def transform(self, images: Split, progress: Progress = SILENT) -> np.ndarray:
        """Vectors of shape (n, n_features), dtype float32."""
        return self._reduction.transform(self._read(images))

    def relearned(self, pool: Split, rows: np.ndarray) -> np.ndarray:
        """Vectors of a whole pool by what some of its images teach."""
        vectors = self._read(pool)
        return Reduction(self._reduction.n_components).fit(vectors[rows]).transform(vectors)

    def state(self) -> dict[str, np.ndarray]:
        """Nothing that another could use."""
        raise ConfigError(
            f"The features are vectors of {self._path.name}, which has none for other images: "
            "what learned from them cannot name these. Make a run with features that are computed, "
            "such as shape, lite0 or onnx:FILE.onnx."
        )

    def restore(self, state: Mapping[str, np.ndarray]) -> Self:
        """There is nothing to know."""
        raise ConfigError(f"{self._path.name} has no vectors of other images.")

    def signatures(self, progress: Progress = SILENT) -> dict[str, str]:
        """There is no network."""
        return {}

    def _read(self, images: Split) -> np.ndarray:
        if self._rows is None:
            raise ConfigError(f"{self._path.name} has no vectors of images that are added.")
        return self._rows.read(self._path, images)


def _without_names(path: Path) -> InputError:
    return InputError(
        "EMB-5",
        str(path),
        found="vectors by file name",
        expected="rows by number, as these images have no file names",
        remedy="Save one row for each image with numpy.save, in the data set's order.",
    )


def _not_one_each(path: Path, lost: Sequence[str]) -> InputError:
    shown = ", ".join(map(printable, lost[:_SHOWN]))
    more = f" and {len(lost) - _SHOWN:,} more" if len(lost) > _SHOWN else ""
    return InputError(
        "EMB-5",
        str(path),
        found=f"not one vector each for {counted(len(lost), 'image')}: {shown}{more}",
        expected="the file name of each image, once",
        remedy="Compare with `labeler inspect PATH --files`.",
    )


def _matches(index: NameIndex, name: str) -> Sequence[int]:
    """The rows that may be of an image; ``inspect`` writes names so that they can be shown."""
    return index.exact(name) or index.exact(escaped(name)) or index.find(name)


def _require_one_row_each(embeddings: Embeddings, numbers: "ImageNumbers") -> None:
    n_rows, n_train, n_test = len(embeddings.vectors), numbers.n_train, numbers.n_test
    if n_rows == n_train + n_test:
        return
    images = f"{n_train:,} images"
    if n_test:
        images = f"{n_train:,} images to label and {n_test:,} to test on"
    raise InputError(
        "EMB-3",
        str(embeddings.path),
        found=f"{n_rows:,} rows",
        expected=f"{n_train + n_test:,}: the data set has {images}",
        remedy="Save one row for each image, in the data set's order, the test part last.",
    )
