"""Clusters in the browser: from "mixed" over a split to better labels; the map by keyboard."""

import csv
import io
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from labeler.storage.rows import RunRow
from labeler.workflow import labeling, runs
from labeler.workflow.exchange.export import export_chunks
from labeler.workflow.exchange.export_request import ExportRequest
from labeler.workflow.exploration.request import request_exploration
from labeler.workflow.jobs import get_job
from labeler.workflow.run import open_run
from labeler.workflow.runs import NewRun
from labeler.workflow.spread import spreading
from labeler.workflow.training.results import run_report
from tests.browser.conftest import LOOKS, Server, all_recorded, close, faults_of, in_look, ready
from tests.conftest import blobs

pytestmark = pytest.mark.browser

NAMES = "abcdef"


def new_run(server: Server, source: str, **options: Any) -> RunRow:
    """A run that the server's own worker prepares."""
    run = runs.create_run(
        server.workspace, NewRun(name="story", source=source, preset="classic", **options)
    )
    job = runs.get_run(server.workspace, run.id).active_job
    if job is not None:
        wait_for(server, job.id)
    return runs.get_run(server.workspace, run.id).run


def wait_for(server: Server, job_id: int) -> None:
    deadline = time.monotonic() + 120
    while not get_job(server.workspace, job_id).status.is_final:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def answer_open_questions(page: Any, keys: dict[int, str]) -> int:
    """Press the right key for one open question after the other."""
    answered = set()
    while page.locator("[data-finished]").is_hidden():
        question = int(page.locator("input[name=question_id]").input_value())
        page.keyboard.press(keys[question])
        answered.add(question)
    all_recorded(page)
    return len(answered)


def mark_mixed(page: Any, run_id: str, question_id: int) -> None:
    page.goto(f"/runs/{run_id}/label?q={question_id}")
    ready(page)
    page.keyboard.press("x")
    all_recorded(page)


def split_first_card(page: Any, parts: str = "", *, raise_budget: bool) -> None:
    card = page.locator(".cluster-card").first
    card.locator("input[type=number]").fill(parts)
    if raise_budget:
        card.get_by_label("Raise the budget").check()
    card.get_by_role("button", name="Split").click()
    page.wait_for_load_state("networkidle")


def test_from_a_mixed_flag_over_a_split_to_better_labels(page: Any, server: Server) -> None:
    run_id = new_run(server, "digits", budget=10).id
    page.goto(f"/runs/{run_id}/label")
    ready(page)
    keys = {one: key for one, (key, _) in server.truth(run_id).items()}
    assert answer_open_questions(page, keys) == 10
    before = spreading.spread(open_run(server.workspace, run_id))
    worst = run_report(open_run(server.workspace, run_id)).clusters[0]

    mark_mixed(page, run_id, worst.question_id)
    page.locator(".steps").get_by_role("link", name="Clusters").click()
    assert "answered “mixed”" in page.locator("[data-mixed]").inner_text()
    assert page.locator(".cluster-card").first.get_attribute("data-cluster") == str(worst.cluster)

    split_first_card(page, "4", raise_budget=False)
    assert "Raise the budget to 14 first" in page.locator(".note.error").inner_text()
    split_first_card(page, "4", raise_budget=True)
    assert page.locator("[data-budget]").inner_text() == "14"
    page.get_by_role("link", name="Answer 4 open questions").click()
    ready(page)
    keys = {one: key for one, (key, _) in server.truth(run_id).items()}
    assert answer_open_questions(page, keys) == 4

    after = spreading.spread(open_run(server.workspace, run_id))
    assert after.n_labeled == before.n_labeled == after.n_pool
    assert after.label_accuracy is not None
    assert before.label_accuracy is not None
    assert after.label_accuracy > before.label_accuracy + 0.02
    page.goto(f"/runs/{run_id}/train")
    assert page.locator("[data-accuracy]").inner_text() == f"{100 * after.label_accuracy:.1f} %"

    page.locator(".steps").get_by_role("link", name="Label").click()
    page.locator(".steps").get_by_role("link", name="Clusters").click()
    page.get_by_role("button", name="Take it back").click()
    assert "No answer is lost" in page.locator(".note.done").inner_text()
    assert page.locator("[data-mixed]").is_visible()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A person's images in one folder, of which nothing is known; their names tell this test."""
    found = tmp_path / "my images"
    found.mkdir()
    made = blobs(20, 6, seed=1, size=12)
    for number, (image, label) in enumerate(zip(made.images, made.labels, strict=True)):
        Image.fromarray(image).save(found / f"{NAMES[label]}-{number}.png")
    return found


