"""Labels looked at in the browser: by keyboard alone, with the mouse, and taken back."""

from typing import Any

import pytest
from playwright.sync_api import expect

from labeler.storage.rows import RunRow
from labeler.workflow import runs
from labeler.workflow.labeling.classes import add_class
from labeler.workflow.reviewing.labels_now import labels_now
from labeler.workflow.reviewing.pages import PageView, Review, open_review
from labeler.workflow.reviewing.queue import request_order
from labeler.workflow.reviewing.record import confirm_page, undo_page
from labeler.workflow.run import open_run
from labeler.workflow.runs import NewRun
from tests.browser.conftest import (
    LOOKS,
    Server,
    all_recorded,
    close,
    faults_of,
    in_look,
    new_context,
    ready,
)
from tests.browser.test_clusters import wait_for

pytestmark = pytest.mark.browser

HELD_DOWN = """
for (let i = 0; i < 9; i++) {
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", repeat: i > 0 }));
}
"""
LOOKED = 1_200
"""Milliseconds after which a page may be confirmed."""


@pytest.fixture(scope="module")
def run(server: Server) -> RunRow:
    """Digits whose questions an oracle answered."""
    asked = NewRun(
        name="review",
        source="digits",
        preset="best",
        features="pixels",
        budget=20,
        answerer="oracle",
    )
    made = runs.create_run(server.workspace, asked)
    job = runs.get_run(server.workspace, made.id).active_job
    if job is not None:
        wait_for(server, job.id)
    return runs.get_run(server.workspace, made.id).run


def ordered(page: Any, server: Server, run: RunRow) -> tuple[Review, PageView]:
    """An order of its own for each test, and its first page, open in the browser."""
    wait_for(server, request_order(server.workspace, run.id).id)
    page.goto(f"/runs/{run.id}/review")
    ready(page)
    review = open_review(server.workspace, run.id)
    return review, review.page(review.left[0])


def said_of(server: Server, run: RunRow) -> dict[int, tuple[str, int | None]]:
    """By image: where its label comes from in a review, and its class."""
    return {
        question.image: (question.answer.provenance, question.answer.class_id)
        for question in open_run(server.workspace, run.id).questions
        if question.answer is not None and question.is_review
    }


def planted_of(review: Review, view: PageView) -> set[int]:
    assert review.order is not None
    part = review.order.part(view.number)
    return set(review.order.images[part][review.order.is_planted[part]].tolist())


def to_marking(page: Any) -> None:
    """Leave naming one by one, where the page begins with it."""
    if page.locator("[data-one-by-one]").count():
        page.keyboard.press("m")


def confirm(page: Any) -> None:
    page.wait_for_timeout(LOOKED)
    page.keyboard.press("Enter")


def sync_line(page: Any) -> Any:
    """What the line on top shows, without what is only read out."""
    return page.locator("[data-sync] [aria-hidden]")


def turned_from(page: Any, view: PageView) -> None:
    page.wait_for_selector(f"[data-leaf][data-ready]:not([data-page='{view.number}'])")


def test_a_page_by_keyboard_alone(page: Any, server: Server, run: RunRow) -> None:
    review, view = ordered(page, server, run)
    to_marking(page)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    other = next(one for one in review.run.classes if one.id != view.run_class.id)
    page.keyboard.press(str(other.key))
    assert page.locator("[data-marked]").inner_text() == "2 marked"
    confirm(page)
    turned_from(page, view)
    all_recorded(page)
    planted, said = planted_of(review, view), said_of(server, run)
    first, second, *rest = view.images
    assert first in planted or said[first] == ("corrected", None)
    assert second in planted or said[second] == ("corrected", other.id)
    assert {said[image] for image in rest if image not in planted} == {
        ("reviewed", view.run_class.id)
    }
    assert page.locator("[data-done]").inner_text() == "1"
    page.keyboard.press("Backspace")
    page.wait_for_selector(f"[data-leaf][data-page='{view.number}'][data-ready]")
    all_recorded(page)
    assert open_review(server.workspace, run.id).left[0] == view.number
    assert not set(said_of(server, run)) & set(view.images) - planted


