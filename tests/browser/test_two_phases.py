"""One person, both halves of the questions, from the first key to the trained classifier."""

from typing import Any

import pytest
from playwright.sync_api import expect

from labeler.config import preset
from labeler.datasets import load_dataset
from labeler.pipeline.simulation import simulate
from labeler.workflow import labeling
from labeler.workflow.run import open_run
from tests.browser.conftest import Server, all_recorded, new_digits_run, ready
from tests.browser.test_story import press_right_keys, shown_question

pytestmark = pytest.mark.browser

BUDGET, FIRST, AHEAD = 30, 15, 3


def press_right_key(page: Any, server: Server, run_id: str) -> None:
    press_right_keys(page, server.truth(run_id), 1)


def test_a_person_follows_both_halves_and_gets_the_simulations_figures(
    page: Any, server: Server
) -> None:
    run_id = new_digits_run(page, preset="best", features="pixels", budget=str(BUDGET))
    ready(page)
    assert page.locator("[data-total]").inner_text() == str(BUDGET)
    assert "First half" in page.locator("[data-phase]").inner_text()
    press_right_keys(page, server.truth(run_id), FIRST - AHEAD)
    all_recorded(page)
    # The next questions come without a reload, while the last of the first half are open.
    page.wait_for_selector(f"[data-known='{BUDGET}']", timeout=120_000)
    press_right_keys(page, server.truth(run_id), AHEAD)
    assert "Second half" in page.locator("[data-phase]").inner_text()
    expect(page.locator("[data-given]")).to_have_text(str(FIRST))
    assert page.locator("[data-choosing]").is_hidden()

    # Undo, back and forward lead over the border between the halves.
    page.keyboard.press("Backspace")
    assert "First half" in page.locator("[data-phase]").inner_text()
    press_right_key(page, server, run_id)
    page.keyboard.press("ArrowLeft")
    assert "First half" in page.locator("[data-phase]").inner_text()
    page.keyboard.press("ArrowRight")
    assert "Second half" in page.locator("[data-phase]").inner_text()

    press_right_keys(page, server.truth(run_id), BUDGET - FIRST)
    page.wait_for_selector("[data-finished]:not([hidden])")
    all_recorded(page)
    figures_are_those_of_a_simulation(page, run_id)


def figures_are_those_of_a_simulation(page: Any, run_id: str) -> None:
    page.goto(f"/runs/{run_id}/train")
    page.wait_for_url("**/train", timeout=120_000)
    page.locator("#threshold").fill("0.3")
    page.wait_for_selector("[data-spread][data-shown='0.3']")
    page.get_by_role("button", name="Spread and train", exact=True).click()
    page.wait_for_url("**/report", timeout=180_000)
    shown = [
        float(cell.get_attribute("data-accuracy"))
        for cell in page.locator("td[data-accuracy]").all()
    ]
    config = preset("best").with_(features="pixels", n_labels=BUDGET, threshold=0.3)
    expected = simulate(load_dataset("digits"), config, budgets=[BUDGET], n_seeds=1)
    assert shown == [stage.test_accuracy.mean for stage in expected.stages]


def test_whoever_is_faster_than_the_choice_waits_calmly_and_goes_on_by_itself(
    page: Any, server: Server
) -> None:
    run_id = new_digits_run(page, preset="best", features="pixels", budget=str(BUDGET))
    ready(page)
    truth = server.truth(run_id)
    # Whatever is asked meanwhile, the page hears of no further question.
    held = {"back": True}
    page.route("**/questions", hold_back(held))
    press_right_keys(page, truth, FIRST)
    page.wait_for_selector("[data-choosing]:not([hidden])")
    last = shown_question(page)
    page.keyboard.press("1")
    page.keyboard.press("2")
    assert "No class has the key" not in page.locator("[data-last]").inner_text()
    all_recorded(page)
    given = {one.id: one.class_id for one in labeling.questions(open_run(server.workspace, run_id))}
    assert given[last] == truth[last][1]

    page.keyboard.press("ArrowLeft")
    assert page.locator("[data-choosing]").is_hidden()
    assert shown_question(page) == last
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("[data-choosing]:not([hidden])")

    held["back"] = False
    page.wait_for_selector("[data-choosing]", state="hidden", timeout=120_000)
    assert "Second half" in page.locator("[data-phase]").inner_text()
    assert page.locator("[data-position]").inner_text() == str(FIRST + 1)


def hold_back(held: dict[str, bool]) -> Any:
    def handle(route: Any) -> None:
        response = route.fetch()
        body = response.json()
        if held["back"]:
            body["questions"] = body["questions"][:FIRST]
            body["progress"] |= {"n_total": BUDGET, "n_ahead": AHEAD}
        route.fulfill(response=response, json=body)

    return handle
