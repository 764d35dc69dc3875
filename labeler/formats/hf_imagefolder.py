"""A folder that Hugging Face ``datasets`` loads as it is: images, and what is known about each.

Images lie side by side, not in a folder for each class: with a ``metadata.jsonl`` beside them,
class folders would be ignored. The loader gives ``label`` as text and ``label_id`` as a number.
``README.md`` is the data set card, which describes the labels in their original order: given its
features, the loader gives ``label`` as class ids. Images without a label are left out.
"""

import json
from collections.abc import Iterator, Sequence

from labeler.formats.base import File, Format, HeldOut, Images, Options
from labeler.formats.images import image_files
from labeler.formats.own_names import image_names
from labeler.formats.rows import LabelRows

NAME = "hf-imagefolder"
PLACE = 7
PURPOSE = "For Hugging Face datasets and its Hub: a folder that can be looked into."

DTYPES = {
    "index": "int64",
    "original_name": "string",
    "label_id": "int64",
    "source": "string",
    "cluster": "int64",
    "distance": "float32",
    "rank_in_cluster": "int64",
    "confidence": "float32",
    "annotator": "string",
    "answered_at": "string",
}
"""The columns beside ``image`` and ``label``. No other may end with ``_file_name``: the loader
would take it for the place of another image."""


def _files(rows: LabelRows, options: Options) -> Iterator[File]:
    for side, part in rows.sides():
        images = image_names(part)
        yield from image_files(part, options, [f"{side.word}/{image}" for image in images])
        yield File(f"{side.word}/metadata.jsonl", _metadata(part, images, options))
    yield File("README.md", [_card(rows, options).encode()])


def _metadata(rows: LabelRows, images: Sequence[str], options: Options) -> Iterator[bytes]:
    encode = json.JSONEncoder(ensure_ascii=False).encode
    for part in rows.parts(options.progress):
        named = zip(rows.records(part), images[part], strict=True)
        yield "".join(f"{encode(_row(record, image))}\n" for record, image in named).encode()


def _row(record: dict[str, object], image: str) -> dict[str, object]:
    """``file_name`` is the image here and ``label`` its name, as the loader wants them."""
    # Never null: a side without any answer, or outside the clusters, would have a column of
    # another type.
    own = {
        "label_id": record["label"],
        "original_name": record["file_name"] or "",
        "annotator": record["annotator"] or "",
        "answered_at": record["answered_at"] or "",
    }
    if record["cluster"] is None:
        own |= {"cluster": -1, "distance": -1.0, "rank_in_cluster": -1}
    described = record | own
    return {
        "file_name": image,
        "label": record["class_name"],
        **{column: described[column] for column in DTYPES},
    }


def _card(rows: LabelRows, options: Options) -> str:
    """YAML between dashes, in which every text is quoted as in JSON, and a line to load it."""
    features = ["  - name: image\n    dtype: image", f"  - name: label\n{_label(rows)}"]
    features += [f"  - name: {name}\n    dtype: {dtype}" for name, dtype in DTYPES.items()]
    listed = "\n".join(features)
    return (
        f"---\ntask_categories:\n- image-classification\ndataset_info:\n  features:\n{listed}\n"
        "---\n\nImages labeled with Labeler; `source` tells answers from spread labels.\n\n"
        f'    features = datasets.load_dataset_builder("{options.name}").info.features\n'
        f'    datasets.load_dataset("{options.name}", features=features)\n'
    )


def _label(rows: LabelRows) -> str:
    if not rows.classes:
        return "    dtype: string"
    names = "\n".join(
        f"          '{label}': {_quoted(name)}" for label, name in enumerate(rows.class_names)
    )
    return f"    dtype:\n      class_label:\n        names:\n{names}"


def _quoted(name: str) -> str:
    """YAML reads what JSON writes, but for characters beyond ASCII."""
    written = (json.dumps(char)[1:-1] if char < "\x7f" else f"\\U{ord(char):08X}" for char in name)
    return f'"{"".join(written)}"'


HF_IMAGEFOLDER = Format(
    name=NAME,
    title="Hugging Face folder",
    purpose=PURPOSE,
    loading='datasets.load_dataset("SET", '
    'features=datasets.load_dataset_builder("SET").info.features)',
    files=_files,
    images=Images.ALWAYS,
    held_out=HeldOut.ASKED,
    labeled_only=True,
)