def test_a_page_that_nobody_saw_is_not_confirmed(page: Any, server: Server, run: RunRow) -> None:
    review, view = ordered(page, server, run)
    to_marking(page)
    page.evaluate(HELD_DOWN)
    assert page.locator("[data-leaf]").get_attribute("data-page") == str(view.number)
    assert open_review(server.workspace, run.id).left == review.left


def test_marks_by_click_shift_and_drag(page: Any, server: Server, run: RunRow) -> None:
    ordered(page, server, run)
    to_marking(page)
    tiles = page.locator("[data-leaf] .tile")
    marked = page.locator("[data-marked]")
    tiles.nth(1).click()
    tiles.nth(4).click(modifiers=["Shift"])
    assert marked.inner_text() == "4 marked"
    tiles.nth(1).click()
    assert marked.inner_text() == "3 marked"
    from_box, to_box = tiles.nth(6).bounding_box(), tiles.nth(8).bounding_box()
    page.mouse.move(from_box["x"] - 2, from_box["y"] + 8)
    page.mouse.down()
    page.mouse.move(to_box["x"] + 8, to_box["y"] + 12, steps=4)
    page.mouse.up()
    assert marked.inner_text() == "6 marked"
    page.keyboard.press("Escape")
    assert marked.inner_text() == "0 marked"


def test_the_tiles_stay_where_they_are_while_the_marks_get_more(
    page: Any, server: Server, run: RunRow
) -> None:
    ordered(page, server, run)
    to_marking(page)
    tiles, marked = page.locator("[data-leaf] .tile"), page.locator("[data-marked]")
    moved = set()
    for width in range(1100, 1400, 20):  # where the bar breaks depends on the names of the classes
        page.set_viewport_size({"width": width, "height": 860})
        before = tiles.first.bounding_box()["y"]
        tiles.nth(0).click()
        tiles.nth(10).click(modifiers=["Shift"])
        assert marked.inner_text() == "11 marked"
        moved.add(tiles.first.bounding_box()["y"] - before)
        page.keyboard.press("Escape")
    assert moved == {0}


def test_naming_one_by_one_ends_with_every_image_named(
    page: Any, server: Server, run: RunRow
) -> None:
    review, view = ordered(page, server, run)
    if not page.locator("[data-one-by-one]").count():
        page.keyboard.press("m")
    assert page.locator(".sheet-answers").bounding_box()["height"] < 60, "one line"
    other = next(one for one in review.run.classes if one.id != view.run_class.id)
    page.keyboard.press(str(other.key))
    assert page.inner_text("[data-marked]") == f"1 of {len(view.images)} named"
    assert sync_line(page).inner_text() == "1 named, not recorded yet"
    assert page.inner_text("[data-confirm-name]") == f"It is {view.run_class.name}"
    page.wait_for_timeout(LOOKED)
    for _ in view.images[1:]:
        page.keyboard.press("Enter")
    assert page.locator("[data-leaf] .tile:not([data-seen])").count() == 0
    assert sync_line(page).inner_text() == f"{len(view.images)} named, recorded with Enter"
    assert page.inner_text("[data-confirm-name]") == f"Record these {len(view.images)}"
    assert page.locator("[data-leaf]").get_attribute("data-page") == str(view.number)
    page.keyboard.press("Enter")
    turned_from(page, view)
    all_recorded(page)
    said, planted = said_of(server, run), planted_of(review, view)
    first, *rest = view.images
    assert first in planted or said[first] == ("corrected", other.id)
    assert {said[image][0] for image in rest if image not in planted} == {"reviewed"}


