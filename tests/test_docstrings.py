"""What packages export says of each parameter what it is, one at a time, as numpydoc renders it."""

import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

PACKAGES = (
    "labeler",
    "labeler.formats",
    "labeler.formats.reading",
    "labeler.learning.classifiers",
    "labeler.learning.cluster_analysis",
    "labeler.learning.features",
    "labeler.learning.propagation",
    "labeler.learning.query",
    "labeler.pipeline",
)
ENTRY = re.compile(r"(?P<names>\w+(?:, \w+)*) : \S.*\n {4}\S")
"""``name : type`` with a description below; names of one type may stand together."""


def exported() -> Iterator[Any]:
    for package in PACKAGES:
        module = importlib.import_module(package)
        yield from (
            pytest.param(thing, id=f"{package}.{name}")
            for name in module.__all__
            if inspect.isfunction(thing := getattr(module, name))
        )


def section(doc: str, title: str) -> str:
    """The body of a section, empty where there is none."""
    found = re.search(rf"^{title}\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", doc, re.DOTALL | re.MULTILINE)
    return found[1] if found else ""


def described(doc: str) -> list[str]:
    entries = ENTRY.finditer(section(doc, "Parameters"))
    return [name for entry in entries for name in entry["names"].split(", ")]


@pytest.mark.parametrize("function", list(exported()))
def test_each_parameter_is_described_and_what_comes_back(function: Callable[..., object]) -> None:
    doc = inspect.getdoc(function) or ""
    signature = inspect.signature(function)
    assert doc.partition("\n")[0].endswith(".")
    assert described(doc) == list(signature.parameters)
    if signature.return_annotation not in (None, "None"):
        assert re.match(r"\S.*\n {4}\S", section(doc, "Returns"))
