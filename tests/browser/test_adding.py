"""More images for a run in the browser: uploaded, told, named, and taken back before that."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from labeler.workflow.datasets import import_dataset
from labeler.workflow.run import open_run
from labeler.workflow.runs import NewRun, start_run
from tests.bar_pictures import lay
from tests.browser.conftest import Server, faults_of

pytestmark = pytest.mark.browser


def test_images_are_added_seen_and_taken_back(
    page: Any, server: Server, axe: Any, tmp_path: Path
) -> None:
    dataset = import_dataset(server.workspace, str(lay(tmp_path / "photos", range(8))))
    job = start_run(
        server.workspace, NewRun("bars", dataset_id=dataset.id, budget=6, preset="classic")
    )
    page.goto(f"/runs/{job.run_id}/jobs/{job.id}")
    page.wait_for_url("**/label")
    packed = shutil.make_archive(str(tmp_path / "more"), "zip", lay(tmp_path / "m", range(20, 24)))

    page.goto("/")
    page.get_by_text("Rename, duplicate, add images").first.click()
    page.get_by_role("link", name="Add images").first.click()
    page.wait_for_url(f"**/runs/{job.run_id}/images")
    assert not faults_of(axe, page)
    page.set_input_files("#file", packed)
    page.get_by_role("button", name="Upload and add").click()
    page.wait_for_url(f"**/runs/{job.run_id}/images#added")
    assert "12 new images" in page.locator("#added").inner_text()
    assert "more.zip" in page.locator(".imports").inner_text()
    assert not faults_of(axe, page)
    grown = open_run(server.workspace, job.run_id or "")
    assert len(grown.pool) + len(grown.held_out if grown.held_out is not None else ()) == 36

    pictures = [str(path) for path in lay(tmp_path / "p", range(30, 32)).rglob("*.png")]
    page.set_input_files("#pictures", pictures[:1])
    page.get_by_text("1 of 1 files, all there").wait_for()
    assert not faults_of(axe, page)
    page.get_by_role("button", name="Add these pictures").click()
    page.locator("#added").get_by_text("1 new image").wait_for()
    page.get_by_role("button", name="Take back").click()

    page.goto(f"/runs/{job.run_id}/clusters")
    assert page.locator("h1").inner_text() == "Clusters"
    page.goto(f"/runs/{job.run_id}/images")
    page.get_by_role("button", name="Take back").click()
    assert "12 images of more.zip taken back" in page.locator(".note.done").inner_text()
    assert len(open_run(server.workspace, job.run_id or "").pool) < len(grown.pool)
