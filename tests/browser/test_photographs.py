"""Photographs on the label page: shown as they are, at both widths, and looked at closely."""

import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from labeler.storage.rows import Dataset
from labeler.workflow import datasets, runs
from labeler.workflow.inline import finish_job
from labeler.workflow.runs import NewRun
from tests.browser.conftest import LOOKS, Server, close, faults_of, in_look, ready

pytestmark = pytest.mark.browser

WIDTH, HEIGHT = 4000, 3000
N_PHOTOS = 6
ORIENTATION = 0x0112
LOADED_AHEAD = """
performance.getEntriesByType("resource").filter((e) => e.name.includes("/original")).length > 1
"""
SHOWN = "[data-stage] .photo.here"
ARROW_HELD_DOWN = """
for (const _ of Array(4)) {
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
}
"""
SHADES_AT_EDGES = """(e) => {
  const [x, y] = [e.width / 2, e.height / 2];
  const pixel = (...at) => [...e.getContext("2d").getImageData(...at, 1, 1).data];
  const shade = (...at) => pixel(...at).slice(0, 3).reduce((sum, value) => sum + value);
  const [left, right] = [shade(2, y), shade(e.width - 3, y)];
  return { left, right, top: shade(x, 2), bottom: shade(x, e.height - 3) };
}"""


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that the page's own policy forbids to be watched from inside."""
    for _ in range(1200):
        if holds():
            return
        time.sleep(0.1)
    pytest.fail("waited in vain")


def photograph(number: int, orientation: int = 1) -> bytes:
    """Twelve megapixels, darker on the left; the camera held as Exif numbers it."""
    shades = np.linspace(0, 200, WIDTH, dtype=np.uint8)
    pixels = np.broadcast_to(shades[:, np.newaxis], (HEIGHT, WIDTH, 3)).copy()
    pixels[:, :, number % 3] = 40 * number
    file = io.BytesIO()
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    Image.fromarray(pixels).save(file, "JPEG", quality=80, exif=exif)
    return file.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("holiday")
    for number in range(N_PHOTOS):
        (folder / f"IMG {number:04d}.JPG").write_bytes(photograph(number))
    return folder


@pytest.fixture(scope="module")
def photos(server: Server, folder: Path) -> tuple[str, Dataset]:
    dataset = datasets.import_dataset(server.workspace, str(folder))
    new = NewRun(name="holiday", dataset_id=dataset.id, classes=("cat", "dog"), budget=4)
    job = finish_job(server.workspace, runs.start_run(server.workspace, new).id)
    assert job.run_id is not None
    return job.run_id, dataset


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_a_photograph_is_the_largest_thing_and_can_be_looked_into(
    server: Server,
    chromium: Any,
    axe: Any,
    state: Any,
    photos: tuple[str, Dataset],
    width: int,
    scheme: str,
) -> None:
    context = in_look(chromium, server, state, width, scheme)
    page = context.new_page()
    page.goto(f"/runs/{photos[0]}/label")
    ready(page)
    page.wait_for_selector(SHOWN)
    whole, stage = page.locator(SHOWN).bounding_box(), page.locator("[data-stage]").bounding_box()
    assert whole["width"] / whole["height"] == pytest.approx(WIDTH / HEIGHT, rel=0.01)
    assert whole["width"] == pytest.approx(stage["width"], abs=1) or whole["height"] == (
        pytest.approx(stage["height"], abs=1)
    )
    assert stage["width"] > width * 0.45
    answers, place = (page.locator(f".label-{part}") for part in ("answers", "place"))
    assert answers.bounding_box()["y"] < place.bounding_box()["y"]
    page.keyboard.press("h")
    expect(page.locator("[data-last]")).to_contain_text("No class has the key H")
    expect(page.locator("[data-last]")).to_be_in_viewport(ratio=1)
    assert page.locator("[data-file-name]").text_content().startswith("IMG 000")

    page.keyboard.press("z")
    assert page.locator(SHOWN).bounding_box()["width"] == pytest.approx(WIDTH, abs=1)
    before = page.locator(SHOWN).bounding_box()
    page.mouse.move(stage["x"] + 150, stage["y"] + 100)
    page.mouse.down()
    page.mouse.move(stage["x"] + 90, stage["y"] + 60, steps=3)
    page.mouse.up()
    after = page.locator(SHOWN).bounding_box()
    page.wait_for_selector(f"{SHOWN}.sharp")
    assert (after["x"] - before["x"], after["y"] - before["y"]) == pytest.approx((-60, -40), abs=1)
    page.keyboard.press("z")
    assert page.locator(SHOWN).bounding_box() == whole
    page.mouse.wheel(0, -300)
    page.wait_for_selector("[data-stage].closer")
    page.keyboard.press("-")
    page.keyboard.press("-")
    page.keyboard.press("-")
    assert page.locator(SHOWN).bounding_box() == whole
    page.locator(SHOWN).click()
    page.wait_for_selector("[data-stage].closer")
    found = faults_of(axe, page)
    close(context)
    assert not found