def named_rightly(server: Server, run_id: str) -> float:
    """Share of all images that were given their own name."""
    text = b"".join(
        export_chunks(open_run(server.workspace, run_id), ExportRequest(run_id))
    ).decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    return sum(row["class_name"] == row["file_name"][0] for row in rows) / len(rows)


def test_the_same_with_a_persons_folder_without_ground_truth(
    page: Any, server: Server, folder: Path
) -> None:
    run = new_run(server, str(folder), budget=3, classes=tuple(NAMES))
    text = b"".join(
        export_chunks(open_run(server.workspace, run.id), ExportRequest(run.id))
    ).decode()
    rows = csv.DictReader(io.StringIO(text, newline=""))
    names = {int(row["index"]): row["file_name"][0] for row in rows}
    key_of = {one.name: one.key for one in runs.get_run(server.workspace, run.id).classes}

    def keys() -> dict[int, str]:
        asked = labeling.questions(open_run(server.workspace, run.id))
        return {one.id: key_of[names[one.image]] or "" for one in asked}

    page.goto(f"/runs/{run.id}/label")
    ready(page)
    assert answer_open_questions(page, keys()) == 3
    before = named_rightly(server, run.id)
    for question in labeling.questions(open_run(server.workspace, run.id)):
        mark_mixed(page, run.id, question.id)
    for _ in range(3):
        page.goto(f"/runs/{run.id}/clusters")
        split_first_card(page, raise_budget=True)
    assert page.locator("[data-mixed]").count() == 0
    assert "no true labels" in page.locator("main").inner_text()
    page.locator(".page-head .primary").click()
    ready(page)
    assert answer_open_questions(page, keys()) >= 6
    assert named_rightly(server, run.id) > before + 0.2


def test_the_map_tells_its_images_by_pointer_and_by_keyboard(page: Any, server: Server) -> None:
    run_id = new_run(server, "digits", budget=10).id
    page.goto(f"/runs/{run_id}/clusters")
    page.wait_for_selector("[data-map][data-ready]", state="attached")
    page.locator("summary", has_text="Map").press("Enter")
    plane = page.locator("[data-plane]")
    plane.focus()
    first = page.locator("[data-caption]").inner_text()
    assert "cluster" in first
    seen = {first}
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
        seen.add(page.locator("[data-caption]").inner_text())
    assert len(seen) >= 4
    circle = page.locator("circle:not(.current)").nth(5)
    circle.scroll_into_view_if_needed()
    box = circle.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shown = page.locator("circle.current")
    assert f"Image {shown.get_attribute('data-n')}" in page.locator("[data-caption]").inner_text()
    assert page.locator("[data-picture]").evaluate(
        "one => one.decode().then(() => one.naturalWidth)"
    )
    page.get_by_label("its true class").check()
    dot = page.locator("circle:not(.current)").first
    assert dot.get_attribute("class") == f"c{dot.get_attribute('data-true')}"


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_an_explored_data_set_fits_and_is_accessible(
    server: Server, chromium: Any, axe: Any, state: Path, width: int, scheme: str
) -> None:
    ws = server.workspace
    run = new_run(server, "digits", budget=10)
    wait_for(server, request_exploration(ws, (2, 8), dataset_id=run.dataset_id).id)
    wait_for(server, request_exploration(ws, (2, 8), run_id=run.id).id)
    context = in_look(chromium, server, state, width, scheme)
    page = context.new_page()
    found: dict[str, Any] = {}
    for path in (
        "/datasets",
        f"/datasets/{run.dataset_id}/clusters?k=5&split=0:2",
        f"/runs/{run.id}/clusters",
    ):
        page.goto(path)
        found |= faults_of(axe, page)
    close(context)
    assert not found
