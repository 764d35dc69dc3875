"""Annotations that other programs wrote beside images."""

import json
from typing import Any

import pytest

from labeler.datasets import Dataset, load_dataset
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
