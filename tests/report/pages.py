"""A page, looked at tag by tag."""

from html.parser import HTMLParser
from xml.etree import ElementTree


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags(page: str) -> list[tuple[str, dict[str, str | None]]]:
    """Every tag of a page with its attributes."""
    parser = _Tags()
    parser.feed(page)
    return parser.found


def parsed(svg: bytes) -> ElementTree.Element:
    """A drawing's file, which has to be well-formed."""
    return ElementTree.fromstring(svg)  # noqa: S314 (of our own making)
