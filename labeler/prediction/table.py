"""Predictions as rows: a table for people and programs, and label sets in every format that fits.

A prediction is no label of a run: its source is ``predicted``, and what reads such a set back takes
it as a suggestion.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from labeler import __version__
from labeler.datasets.spool import one_after_the_other
from labeler.exceptions import ConfigError
from labeler.files import write_atomically
from labeler.formats import FORMATS, Format, LabelRows, Options, format_named, write_set
from labeler.formats.base import Images
from labeler.formats.csv import neutralise
from labeler.formats.rows import SOURCE_NAMES
from labeler.formats.writing import WrittenFile
from labeler.learning.audit.intervals import clopper_pearson
from labeler.learning.familiarity import FALSE_ALARMS
from labeler.prediction.model import Model
from labeler.prediction.predictions import Predictions, joined
from labeler.prediction.reading import NewPictures
from labeler.prediction.self_test import count_seen, seen_note
from labeler.progress import SILENT, Progress
from labeler.records import UNLABELED, LabelSet, Source
from labeler.words import counted, percent, well_formed

COLUMNS = (
    "file_name",
    "index",
    "class_name",
    "label",
    "confidence",
    "second_class",
    "second_confidence",
    "distance",
    "unfamiliar",
)
"""What each row says, in this order."""

TABLES = ("csv", "jsonl")
"""Formats of these columns; every other one has the columns of an export."""

UNLIKE = 0.15
"""A set of which more is unfamiliar is not of the kind that the model learned from."""

_LEVEL = 0.95


@dataclass(frozen=True)
class Tally:
    """What predictions come to, as ``--json`` has it.

    Attributes
    ----------
    n : int
        Images.
    n_unfamiliar : int
    share_unfamiliar : float
    expected_unfamiliar : float
        The share of images like those of the pool that is flagged all the same.
    counts : dict of str to int
        Images by the class that they were given.
    mean_confidence : float
    calibrated : bool
        Whether confidences were held against answers that taught nothing.
    calibrated_by : str
        Which these were; empty if none.
    note : str
        What is to be known of these images; empty where they are like those that the model knows.
    accuracy : float or None
        Of the images whose true class is known and one of the model's.
    n_known : int
        Those images.
    certificate : str
        What an audit found of the labels that the model learned from; empty without one.
    seen : str
        What is to be known where the model learned from these very images; else empty.
    """

    n: int
    n_unfamiliar: int
    share_unfamiliar: float
    expected_unfamiliar: float
    counts: dict[str, int]
    mean_confidence: float
    calibrated: bool
    calibrated_by: str
    note: str
    accuracy: float | None = None
    n_known: int = 0
    certificate: str = ""
    seen: str = ""
    versions: dict[str, str] = field(default_factory=lambda: {"labeler": __version__})

    def as_dict(self) -> dict[str, Any]:
        """Plain values; without an accuracy where no true class is known."""
        values = asdict(self)
        if self.accuracy is None:
            del values["accuracy"]
        return values


def predict_pictures(
    model: Model, pictures: NewPictures, progress: Progress = SILENT
) -> Predictions:
    """Name all pictures of a data set, a block at a time."""
    inner = progress if model.recipe.networks else SILENT
    blocks = []
    with progress.task("Naming images", len(pictures)) as task:
        for _, images in pictures.parts:
            for block in model.predict_in_blocks(images, inner):
                blocks.append(block)
                task.advance(len(block))
    return joined(blocks)


def tally(model: Model, predictions: Predictions, pictures: NewPictures | None = None) -> Tally:
    """Count what was predicted, and compare it with what is known.

    Parameters
    ----------
    model : Model
    predictions : Predictions
    pictures : NewPictures, optional
        What they are of, which may have true classes.
    """
    true_labels = None if pictures is None else pictures.true_labels
    parts = () if pictures is None else pictures.parts
    test = model.self_test
    n_seen = count_seen(test, (part.images for _, part in parts))
    counts = np.bincount(predictions.labels, minlength=len(model.classes)).tolist()
    known = np.zeros(len(predictions), bool) if true_labels is None else true_labels != UNLABELED
    right = None
    if true_labels is not None and known.any():
        right = float((predictions.labels[known] == true_labels[known]).mean())
    n_unfamiliar = int(predictions.unfamiliar.sum())
    return Tally(
        n=len(predictions),
        n_unfamiliar=n_unfamiliar,
        share_unfamiliar=predictions.share_unfamiliar,
        expected_unfamiliar=FALSE_ALARMS,
        counts=dict(zip(model.classes, counts, strict=True)),
        mean_confidence=float(predictions.confidences.mean()) if len(predictions) else 0.0,
        calibrated=model.calibration is not None,
        calibrated_by="" if model.calibration is None else model.about.calibrated_in_words,
        note=unlike_note(n_unfamiliar, len(predictions)),
        accuracy=right,
        n_known=int(known.sum()),
        certificate=model.about.certificate,
        seen=seen_note(n_seen, 0 if test is None else len(test.images)),
    )


def unlike_note(n_unfamiliar: int, n: int) -> str:
    """What is said where more images are unfamiliar than would be of the pool; else nothing."""
    if not n:
        return ""
    share = n_unfamiliar / n
    low, _ = clopper_pearson(share, n, _LEVEL)
    if float(low) <= FALSE_ALARMS:
        return ""
    found = f"{percent(share)} of {counted(n, 'image')}"
    usual = f"where {percent(FALSE_ALARMS, 0)} would be of images like those"
    if share > UNLIKE:
        return (
            f"These images are unlike those that the model learned from: {found} are unfamiliar, "
            f"{usual}. Do not rely on their classes; name some of them, and train again."
        )
    return (
        f"More of these images are unfamiliar than expected: {found}, {usual} that the model "
        "learned from. Some may be of kinds that it does not know."
    )


def rows(model: Model, pictures: NewPictures, predictions: Predictions) -> Iterator[dict[str, Any]]:
    """One row for each image, by ``COLUMNS``."""
    names = pictures.names
    class_names = [*map(well_formed, model.classes), None]
    for place, index in enumerate(pictures.indices.tolist()):
        label = int(predictions.labels[place])
        yield {
            "file_name": None if names is None else well_formed(names[place]),
            "index": index,
            "class_name": class_names[label],
            "label": label,
            "confidence": _figure(predictions.confidences[place]),
            "second_class": class_names[int(predictions.second_labels[place])],
            "second_confidence": _figure(predictions.second_confidences[place]),
            "distance": _figure(predictions.distances[place]),
            "unfamiliar": bool(predictions.unfamiliar[place]),
        }


def formats_that_fit() -> dict[str, Format]:
    """The formats of exports that predictions can be written in."""
    return {name: format for name, format in FORMATS.items() if not format.with_predictions}


def prediction_chunks(
    format: str, model: Model, pictures: NewPictures, predictions: Predictions
) -> Iterator[bytes]:
    """The bytes of a table of predictions; ``format`` is one of ``TABLES``."""
    encode = _csv_chunks if format == "csv" else _json_chunks
    return encode(rows(model, pictures, predictions))


def write_predictions(
    path: Path,
    format: str,
    model: Model,
    pictures: NewPictures,
    predictions: Predictions,
    progress: Progress = SILENT,
) -> None:
    """Write predictions to a file or folder, whole or not at all.

    Parameters
    ----------
    path : Path
    format : str
        One of ``formats_that_fit``: ``csv`` and ``jsonl`` have ``COLUMNS``, the others what an
        export has, with ``predicted`` as the source.
    model : Model
    pictures : NewPictures
    predictions : Predictions
    progress : Progress

    Raises
    ------
    ConfigError
        There is no such format, or what writes it is not installed.
    OSError
        The place cannot be written to.
    """
    chosen = format_named(format)
    if chosen.with_predictions:
        raise ConfigError(f"{format} is about the labels of a run; choose another format.")
    if format in TABLES:
        write_atomically(path, prediction_chunks(format, model, pictures, predictions))
        return
    options = Options(
        name=path.name.partition(".")[0] or "predictions",
        with_images=chosen.images is not Images.NEVER,
        version=f"labeler {__version__} {model.about.name}".strip(),
        progress=progress,
    )
    label_rows = as_label_rows(model, pictures, predictions)

    def describe(files: list[WrittenFile]) -> dict[str, Any]:
        return {
            "labeler": __version__,
            "format": format,
            "dataset": {"name": pictures.dataset.name, "n_images": len(pictures)},
            "model": {"name": model.about.name, "label_set": model.about.label_set},
            "source": SOURCE_NAMES[Source.PREDICTED],
            "classes": list(model.classes),
            "counts": tally(model, predictions).counts,
            "files": [asdict(file) for file in files],
        }

    write_set(path, chosen, label_rows, options, describe)


def as_label_rows(model: Model, pictures: NewPictures, predictions: Predictions) -> LabelRows:
    """Predictions as the rows of a label set, none of whose images is in a cluster."""
    n = len(predictions)
    parts = [part for _, part in pictures.parts]
    return LabelRows(
        classes=model.classes,
        images=one_after_the_other([part.images for part in parts]),
        places=np.arange(n),
        indices=pictures.indices,
        names=pictures.names,
        label_set=LabelSet(
            predictions.labels,
            np.full(n, Source.PREDICTED, dtype=np.int8),
            predictions.confidences,
            np.full(n, -1, dtype=np.int64),
        ),
        clusters=np.full(n, -1, dtype=np.int64),
        distances=np.full(n, np.nan, dtype=np.float32),
        ranks=np.full(n, -1, dtype=np.int64),
    )


def _figure(value: float) -> float:
    """Six significant digits: what a float32 holds."""
    return float(f"{float(value):.6g}")


def _csv_chunks(records: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for number, record in enumerate(records, start=1):
        writer.writerow(_cells(record))
        if not number % _AT_ONCE:
            yield _drained(text)
    yield _drained(text)


_AT_ONCE = 10_000


def _drained(text: io.StringIO) -> bytes:
    content = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return content


def _cells(record: dict[str, Any]) -> Sequence[object]:
    """Texts as cells that no spreadsheet runs."""
    return [neutralise(value) if isinstance(value, str) else value for value in record.values()]


def _json_chunks(records: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    encode = json.JSONEncoder(ensure_ascii=False).encode
    return (f"{encode(record)}\n".encode() for record in records)
