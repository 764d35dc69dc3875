"""A process that names a few pictures for a page, and ends: ``python -m labeler.prediction.child``.

A page's own process stays small, and pictures of strangers are decoded in none that lives on. Told
are the model's file, a folder of pictures and the files of networks; said is one JSON object on
standard output.
"""

import base64
import json
import sys
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from labeler.datasets.base import Split
from labeler.exceptions import LabelerError
from labeler.imaging.thumbnails import png
from labeler.prediction.file import read_model
from labeler.prediction.model import Model
from labeler.prediction.reading import read_or_refuse
from labeler.prediction.table import unlike_note

THUMBNAIL = 192


def main() -> None:
    """Name the pictures of a folder."""
    model_file, folder, *networks = map(Path, sys.argv[1:])
    try:
        said = named(read_model(model_file, networks), folder)
    except LabelerError as error:
        said = {"error": str(error)}
    sys.stdout.write(json.dumps(said))


def named(model: Model, folder: Path) -> dict[str, Any]:
    """What a model says of each picture of a folder, by its name there; and of all of them."""
    names = sorted(path.name for path in folder.iterdir())
    parts = read_or_refuse(folder, names, model.like)
    rows = sorted(
        (row for part in parts for row in _rows(model, part)), key=itemgetter("file_name")
    )
    known = [row for row in rows if "class_name" in row]
    n_unfamiliar = sum(row["unfamiliar"] for row in known)
    return {"rows": rows, "note": unlike_note(n_unfamiliar, len(known))}


def _rows(model: Model, part: Split | dict[str, str]) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield from ({"file_name": name, "problem": part[name]} for name in part)
        return
    said, classes = model.predict(part), (*model.classes, None)
    for place, name in enumerate(part.names or ()):
        picture = png(np.asarray(part.images[place]), THUMBNAIL)
        yield {
            "file_name": name,
            "class_name": classes[int(said.labels[place])],
            "confidence": float(said.confidences[place]),
            "second_class": classes[int(said.second_labels[place])],
            "second_confidence": float(said.second_confidences[place]),
            "distance": float(said.distances[place]),
            "unfamiliar": bool(said.unfamiliar[place]),
            "thumbnail": base64.b64encode(picture).decode(),
        }


if __name__ == "__main__":
    main()
