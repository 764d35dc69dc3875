"""What the package promises to those who import it."""

import ast
from importlib import import_module
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def packages() -> list[str]:
    """Every package of ours, by the name it is imported by."""
    folders = (path.parent for path in (ROOT / "labeler").rglob("__init__.py"))
    return [".".join(folder.relative_to(ROOT).parts) for folder in sorted(folders)]


def test_its_types_can_be_read_by_others() -> None:
    assert files("labeler").joinpath("py.typed").is_file()


@pytest.mark.parametrize("name", packages())
def test_every_package_is_a_map_and_has_what_it_promises(name: str) -> None:
    source = (ROOT / Path(*name.split(".")) / "__init__.py").read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(source)), f"{name} does not say what is in it"
    package = import_module(name)
    promised = list(getattr(package, "__all__", ()))
    assert promised == sorted(set(promised), key=promised.index), "a name is promised twice"
    assert not [one for one in promised if not hasattr(package, one)]
