"""Tasks for Label Studio, with the labeling config that fits them.

Answers are annotations; spread labels are predictions with a score and a model version, never the
reverse, so that a reviewer can still tell them apart. Each task's ``data`` says in full where its
label came from, under the names of the other formats.

Images are reached as local files: ``LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true``, and
``LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT`` is the folder that the set lies in. Without images in
the set, the address of an image is its own file name, below that folder.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from labeler.export.base import File, Format, Options
from labeler.export.images import image_files
from labeler.export.markup import attribute, xml_names
from labeler.export.names import image_names
from labeler.export.rows import LabelRows
from labeler.records import UNLABELED, Source

FROM_NAME, TO_NAME = "choice", "image"
TASKS_FILE, CONFIG_FILE = "tasks.json", "labeling_config.xml"
ANSWERS = (Source.HUMAN, Source.ORACLE)


def labeling_config(classes: tuple[str, ...]) -> str:
    """The screen that the tasks are for: one image, one choice of a class."""
    choices = "".join(f"    <Choice value={attribute(name)}/>\n" for name in xml_names(classes))
    return (
        "<View>\n"
        f'  <Image name="{TO_NAME}" value="${TO_NAME}"/>\n'
        f'  <Choices name="{FROM_NAME}" toName="{TO_NAME}" choice="single">\n'
        f"{choices}"
        "  </Choices>\n"
        "</View>\n"
    )


def _files(rows: LabelRows, options: Options) -> Iterator[File]:
    yield File(CONFIG_FILE, [labeling_config(rows.class_names).encode()])
    if options.with_images:
        yield from image_files(rows, options, "images")
    yield File(TASKS_FILE, _tasks(rows, options))


def _tasks(rows: LabelRows, options: Options) -> Iterator[bytes]:
    encode = json.JSONEncoder(ensure_ascii=False).encode
    between = "[\n"
    for part in rows.parts(options.progress):
        for task in _part_tasks(rows, part, options):
            yield (between + encode(task)).encode()
            between = ",\n"
    yield b"\n]\n" if len(rows) else b"[]\n"


def _part_tasks(rows: LabelRows, part: slice, options: Options) -> Iterator[dict[str, Any]]:
    # The last name is what UNLABELED (-1) picks, and nobody reads.
    choices = (*xml_names(rows.class_names), "")
    labels = rows.label_set.labels[part].tolist()
    sources = rows.label_set.sources[part].tolist()
    images = image_names(rows, part)
    for record, label, source, image in zip(
        rows.records(part), labels, sources, images, strict=True
    ):
        task: dict[str, Any] = {"data": {"image": _address(record, image, options), **record}}
        if label != UNLABELED:
            result = [_result(record["index"], choices[label])]
            task |= _answer(result) if source in ANSWERS else _spread(result, record, options)
        yield task


def _answer(result: list[dict[str, Any]]) -> dict[str, Any]:
    return {"annotations": [{"result": result, "was_cancelled": False, "ground_truth": False}]}


def _spread(
    result: list[dict[str, Any]], record: dict[str, Any], options: Options
) -> dict[str, Any]:
    prediction = {
        "result": result,
        "score": record["confidence"],
        "model_version": options.version,
    }
    return {"predictions": [prediction]}


def _result(index: int, choice: str) -> dict[str, Any]:
    return {
        "id": f"image-{index}",
        "type": "choices",
        "from_name": FROM_NAME,
        "to_name": TO_NAME,
        "value": {"choices": [choice]},
    }


def _address(record: dict[str, Any], image: str, options: Options) -> str:
    own = record["file_name"]
    path = f"{options.name}/images/{image}" if options.with_images or own is None else own
    return f"/data/local-files/?d={quote(path)}"


LABEL_STUDIO = Format(
    name="label-studio",
    title="Label Studio",
    purpose="For reviewing in Label Studio: answers are annotations, spread labels predictions.",
    loading="paste labeling_config.xml as the interface, import tasks.json",
    files=_files,
)