@pytest.mark.parametrize(("width", "height", "least"), [(1366, 700, 500), (1280, 860, 650)])
def test_a_small_window_is_mostly_photograph_even_where_the_file_is_missing(
    page: Any,
    photos: tuple[str, Dataset],
    folder: Path,
    width: int,
    height: int,
    least: int,
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    for file in folder.iterdir():
        file.rename(file.with_suffix(".away"))
    page.goto(f"/runs/{photos[0]}/label")
    ready(page)
    page.wait_for_selector("[data-file-trouble]:not([hidden])")
    for file in folder.iterdir():
        file.rename(file.with_suffix(".JPG"))
    stage = page.locator("[data-stage]").bounding_box()
    assert stage["height"] >= least
    assert stage["y"] + stage["height"] <= height
    page.evaluate("document.querySelector('[data-finished]').hidden = false")
    trouble = page.locator("[data-file-trouble]").bounding_box()
    assert trouble["y"] + trouble["height"] < 0.5 * height
    stage = page.locator("[data-stage]").bounding_box()
    assert stage["y"] + stage["height"] <= height


def test_a_few_photographs_behind_are_kept(
    page: Any, server: Server, photos: tuple[str, Dataset]
) -> None:
    new = NewRun(
        "album", dataset_id=photos[1].id, classes=("cat", "dog"), budget=4, preset="classic"
    )
    job = finish_job(server.workspace, runs.start_run(server.workspace, new).id)
    page.goto(f"/runs/{job.run_id}/label")
    ready(page)
    page.evaluate("""
        window.shown = [document.querySelector("[data-stage]").firstChild];
        new MutationObserver((changes) => changes.forEach((change) =>
            window.shown.push(...change.addedNodes)))
            .observe(document.querySelector("[data-stage]"), { childList: true });
    """)
    for key in ["ArrowRight"] * 3 + ["ArrowLeft"] * 3:
        page.keyboard.press(key)
        page.wait_for_timeout(100)
    places = page.evaluate("window.shown.map((element) => window.shown.indexOf(element))")
    assert places == [0, 1, 2, 3, 2, 1, 0]


def test_a_photograph_is_drawn_at_the_size_of_its_room_until_one_goes_closer(
    page: Any, photos: tuple[str, Dataset]
) -> None:
    page.goto(f"/runs/{photos[0]}/label")
    ready(page)
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(f"{SHOWN} canvas")
    stage = page.locator("[data-stage]").bounding_box()
    sides = page.locator(f"{SHOWN} canvas").evaluate("(e) => [e.width, e.height]")
    assert sides[0] / sides[1] == pytest.approx(WIDTH / HEIGHT, rel=0.01)
    assert sides[0] == pytest.approx(stage["width"], abs=1) or sides[1] == (
        pytest.approx(stage["height"], abs=1)
    )
    assert page.locator(f"{SHOWN}.sharp").count() == 0
    page.keyboard.press("z")
    page.wait_for_selector(f"{SHOWN}.sharp")
    large = page.locator(f"{SHOWN} img.large")
    assert large.evaluate("(e) => [e.naturalWidth, e.naturalHeight]") == [WIDTH, HEIGHT]


@pytest.mark.parametrize(
    ("orientation", "is_upright", "darker"),
    [(3, False, "right"), (6, True, "top"), (8, True, "bottom")],
)
def test_a_photograph_is_shown_the_way_up_that_the_camera_noted(
    page: Any, server: Server, tmp_path: Path, orientation: int, is_upright: bool, darker: str
) -> None:
    for number in range(2):
        (tmp_path / f"{number}.jpg").write_bytes(photograph(number, orientation))
    dataset = datasets.import_dataset(server.workspace, str(tmp_path))
    new = NewRun(
        "turned", dataset_id=dataset.id, classes=("cat", "dog"), budget=2, preset="classic"
    )
    job = finish_job(server.workspace, runs.start_run(server.workspace, new).id)
    page.goto(f"/runs/{job.run_id}/label")
    ready(page)
    page.wait_for_selector(f"{SHOWN} canvas")
    canvas = page.locator(f"{SHOWN} canvas")
    assert canvas.evaluate("(e) => e.height > e.width") is is_upright
    edges = canvas.evaluate(SHADES_AT_EDGES)
    assert min(edges, key=edges.get) == darker


def test_what_is_looked_at_closely_stays_where_the_window_changes_its_height(
    page: Any, photos: tuple[str, Dataset]
) -> None:
    page.goto(f"/runs/{photos[0]}/label")
    ready(page)
    page.wait_for_selector(SHOWN)
    page.keyboard.press("z")
    size = page.viewport_size
    page.set_viewport_size({"width": size["width"], "height": size["height"] - 60})
    page.wait_for_timeout(200)
    assert page.locator(SHOWN).bounding_box()["width"] == pytest.approx(WIDTH, abs=1)
    page.keyboard.press("z")
    page.set_viewport_size({"width": size["width"], "height": size["height"] - 200})
    page.wait_for_timeout(200)
    stage = page.locator("[data-stage]").bounding_box()
    assert page.locator(SHOWN).bounding_box()["height"] == pytest.approx(stage["height"], abs=1)


def test_the_photograph_looked_at_is_waited_for_by_no_other(
    page: Any, server: Server, photos: tuple[str, Dataset]
) -> None:
    new = NewRun("far", dataset_id=photos[1].id, classes=("cat", "dog"), budget=6, preset="classic")
    job = finish_job(server.workspace, runs.start_run(server.workspace, new).id)
    held: list[Any] = []

    def hold(route: Any) -> None:  # Playwright keeps notes on the function, which a method refuses
        held.append(route)

    page.route("**/original*", hold)
    page.goto(f"/runs/{job.run_id}/label", wait_until="commit")
    page.wait_for_selector("[data-ready=yes]")
    page.wait_for_timeout(300)
    assert len(held) == 1
    page.evaluate(ARROW_HELD_DOWN)
    page.wait_for_timeout(300)
    looked_at = page.locator("[data-stage] .photo").get_attribute("data-url")
    _, _, *later = [route.request.url for route in held]
    assert [url.endswith(looked_at) for url in later] == [True]
    page.unroute("**/original*")  # and lets go of those that are held
    page.wait_for_selector(SHOWN)


def test_the_next_photograph_is_loaded_ahead_and_a_missing_one_is_said(
    page: Any, server: Server, photos: tuple[str, Dataset], folder: Path
) -> None:
    run_id, _ = photos
    page.goto(f"/runs/{run_id}/label")
    ready(page)
    until(lambda: page.evaluate(LOADED_AHEAD))
    first = page.locator("[data-file-name]").text_content()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(SHOWN)
    until(lambda: page.locator("[data-file-name]").text_content() != first)
    for file in folder.iterdir():
        file.rename(file.with_suffix(".away"))
    page.reload()
    ready(page)
    page.wait_for_selector("[data-file-trouble]:not([hidden])")
    assert "not where it was" in page.locator("[data-file-trouble]").text_content()
    small = page.locator("[data-stage] .photo img").first
    assert small.evaluate("(e) => e.naturalWidth") == 256
    page.keyboard.press("1")
    page.wait_for_selector("[data-sync][data-unsent='0']")
    for file in folder.iterdir():
        file.rename(file.with_suffix(".JPG"))
