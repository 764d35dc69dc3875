"""The net's training as somebody watches it: epochs and loss, a reload, and a stop."""

import re
from typing import Any

import pytest

from labeler.storage.rows import JobStatus
from labeler.workflow import labeling, runs
from labeler.workflow.jobs import get_job
from labeler.workflow.run import open_run
from tests.browser.conftest import Server, new_digits_run

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_training_shows_its_epochs_and_stops_when_it_is_told_to(
    page: Any, server: Server
) -> None:
    run_id = new_digits_run(page, oracle=True)
    page.goto(f"/runs/{run_id}/train")
    page.select_option("#classifier", "nn")
    page.get_by_role("button", name="Spread and train", exact=True).click()
    page.wait_for_url("**/jobs/*")
    page.wait_for_selector("[data-job-message]:has-text('Label set 1 of 4')")
    page.wait_for_selector("[data-job-detail]:has-text('epoch')")
    said = page.locator("[data-job-detail]").inner_text()
    assert re.match(r"epoch \d+ of (at most )?\d+: loss \d\.\d{3}", said)

    page.set_viewport_size({"width": 390, "height": 800})
    page.reload()
    bar = page.locator("[data-job-bar]")
    assert bar.evaluate("(one) => one.hasAttribute('value') && one.value < one.max")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")

    job_id = int(page.url.rsplit("/", 1)[1])
    page.get_by_role("button", name="Stop").click()
    page.wait_for_selector("main :text('This was stopped')")
    assert get_job(server.workspace, job_id).status is JobStatus.CANCELLED
    assert runs.get_run(server.workspace, run_id).summary.best_accuracy is None
    assert all(
        one.verdict is not None for one in labeling.questions(open_run(server.workspace, run_id))
    )
    page.get_by_role("link", name="Go back").click()
    page.wait_for_url(f"**/runs/{run_id}/train")
