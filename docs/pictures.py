"""The pictures of the report and of the label page, taken of what the program draws today.

``make pictures`` writes them, from the digits that come along; it needs Chromium.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
REPORT_SIZE, LABEL_SIZE = (1100, 1540), (1280, 725)
LABELER = (sys.executable, "-m", "labeler")
PORT = "8766"


def take_report(browser: Any, folder: Path) -> None:
    """The report of ``labeler demo``."""
    subprocess.run([*LABELER, "demo", "--output", folder], check=True)
    with _page(browser, REPORT_SIZE) as page:
        page.goto((folder / "report.html").as_uri())
        page.screenshot(path=HERE / "report.png")


def take_label(browser: Any) -> None:
    """The first question of a new run."""
    made = subprocess.check_output([*LABELER, "new", "digits", "--name", "digits", "--json"])
    serve = [*LABELER, "serve", "--port", PORT]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        with _page(browser, LABEL_SIZE) as page:
            page.goto(server.stdout.readline().split()[-1])
            page.goto(f"http://127.0.0.1:{PORT}/runs/{json.loads(made)['id']}/label")
            page.wait_for_load_state("networkidle")
            page.screenshot(path=HERE / "label.png")
        server.terminate()


def _page(browser: Any, size: tuple[int, int]) -> Any:
    return browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme="light")


def main() -> None:
    """Take both."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        os.environ["LABELER_INSTANCE"] = folder
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        take_report(browser, Path(folder) / "demo")
        take_label(browser)
        browser.close()


if __name__ == "__main__":
    main()
