"""Labels as files for other programs: one writer for each format, found by its name."""

from pathlib import Path
from typing import Protocol

from labeler.datasets.base import Dataset
from labeler.exceptions import ConfigError
from labeler.export.csv import write_csv
from labeler.records import Clusters, LabelSet


class Writer(Protocol):
    """Writes the labels of ``dataset.train`` to ``path``, atomically."""

    def __call__(
        self, path: Path, dataset: Dataset, label_set: LabelSet, clusters: Clusters
    ) -> None: ...


FORMATS: dict[str, Writer] = {
    "csv": write_csv,
}
"""Every format by the name the user gives it."""


def writer(name: str) -> Writer:
    """The writer of the format ``name``.

    Raises
    ------
    ConfigError
        There is no format of that name.
    """
    if name not in FORMATS:
        raise ConfigError(f"format is {name!r}; it must be one of {', '.join(FORMATS)}.")
    return FORMATS[name]
