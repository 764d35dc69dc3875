"""Small inputs of the kinds that people really have, each with what it should be read as."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from labeler.datasets.inspecting import inspect_dataset

pytestmark = pytest.mark.realdata

FOLDER = Path(os.environ.get("LABELER_DATA", "")) / "odd-inputs"
NAMED = FOLDER / "expected.json"
EXPECTED: dict[str, Any] = json.loads(NAMED.read_text("utf-8")) if NAMED.is_file() else {}
EXPECTED.pop("about", None)


@pytest.mark.skipif(not EXPECTED, reason="LABELER_DATA does not name a folder with odd-inputs/")
@pytest.mark.parametrize("name", EXPECTED)
def test_an_odd_input_is_read_as_meant(name: str) -> None:
    expected = dict(EXPECTED[name])
    found = inspect_dataset(str(FOLDER / name)).as_dict()
    brightest = expected.pop("max_pixel_at_least", 0)
    n_classes = expected.pop("n_classes", len(found["classes"]))
    assert {key: _plain(found[key]) for key in expected} == expected
    assert len(found["classes"]) == n_classes
    assert found["max_pixel"] >= brightest


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
