"""A server in its own process with its worker, and Chromium to look at it."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from labeler.workflow import datasets, labeling, runs
from labeler.workflow.run import open_run
from labeler.workflow.workspace import Workspace, open_workspace

PATIENCE = 120_000
"""Milliseconds that the browser waits for what it was told to wait for, on a busy machine."""

HOW_TO_GET_IT = "needs Chromium and Playwright: apt-get install chromium && pip install playwright"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START = "import sys; from labeler.web import serve; from labeler.workflow.workspace import *; "
START += "from pathlib import Path; serve(open_workspace(Path(sys.argv[1])), "
START += "port=int(sys.argv[2]), password=sys.argv[3] or None)"
PASSWORD = "for the team of two"


@dataclass
class Server:
    """A running server: where it is, what its database holds, and how to start it again."""

    instance: Path
    port: int
    process: subprocess.Popen[str]
    workspace: Workspace
    login: str = ""

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait(self) -> None:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found is not None, line
        self.login = found.group()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def start_again(self) -> None:
        self.process = start(self.instance, self.port)
        self.wait()

    def true_name(self, run_id: str, image: int) -> str:
        dataset = datasets.as_dataset(self.workspace, runs.get_run(self.workspace, run_id).dataset)
        return dataset.classes[dataset.train.labels[image]]

    def truth(self, run_id: str) -> dict[int, tuple[str, int]]:
        """By question id: the key and the id of the class that is right."""
        classes = {one.name: one for one in runs.get_run(self.workspace, run_id).classes}
        return {
            one.id: (classes[name].key or "", classes[name].id)
            for one in labeling.questions(open_run(self.workspace, run_id))
            for name in [self.true_name(run_id, one.image)]
        }


def start(instance: Path, port: int, password: str = "") -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", START, str(instance), str(port), password]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def free_port() -> int:
    """A port that nobody has; a server that is started again goes back to it."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def skip_unless_ci(reason: str) -> None:
    """Skip on somebody's own machine; in CI, what is not tested is a failure."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


@pytest.fixture(scope="session")
def axe() -> Any:
    """The accessibility checks of axe-core."""
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ModuleNotFoundError:
        skip_unless_ci("needs axe-core: pip install axe-playwright-python")
    return Axe()


LOOKS = [(1280, "light"), (390, "dark")]
"""Width and scheme: each once, for what fits does not depend on colours, nor colours on widths."""


LONGEST = 3 * 800
"""Pixels of the longest page on a screen of 1280 × 800: three screens."""


def is_too_long(page: Any) -> bool:
    """Whether nobody would scroll to its end; a phone's pages are longer."""
    longest = f"innerWidth >= 1280 && document.documentElement.scrollHeight > {LONGEST}"
    return bool(page.evaluate(longest))


def faults_of(axe: Any, page: Any) -> dict[str, str]:
    """Where a page is wider than its window or too long, or axe-core finds something serious."""
    page.wait_for_load_state("networkidle")
    found = {}
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found[f"{page.url} overflows"] = ""
    if is_too_long(page):
        found[f"{page.url} is too long"] = ""
    for violation in axe.run(page).response["violations"]:
        if violation["impact"] in ("serious", "critical"):
            found[f"{page.url} {violation['id']}"] = violation["nodes"][0]["html"]
    return found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser; a machine without one skips, and says in one line how to get it."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        path = None
    if path is None:
        skip_unless_ci(HOW_TO_GET_IT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


def new_context(chromium: Any, **options: Any) -> Any:
    """A browser of its own, with nothing in common with others, that is patient."""
    context = chromium.new_context(**options)
    context.set_default_timeout(PATIENCE)
    return context


def close(context: Any) -> None:
    """Have its pages closed; it is gone with the browser.

    ``context.close()`` waits for a page on its way to another address, now and then for ever.
    """
    for page in context.pages:
        page.close(run_before_unload=True)


def in_look(chromium: Any, server: "Server", state: Any, width: int, scheme: str) -> Any:
    """The same, logged in, as wide as a screen and in light or dark."""
    return new_context(
        chromium,
        storage_state=state,
        base_url=server.base,
        color_scheme=scheme,
        viewport={"width": width, "height": 860},
    )


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, chromium: Any) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("served")) as served:
        yield served


@contextmanager
def serving(instance: Path, password: str = "") -> Iterator[Server]:
    port = free_port()
    process = start(instance, port, password)
    served = Server(instance, port, process, open_workspace(instance))
    served.wait()
    yield served
    served.process.terminate()
    served.process.communicate()
    served.workspace.close()


@pytest.fixture(scope="session")
def state(server: Server, chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cookie of a browser that opened the printed address."""
    file = tmp_path_factory.mktemp("state") / "state.json"
    context = new_context(chromium)
    context.new_page().goto(server.login)
    context.storage_state(path=file)
    close(context)
    return file


@pytest.fixture
def page(server: Server, chromium: Any, state: Path) -> Iterator[Any]:
    """A logged-in page; what its console complains about fails the test."""
    context = new_context(
        chromium, storage_state=state, base_url=server.base, viewport={"width": 1280, "height": 860}
    )
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if is_alarming(said) else None)
    yield page
    close(context)
    assert not problems


def is_alarming(said: Any) -> bool:
    """A lost connection is reported by the browser itself; tests cut it on purpose."""
    return said.type == "error" and "Failed to load resource" not in said.text


def new_digits_run(
    page: Any,
    *,
    oracle: bool = False,
    preset: str = "classic",
    features: str = "",
    budget: str = "",
) -> str:
    """Make a run through the form and wait for its questions."""
    page.goto("/runs/new")
    page.check("input[value='known:digits']")
    page.locator("summary", has_text="Settings").click()
    page.check(f"input[name=preset][value={preset}]")
    page.select_option("#features", features)
    page.fill("#budget", budget)
    if oracle:
        page.check("input[value=oracle]")
    page.locator("button.primary").first.click()
    page.wait_for_url(re.compile(r"/runs/[^/]+/(label|train)"), timeout=PATIENCE)
    found = re.search(r"/runs/([^/]+)/", page.url)
    assert found is not None
    return found.group(1)


def ready(page: Any) -> None:
    page.wait_for_selector("[data-ready=yes]")


def all_recorded(page: Any) -> None:
    page.wait_for_selector("[data-sync][data-unsent='0']")