def test_marks_that_wait_are_said_to_and_kept_in_this_browser(
    page: Any, server: Server, run: RunRow
) -> None:
    review, view = ordered(page, server, run)
    to_marking(page)
    sync = page.locator("[data-sync]")
    assert sync.inner_text() == "All answers recorded"
    page.locator("[data-leaf] .tile").nth(1).click()
    assert sync_line(page).inner_text() == "1 marked, recorded with Enter"
    address = page.url
    page.locator("nav.filters a[href*='class=']").last.click()
    page.wait_for_url("**class=*")
    page.wait_for_selector("[data-leaf][data-ready]")
    page.goto(address)
    page.wait_for_selector(f"[data-leaf][data-page='{view.number}'][data-ready]")
    to_marking(page)
    assert sync_line(page).inner_text() == "1 marked, recorded with Enter"
    other = page.context.new_page()
    page.close()  # and with it its tab
    other.goto(address)
    other.wait_for_selector(f"[data-leaf][data-page='{view.number}'][data-ready]")
    to_marking(other)
    assert sync_line(other).inner_text() == "1 marked, recorded with Enter"
    other.wait_for_timeout(LOOKED)
    other.locator("[data-confirm]").click()
    turned_from(other, view)
    all_recorded(other)
    expect(other.locator("[data-sync]")).to_have_text("All answers recorded")
    assert open_review(server.workspace, run.id).left == review.left[1:]


def test_what_waits_is_one_for_all_tabs_and_orders_until_it_is_recorded(
    page: Any, server: Server, run: RunRow
) -> None:
    review, view = ordered(page, server, run)
    chosen = [image for image in view.images if image not in planted_of(review, view)][:2]
    tab = page.context.new_page()
    tab.goto(page.url)
    tab.wait_for_selector("[data-leaf][data-ready]")
    for shown in (page, tab):
        to_marking(shown)
    for shown, image in zip((page, tab), chosen, strict=True):
        shown.locator(f"[data-leaf] .tile[data-image='{image}']").click()
    expect(page.locator("[data-marked]")).to_have_text("2 marked")
    expect(tab.locator("[data-marked]")).to_have_text("2 marked")
    tab.close()
    review, view = ordered(page, server, run)  # in another order
    to_marking(page)
    marked = page.locator("[data-leaf] .tile:has(input:checked)")
    images = marked.evaluate_all("(all) => all.map((one) => Number(one.dataset.image))")
    assert images == [image for image in view.images if image in chosen]
    confirm(page)
    turned_from(page, view)
    all_recorded(page)
    page.goto(f"/runs/{run.id}/review?page={view.number}")
    page.wait_for_selector("[data-leaf][data-recorded][data-ready]")
    assert marked.count() == 2
    assert page.locator("[data-sync]").inner_text() == "All answers recorded"
    page.keyboard.press("Backspace")
    all_recorded(page)
    expect(sync_line(page)).to_contain_text("2 marked, ")


def test_what_was_named_one_by_one_stays_so_after_a_reload_and_escape_takes_it_back(
    page: Any, server: Server, run: RunRow
) -> None:
    review, view = ordered(page, server, run)
    to_marking(page)
    page.keyboard.press("m")
    page.keyboard.press("2")
    page.keyboard.press("2")
    named = page.locator("[data-leaf] .tile[data-seen]")
    assert named.count() == 2
    page.reload()
    page.wait_for_selector("[data-leaf][data-ready]")
    assert named.count() == 2
    assert page.inner_text("[data-marked]").startswith("2 of ")
    page.keyboard.press("Escape")
    assert named.count() == 0
    assert page.locator("[data-leaf] .tile input:checked").count() == 0
    page.wait_for_timeout(LOOKED)
    page.keyboard.press("Enter")
    assert named.count() == 1, "Enter names one more, and does not record the others as right"
    assert open_review(server.workspace, run.id).left == review.left
    assert view.number == review.left[0]
    page.keyboard.press("Escape")


