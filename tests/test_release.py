"""A release has one version with its day, and a wheel with all of the program."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import pytest

SCRIPT = Path(__file__).parent.parent / ".ci" / "release.py"
PAGE, STYLE = "templates/label.html", "static/label.css"
PACKAGE = '__version__ = "1.2.0"\n'


@pytest.fixture(scope="module")
def release() -> ModuleType:
    spec = spec_from_file_location("release", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_version_is_the_newest_of_the_changelog_with_its_day(release: ModuleType) -> None:
    changelog = "# Changelog\n\n## 1.2.0 (2026-01-31)\n\n## 1.1.0 (2025-01-31)\n"
    assert release.version_of(PACKAGE, changelog) == "1.2.0"


@pytest.mark.parametrize(
    ("newest", "told"),
    [
        ("## 1.3.0 (2026-01-31)", "begins with 1.3.0"),
        ("## 1.2.0 (unreleased)", "a release has its day"),
        ("nothing", "has no version"),
    ],
)
def test_another_version_or_one_without_a_day_is_refused(
    release: ModuleType, newest: str, told: str
) -> None:
    with pytest.raises(SystemExit, match=told):
        release.version_of(PACKAGE, f"# Changelog\n\n{newest}\n")


@pytest.mark.parametrize(
    ("left_out", "added", "told"),
    [(f"labeler/{PAGE}", "", "lacks"), ("", "tests/conftest.py", "should not have")],
)
def test_a_wheel_without_a_page_or_with_tests_is_refused(
    release: ModuleType, tmp_path: Path, left_out: str, added: str, told: str
) -> None:
    wanted = release.expected(["labeler/words.py", PAGE, STYLE, "tests/conftest.py"])
    assert wanted == {"labeler/words.py", f"labeler/{PAGE}", f"labeler/{STYLE}"}
    wheel = tmp_path / "labeler-1.2.0-py3-none-any.whl"
    with ZipFile(wheel, "w") as archive:
        for name in {*wanted, "labeler-1.2.0.dist-info/METADATA", added} - {left_out, ""}:
            archive.writestr(name, "")
    with pytest.raises(SystemExit, match=told):
        release.require_whole(wheel, wanted)
