"""The page of an exploration: whole in one file, without script, with any names."""

import re

import pytest

from labeler.report.exploration.findings import Findings
from labeler.report.exploration.html import render_html
from tests.report.pages import tags


@pytest.fixture(scope="module")
def page(findings: Findings) -> str:
    return render_html(findings, "labeler explore 'a b'")


def test_the_page_needs_nothing_beside_itself(page: str) -> None:
    for tag, attributes in tags(page):
        assert tag not in {"script", "link", "iframe", "object", "base"}
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "srcset", "href"):
            assert (attributes.get(name) or "data:image/png;base64,").startswith("data:image/png")
    addresses = re.findall(r"url\(([^)]{0,22})", page)
    assert addresses == ["data:image/png;base64,"]
    assert not re.search(r"https?://", page)


def test_names_with_markup_are_shown_as_text(page: str) -> None:
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "\u202e" not in page


def test_every_index_says_what_it_does_and_does_not_say(page: str, findings: Findings) -> None:
    text = re.sub(r"\s+", " ", page)
    for one in findings.suggestions:
        assert one.title in text
        assert one.does_not_say in text


def test_every_image_of_the_map_can_be_pointed_at(page: str, findings: Findings) -> None:
    dots = [attributes for _, attributes in tags(page) if "--c:" in (attributes.get("style") or "")]
    assert len(dots) == len(findings.pool_map.places)
    assert all("--c:#" in (one["style"] or "") and "--l:#" in (one["style"] or "") for one in dots)


def test_without_truth_nothing_is_said_of_classes(without_truth: Findings) -> None:
    page = render_html(without_truth)
    assert "by true class" not in page
    assert "confused" not in page
    assert "is for you to judge" in page


def test_every_picture_says_what_it_shows(page: str) -> None:
    assert all("alt" in attributes for tag, attributes in tags(page) if tag == "img")
    drawings = [attributes for tag, attributes in tags(page) if tag == "svg"]
    assert len(drawings) == 3
    assert all(one["role"] == "img" and one["aria-label"] for one in drawings)
