"""Data sets as other tools write them, file by file: none of these tools is needed."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from PIL import Image

Entries = dict[str, bytes]
CLASSES = ("cat", "dog")


def picture(number: int) -> bytes:
    """A small PNG file, another one for each number."""
    file = io.BytesIO()
    Image.new("RGB", (2, 2), (number % 256, number // 256, 7)).save(file, "PNG")
    return file.getvalue()


def pictures(names: Iterable[str]) -> Entries:
    return {name: picture(number) for number, name in enumerate(names)}


def labeled(n: int = 6) -> list[tuple[str, str]]:
    """File names with their classes."""
    return [(f"{number:06d}.png", CLASSES[number % 2]) for number in range(n)]


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([header, *rows])
    return file.getvalue().encode()


def as_json(content: object) -> bytes:
    return json.dumps(content).encode()


def fiftyone_classification() -> Entries:
    """``fo.types.FiftyOneImageClassificationDataset``."""
    targets: dict[str, Any] = {
        name.removesuffix(".png"): CLASSES.index(label) for name, label in labeled()
    }
    targets["000004"] = None
    content = {"classes": list(CLASSES), "labels": targets}
    return pictures(f"data/{name}" for name, _ in labeled()) | {"labels.json": as_json(content)}


def fiftyone_classification_with_confidence() -> Entries:
    """The same with ``include_confidence`` and ``include_attributes``."""
    targets: dict[str, Any] = {
        name.removesuffix(".png"): {"label": label, "confidence": None, "attributes": {}}
        for name, label in labeled()
    }
    return pictures(f"data/{name}" for name, _ in labeled()) | {
        "labels.json": as_json({"classes": None, "labels": targets})
    }


def _sample(number: int, name: str, label: str) -> dict[str, Any]:
    def oid(start: str) -> dict[str, str]:
        return {"$oid": f"{start}{number:022d}"}

    classified: dict[str, Any] = {
        "_cls": "Classification",
        "tags": [],
        "label": label,
        "logits": None,
    }
    return {
        "_id": oid("aa"),
        "filepath": f"data/{name}",
        "tags": ["reviewed", "test" if number >= 4 else "train"],
        "metadata": {"_cls": "ImageMetadata", "size_bytes": 90, "width": 2, "height": 2},
        "created_at": {"$date": "2025-11-03T10:00:00Z"},
        "_media_type": "image",
        "_rand": 0.5,
        "predictions": {**classified, "_id": oid("bb"), "label": "cat", "confidence": 0.9},
        "ground_truth": {**classified, "_id": oid("cc"), "confidence": None},
        "uniqueness": 0.3,
        "_dataset_id": oid("dd"),
    }


def fiftyone_dataset(*, several: bool = False) -> Entries:
    """``fo.types.FiftyOneDataset``; labels may be fields that can hold several."""
    samples = [_sample(number, *pair) for number, pair in enumerate(labeled())]
    for sample in samples if several else ():
        labels = [sample["ground_truth"]]
        sample["ground_truth"] = {"_cls": "Classifications", "classifications": labels}
    metadata = {
        "name": "pets",
        "version": "1.8.0",
        "media_type": "image",
        "sample_fields": [{"name": "ground_truth", "ftype": "EmbeddedDocumentField"}],
        "default_classes": list(CLASSES),
        "saved_views": [],
    }
    side = {"metadata.json": as_json(metadata), "samples.json": as_json({"samples": samples})}
    return pictures(f"data/{name}" for name, _ in labeled()) | side


def fiftyone_tree() -> Entries:
    """``fo.types.ImageClassificationDirectoryTree``: what has no label lies in a folder, too."""
    unlabeled = ["_unlabeled/000006.png", "_unlabeled/000007.png"]
    return pictures([f"{label}/{name}" for name, label in labeled()] + unlabeled)


_META = """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><{kind}><id>7</id><name>pets</name><labels>
<label><name>cat</name><color>#fa3253</color><type>tag</type><attributes></attributes></label>
<label><name>dog</name><color>#33ddff</color><type>tag</type><attributes></attributes></label>
</labels></{kind}><dumped>2026-01-02 10:00:00.000000+00:00</dumped></meta>
"""


def _cvat_image(number: int, name: str, label: str, more: str = "") -> str:
    return (
        f'<image id="{number}" name="{name}" {more}width="2" height="2">\n'
        f'<tag label="{label}" source="manual">\n</tag>\n</image>\n'
    )


def cvat_task() -> Entries:
    """ "CVAT for images 1.1" of a task, with images."""
    images = "".join(_cvat_image(number, *pair) for number, pair in enumerate(labeled()))
    xml = _META.format(kind="task") + images + "</annotations>\n"
    return pictures(f"images/{name}" for name, _ in labeled()) | {"annotations.xml": xml.encode()}


def cvat_project() -> Entries:
    """The same of a project whose tasks have subsets, with the same file names in each."""
    images, files = "", []
    for subset, pairs in (("Train", labeled(4)), ("Test", labeled(2))):
        for number, (name, label) in enumerate(pairs):
            shown = label if subset == "Train" else CLASSES[1 - CLASSES.index(label)]
            images += _cvat_image(number, name, shown, f'subset="{subset}" task_id="1" ')
            files.append(f"images/{subset}/{name}")
    xml = _META.format(kind="project") + images + "</annotations>\n"
    return pictures(files) | {"annotations.xml": xml.encode()}


def cvat_imagenet() -> Entries:
    """ImageNet 1.0, as CVAT writes it."""
    names = [f"{label}/{label}_{name}" for name, label in labeled()]
    return pictures([*names, "no_label/000006.png"]) | {"synsets.txt": b"cat\ndog\n"}


def cvat_imagenet_lists() -> Entries:
    """The same without images, unpacked beside them: a number for each class."""
    rows = "".join(f"{name.removesuffix('.png')} {CLASSES.index(c)}\n" for name, c in labeled())
    lists = {"train.txt": rows.encode(), "synsets.txt": b"cat\ndog\n"}
    return pictures(f"images/{name}" for name, _ in labeled()) | lists


def _studio_image(name: str) -> str:
    return f"/data/upload/1/0a1b2c3d-{name}"


def studio_json(field: str = "image", control: str = "choice") -> Entries:
    """Label Studio's JSON, beside the pictures that were uploaded there."""
    tasks = [
        {
            "id": number,
            "annotations": [
                {
                    "id": number,
                    "completed_by": 1,
                    "result": [
                        {
                            "value": {"choices": [label]},
                            "id": "x1",
                            "from_name": control,
                            "to_name": "image",
                            "type": "choices",
                            "origin": "manual",
                        }
                    ],
                    "was_cancelled": False,
                    "ground_truth": False,
                    "created_at": "2026-01-02T10:00:00.000000Z",
                    "updated_at": "2026-01-02T10:00:00.000000Z",
                    "lead_time": 2.5,
                    "prediction": {},
                }
            ],
            "file_upload": f"0a1b2c3d-{name}",
            "drafts": [],
            "predictions": [],
            "data": {field: _studio_image(name)},
            "meta": {},
            "created_at": "2026-01-02T10:00:00.000000Z",
            "inner_id": number,
            "total_annotations": 1,
            "project": 1,
        }
        for number, (name, label) in enumerate(labeled(), start=1)
    ]
    return pictures(f"images/{name}" for name, _ in labeled()) | {
        "project-1-at-2026-01-02-10-00-0a1b2c3d.json": as_json(tasks)
    }


