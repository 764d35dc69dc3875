"""The line that the README and the page give for each format does load it."""

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labeler.export import FORMATS, LabelRows, Predicted
from labeler.late_keras import import_keras
from tests.export.conftest import written

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BY_HAND = {"label-studio", "fiftyone", "cvat"}
"""What no line of Python loads, or what is not installed here."""


@pytest.fixture
def tools(datasets: Any) -> dict[str, Any]:
    """The libraries by the names that the lines use."""
    found = {"datasets": datasets, "keras": import_keras(), "numpy": np}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries' about their own libraries
        for name in ("cleanlab", "mnist", "pandas"):
            found[name] = pytest.importorskip(name)
        pytest.importorskip("cleanlab.filter")
    return found


@pytest.mark.parametrize("format", sorted(set(FORMATS) - BY_HAND))
def test_the_line_loads_the_set(
    format: str, bars_rows: LabelRows, tools: dict[str, Any], tmp_path: Path
) -> None:
    n_rows = len(bars_rows)
    certain = np.eye(4, dtype=np.float32)[bars_rows.label_set.labels] * 0.96 + 0.01
    rows = bars_rows.with_predictions(Predicted(certain, certain))
    path = written(rows, format, tmp_path, with_images=FORMATS[format].images != "never")
    line = FORMATS[format].loading.replace("SET", str(path))
    with warnings.catch_warnings():
        # A line for a person leaves a file open, and cleanlab speaks of its own libraries.
        warnings.simplefilter("ignore")
        *before, last = line.split("; ")
        for statement in before:
            exec(statement, tools)
        loaded = eval(last, tools)  # noqa: S307 - our own line
    if format == "hf-imagefolder":
        loaded = loaded["train"]
    elif format == "parquet":
        loaded = loaded["train"]
        assert loaded[0]["image"].size == (8, 8)
    elif format == "idx":
        loaded, labels = loaded
        assert list(labels) == rows.label_set.labels.tolist()
    elif format == "imagefolder":
        assert loaded.class_names == ["d", "c", "b", "a"]
        return
    elif format == "cleanlab":
        assert not loaded.any()
    assert len(loaded) == n_rows


@pytest.mark.parametrize("format", FORMATS)
def test_the_readme_has_a_row_for_the_format_with_its_line(format: str) -> None:
    row = re.search(rf"^\| `{format}`.*$", README, re.MULTILINE)
    assert row is not None
    assert FORMATS[format].loading in row[0].replace("`", "").replace("*", "")
