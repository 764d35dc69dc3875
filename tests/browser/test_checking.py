"""A check of a run's labels by keyboard alone: begun, named, undone, counted, gone on with."""

from typing import Any

import pytest
from playwright.sync_api import expect

from labeler.workflow import runs
from labeler.workflow.audit.answers import answer_by_oracle, asking
from labeler.workflow.audit.figures import newest_figures
from labeler.workflow.audit.kept import RunAudit, audit_of
from labeler.workflow.run import open_run
from tests.browser.conftest import (
    LOOKS,
    Server,
    all_recorded,
    faults_of,
    new_digits_run,
    ready,
)

pytestmark = pytest.mark.browser
CHECKPOINT = 50


def audit_now(server: Server, run_id: str) -> RunAudit:
    audit = audit_of(open_run(server.workspace, run_id))
    assert audit is not None
    return audit


def keys_of(server: Server, run_id: str) -> list[str]:
    """The right key for each question, in the order asked."""
    classes = {one.name: one.key or "" for one in runs.get_run(server.workspace, run_id).classes}
    asked = asking(audit_now(server, run_id)).questions
    return [classes[server.true_name(run_id, question.image)] for question in asked]


def press_button(page: Any, name: str) -> None:
    """Reach a button by Tab, and press it by Enter."""
    button = page.get_by_role("button", name=name)
    for _ in range(80):
        if button.evaluate("(one) => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")


def faults_in_both_looks(page: Any, axe: Any) -> dict[str, str]:
    faults: dict[str, str] = {}
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 860})
        page.emulate_media(color_scheme=scheme)
        faults |= faults_of(axe, page)
    page.set_viewport_size({"width": 1280, "height": 860})
    return faults


def test_labels_are_checked_by_keyboard_alone(page: Any, server: Server, axe: Any) -> None:
    run_id = new_digits_run(page, oracle=True)
    page.goto(f"/runs/{run_id}/check")
    faults = faults_in_both_looks(page, axe)
    press_button(page, "Begin with 50 images")
    page.wait_for_url(f"**/runs/{run_id}/check/1")
    ready(page)
    assert page.locator("[data-suggestion], [data-evidence-rows], button[value=mixed]").count() == 0
    faults |= faults_in_both_looks(page, axe)

    keys = keys_of(server, run_id)
    page.keyboard.press("x")  # none of these; there is no "mixed" here
    expect(page.locator("[data-last]")).to_have_text("Question 1: none of these")
    page.keyboard.press("Space")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    for key in keys[:10]:
        page.keyboard.press(key)
    all_recorded(page)
    assert audit_now(server, run_id).n_audited == 10
    page.reload()
    ready(page)
    page.route("**/operations", lambda route: route.abort())
    for key in keys[10:-1]:
        page.keyboard.press(key)
    page.wait_for_selector("[data-sync][data-state=trouble]")
    page.unroute_all(behavior="wait")
    all_recorded(page)
    assert audit_now(server, run_id).n_open == 1
    assert "/check/1" in page.url
    page.keyboard.press(keys[-1])
    page.keyboard.press("1")  # one too many, while the figure is on its way

    page.wait_for_url(f"**/runs/{run_id}/check")
    figures = newest_figures(audit_now(server, run_id))
    assert figures is not None
    assert (figures.n, figures.again.same.estimate) == (CHECKPOINT, 1)
    truth = open_run(server.workspace, run_id).true_labels
    audit = figures.audit
    assert audit.said.tolist() == truth[audit.questions].tolist()
    expect(page.locator(".lead .figure")).to_have_text(f"{100 * figures.right.estimate:.1f} %")
    faults |= faults_in_both_looks(page, axe)

    page.locator("#more-of").focus()
    page.keyboard.press("3")
    press_button(page, "Ask")
    page.wait_for_url(f"**/runs/{run_id}/check/1*")
    ready(page)
    for key in keys_of(server, run_id)[len(keys) :]:
        page.keyboard.press(key)
    page.wait_for_url(f"**/runs/{run_id}/check")
    assert len(audit_now(server, run_id).beside(CHECKPOINT).images) == 30
    expect(page.locator(".lead .figure")).to_have_text(f"{100 * figures.right.estimate:.1f} %")

    press_button(page, "Go on to 100")
    page.wait_for_url(f"**/runs/{run_id}/check/1*")
    ready(page)
    assert page.locator("[data-given]").inner_text() == str(len(keys) + 30)
    answer_by_oracle(server.workspace, run_id, 1)
    page.goto(f"/runs/{run_id}/check")
    expect(page.get_by_role("heading", name="At each checkpoint")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Certificate").click()
    assert download.value.suggested_filename.endswith("-certificate.html")
    page.get_by_text("Use these answers, or begin anew").click()
    page.get_by_role("button", name="Begin another check").click()
    page.wait_for_url(f"**/runs/{run_id}/check/2")
    page.goto(f"/runs/{run_id}/check")
    expect(page.get_by_role("heading", name="Earlier checks")).to_be_visible()
    faults |= faults_in_both_looks(page, axe)
    assert not faults
