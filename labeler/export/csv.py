"""Labels as CSV: UTF-8, one row for each image of the pool, safe to open in a spreadsheet.

The header is the same whether or not the images have file names, so a reader needs one rule;
``index`` is where the image stood in the data set as it was read.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from labeler.datasets.base import Dataset
from labeler.files import write_atomically
from labeler.records import UNLABELED, Clusters, LabelSet, Source

HEADER = (
    "index",
    "file_name",
    "label",
    "class_name",
    "source",
    "cluster",
    "distance",
    "rank_in_cluster",
    "confidence",
)
RISKY = frozenset("=+-@\t\r\0")
"""First characters that make a spreadsheet run a cell instead of showing it."""

_BLOCK = 50_000


def write_csv(path: Path, dataset: Dataset, label_set: LabelSet, clusters: Clusters) -> None:
    """Write the labels of the pool to ``path``, atomically and block by block.

    Parameters
    ----------
    path : Path
    dataset : Dataset
        Its ``train`` part is the pool.
    label_set : LabelSet
    clusters : Clusters

    Raises
    ------
    ValueError
        ``label_set`` or ``clusters`` is not about the images of ``dataset.train``.
    """
    n_images = len(dataset.train)
    if not n_images == len(label_set) == len(clusters.labels):
        raise ValueError(
            f"{n_images} images but {len(label_set)} labels and {len(clusters.labels)} clusters"
        )
    write_atomically(path, _blocks(dataset, label_set, clusters))


def neutralise(text: str) -> str:
    """``text`` as a cell that no spreadsheet runs: an apostrophe before a risky beginning.

    Apostrophes count as part of the beginning, so that ``restore`` can undo it exactly; a text
    that only starts with an apostrophe (``'tis``) stays as it is.
    """
    return f"'{text}" if _is_risky(text) else text


def restore(text: str) -> str:
    """Undo ``neutralise``."""
    return text[1:] if text.startswith("'") and _is_risky(text) else text


def _is_risky(text: str) -> bool:
    return text.lstrip("'")[:1] in RISKY


def _blocks(dataset: Dataset, label_set: LabelSet, clusters: Clusters) -> Iterator[bytes]:
    yield _encoded([HEADER])
    # The last name is what UNLABELED (-1) picks: an empty cell.
    class_names = [*map(neutralise, dataset.classes), ""]
    for start in range(0, len(label_set), _BLOCK):
        part = slice(start, min(start + _BLOCK, len(label_set)))
        labels = label_set.labels[part].tolist()
        yield _encoded(
            zip(
                dataset.train.positions[part].tolist(),
                _file_names(dataset, part),
                ["" if label == UNLABELED else label for label in labels],
                [class_names[label] for label in labels],
                _source_names(label_set.sources[part]),
                clusters.labels[part].tolist(),
                _figures(clusters.distances[part]),
                clusters.ranks[part].tolist(),
                _figures(label_set.confidences[part]),
                strict=True,
            )
        )


def _encoded(rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    # \r\n (RFC 4180) also makes every Python version quote a lone \r or \n inside a cell.
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8", "backslashreplace")


def _file_names(dataset: Dataset, part: slice) -> list[str]:
    if dataset.train.names is None:
        return [""] * (part.stop - part.start)
    return [neutralise(name) for name in dataset.train.names[part]]


def _source_names(sources: np.ndarray) -> list[str]:
    names = {int(source): source.name.lower() for source in Source}
    return [names[source] for source in sources.tolist()]


def _figures(values: np.ndarray) -> list[str]:
    """Six significant digits: what a float32 holds, without the noise behind."""
    return [f"{value:.6g}" for value in values.tolist()]
