"""What other programs' files of annotations say of image files, as the rows of a list.

===============  ================================================================
FiftyOne         ``labels.json`` of a classification data set, or ``samples.json``
CVAT             ``annotations.xml`` of "CVAT for images": tags
Label Studio     a JSON list of tasks, or of rows (JSON_MIN): choices
===============  ================================================================

A label that a person gave is true; what a program predicted, or Labeler has spread, is marked as
spread: a suggestion, and no truth.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from labeler.datasets.listings.list_rows import TextTable
from labeler.datasets.listings.studio_tasks import (
    UnclearTaskError,
    address_in,
    choice_of,
    chosen_in,
    newest,
    objects,
    path_at,
    predictions_of,
    surest,
)
from labeler.datasets.text.split_words import part_of
from labeler.exceptions import refuse

COLUMNS = ["file_name", "class_name", "source", "split"]
SPREAD = "propagated"
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")

Cells = tuple[str, str, str, str]
"""A file, its class, where that came from, and its part."""


def read_annotations(data: bytes, source: str, *, is_xml: bool) -> TextTable | None:
    """Read a file of annotations; None for something else of its ending.

    Parameters
    ----------
    data : bytes
        The whole file.
    source : str
        What to call it in messages.
    is_xml : bool
        Whether it is XML, else JSON.

    Raises
    ------
    InputError
        CSV-1 for XML that declares entities, which could grow without end.
    """
    if is_xml and any(mark in data for mark in _DECLARATIONS):
        refuse("CSV-1", source, "XML with declarations of its own", "XML as CVAT writes it")
    try:
        cells = list(_of_xml(data) if is_xml else _of_json(json.loads(data)))
    except (ValueError, ElementTree.ParseError, RecursionError, AttributeError, TypeError):
        return None
    rows = [(number, list(row)) for number, row in enumerate(cells, start=1) if row[0].strip()]
    return TextTable(COLUMNS, rows, is_header=True) if rows else None


def _of_xml(data: bytes) -> Iterator[Cells]:
    root = ElementTree.fromstring(data.decode("utf-8"))  # noqa: S314 - without declarations
    for image in root.iter("image"):
        tags = image.findall("tag")
        names = {tag.get("label", "") for tag in tags}
        label = names.pop() if len(names) == 1 else ""
        told = {
            attribute.get("name"): attribute.text or ""
            for tag in tags
            for attribute in tag.iter("attribute")
        }
        is_auto = any(tag.get("source") == "auto" for tag in tags)
        came_from = told.get("source") or (SPREAD if is_auto else "")
        yield image.get("name", ""), label, came_from, image.get("subset", "")


def _of_json(content: Any) -> Iterator[Cells]:
    if isinstance(content, dict) and isinstance(content.get("labels"), dict):
        classes, unlabeled = content.get("classes") or [], content.get("unlabeled")
        yield from _of_labels(content["labels"], classes, unlabeled)
    elif isinstance(content, dict) and isinstance(content.get("samples"), list):
        yield from map(_of_sample, content["samples"])
    elif isinstance(content, list):
        yield from map(_of_task, content)


def _of_labels(
    labels: Mapping[str, Any], classes: list[str], unlabeled: Mapping[str, Any] | None
) -> Iterator[Cells]:
    """FiftyOne's classification data set: a label by the name of a file without its ending.

    In Labeler's, what is known of images without a label stands beside them.
    """
    for name, target in labels.items():
        told = target if isinstance(target, dict) else {"label": target}
        attributes = told.get("attributes") or (unlabeled or {}).get(name) or {}
        came_from = _text(attributes.get("source"))
        yield (
            name,
            _class_name(told.get("label"), classes),
            came_from,
            _text(attributes.get("split")),
        )


def _class_name(label: object, classes: list[str]) -> str:
    if isinstance(label, int) and 0 <= label < len(classes):
        return _text(classes[label])
    return _text(label)


def _of_sample(sample: Mapping[str, Any]) -> Cells:
    """FiftyOne's own data set: fields of any name hold classifications."""
    fields = {name: labels for name, field in sample.items() if (labels := _classifications(field))}
    truths = [name for name in fields if "predict" not in name.lower()]
    labels = fields[next(iter(truths or fields))] if fields else set()
    label = labels.pop() if len(labels) == 1 else ""
    split = next(filter(part_of, map(_text, sample.get("tags") or [])), "")
    return _text(sample.get("filepath")), label, "" if truths else SPREAD, split


def _classifications(field: object) -> set[str]:
    """The classes that a field of a sample names; none where it is something else."""
    if not isinstance(field, dict):
        return set()
    if field.get("_cls") == "Classifications":
        return set().union(*map(_classifications, field.get("classifications") or []))
    return {_text(field.get("label"))} if field.get("_cls") == "Classification" else set()


def _of_task(task: Mapping[str, Any]) -> Cells:
    """Label Studio's task, or a row of an annotation with the task's data in it."""
    data = task.get("data", task)
    name = path_at(address_in(data)) or _text(data.get("file_name"))
    split = _text(data.get("split"))
    try:
        label, came_from = _said_of(task)
    except UnclearTaskError:
        label, came_from = None, ""
    return name, label or "", came_from, split


def _said_of(task: Mapping[str, Any]) -> tuple[str | None, str]:
    """The class that a task names, and where it came from."""
    if "data" not in task:
        return chosen_in(task), ""
    annotations = objects(task, "annotations")
    if annotations:
        choices = [choice_of(annotation) for annotation in annotations]
        return choices[newest(annotations, choices)], ""
    predictions = predictions_of(task)
    return choice_of(surest(predictions)) if predictions else None, SPREAD


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