def test_after_the_last_page_a_key_takes_it_back(page: Any, server: Server, run: RunRow) -> None:
    review, _ = ordered(page, server, run)
    ws = server.workspace
    ops = [f"all-{review.queue}-{number}" for number in review.left[:-1]]
    for op_id, number in zip(ops, review.left, strict=False):
        confirm_page(ws, run.id, op_id, "me", review.queue, number, {})
    page.reload()
    page.wait_for_selector("[data-leaf][data-ready]")
    to_marking(page)
    page.keyboard.press("Space")
    confirm(page)
    page.wait_for_selector("[data-all-done]")
    ready(page)
    page.keyboard.press("Backspace")
    page.wait_for_selector(f"[data-leaf][data-page='{review.left[-1]}'][data-ready]")
    assert open_review(ws, run.id).left == review.left[-1:]
    assert page.inner_text("[data-marked]") == "1 marked"
    for op_id in ops:  # the other tests share the run
        undo_page(ws, run.id, f"undo-{op_id}", "me", op_id)


def test_a_page_without_script(server: Server, chromium: Any, state: Any, run: RunRow) -> None:
    wait_for(server, request_order(server.workspace, run.id).id)
    context = new_context(
        chromium, storage_state=state, base_url=server.base, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(f"/runs/{run.id}/review")
    before = open_review(server.workspace, run.id).left
    page.locator("[data-leaf] .tile").first.click()
    page.get_by_role("button", name="Confirm the rest").click()
    assert open_review(server.workspace, run.id).left == before[1:]
    close(context)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_page_fits_and_is_accessible(
    server: Server, chromium: Any, axe: Any, state: Any, run: RunRow, width: int, scheme: str
) -> None:
    context = in_look(chromium, server, state, width, scheme)
    page = context.new_page()
    ordered(page, server, run)
    found = faults_of(axe, page)
    page.keyboard.press("m")
    page.keyboard.press("Space")
    found |= faults_of(axe, page)
    page.keyboard.press("?")
    found |= faults_of(axe, page)
    close(context)
    assert not found


def test_an_image_opens_large_from_its_tile_and_what_is_marked_waits(
    page: Any, server: Server, run: RunRow
) -> None:
    ordered(page, server, run)
    to_marking(page)
    tiles = page.locator("[data-leaf] .tile")
    tiles.nth(1).click()
    tiles.nth(3).hover()
    tiles.nth(3).locator(".tile-large").click()
    page.wait_for_url("**/images/**")
    image = page.url.partition("?")[0].rpartition("/")[2]
    assert f"/runs/{run.id}/images/{image}" in page.url
    page.get_by_role("link", name="Close").click()
    page.wait_for_url("**/review*")
    page.wait_for_selector("[data-leaf][data-ready]")
    to_marking(page)
    assert page.inner_text("[data-marked]") == "1 marked"
    assert tiles.nth(3).get_attribute("data-image") == image
    tiles.nth(3).locator("input").focus()
    page.keyboard.press("z")
    page.wait_for_url(f"**/images/{image}**")


def test_a_class_without_a_key_is_typed(page: Any, server: Server, run: RunRow) -> None:
    """The last here: the classes that it adds stay with the run."""
    for number in range(15):
        add_class(server.workspace, run.id, f"more {number:02}")
    ordered(page, server, run)
    to_marking(page)
    tiles = page.locator("[data-leaf] .tile")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("/")
    page.keyboard.type("none such")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.validationMessage").startswith("No class begins")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("MORE 14")
    page.keyboard.press("Enter")
    assert tiles.nth(1).locator("[data-said]").inner_text() == "more 14"
    assert page.locator("[data-marked]").inner_text() == "1 marked"
    page.keyboard.press("Space")
    assert page.locator("[data-marked]").inner_text() == "0 marked"
    image = tiles.nth(1).get_attribute("data-image")
    page.goto(f"/runs/{run.id}/images/{image}")
    page.wait_for_selector("[data-one][data-ready]")
    page.keyboard.press("/")
    page.keyboard.type("more 13")
    page.keyboard.press("Enter")
    all_recorded(page)
    (now,) = labels_now(open_run(server.workspace, run.id), [int(image)])
    more = next(one for one in open_run(server.workspace, run.id).classes if one.id == now.class_id)
    assert more.name == "more 13"
