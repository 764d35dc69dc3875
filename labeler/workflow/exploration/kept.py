"""Surveys as files of their data set: each under a name that says all that it depends on.

A survey is kept in pieces, one for each range that was measured, its figures as JSON and its
centroids as an array; those of one subject are read as one.
"""

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from itertools import chain
from typing import Any

import numpy as np

from labeler.exceptions import ConfigError
from labeler.learning.cluster_analysis import IndexRow, Survey
from labeler.report.results import plain
from labeler.storage import datasets as dataset_rows
from labeler.storage.rows import Dataset as ImportedDataset
from labeler.workflow.workspace import Workspace

METHOD = "1"
"""Part of every name under which results are kept: another method must not find them."""

_MEASURED = tuple(field.name for field in fields(IndexRow) if field.type is float)
"""Figures that there always are, if perhaps undefined."""


def survey_name(key: str, seed: int, ks: Sequence[int]) -> str:
    """Under what name the survey of these ks is kept; ``key`` names the images and features."""
    return f"explore.survey:{key}:{METHOD}:{seed}:{','.join(map(str, ks))}"


def split_name(key: str, seed: int, lineage: str) -> str:
    """Under what name the parts of a cluster are kept, by all the cuts that led there."""
    return f"explore.split:{key}:{METHOD}:{seed}:{lineage}"


def find_pieces(row: ImportedDataset, key: str, seed: int) -> dict[str, list[int]]:
    """The surveys that are kept: under what name, and the ks asked for."""
    start = survey_name(key, seed, ())
    names = (name for name in row.artefacts if name.startswith(start))
    return {name: [int(k) for k in name.removeprefix(start).split(",")] for name in names}


def save_survey(ws: Workspace, name: str, survey: Survey) -> dict[str, str]:
    """The figures as JSON, the centroids one below the other."""
    figures = plain({"rows": [asdict(row) for row in survey.rows], "notes": survey.notes})
    centers = np.concatenate([survey.centers[k] for k in survey.ks])
    return {
        name: ws.artefacts.save_json(json.dumps(figures, allow_nan=False).encode()),
        name.replace("survey", "centers", 1): ws.artefacts.save(centers),
    }


def read_survey(ws: Workspace, row: ImportedDataset, name: str) -> Survey:
    """What ``save_survey`` wrote."""
    rows, notes = _read_figures(ws, row.artefacts[name])
    centers = ws.array(row.artefacts[name.replace("survey", "centers", 1)])
    ends = np.cumsum([figures.k for figures in rows]).tolist()
    by_k = {
        figures.k: centers[end - figures.k : end] for figures, end in zip(rows, ends, strict=True)
    }
    return Survey(rows, by_k, notes)


def _read_figures(ws: Workspace, reference: str) -> tuple[tuple[IndexRow, ...], tuple[str, ...]]:
    if reference.endswith(".npy"):  # Labeler 0.1.0 kept the same text as an array of bytes
        figures = json.loads(ws.array(reference).tobytes())
    else:
        figures = json.loads(ws.artefacts.load_json(reference))
    return tuple(map(_row, figures["rows"])), tuple(figures["notes"])


def _row(values: Mapping[str, Any]) -> IndexRow:
    """JSON has no word for what is not defined; here it is nan."""
    undefined = {name: math.nan for name in _MEASURED if values[name] is None}
    return IndexRow(**{**values, **undefined})


def merge_surveys(known: Sequence[Survey], wanted: Collection[int]) -> Survey:
    """One survey of all that is wanted, and notes of what could not be measured.

    Raises
    ------
    ConfigError
        Nothing of it could be.
    """
    rows = {row.k: row for survey in known for row in survey.rows if row.k in wanted}
    if not rows:
        raise ConfigError(" ".join(chain.from_iterable(survey.notes for survey in known)))
    centers = {k: survey.centers[k] for survey in known for k in survey.centers}
    notes = dict.fromkeys(chain.from_iterable(survey.notes for survey in known))
    ascending = sorted(rows)
    return Survey(
        tuple(rows[k] for k in ascending), {k: centers[k] for k in ascending}, tuple(notes)
    )


def keep_arrays(ws: Workspace, row: ImportedDataset, artefacts: Mapping[str, str]) -> None:
    """Let the data set's row name these arrays, beside those that it names."""
    with ws.database.writing() as session:
        dataset_rows.set_artefacts(session, row.id, artefacts)
