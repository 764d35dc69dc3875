"""Nothing that people can use is undocumented, and no page tells of what is not there."""

import re
from pathlib import Path

import click
import pytest

from docs.reference import HERE, METHODS, PAGES, shown, up_to_date
from labeler.cli import PLACES, cli
from labeler.formats import FORMATS
from labeler.plugins import choices
from labeler.web.app import create_app
from labeler.web.settings import WebSettings
from labeler.workflow.exchange.choices import WRITTEN
from labeler.workflow.workspace import open_workspace

PACKAGE = Path(__file__).parent.parent / "labeler"
VARIABLE = re.compile(r"\b(?:LABELER_[A-Z]+(?:_[A-Z]+)*|DATABASE_URL)\b")


def page(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def options_of(command: click.Command) -> set[str]:
    options = [param for param in command.params if isinstance(param, click.Option)]
    return {name for option in options for name in (*option.opts, *option.secondary_opts)}


@pytest.mark.parametrize("name", PAGES)
def test_what_is_written_from_the_program_is_what_it_says_today(name: str) -> None:
    assert page(name) == up_to_date(name), f"docs/{name}: make docs"


@pytest.mark.parametrize("name", [*PLACES, None])
def test_every_command_and_option_is_documented(name: str | None) -> None:
    heading = "# What every command knows" if name is None else f"# labeler {name}"
    _, _, section = page("command-line.md").partition(f"\n#{heading}\n")
    documented = {
        word
        for names in re.findall("^- `(.*?)`:", section.partition("\n## ")[0], re.MULTILINE)
        for word in re.split("[ ,/]+", names)
        if word.startswith("-")
    }
    assert documented == options_of(cli if name is None else cli.load(name))


CODE = re.compile(r"```.*?```|`[^`\n]+`|^    .*$", re.DOTALL | re.MULTILINE)


def test_everything_that_can_be_chosen_is_in_what_people_read() -> None:
    """In the README or a page that somebody wrote: the lists that are made say it anyway."""
    written = [HERE.parent / "README.md", *(p for p in HERE.glob("*.md") if p.name not in PAGES)]
    code = " ".join(" ".join(CODE.findall(path.read_text(encoding="utf-8"))) for path in written)
    wanted = {name for names in choices().values() for name in names if "+" not in name}
    assert wanted <= set(re.findall(r"[\w-]+", code))


@pytest.mark.parametrize("name", WRITTEN)
def test_the_help_of_an_export_says_what_each_format_is_for(name: str) -> None:
    purpose = re.escape(FORMATS[name].purpose.removeprefix("For ").partition(":")[0].rstrip("."))
    assert re.search(rf"^ +{name} +{purpose}$", cli.load("export").help or "", re.MULTILINE)


def test_every_variable_of_the_environment_is_documented() -> None:
    read = {
        name
        for path in PACKAGE.rglob("*.py")
        for name in VARIABLE.findall(path.read_text(encoding="utf-8"))
    }
    documented = re.findall(r"^\| `(\w+)` \|", page("settings.md"), re.MULTILINE)
    assert sorted(documented) == sorted(read)


def test_every_address_is_documented(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path, f"sqlite:///{tmp_path}/labeler.sqlite3")
    app = create_app(workspace, WebSettings(bytes(32)))
    workspace.close()
    served = {
        f"{method} {shown(rule.rule)}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) & set(METHODS)
        if rule.endpoint != "static"
    }
    of_pages = re.findall("^- `([A-Z]+ /.*?)`", page("pages.md"), re.MULTILINE)
    of_api = re.findall("^### `([A-Z]+ /.*?)`", page("api.md"), re.MULTILINE)
    in_words = [re.sub(r"{(\w+?)(_id)?}", lambda name: name[1].upper(), one) for one in of_api]
    assert sorted([*of_pages, *in_words]) == sorted(served)


def test_no_page_has_an_extra_installed_without_quotes() -> None:
    root = PACKAGE.parent
    pages = [root / "README.md", *HERE.glob("*.md"), *(root / "templates").rglob("*.html")]
    assert not [path for path in pages if "pip install labeler[" in path.read_text("utf-8")]


TYPED = re.compile(r"\blabeler ([a-z][\w-]*)((?: +[^\s`#&|]+)*)")


def test_every_command_that_people_are_told_to_type_is_there_with_its_options() -> None:
    """In the README and the pages that somebody wrote; words that only look so are no commands."""
    written = [HERE.parent / "README.md", *(p for p in HERE.glob("*.md") if p.name not in PAGES)]
    blocks = re.compile(r"^ {4,}[^\n]*$|^```sh\n.*?^```|`labeler [^`]+`", re.DOTALL | re.MULTILINE)
    unknown, n_typed = [], 0
    for path in written:
        for block in blocks.findall(path.read_text(encoding="utf-8")):
            for name, rest in TYPED.findall(block):
                n_typed += name in PLACES
                known = options_of(cli.load(name)) | {"--help"} if name in PLACES else set()
                told = {word.partition("=")[0] for word in rest.split() if word.startswith("--")}
                unknown += [f"{path.name}: labeler {name} {word}" for word in told - known]
    assert not unknown
    assert n_typed > 100
