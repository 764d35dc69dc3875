"""A file of labels in the browser: looked over, imported, and its suggestions taken by Enter."""

from pathlib import Path
from typing import Any

import pytest

from labeler.workflow import labeling
from labeler.workflow.exchange.import_history import past_imports
from labeler.workflow.run import open_run
from tests.browser.conftest import Server, all_recorded, faults_of, new_digits_run, ready

pytestmark = pytest.mark.browser


def test_suggestions_are_accepted_by_enter_and_by_nothing_else(
    page: Any, server: Server, axe: Any, tmp_path: Path
) -> None:
    run_id = new_digits_run(page)
    questions = labeling.questions(open_run(server.workspace, run_id))
    truth = {one.id: server.true_name(run_id, one.image) for one in questions}
    file = tmp_path / "labels.csv"
    first, *suggested = questions[:6]
    rows = [f"{first.image},{truth[first.id]},human,"]
    rows += [f"{one.image},{truth[one.id]},propagated,0.8" for one in suggested]
    file.write_text("\n".join(["index,class_name,source,confidence", *rows, ""]))

    page.goto(f"/runs/{run_id}/export")
    page.get_by_role("link", name="Import").click()
    page.set_input_files("#file", str(file))
    page.get_by_role("button", name="Look it over").click()
    page.wait_for_url("**/import/labels-*")
    assert not faults_of(axe, page)
    assert not [
        one for one in labeling.questions(open_run(server.workspace, run_id)) if one.verdict
    ]
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url(f"**/runs/{run_id}/import")
    assert "1 answer recorded and 5 suggestions" in page.locator(".note.done").inner_text()
    assert not faults_of(axe, page)

    page.goto(f"/runs/{run_id}/label")
    ready(page)
    assert page.locator("[data-suggested]").inner_text() == truth[suggested[0].id]
    assert "confidence 0.80" in page.locator("[data-sure]").inner_text()
    assert not faults_of(axe, page)
    for _ in suggested[:3]:
        page.keyboard.press("Enter")
    page.keyboard.press("Space")
    all_recorded(page)
    said = {one.id: one for one in labeling.questions(open_run(server.workspace, run_id))}
    names = {one.id: one.name for one in classes(server, run_id)}
    for one in suggested[:3]:
        assert names[said[one.id].class_id or 0] == truth[one.id]
        assert said[one.id].annotator == "me"
    assert said[suggested[3].id].verdict == "skip"
    assert said[suggested[4].id].verdict is None, "a suggestion is no answer"

    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # for an image without a suggestion it does nothing
    all_recorded(page)
    assert page.locator("[data-unsuggested]").is_visible()
    assert page.locator("[data-accept]").is_hidden()
    assert sum(one.verdict is not None for one in asked(server, run_id)) == 6
    for _ in range(9):  # undo goes back to the import, and stops there
        page.keyboard.press("Backspace")
    all_recorded(page)
    assert [one.id for one in asked(server, run_id) if one.verdict] == [first.id]
    assert page.locator("[data-accept]").is_visible()

    page.goto(f"/runs/{run_id}/import")
    page.get_by_role("button", name="Take back").click()
    page.wait_for_selector("text=taken back")
    assert not [one for one in asked(server, run_id) if one.verdict or one.suggestion]
    assert past_imports(open_run(server.workspace, run_id))[0].is_undone


def asked(server: Server, run_id: str) -> Any:
    return labeling.questions(open_run(server.workspace, run_id))


def classes(server: Server, run_id: str) -> Any:
    from labeler.workflow import runs

    return runs.get_run(server.workspace, run_id).classes
