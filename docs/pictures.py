"""The pictures of the docs and of the README, taken of what the program draws today.

``make pictures`` writes them, from the digits that come along; it needs Chromium.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from base64 import b64encode
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
REPORT_SIZE, PAGE_SIZE, STEP_SIZE, STRIP_SIZE = (1100, 1540), (1280, 725), (560, 620), (1500, 592)
BY_ORACLE = ("--answerer", "oracle")
PAGES = {
    "label.png": "label",
    "check.png": "check",
    "review.png": "review",
    "export.png": "export",
}
"""The screen of a run that each picture shows."""

STEPS = {
    "1. Label a few": "label",
    "2. Check how right all are": "check",
    "3. Use them": "export",
}
"""The screen that stands for each step of the way."""

STRIP_STYLE = """
    body { margin: 0; background: transparent; font: 600 19px/1.2 system-ui, sans-serif }
    main { display: flex; gap: 15px }
    figure { margin: 0; flex: 1; border: 1px solid #8a8f98; border-radius: 8px; overflow: hidden }
    figcaption { padding: 9px 14px; color: #fff; background: #0b7a6b }
    img { display: block; width: 100% }
"""
LABELER = (sys.executable, "-m", "labeler")
PORT = "8766"


def take_report(browser: Any, folder: Path) -> None:
    """The report of ``labeler demo``."""
    subprocess.run([*LABELER, "demo", "--output", folder], check=True)
    with _page(browser, REPORT_SIZE) as page:
        page.goto((folder / "report.html").as_uri())
        page.screenshot(path=HERE / "report.png")


def take_pages(browser: Any, instance: Path) -> dict[str, bytes]:
    """The first question of a run; a run that was named, checked and is to be exported.

    Gives a picture of each step of the way, as narrow as a third of a page.
    """
    steps: dict[str, bytes] = {}
    first, named = _made("--name", "digits"), _made("--name", "named", *BY_ORACLE)
    for command in (("train", named), ("audit", named, "--answers", "200")):
        subprocess.run([*LABELER, *command], check=True, stdout=subprocess.DEVNULL)
    serve = [*LABELER, "serve", "--port", PORT]
    with (
        subprocess.Popen(serve, stdout=subprocess.PIPE, text=True, cwd=instance) as server,
        _page(browser, PAGE_SIZE) as page,
    ):
        assert server.stdout is not None
        page.goto(server.stdout.readline().split()[-1])
        for file, screen in PAGES.items():
            _show(page, first if screen == "label" else named, screen)
            page.screenshot(path=HERE / file)
            _lighten(HERE / file)
        page.set_viewport_size({"width": STEP_SIZE[0], "height": STEP_SIZE[1]})
        for title, screen in STEPS.items():
            _show(page, first if screen == "label" else named, screen)
            steps[title] = page.screenshot()
        server.terminate()
    return steps


def _show(page: Any, run: str, screen: str) -> None:
    page.goto(f"http://127.0.0.1:{PORT}/runs/{run}/{screen}")
    begin = page.get_by_role("button", name="Begin", exact=True)
    if screen == "review" and begin.is_visible():
        begin.click()
        page.wait_for_selector("[data-ready=yes]")
    page.wait_for_load_state("networkidle")


def _made(*options: str) -> str:
    made = subprocess.check_output([*LABELER, "new", "digits", *options, "--json"])
    return str(json.loads(made)["id"])


def draw_steps(browser: Any, steps: dict[str, bytes]) -> None:
    """The three steps side by side, on a ground that a light page and a dark one show through."""
    figures = "".join(
        f"<figure><figcaption>{title}</figcaption>"
        f"<img src='data:image/png;base64,{b64encode(picture).decode()}'></figure>"
        for title, picture in steps.items()
    )
    with _page(browser, STRIP_SIZE) as page:
        page.set_content(f"<style>{STRIP_STYLE}</style><main>{figures}</main>")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=HERE / "steps.png", omit_background=True)
    _lighten(HERE / "steps.png")


def _lighten(path: Path) -> None:
    """A page has few colours: a palette of them takes a third of the room."""
    with Image.open(path) as picture:
        few = picture.quantize(128, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def _page(browser: Any, size: tuple[int, int]) -> Any:
    return browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme="light")


def main() -> None:
    """Take all of them."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        os.environ["LABELER_INSTANCE"] = folder
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        take_report(browser, Path(folder) / "demo")
        draw_steps(browser, take_pages(browser, Path(folder)))
        browser.close()


if __name__ == "__main__":
    main()
