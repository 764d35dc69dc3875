"""A run at one moment, as arrays and a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labeler.exceptions import ConfigError
from labeler.records import UNLABELED
from labeler.records.results import Results

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class GivenAnswer:
    """One answer that stands.

    Attributes
    ----------
    index : int
        The image's number in the data set as it was read.
    verdict : str
        ``class``, ``skip`` or ``mixed``.
    class_name : str or None
        Merges resolved; None unless the verdict is a class.
    cluster : int or None
        The number of the cluster that the image stands for.
    source : str
        ``human`` or ``oracle``; ``reviewed`` or ``corrected``, where a label was shown.
    annotator : str
    at : datetime
        In UTC.
    """

    index: int
    verdict: str
    class_name: str | None
    cluster: int | None
    source: str
    annotator: str
    at: datetime


@dataclass(frozen=True, eq=False, repr=False)
class Snapshot:
    """A run as it stood when it was opened; every array is read-only, one entry an image.

    A row is a place in these arrays.

    Attributes
    ----------
    id, name, dataset : str
    instance : Path
        The folder that it is kept in.
    classes : tuple of str
        Names; a label is an index into it.
    indices : ndarray of shape (n,), dtype int64
        The number of each image of the pool in the data set as it was read.
    file_names : tuple of str, or None
        None where images only have a number.
    paths : tuple of str, or None
        Where the files lie that images were read from: absolute in a folder, inside an archive as
        they are called there. None where they were not read from a file each.
    images : ndarray of shape (n, height, width) or (n, height, width, 3), dtype uint8
        On disk until they are looked at.
    features : ndarray of shape (n, n_features), dtype float32
    clusters : ndarray of shape (n,), dtype int64
        The number of each image's cluster, as the pages and exports have it.
    labels : ndarray of shape (n,), dtype int64
        Answers and what was spread from them; -1 for none.
    sources : ndarray of shape (n,), dtype str
        ``human``, ``oracle``, ``reviewed``, ``corrected``, ``propagated`` or ``none``.
    confidences : ndarray of shape (n,), dtype float32
        0 for no label, 1 for an answer.
    suggestions : ndarray of shape (n,), dtype int64
        Labels from imported files that nobody confirmed; -1 for none.
    true_labels : ndarray of shape (n,), dtype int64
        Ground truth, where it is known; else -1.
    answers : tuple of GivenAnswer
        In the order asked.
    questions : ndarray of shape (n_open,), dtype int64
        Rows that are asked about now, in that order.
    probabilities : ndarray of shape (n, n_classes), dtype float32, or None
        Soft labels, where answers are spread as such.
    result : labeler.records.results.Results or None
        What the newest training reached, as ``labeler train --json`` tells it.
    fraction : float
        How far the answers are spread.
    test_images, test_labels, test_features : ndarray or None
        What is held out to test on.
    """

    id: str
    name: str
    dataset: str
    instance: Path
    classes: tuple[str, ...]
    indices: np.ndarray
    file_names: tuple[str, ...] | None
    paths: tuple[str, ...] | None
    images: np.ndarray
    features: np.ndarray
    clusters: np.ndarray
    labels: np.ndarray
    sources: np.ndarray
    confidences: np.ndarray
    suggestions: np.ndarray
    true_labels: np.ndarray
    answers: tuple[GivenAnswer, ...]
    questions: np.ndarray
    probabilities: np.ndarray | None
    result: Results | None
    fraction: float
    test_images: np.ndarray | None
    test_labels: np.ndarray | None
    test_features: np.ndarray | None

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        n_labeled = int(np.count_nonzero(self.labels != UNLABELED))
        shape = " × ".join(map(str, self.images.shape))
        return (
            f"<run {self.name!r} ({self.id}) on {self.dataset}: {len(self.answers):,} answers, "
            f"{n_labeled:,} of {len(self):,} images labeled at fraction {self.fraction:g}>\n"
            f"  classes   {', '.join(self.classes[:12])}{', …' if len(self.classes) > 12 else ''}\n"
            f"  images    {shape}, {self.images.dtype}\n"
            f"  features  {' × '.join(map(str, self.features.shape))}, {self.features.dtype}\n"
            "  labels, sources, confidences, clusters, indices, suggestions: one an image\n"
            "  .to_pandas() gives a table, .answers what was said\n"
            "  .answer, .propagate, .train, .audit and .export take the next step"
        )

    def to_pandas(self) -> "pd.DataFrame":
        """One row for each image of the pool, with the columns of ``labeler export``.

        Raises
        ------
        ConfigError
            pandas is not installed.
        """
        try:
            import pandas as pd
        except ModuleNotFoundError as error:
            raise ConfigError("A table needs pandas: pip install pandas.") from error
        return pd.DataFrame(self._columns()).set_index("index", drop=False).rename_axis(None)

    to_frame = to_pandas

    def _columns(self) -> Mapping[str, Any]:
        # The last name is what UNLABELED (-1) picks.
        names = np.array([*self.classes, None], dtype=object)
        nameless = [None] * len(self)
        return {
            "index": self.indices,
            "file_name": nameless if self.file_names is None else list(self.file_names),
            "label": self.labels,
            "class_name": names[self.labels],
            "source": self.sources,
            "cluster": self.clusters,
            "confidence": self.confidences,
            "suggestion": names[self.suggestions],
            "true_class": names[self.true_labels],
        }