def _studio_rows(field: str, control: str) -> list[dict[str, object]]:
    return [
        {
            field: _studio_image(name),
            "id": number,
            control: label,
            "annotator": 1,
            "annotation_id": number,
            "created_at": "2026-01-02T10:00:00.000000Z",
            "updated_at": "2026-01-02T10:00:00.000000Z",
            "lead_time": 2.5,
        }
        for number, (name, label) in enumerate(labeled(), start=1)
    ]


def studio_json_min(field: str = "image", control: str = "choice") -> Entries:
    rows = as_json(_studio_rows(field, control))
    return pictures(f"images/{name}" for name, _ in labeled()) | {"project-1-at-2026.json": rows}


def studio_csv(field: str = "image", control: str = "choice") -> Entries:
    rows = _studio_rows(field, control)
    text = table(list(rows[0]), [list(row.values()) for row in rows])
    # The pictures as they lie in Label Studio's own folder, with what it puts before their names.
    names = [f"images/0a1b2c3d-{name}" for name, _ in labeled()]
    return pictures(names) | {"project-1-at-2026.csv": text}


def kaggle(file_column: str = "id", *, ending: str = "") -> Entries:
    """A competition: pictures of unknown class to send guesses for."""
    rows = [(name.removesuffix(".png") + ending, label) for name, label in labeled()]
    unknown = [f"{number:06d}" for number in range(6, 9)]
    guesses = table([file_column, "label"], [(name, 0.5) for name in unknown])
    files = [f"train/{name}" for name, _ in labeled()] + [f"test/{name}.png" for name in unknown]
    return pictures(files) | {
        "train.csv": table([file_column, "label"], rows),
        "sample_submission.csv": guesses,
    }


