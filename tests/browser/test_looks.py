"""Every screen, wide and narrow, light and dark: it fits, and axe-core finds nothing serious."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from labeler.workflow import runs
from labeler.workflow.inline import finish_job
from labeler.workflow.training.request import request_training
from tests.browser.conftest import (
    LOOKS,
    Server,
    close,
    faults_of,
    in_look,
    new_context,
    new_digits_run,
    ready,
)

pytestmark = pytest.mark.browser

HEAVIEST, HEAVIEST_AS_SENT = 72_000, 30_000
"""Bytes of the label page's scripts and styles, as they are and as they come over the line."""

LONGEST_ON_PHONE = 4_000
"""Pixels of the pages that list most, where they are longest."""

SCREENS = (
    "",
    "runs/new",
    "browse",
    "label",
    "sheet",
    "clusters",
    "train",
    "report",
    "export",
    "import",
    "classifier",
    "images/3",
    "images/unfamiliar",
    "delete",
    "nothing",
    "login",
    "help",
)


@pytest.fixture(scope="module")
def full_run(server: Server, chromium: Any, state: Any) -> str:
    """A run with answers and a training, so that every screen is full."""
    context = new_context(chromium, storage_state=state, base_url=server.base)
    run_id = new_digits_run(context.new_page(), oracle=True)
    close(context)
    finish_job(server.workspace, request_training(server.workspace, run_id, 0.7).id)
    assert runs.get_run(server.workspace, run_id).summary.best_accuracy is not None
    return run_id


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_a_screen_fits_and_is_accessible(
    server: Server, chromium: Any, axe: Any, state: Any, full_run: str, width: int, scheme: str
) -> None:
    context = in_look(chromium, server, state, width, scheme)
    page = context.new_page()
    found: dict[str, Any] = {}
    for screen in SCREENS:
        page.goto(
            f"/{screen}"
            if screen in ("", "runs/new", "browse", "login", "help")
            else f"/runs/{full_run}/{screen}"
        )
        found |= faults_of(axe, page)
        height = page.evaluate("document.documentElement.scrollHeight")
        if screen in ("clusters", "report", "export") and height > LONGEST_ON_PHONE:
            found[f"{page.url} is too long"] = height
    page.goto(f"/runs/{full_run}/clusters")
    page.locator(".help summary").click()
    found |= faults_of(axe, page)
    close(context)
    assert not found


def test_help_and_what_comes_next_are_reached_by_keyboard(
    server: Server, chromium: Any, state: Any, full_run: str
) -> None:
    context = new_context(chromium, storage_state=state, base_url=server.base)
    page = context.new_page()
    page.goto(f"/runs/{full_run}/clusters")
    page.locator(".help summary").press("Enter")
    expect(page.get_by_text("Split a cluster that holds several things")).to_be_visible()
    page.get_by_role("link", name="Next: Read what these labels are worth").press("Enter")
    page.wait_for_url("**/report")
    expect(page.locator(".lead")).to_contain_text("By the true labels")
    page.locator(".steps").get_by_role("link", name="Use").press("Enter")
    page.wait_for_url("**/export")
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.get_by_role("button", name="Download CSV")).to_be_in_viewport(ratio=1)
    close(context)


def test_what_is_chosen_and_how_far_it_is_shows_in_the_colours_of_a_system(
    server: Server, chromium: Any, state: Any, full_run: str
) -> None:
    context = new_context(
        chromium,
        storage_state=state,
        base_url=server.base,
        forced_colors="active",
        viewport={"width": 640, "height": 800},
    )
    page = context.new_page()
    page.goto(f"/runs/{full_run}/label")
    ready(page)
    style = "(one) => [getComputedStyle(one).outlineStyle, getComputedStyle(one).outlineWidth]"
    assert page.locator("[data-key][aria-pressed=true]").evaluate(style) == ["solid", "3px"]
    bar = page.locator("[data-progress]")
    drawn = "(one) => getComputedStyle(one).forcedColorAdjust"
    assert bar.evaluate(drawn) == "none"
    close(context)


def test_the_label_page_is_light_and_asks_nobody_else(
    server: Server, chromium: Any, state: Any, full_run: str
) -> None:
    context = new_context(chromium, storage_state=state, base_url=server.base)
    page = context.new_page()
    asked: list[Any] = []
    page.on("requestfinished", lambda one: asked.append(one))
    page.goto(f"/runs/{full_run}/label")
    page.wait_for_load_state("networkidle")
    assert all(one.url.startswith((server.base, "data:", "blob:")) for one in asked)
    code = [one for one in asked if re.search(r"\.(js|css)$", one.url)]
    assert code
    assert sum(len(one.response().body()) for one in code) < HEAVIEST
    assert sum(one.sizes()["responseBodySize"] for one in code) < HEAVIEST_AS_SENT
    close(context)
