"""Docstrings map the tree, and say of each parameter what it is, as numpydoc renders it."""

import ast
import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PACKAGES = (
    "labeler",
    "labeler.formats",
    "labeler.formats.reading",
    "labeler.learning.audit",
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


ROOT = Path(__file__).parent.parent / "labeler"
ON_THE_MAP = sorted(path.parent for path in ROOT.rglob("__init__.py"))


def rooms(package: Path) -> set[str]:
    """What is in a package, as its docstring names it; plug-ins are found by what they say."""
    folders = {f"{path.name}/" for path in package.iterdir() if any(path.glob("*.py"))}
    modules = {
        path.name
        for path in package.glob("*.py")
        if path.stem != "__init__" and "\nNAME = " not in path.read_text(encoding="utf-8")
    }
    return folders | modules


@pytest.mark.parametrize(
    "package", ON_THE_MAP, ids=lambda path: path.relative_to(ROOT.parent).as_posix()
)
def test_the_docstring_of_a_package_names_all_that_is_in_it(package: Path) -> None:
    tree = ast.parse((package / "__init__.py").read_text(encoding="utf-8"))
    named = set(re.findall(r"\w+(?:\.py\b|/)", ast.get_docstring(tree) or ""))
    assert rooms(package) <= named