def imagefolder(top: str = "") -> Entries:
    """torchvision's ``ImageFolder``, one for each part."""
    train = [f"{top}train/{label}/{name}" for name, label in labeled()]
    return pictures(train + [f"{top}val/{label}/v{name}" for name, label in labeled(2)])


def hugging_face(write: Callable[[Sequence[str], list[list[str]]], bytes], name: str) -> Entries:
    """An ``imagefolder`` of Hugging Face ``datasets`` with a list in each part."""
    entries: Entries = {"README.md": b"---\nlicense: mit\n---\n"}
    for part, pairs in (("train", labeled()), ("test", labeled(2))):
        entries |= pictures(f"{part}/{part}_{file}" for file, _ in pairs)
        rows = [[f"{part}_{file}", label] for file, label in pairs]
        entries[f"{part}/{name}"] = write(("file_name", "label"), rows)
    return entries


def json_lines(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    return b"\n".join(as_json(dict(zip(header, row, strict=True))) for row in rows)


def parquet(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


OVERHEAD = (
    "car", "harbor", "helicopter", "oil_gas_field", "parking_lot", "plane", "runway_mark", "ship",
    "stadium", "storage_tank",
)  # fmt: skip


def overhead_mnist(top: str = "", *, by_path: bool = False) -> Entries:
    """Overhead-MNIST with both versions of its pictures, as its authors and Kaggle give it."""
    parts = {"overhead/training": 2, "overhead/testing": 1, "version2/train": 3, "version2/test": 1}
    files = [
        f"{part}/{label}/{label}_{number}.png"
        for part, n in parts.items()
        for label in OVERHEAD
        for number in range(n)
    ]
    named = [file for file in files if file.startswith("version2")]
    listed = [
        (name if by_path else name.rpartition("/")[2], OVERHEAD.index(name.split("/")[2]))
        for name in named
    ]
    numbers = [(label, n) for n, label in enumerate(OVERHEAD)]
    pixels = table(["label", "pixel1", "pixel2"], [(n, 1, 2) for n, _ in enumerate(OVERHEAD)])
    lists = {
        "version2/classes.csv": table(["class", "label"], numbers),
        "version2/labels.csv": table(["filename", "label"], listed),
        "version2/train.csv": pixels,
        "version2/test.csv": pixels,
        "overhead/readme.txt": b"Overhead-MNIST\n",
    }
    return {f"{top}{name}": data for name, data in (pictures(files) | lists).items()}


def lists_of_parts() -> Entries:
    """Parts with the same file names in each, and a list for each."""
    pairs = {"training": labeled(), "testing": labeled(2)}
    files = [f"{part}/{label}/{name}" for part, named in pairs.items() for name, label in named]
    lists = {
        f"{part.removesuffix('ing')}.csv": table(["image", "label"], named)
        for part, named in pairs.items()
    }
    return pictures(files) | lists


SETS: Mapping[str, Callable[[], Entries]] = {
    "fiftyone-classification": fiftyone_classification,
    "fiftyone-confidence": fiftyone_classification_with_confidence,
    "fiftyone-dataset": fiftyone_dataset,
    "fiftyone-classifications": lambda: fiftyone_dataset(several=True),
    "fiftyone-tree": fiftyone_tree,
    "cvat-task": cvat_task,
    "cvat-project": cvat_project,
    "cvat-imagenet": cvat_imagenet,
    "cvat-imagenet-lists": cvat_imagenet_lists,
    "studio-json": studio_json,
    "studio-json-other": lambda: studio_json("photo", "kind"),
    "studio-json-min": studio_json_min,
    "studio-json-min-other": lambda: studio_json_min("photo", "kind"),
    "studio-csv": studio_csv,
    "studio-csv-other": lambda: studio_csv("photo", "kind"),
    "kaggle": kaggle,
    "kaggle-image_id": lambda: kaggle("image_id"),
    "kaggle-names": lambda: kaggle("filename", ending=".png"),
    "imagefolder": imagefolder,
    "imagefolder-inside": lambda: imagefolder("pets/"),
    "hf-csv": lambda: hugging_face(table, "metadata.csv"),
    "hf-jsonl": lambda: hugging_face(json_lines, "metadata.jsonl"),
    "hf-parquet": lambda: hugging_face(parquet, "metadata.parquet"),
    "overhead": overhead_mnist,
    "overhead-kaggle": lambda: overhead_mnist("archive/"),
    "lists-of-parts": lists_of_parts,
    "overhead-paths": lambda: overhead_mnist(by_path=True),
}
