"""What people read has one word for one thing; docs/architecture.md has the list."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from labeler.cli import PLACES, cli

Texts = Callable[[], Iterator[tuple[str, str]]]

ROOT = Path(__file__).parent.parent
SECOND_WORDS = re.compile(
    r"\b(groups?|grouped|grouping|propagat\w*|simulated\s+annotator)\b", re.IGNORECASE
)
"""``cluster``, ``spread`` and ``oracle`` are the first ones."""

MACHINE_NAMES = re.compile(
    r'role="group"|"propagated"|name="propagation"|\bpropagation=|\.propagation\b'
    r"|stopPropagation|<code>.*?</code>"
)
CODE = re.compile(r"```.*?```|`[^`]*`|^    .*$|\]\([^)]*\)", re.DOTALL | re.MULTILINE)


def read(*patterns: str) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            yield path.name, path.read_text(encoding="utf-8")


def pages() -> Iterator[tuple[str, str]]:
    for name, text in read("templates/**/*.html", "static/*.js"):
        yield name, MACHINE_NAMES.sub("", text)


def documents() -> Iterator[tuple[str, str]]:
    for name, text in read("README.md", "docs/*.md"):
        if name != "architecture.md":  # it names the second words, and parts of the code
            yield name, CODE.sub("", text)


def helps() -> Iterator[tuple[str, str]]:
    yield "labeler", str(cli.help)
    for name in PLACES:
        command = cli.load(name)
        options = (one.help or "" for one in command.params if isinstance(one, click.Option))
        yield name, "\n".join([str(command.help), *options])


@pytest.mark.parametrize("texts", [pages, documents, helps])
def test_no_thing_has_a_second_word(texts: Texts) -> None:
    told = dict(texts())
    assert told
    assert {name: SECOND_WORDS.findall(text) for name, text in told.items()} == dict.fromkeys(
        told, []
    )
