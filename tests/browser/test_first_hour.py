"""The whole way as two newcomers go it by keyboard, what they press and type counted."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from labeler.workflow import runs
from tests.browser.conftest import (
    PASSWORD,
    Server,
    all_recorded,
    close,
    is_too_long,
    new_context,
    ready,
    serving,
)

pytestmark = pytest.mark.browser

WINDOW = {"width": 1280, "height": 800}

COUNTING = """
addEventListener("click", (event) => {
  if (event.isTrusted) window.counted("click");
}, true);
addEventListener("input", ({ isTrusted, target }) => {
  if (isTrusted && target.type !== "file") window.counted("typed " + target.id);
}, true);
"""
MOST_TABS = 80
PAGES = ("label", "sheet", "clusters", "train", "check", "export", "images")


class Newcomer:
    """A browser without a mouse, whose use is counted.

    Attributes
    ----------
    clicks : int
        Links and buttons that were pressed.
    typed_into : set of str
        Ids of fields that something was typed into.
    too_long : list of str
        Addresses of pages that are too long.
    """

    def __init__(self, chromium: Any, base: str) -> None:
        self.context = new_context(chromium, base_url=base, viewport=WINDOW)
        self.context.expose_function("counted", self._count)
        self.context.add_init_script(COUNTING)
        self.page = self.context.new_page()
        self.clicks = 0
        self.typed_into: set[str] = set()
        self.too_long: list[str] = []

    def _count(self, what: str) -> None:
        if what == "click":
            self.clicks += 1
        else:
            self.typed_into.add(what.removeprefix("typed "))

    def press(self, what: Any, key: str = "Enter") -> None:
        """Go on from field to field until the focus is on it, then press it."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if what.evaluate("(element) => element === document.activeElement"):
                return self.page.keyboard.press(key)
        raise AssertionError(f"no {MOST_TABS} tabs lead to {what}")

    def look(self) -> None:
        """Measure the page that is shown."""
        if is_too_long(self.page):
            self.too_long.append(self.page.url)

    def counted(self) -> int:
        """Clicks since the last call."""
        clicks, self.clicks = self.clicks, 0
        return clicks

    def answer_all(self) -> None:
        """Press the key of what is seen, until nothing is asked any more."""
        while self.page.locator("[data-finished]").is_hidden():
            ready(self.page)
            if self.page.locator("[data-resting]").count():
                self.page.wait_for_selector("[data-label]:not([data-resting])")
            is_red = "red" in self.page.locator("[data-stage] img").first.get_attribute("alt")
            self.page.keyboard.press("1" if is_red else "2")
        all_recorded(self.page)

    def download(self) -> list[str]:
        """From the last answer to a file of labels; its lines."""
        self.press(self.page.locator("[data-finished]").get_by_role("link", name="Download"))
        self.page.wait_for_url("**/export")
        with self.page.expect_download() as download:
            self.press(self.page.get_by_role("button", name="Download CSV"))
        return Path(download.value.path()).read_text("utf-8").splitlines()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Photographs of two kinds in one folder, as they come from a camera: none is labeled."""
    folder = tmp_path / "berries"
    folder.mkdir()
    chance = np.random.default_rng(0)
    for number in range(24):
        kind, colour = [("red", (170, 30, 30)), ("blue", (30, 30, 170))][number % 2]
        pixels = np.clip(chance.normal(colour, 30, (90, 120, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{kind}-{number:03}.jpg")
    return folder


@pytest.fixture
def team(tmp_path: Path, chromium: Any) -> Iterator[Server]:
    with serving(tmp_path / "team", PASSWORD) as served:
        yield served


def log_in(newcomer: Newcomer, name: str) -> None:
    page = newcomer.page
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/login" not in address)
    newcomer.counted()
    newcomer.typed_into.clear()


def test_two_newcomers_from_a_folder_of_pictures_to_a_label_set(
    team: Server, chromium: Any, pictures: Path
) -> None:
    trainer = Newcomer(chromium, team.base)
    page = trainer.page
    page.goto("/login")
    log_in(trainer, "Ada")
    trainer.look()
    trainer.press(page.get_by_role("link", name="Bring your pictures"))
    page.wait_for_url("**/runs/new")
    trainer.look()
    with page.expect_file_chooser() as chooser:
        trainer.press(page.locator("#folder"))
    chooser.value.set_files(pictures)
    page.get_by_text("24 of 24 files, all there").wait_for()
    expect(page.get_by_label("What are the classes?")).to_be_focused()
    said = "some 10 images, about 30 s at the keyboard; or name all 24 in about 72 s: see Settings."
    page.get_by_text(f"You are asked about {said}").wait_for()
    for name in ("red", "blue"):
        page.keyboard.type(name)
        page.keyboard.press("Enter")
    begin = page.get_by_role("button", name="Begin")
    expect(begin).to_be_in_viewport(ratio=1)
    trainer.press(begin)
    page.wait_for_url("**/label", timeout=300_000)  # features are learned, while other tests run
    ready(page)
    assert trainer.counted() <= 3
    assert trainer.typed_into <= {"classes"}
    trainer.look()

    # What a colleague sends is the address of the page; who has it logs in and is there.
    biologist = Newcomer(chromium, team.base)
    biologist.page.goto(page.url)
    log_in(biologist, "Bob")
    ready(biologist.page)
    assert biologist.counted() == 0
    biologist.page.goto("/")
    biologist.look()
    biologist.press(biologist.page.locator(".run-open"))
    biologist.page.wait_for_url("**/label")
    assert biologist.counted() <= 3
    biologist.answer_all()
    biologist.counted()
    lines = biologist.download()
    assert biologist.counted() <= 2
    assert not biologist.typed_into
    named = [line for line in lines if ",red," in line or ",blue," in line]
    assert len(named) == len(list(pictures.iterdir()))
    assert biologist.page.locator("[data-trouble]:visible").count() == 0

    run = runs.list_runs(team.workspace)[0].run
    for path in (*(f"/runs/{run.id}/{path}" for path in PAGES), "/datasets"):
        trainer.page.goto(path)
        trainer.look()
    for newcomer in (trainer, biologist):
        close(newcomer.context)
        assert not newcomer.too_long
