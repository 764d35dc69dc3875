"""Annotations that other programs wrote beside images."""

import json
from io import BytesIO
from typing import Any

import pytest

from labeler.datasets import Dataset, load_dataset
from labeler.formats.reading import READERS
from labeler.records import UNLABELED
from tests.datasets.conftest import Built, Loaded, Refused, Written

FIFTYONE = {"classes": ["dog", "cat"], "labels": {"a": 1, "b": {"label": 0}, "c": None}}
SAMPLES = {
    "samples": [
        {"filepath": "images/a.png", "ground_truth": {"_cls": "Classification", "label": "cat"}},
        {"filepath": "/old/images/b.png", "truth": {"_cls": "Classification", "label": "dog"}},
        {"filepath": "images/c.png", "prediction": {"_cls": "Classification", "label": "dog"}},
    ]
}


def task(image: str, choice: str, key: str = "annotations", **more: Any) -> dict[str, Any]:
    result = [{"type": "choices", "value": {"choices": [choice]}}]
    return {"data": {"image": image}, key: [{"result": result, **more}]}


TASKS = [
    task("/data/local-files/?d=set/images/a.png", "cat"),
    task("/data/upload/3/0123abcd-b.png", "dog"),
    task("/data/local-files/?d=images/c.png", "dog", "predictions"),
]
SKIPPED = [*TASKS[:2], task("images/c.png", "dog", was_cancelled=True)]
ROWS = [{"image": "images/a.png", "choice": "cat"}, {"image": "images/b.png", "choice": "dog"}]
CVAT = """<?xml version="1.0" encoding="utf-8"?><annotations><version>1.1</version>
<image id="0" name="a.png"><tag label="cat" source="manual"></tag></image>
<image id="1" name="images/b.png"><tag label="dog" source="manual"></tag></image>
<image id="2" name="c.png"><tag label="dog" source="auto"></tag></image></annotations>"""


@pytest.fixture
def load(make_folder: Written, png: Built) -> Loaded:
    def build(file_name: str, content: str) -> Dataset:
        files = {f"images/{name}.png": png() for name in "abc"}
        return load_dataset(str(make_folder({file_name: content.encode(), **files})))

    return build


@pytest.mark.parametrize(
    ("file_name", "content"),
    [
        ("labels.json", json.dumps(FIFTYONE)),
        ("samples.json", json.dumps(SAMPLES)),
        ("tasks.json", json.dumps(TASKS)),
        ("project-1-at-2026.json", json.dumps(SKIPPED)),
        ("result.json", json.dumps(ROWS)),
        ("annotations.xml", CVAT),
    ],
)
def test_what_people_said_is_true_and_what_programs_said_is_not(
    load: Loaded, file_name: str, content: str
) -> None:
    dataset = load(file_name, content)
    assert dataset.classes == ("cat", "dog")
    assert dataset.train.labels.tolist() == [0, 1, UNLABELED]


def said(*controls: tuple[str, str], **more: Any) -> dict[str, Any]:
    """An annotation, or a prediction: what was chosen in each control."""
    results = [
        {"type": "choices", "from_name": control, "value": {"choices": [choice]}}
        for control, choice in controls
    ]
    return {"result": results, **more}


CAT, DOG = ("choice", "cat"), ("choice", "dog")
SAID: dict[str, tuple[dict[str, Any], str]] = {
    "the control that Labeler writes": ({"annotations": [said(("quality", "dog"), CAT)]}, "cat"),
    "the newest": (
        {"annotations": [said(CAT, updated_at="2026-02-01"), said(DOG, updated_at="2026-01-01")]},
        "cat",
    ),
    "before a skip": ({"annotations": [said(CAT), said(DOG, was_cancelled=True)]}, "cat"),
    "predictions by number": ({"annotations": [said(CAT)], "predictions": [7]}, "cat"),
    "predictions by number alone": ({"predictions": [7]}, ""),
    "a name beside the address": ({"annotations": [said(CAT)], "own": {"id": 17}}, "cat"),
}


@pytest.mark.parametrize("case", SAID)
def test_a_data_set_and_a_file_of_labels_read_label_studio_alike(load: Loaded, case: str) -> None:
    task, expected = {**SAID[case][0]}, SAID[case][1]
    data = {"image": "/data/local-files/?d=set/images/a.png", **task.pop("own", {})}
    tasks = json.dumps([{"data": data, **task}])
    dataset = load("tasks.json", tasks)
    labels = READERS["label-studio"](BytesIO(tasks.encode()), "tasks.json")
    assert [dataset.classes[label] for label in dataset.train.labels if label >= 0] == (
        [expected] if expected else []
    )
    assert [labels.classes[label] for label in labels.labels] == ([expected] if expected else [])
    assert set(labels.file_names) <= {"set/images/a.png"}


def test_what_names_several_classes_is_not_guessed(load: Loaded) -> None:
    unclear = {"data": {"image": "b.png"}, "annotations": [said(("a", "cat"), ("b", "dog"))]}
    dataset = load("tasks.json", json.dumps([TASKS[0], unclear]))
    assert dataset.classes == ("cat",)
    assert dataset.train.labels.tolist() == [0, UNLABELED, UNLABELED]


@pytest.mark.parametrize(
    ("file_name", "content"),
    [
        ("labels.json", "[1, 2"),
        ("labels.json", "[" * 100_000),
        ("tasks.json", '[1, {"data": 3}, null]'),
        ("labels.json", '{"labels": {"a": [1, 2]}, "classes": 3}'),
        ("annotations.xml", "<annotations><image"),
        ("notes.json", '{"a": 1}'),
    ],
)
def test_what_is_something_else_is_passed_over(load: Loaded, file_name: str, content: str) -> None:
    dataset = load(file_name, content)
    assert dataset.classes == ()
    assert len(dataset.train) == 3


def test_xml_that_could_grow_is_refused(load: Loaded, refused: Refused) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "cccc">]><annotations><image name="&b;"/></annotations>'
    with refused("CSV-1", "declarations"):
        load("annotations.xml", bomb)
