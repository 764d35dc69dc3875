"""Classes typed by name: a new one, one of many by its first letters; and the keys told once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from labeler.workflow import datasets, labeling, runs
from labeler.workflow.inline import finish_job
from labeler.workflow.run import open_run
from labeler.workflow.runs import NewRun
from tests.browser.conftest import Server, all_recorded, close, faults_of, new_context, ready

pytestmark = pytest.mark.browser

TREES = (
    *("ash", "beech", "birch", "cedar", "elm", "fir"),
    *("hazel", "larch", "lime", "maple", "oak", "pine"),
)


def new_run(server: Server, folder: Path, classes: Sequence[str]) -> str:
    """Pictures without labels, for which these classes were named."""
    pixels = np.random.default_rng(0).integers(0, 255, (30, 8, 8), dtype=np.uint8)
    np.save(folder / "pictures.npy", pixels)
    dataset = datasets.import_dataset(server.workspace, str(folder / "pictures.npy"))
    new = NewRun("typed", dataset_id=dataset.id, budget=6, preset="classic", classes=tuple(classes))
    return str(finish_job(server.workspace, runs.start_run(server.workspace, new).id).run_id)


def answers(server: Server, run_id: str) -> list[str]:
    """What was said, in the order of the questions."""
    names = {one.id: one.name for one in runs.get_run(server.workspace, run_id).classes}
    asked = labeling.questions(open_run(server.workspace, run_id))
    return [names.get(one.class_id or 0, str(one.verdict)) for one in asked if one.verdict]


@pytest.mark.parametrize("width", [1280, 390])
def test_a_name_typed_on_the_first_image_makes_the_class_and_is_its_answer(
    page: Any, server: Server, tmp_path: Path, width: int
) -> None:
    run_id = new_run(server, tmp_path, [])
    page.set_viewport_size({"width": width, "height": 860})
    page.goto(f"/runs/{run_id}/label")
    ready(page)
    field = page.locator("#next-class")
    expect(field).to_be_focused()
    expect(field).to_be_in_viewport()
    expect(page.get_by_label("No class yet: type what you see")).to_be_visible()
    for name in ("cat", "dog"):
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(page.locator(f"button[data-name={name}]")).to_be_visible()
        expect(field).to_have_value("")
        expect(page.get_by_label("Another class: type its name")).to_be_visible()
    page.keyboard.press("2")  # a key goes through the field while that is empty
    page.keyboard.type("ca")
    expect(page.locator("button[data-name=dog]")).to_be_hidden()
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    all_recorded(page)
    assert answers(server, run_id) == ["cat", "dog", "dog", "mixed"]
    page.reload()
    ready(page)
    assert page.locator("button[data-name=cat]").get_attribute("data-key") == "1"
    expect(page.get_by_label("Another class: type its name")).to_be_focused()
    page.keyboard.type("box")
    page.keyboard.press("Enter")
    expect(page.locator("button[data-name=box]")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    page.keyboard.press("/")
    expect(field).to_be_focused()
    all_recorded(page)
    assert answers(server, run_id)[4:] == ["box", "mixed"]


def test_one_of_many_is_typed_by_its_first_letters_and_a_slip_makes_no_class(
    page: Any, server: Server, axe: Any, tmp_path: Path
) -> None:
    run_id = new_run(server, tmp_path, TREES)
    page.goto(f"/runs/{run_id}/label")
    ready(page)
    expect(page.locator("#next-class")).to_be_focused()
    page.keyboard.type("b")
    assert page.locator(".class-buttons button:visible").count() == 2
    expect(page.locator("[data-typed-hint]")).to_have_text("Enter: beech")
    page.keyboard.type("i")
    assert not faults_of(axe, page)
    page.keyboard.press("Enter")
    assert page.locator(".class-buttons button:visible").count() == len(TREES)
    page.keyboard.type("mable")
    page.keyboard.press("Enter")
    expect(page.locator("[data-typed-hint]")).to_contain_text("Enter once more makes it one")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("m")
    page.keyboard.press("Enter")
    all_recorded(page)
    assert answers(server, run_id) == ["birch", "maple"]
    assert len(runs.get_run(server.workspace, run_id).classes) == len(TREES)


def test_the_keys_that_matter_are_told_until_they_were_used_and_never_to_a_finger(
    server: Server, chromium: Any, state: Any, tmp_path: Path
) -> None:
    run_id = new_run(server, tmp_path, ["cat", "dog"])
    context = new_context(chromium, storage_state=state, base_url=server.base)
    page = context.new_page()
    page.goto(f"/runs/{run_id}/label")
    ready(page)
    hint = page.locator("[data-key-hint]")
    assert not page.locator("#next-class").count()
    assert hint.inner_text().split() == ["1", "names", "it", "Space", "skips", "⌫", "takes", "back"]
    page.keyboard.press("1")
    assert "names" not in hint.inner_text()
    page.keyboard.press("Space")
    page.keyboard.press("Backspace")
    expect(hint).to_be_hidden()
    all_recorded(page)
    page.reload()
    ready(page)
    expect(hint).to_be_hidden()
    close(context)
    context = new_context(
        chromium, storage_state=state, base_url=server.base, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(f"/runs/{run_id}/label")
    ready(page)
    expect(page.locator("[data-key-hint]")).to_be_hidden()
    close(context)
