"""The line that the docs and the page give for each format does load it."""

import re
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest

from labeler.formats import FORMATS, LabelRows, Options, Predicted, write_set
from labeler.learning.late_keras import import_keras
from labeler.records import Source
from tests.formats.conftest import written

PAGE = (Path(__file__).parents[2] / "docs" / "exports.md").read_text(encoding="utf-8")
WITH_SIDES = ("csv", "jsonl", "parquet", "npz", "imagefolder", "hf-imagefolder")
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
    loaded = run_line(FORMATS[format].line(), path, tools)
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


def run_line(line: str, path: Path, tools: dict[str, Any]) -> Any:
    """What a line for a person gives."""
    with warnings.catch_warnings():
        # It leaves a file open, and cleanlab speaks of its own libraries.
        warnings.simplefilter("ignore")
        *before, last = line.replace("SET", str(path)).split("; ")
        for statement in before:
            exec(statement, tools)
        return eval(last, tools)  # noqa: S307 - our own line


@pytest.mark.parametrize("format", WITH_SIDES)
@pytest.mark.parametrize("is_zip", [False, True])
def test_a_set_with_a_validation_part_loads_as_two_splits(
    format: str, is_zip: bool, bars_rows: LabelRows, tools: dict[str, Any], tmp_path: Path
) -> None:
    # No answer on one side, which must not make its columns of another type.
    is_validation = np.arange(len(bars_rows)) % 3 == 0
    sources = np.where(is_validation, Source.PROPAGATED, Source.HUMAN).astype(np.int8)
    labels = replace(bars_rows.label_set, sources=sources)
    rows = replace(bars_rows, label_set=labels).with_validation(is_validation)
    path, options = tmp_path / "set", Options("set", with_images=True)
    write_set(
        path.with_suffix(".zip" if is_zip else ""),
        FORMATS[format],
        rows,
        options,
        lambda _files: {},
    )
    if is_zip:
        with ZipFile(tmp_path / "set.zip") as archive:
            archive.extractall(path)
    loaded = run_line(FORMATS[format].line(has_sides=True), path, tools)
    if format == "imagefolder":
        assert loaded.class_names == ["d", "c", "b", "a"]
        return
    expected = {"train": int((~is_validation).sum()), "validation": int(is_validation.sum())}
    assert {side: len(part) for side, part in loaded.items()} == expected


@pytest.mark.parametrize("format", ["parquet", "npz"])
def test_the_line_for_one_file_leaves_out_what_is_not_to_train_on(
    format: str, bars_rows: LabelRows, tools: dict[str, Any], tmp_path: Path
) -> None:
    sides = (np.arange(len(bars_rows)) % 3).astype(np.int8)
    path = written(replace(bars_rows, side_codes=sides), format, tmp_path, with_images=True)
    loaded = run_line(FORMATS[format].line(), path, tools)
    assert len(loaded["train"] if format == "parquet" else loaded) == np.count_nonzero(sides == 0)


@pytest.mark.parametrize("format", WITH_SIDES)
def test_the_docs_have_the_line_for_sides(format: str) -> None:
    assert FORMATS[format].line(has_sides=True) in PAGE
    assert FORMATS[format].line(is_colour=True) in PAGE


@pytest.mark.parametrize("format", FORMATS)
def test_the_docs_have_a_row_for_the_format_with_its_line(format: str) -> None:
    row = re.search(rf"^\| `{format}`.*$", PAGE, re.MULTILINE)
    assert row is not None
    assert FORMATS[format].loading in row[0].replace("`", "").replace("*", "")
