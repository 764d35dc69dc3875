"""Examples in docstrings and on the pages about Python do what they say."""

import re
from doctest import DocTest, DocTestFinder, DocTestParser, DocTestRunner, OutputChecker
from importlib import import_module
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
PAGES = {"python.md": 20, "own-strategy.md": 10}
"""Pages with examples, and how many there are at least."""

MODULES = (
    "labeler.estimators.features",
    "labeler.estimators.few_labels",
    "labeler.estimators.propagation",
    "labeler.estimators.queries",
    "labeler.notebook.create",
)
FIGURE = re.compile(r"\d\.\d+")
NEARLY = 0.015
"""Last digits depend on the kernel that a library chooses by the kind of processor."""


class Nearly(OutputChecker):
    """Takes figures that are nearly those that are written."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        wanted, found = (list(map(float, FIGURE.findall(text))) for text in (want, got))
        return FIGURE.sub("#", want) == FIGURE.sub("#", got) and all(
            abs(one - other) < NEARLY for one, other in zip(wanted, found, strict=True)
        )


def run_examples(examples: DocTest) -> int:
    """How many were run; what one said that should have said something else is shown."""
    said: list[str] = []
    result = DocTestRunner(Nearly()).run(examples, out=said.append)
    assert not result.failed, "".join(said)
    return result.attempted


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("LABELER_INSTANCE", str(tmp_path / "instance"))


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_docstrings_run(name: str) -> None:
    assert sum(map(run_examples, DocTestFinder().find(import_module(name))))


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_about_python_run_from_top_to_bottom(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    assert run_examples(DocTestParser().get_doctest(text, {}, name, name, 0)) > PAGES[name]
