"""Data sets in the four files that MNIST came in, which keras downloads and keeps, too."""

from dataclasses import dataclass, replace
from pathlib import Path

from labeler.datasets.base import Dataset
from labeler.datasets.known.base import KnownDataset, file_names, find_folder, known_files
from labeler.datasets.known.keras_cache import download, keras_folder, not_found
from labeler.datasets.tabular.idx import idx_roles
from labeler.datasets.tabular.idx_sets import load_idx_files
from labeler.datasets.tabular.npz import load_arrays
from labeler.progress import SILENT, Progress

FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


@dataclass(frozen=True)
class IdxDataset:
    """A known data set of 60,000 + 10,000 images in ten classes.

    Attributes
    ----------
    name : str
    description : str
        One line.
    licence : str
    classes : tuple of str
    keras_module : str
        Of ``keras.datasets``. Keras keeps the files in a folder by ``name``, or arrays in an NPZ
        file by ``keras_module``.
    """

    name: str
    description: str
    licence: str
    classes: tuple[str, ...]
    keras_module: str

    def load(
        self, data: Path | None = None, progress: Progress = SILENT, *, may_download: bool = True
    ) -> Dataset:
        """Load it from local files, keras' cache or, failing both, the network.

        Parameters
        ----------
        data : Path, optional
            The folder of the four files, or one that holds it under its name.
        progress : Progress
        may_download : bool
            Whether to look beyond ``data``.

        Raises
        ------
        DatasetNotFoundError
            It is nowhere; the message names the files.
        """
        place = find_folder(self.name, data, _has_all)
        if place is None and not may_download:
            raise not_found(self.name, FILES, f"{data} does not hold its files")
        place = place or self._cached()
        if place is None:
            return download(self.name, self.keras_module, self.classes, FILES, progress)
        if place.is_file():
            return replace(load_arrays(place, progress, self.classes), name=self.name)
        return load_idx_files(known_files(place), self.name, self.classes, progress)

    def describe(self, data: Path | None = None) -> KnownDataset:
        """What it is, and whether it is here."""
        folder, cached = find_folder(self.name, data, _has_all), self._cached()
        status = "local" if folder else "cached" if cached else "download"
        contents = f"60,000 + 10,000 images, 28 × 28 grey, {len(self.classes)} classes"
        place = str(folder or cached or "downloaded by keras on first use")
        return KnownDataset(
            self.name, self.description, contents, self.licence, FILES, status, place
        )

    def _cached(self) -> Path | None:
        arrays, folder = keras_folder() / f"{self.keras_module}.npz", keras_folder() / self.name
        if arrays.is_file():
            return arrays
        return folder if _has_all(folder) else None


def _has_all(folder: Path) -> bool:
    """Whether a folder holds all four files, gzipped or not."""
    return len(idx_roles(file_names(folder))) == len(FILES)
