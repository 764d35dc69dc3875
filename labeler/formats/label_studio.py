"""Tasks for Label Studio, with the labeling config that fits them.

Answers are annotations; spread labels are predictions with a score and a model version, never the
reverse, so that a reviewer can still tell them apart; a skip is an annotation that was cancelled.
Each task's ``data`` says in full where its label came from, under the names of the other formats.
Label Studio's own tables put their ``annotator`` over that of the data, so ``answered_by`` says it
a second time.

Images are reached as local files, below the folder that the set lies in; ``STEPS`` says how.
Without images in the set, they are the user's own files below the folder that was read; where that
is not known, the address of an image is its own file name.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from labeler.formats.base import File, Format, Options
from labeler.formats.images import image_files
from labeler.formats.markup import attribute, xml_names
from labeler.formats.own_names import image_names
from labeler.formats.rows import LabelRows
from labeler.records import IN_ANSWERS, Source
from labeler.words import well_formed

NAME = "label-studio"
PLACE = 8
PURPOSE = "For reviewing in Label Studio: answers are annotations, spread labels predictions."

FROM_NAME, TO_NAME = "choice", "image"
TASKS_FILE, CONFIG_FILE, STEPS_FILE = "tasks.json", "labeling_config.xml", "README.txt"
STEPS = """\
This folder in Label Studio
===========================

1. Start Label Studio so that it may read files below {above}:

     export LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true
     export LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT=FOLDER
     label-studio start

2. Create a project. Under Settings > Labeling Interface > Code, paste labeling_config.xml; save.
3. Under Settings > Cloud Storage, choose Add Source Storage > Local files, with the absolute local
   path FOLDER/{name}, and save it. Do not sync it: that would make tasks of the files themselves.
   Without this step, Label Studio answers 404 for every image.
4. Import tasks.json.

Answers are annotations, labels that were spread are predictions. Export as JSON, JSON_MIN, CSV or
TSV when the review is done (skips are in JSON alone), and read it back:

     labeler import-labels RUN export.json --on-conflict take
"""

ABOVE_SET = """the folder that holds this one. FOLDER is its
   absolute path, without "{name}" at the end"""
ABOVE_ORIGINALS = """the folder that holds your images' own. FOLDER is
   {folder}"""


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
    images = image_names(rows)
    if options.with_images:
        yield from image_files(rows, options, [f"images/{image}" for image in images])
    yield File(STEPS_FILE, [_steps(rows, options).encode()])
    yield File(TASKS_FILE, _tasks(rows, images, options))


def _steps(rows: LabelRows, options: Options) -> str:
    folder = _own_folder(rows, options)
    if folder is None:
        return STEPS.format(name=options.name, above=ABOVE_SET.format(name=options.name))
    above = ABOVE_ORIGINALS.format(folder=well_formed(str(folder.parent)))
    return STEPS.format(name=well_formed(folder.name), above=above)


def _own_folder(rows: LabelRows, options: Options) -> Path | None:
    """In which the user's own files are to be looked at; None where the set holds the images."""
    return None if options.with_images or rows.originals is None else rows.originals.folder


def _tasks(rows: LabelRows, images: Sequence[str], options: Options) -> Iterator[bytes]:
    encode = json.JSONEncoder(ensure_ascii=False).encode
    between = "[\n"
    for part in rows.parts(options.progress):
        for task in _part_tasks(rows, part, images[part], options):
            yield (between + encode(task)).encode()
            between = ",\n"
    yield b"\n]\n" if len(rows) else b"[]\n"


def _part_tasks(
    rows: LabelRows, part: slice, images: Sequence[str], options: Options
) -> Iterator[dict[str, Any]]:
    # The last name is what UNLABELED (-1) picks, and nobody reads.
    choices = (*xml_names(rows.class_names), "")
    labels = rows.label_set.labels[part].tolist()
    sources = rows.label_set.sources[part].tolist()
    own_paths = _own_paths(rows, part, options)
    for record, label, source, image, own_path in zip(
        rows.records(part), labels, sources, images, own_paths, strict=True
    ):
        address = {"image": _address(image, own_path, options)}
        data = {**address, **record, "answered_by": record["annotator"]}
        yield {"data": data, **_said(record, choices[label], Source(source), options)}


def _said(
    record: Mapping[str, Any], choice: str, source: Source, options: Options
) -> dict[str, Any]:
    """The annotation and the prediction of a task; ``choice`` is empty where there is no label."""
    result = [_result(record["index"], choice)] if choice else []
    fields: dict[str, Any] = {}
    if record.get("verdict") == "skip":
        fields |= _annotated([], was_cancelled=True)
    if result and record["split"] == "test":
        fields |= _annotated(result, ground_truth=True)
    elif result and source in IN_ANSWERS:
        fields |= _annotated(result)
    elif result:
        fields |= _spread(result, record, options)
    return fields


def _annotated(
    result: list[dict[str, Any]], *, was_cancelled: bool = False, ground_truth: bool = False
) -> dict[str, Any]:
    flags = {"was_cancelled": was_cancelled, "ground_truth": ground_truth}
    return {"annotations": [{"result": result, **flags}]}


def _spread(
    result: list[dict[str, Any]], record: Mapping[str, Any], options: Options
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


def _own_paths(rows: LabelRows, part: slice, options: Options) -> list[str] | list[None]:
    """The files that the addresses of a block are to lead to; None for those in the set."""
    folder, originals = _own_folder(rows, options), rows.originals
    if folder is not None and originals is not None:
        places = rows.places[part].tolist()
        return [well_formed(f"{folder.name}/{originals.path(place)}") for place in places]
    names = None if options.with_images else rows.file_names(part)
    return names or [None] * (part.stop - part.start)


def _address(image: str, own_path: str | None, options: Options) -> str:
    return f"/data/local-files/?d={quote(own_path or f'{options.name}/images/{image}')}"


LABEL_STUDIO = Format(
    name=NAME,
    title="Label Studio",
    purpose=PURPOSE,
    loading="follow README.txt in the set: interface, storage of local files, tasks.json",
    files=_files,
)
