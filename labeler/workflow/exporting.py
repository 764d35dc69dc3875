"""A run's label set as a file: one consistent state, each row saying where its label came from.

``index`` is where the image stood in the data set as it was read; images that are held out to
test on are not in the file.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from labeler.datasets import Dataset
from labeler.exceptions import ConfigError
from labeler.export import FORMATS, writer
from labeler.records import Clusters, LabelSet, Source
from labeler.workflow.pool import clusters_of, pool_dataset
from labeler.workflow.spreading import spread_state
from labeler.workflow.state import read_state
from labeler.workflow.workspace import Workspace

SOURCES = tuple(source.name.lower() for source in Source)
_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True)
class ExportFilter:
    """Which rows are wanted; None: all.

    Attributes
    ----------
    sources : collection of str, optional
        Of ``SOURCES``.
    classes : collection of str, optional
        Class names.
    min_confidence : float, optional
        0 to 1; images without a label have 0.
    """

    sources: Collection[str] | None = None
    classes: Collection[str] | None = None
    min_confidence: float | None = None

    def __post_init__(self) -> None:
        for source in self.sources or ():
            if source not in SOURCES:
                raise ConfigError(f"source is {source!r}; it must be one of {', '.join(SOURCES)}.")
        if self.min_confidence is not None and not 0 <= self.min_confidence <= 1:
            raise ConfigError(f"min_confidence is {self.min_confidence}; it must be 0 to 1.")

    def rows(self, label_set: LabelSet, names: tuple[str, ...]) -> np.ndarray:
        """Places in the pool of the images that are wanted, ascending."""
        wanted = np.ones(len(label_set), dtype=bool)
        if self.sources is not None:
            wanted &= np.isin(label_set.sources, [SOURCES.index(one) for one in self.sources])
        if self.classes is not None:
            wanted &= np.isin(label_set.labels, [_label(name, names) for name in self.classes])
        if self.min_confidence is not None:
            wanted &= label_set.confidences >= np.float32(self.min_confidence)
        return np.flatnonzero(wanted)


NO_FILTER = ExportFilter()


def export_formats() -> tuple[str, ...]:
    """The formats that labels can be written in, by name."""
    return tuple(FORMATS)


def export_csv(
    ws: Workspace,
    run_id: str,
    *,
    sources: Collection[str] | None = None,
    classes: Collection[str] | None = None,
    min_confidence: float | None = None,
    fraction: float | None = None,
    threshold: float | None = None,
) -> Iterator[bytes]:
    """The labels of a run as CSV, in chunks; what is wrong is said before the first.

    Parameters
    ----------
    ws : Workspace
    run_id : str
    sources, classes : collection of str, optional
        Only rows with such a label.
    min_confidence : float, optional
    fraction, threshold : float, optional
        How the answers are spread, see ``spreading.spread``; by default as was chosen last.

    Raises
    ------
    ConfigError
        A filter or the fraction is out of range.
    NotFoundError, NotPreparedError
    """
    wanted = ExportFilter(sources, classes, min_confidence)
    return export_chunks(ws, run_id, "csv", wanted, fraction, threshold)


def export_chunks(
    ws: Workspace,
    run_id: str,
    format: str,
    wanted: ExportFilter = NO_FILTER,
    fraction: float | None = None,
    threshold: float | None = None,
) -> Iterator[bytes]:
    """The same as ``export_file`` writes, in chunks; it is complete before the first of them."""
    with TemporaryDirectory(prefix="labeler-export-") as folder:
        path = Path(folder) / "labels"
        export_file(ws, run_id, format, path, wanted, fraction, threshold)
        content = path.read_bytes()
    starts = range(0, len(content), _CHUNK_BYTES)
    return (content[start : start + _CHUNK_BYTES] for start in starts)


def export_file(
    ws: Workspace,
    run_id: str,
    format: str,
    path: Path,
    wanted: ExportFilter = NO_FILTER,
    fraction: float | None = None,
    threshold: float | None = None,
) -> int:
    """Write the labels of a run to ``path``, whole or not at all.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    ConfigError
        There is no such format, or a filter or the fraction is out of range.
    NotFoundError, NotPreparedError
    """
    write = writer(format)
    state = read_state(ws, run_id)
    view = spread_state(ws, state, fraction, threshold)
    rows = wanted.rows(view.label_set, view.classes)
    dataset, clusters = pool_dataset(ws, state), clusters_of(ws, state.run)
    if len(rows) == view.n_pool:
        write(path, dataset, view.label_set, clusters)
    else:
        write(path, *_rows_of(rows, dataset, view.label_set, clusters))
    return len(rows)


def _rows_of(
    rows: np.ndarray, dataset: Dataset, label_set: LabelSet, clusters: Clusters
) -> tuple[Dataset, LabelSet, Clusters]:
    return (
        replace(dataset, train=dataset.train.take(rows)),
        LabelSet(
            label_set.labels[rows],
            label_set.sources[rows],
            label_set.confidences[rows],
            label_set.origins[rows],
        ),
        replace(
            clusters,
            labels=clusters.labels[rows],
            distances=clusters.distances[rows],
            ranks=clusters.ranks[rows],
        ),
    )


def _label(name: str, names: tuple[str, ...]) -> int:
    if name not in names:
        raise ConfigError(f"class is {name!r}; the run has {', '.join(names)}.")
    return names.index(name)
