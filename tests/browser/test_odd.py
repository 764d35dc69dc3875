"""Odd pictures, and one image large: answered by keyboard alone, and taken back."""

import re
from typing import Any

import pytest
from playwright.sync_api import TimeoutError as NeverAppearedError

from labeler.storage.rows import RunRow
from labeler.workflow import runs
from labeler.workflow.reviewing.labels_now import labels_now
from labeler.workflow.reviewing.odd import odd_pictures_of, request_odd
from labeler.workflow.run import open_run
from labeler.workflow.runs import NewRun
from labeler.workflow.spread.spreading import request_spread
from tests.browser.conftest import LOOKS, Server, all_recorded, close, faults_of, in_look, ready
from tests.browser.test_clusters import wait_for

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def run(server: Server) -> RunRow:
    """Digits whose questions an oracle answered, spread; some of them are nearly the same."""
    ws = server.workspace
    asked = NewRun(
        name="odd", source="digits", preset="best", features="shape", budget=20, answerer="oracle"
    )
    made = runs.create_run(ws, asked)
    preparing = runs.get_run(ws, made.id).active_job
    if preparing is not None:
        wait_for(server, preparing.id)
    spreading = request_spread(ws, made.id)
    if spreading is not None:
        wait_for(server, spreading.id)
    wait_for(server, request_odd(ws, made.id).id)
    return runs.get_run(ws, made.id).run


def sources(server: Server, run: RunRow, images: list[int]) -> list[str | None]:
    return [label.source for label in labels_now(open_run(server.workspace, run.id), images)]


def test_by_keys_from_the_queue_to_one_image_and_back(
    page: Any, server: Server, run: RunRow
) -> None:
    found = odd_pictures_of(open_run(server.workspace, run.id))
    assert found is not None
    images = found.images.tolist()
    before = sources(server, run, images)
    page.goto(f"/runs/{run.id}/review/odd")
    ready(page)
    page.keyboard.press("Enter")
    all_recorded(page)
    assert sources(server, run, images)[0] == "reviewed"
    page.keyboard.press("z")
    page.wait_for_selector(f'[data-one][data-image="{images[1]}"][data-ready]')
    shown = page.locator("[data-one]").get_attribute("data-shown")
    other = page.locator(f'button[data-class]:not([data-class="{shown}"])').first
    page.keyboard.press(other.get_attribute("data-key"))
    all_recorded(page)
    assert sources(server, run, images)[:2] == ["reviewed", "corrected"]
    # Whoever goes on before the undo is recorded stays where they went.
    page.keyboard.press("Backspace")
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector(f'[data-one][data-image="{images[0]}"][data-ready]')
    all_recorded(page)
    with pytest.raises(NeverAppearedError):
        page.wait_for_selector(f'[data-one][data-image="{images[1]}"]', timeout=1500)
    page.keyboard.press("Backspace")
    all_recorded(page)
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile(r"^[^?]+/review/odd$"))  # an image's address ends so, too
    answered = [
        label.is_answered for label in labels_now(open_run(server.workspace, run.id), images)
    ]
    assert answered == [source != "propagated" for source in before]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_both_pages_fit_and_are_accessible(
    server: Server, chromium: Any, axe: Any, state: Any, run: RunRow, width: int, scheme: str
) -> None:
    context = in_look(chromium, server, state, width, scheme)
    page = context.new_page()
    page.goto(f"/runs/{run.id}/review/odd")
    ready(page)
    found = faults_of(axe, page)
    page.locator(".odd-picture").first.click()
    page.wait_for_selector("[data-one][data-ready]")
    found |= faults_of(axe, page)
    close(context)
    assert not found
