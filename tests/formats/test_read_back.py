"""Exported sets read as data sets: what people said is true, what was spread is not."""

from pathlib import Path

import numpy as np
import pytest

from labeler.datasets import load_dataset
from labeler.formats import LabelRows
from labeler.records import UNLABELED, Source
from tests.formats.conftest import make_rows, written

FORMATS = ("hf-imagefolder", "fiftyone", "cvat", "label-studio", "parquet")


def expected(rows: LabelRows) -> list[str]:
    """The class of each row, empty where nobody gave it."""
    labels, sources = rows.label_set.labels, rows.label_set.sources
    is_given = np.isin(sources, (Source.HUMAN, Source.ORACLE)) & (labels != UNLABELED)
    return [
        rows.class_names[label] if given else ""
        for label, given in zip(labels.tolist(), is_given.tolist(), strict=True)
    ]


@pytest.mark.parametrize("format", FORMATS)
def test_answers_are_true_labels_and_spread_ones_are_not(tmp_path: Path, format: str) -> None:
    if format == "parquet":
        pytest.importorskip("pyarrow")
    rows = make_rows(24, names=[f"dir/{number}.jpg" for number in range(24)])
    path = written(rows, format, tmp_path, with_images=True)
    dataset = load_dataset(str(path))
    told = ["" if label < 0 else dataset.classes[label] for label in dataset.train.labels]
    wanted = expected(rows)
    assert told == wanted
    assert set(dataset.classes) == set(wanted) - {""}
    n_spread = int(np.count_nonzero(rows.label_set.sources == Source.PROPAGATED))
    assert any(f"{n_spread} label" in note and "suggestions" in note for note in dataset.notes)
