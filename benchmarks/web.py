"""How long a person waits, from the key to the next image and from a click to the first question.

One server with its worker, one browser, real HTTP, Fashion-MNIST. Each figure is printed beside
its target.

    LABELER_DATA=DIR python benchmarks/web.py [--seconds 30]
"""

import argparse
import http.client
import os
import random
import tempfile
import time
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from secrets import token_hex
from threading import Lock, Thread
from typing import Any

import numpy as np
from playwright.sync_api import Page
from serving import POLL_SECONDS, Server, browsing, p95, row, send, serving

ANNOTATORS = 50
THINKING_SECONDS = 1.5
PRESSES = 200
PRESS_EVERY_MS = 250
SHEET_QUESTIONS = 300

PAINTED = """
window.painted = [];
document.addEventListener("DOMContentLoaded", () => {
  const stage = document.querySelector("[data-stage]");
  if (!stage) return;
  let pressed = 0;
  document.addEventListener("keydown", (event) => { pressed = event.timeStamp; }, true);
  new MutationObserver(() => {
    const since = pressed;
    const image = stage.querySelector("img");
    if (!since || !image) return;
    const there = image.complete ? Promise.resolve() : image.decode();
    there.then(() => requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => window.painted.push(performance.now() - since);
      channel.port2.postMessage(null);
    }));
  }).observe(stage, { childList: true });
});
"""
"""A message sent from a frame's callback arrives when that frame has been painted."""

LOADED = """
() => {
  const all = performance.getEntriesByType("resource");
  const code = all.filter(({ name }) => /[.](js|css)$/.test(new URL(name).pathname));
  return {
    first: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN,
    bytes: code.reduce((sum, one) => sum + one.decodedBodySize, 0),
    sent: code.reduce((sum, one) => sum + one.encodedBodySize, 0),
    foreign: all.filter(({ name }) => new URL(name).origin !== location.origin).length,
  };
}
"""
"""Of the page that was opened: first paint, its scripts and styles, requests to others."""

DRAWN = """
() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => {
  const loaded = performance.getEntriesByType("resource").map((one) => one.responseEnd);
  resolve(Math.max(performance.now(), ...loaded));
})))
"""


def main() -> None:
    """Measure everything once and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30.0, help="how long the 50 work")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start")
    print(f"{'':<58}{'measured':>14}   target")
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        cold = first_question(server, seed=0, budget=100)[1]
        row("new run of 60,000 images to first question, cold", f"{cold:.1f} s", "< 20 s")
        cached = first_question(server, seed=1, budget=100)[1]
        row("the same with cached features", f"{cached:.1f} s", "< 3 s")
        run_id = first_question(server, seed=2, budget=SHEET_QUESTIONS)[0]
        alone = answer_alone(server, run_id)
        row("answer acknowledged, alone, 95 %", f"{p95(alone):.1f} ms", "< 50 ms")
        with browsing(server) as context:
            page_weight(context.new_page(), server, run_id)
            shown = press_keys(context.new_page(), server, run_id)
            row("keypress to next image painted, 95 %", f"{p95(shown):.1f} ms", "< 50 ms")
            row("  half of them", f"{np.median(shown):.1f} ms", "")
            drawn = draw_sheet(context.new_page(), server, run_id)
            row(f"contact sheet of {SHEET_QUESTIONS} drawn", f"{drawn:.0f} ms", "< 1,000 ms")
        crowd = Crowd(server, run_id, options.seconds)
        crowd.work()
        row(
            f"answer acknowledged, {ANNOTATORS} people and a training, 95 %",
            f"{p95(crowd.waits):.1f} ms",
            "< 150 ms",
        )
        row("  the longest of them", f"{max(crowd.waits):.0f} ms", "")
        row("  answers a second", f"{len(crowd.waits) / options.seconds:.1f}", "")
        row("  errors", f"{len(crowd.errors)}", "0")
        row("  share of the time that a training ran", f"{crowd.share_training:.0%}", "100%")
        row(
            "server's memory, at its highest", f"{peak_mb(server.process.pid):.0f} MB", "< 1,000 MB"
        )
        for worker in children_of(server.process.pid):
            row("  the job worker's beside it", f"{peak_mb(worker):.0f} MB", "")
        for error in crowd.errors[:3]:
            print(error)
        for seed, state in ((3, "cold"), (4, "with cached features")):
            run_id, seconds = first_question(server, seed, 100, "best")
            row(f"new run of the preset best to first question, {state}", f"{seconds:.1f} s", "")
        wait = longest_wait(server, run_id)
        row(
            f"  an answer each {THINKING_SECONDS} s: longest wait for a question",
            f"{wait:.1f} s",
            "",
        )


def first_question(
    server: Server, seed: int, budget: int, preset: str = "classic"
) -> tuple[str, float]:
    """Make a run of Fashion-MNIST; its id, and seconds until its first question is on a page."""
    began = time.perf_counter()
    what = {"source": "fashion-mnist", "preset": preset, "seed": seed, "budget": budget}
    body = {"name": f"run {seed}", **what}
    job = server.ask("POST", "/api/v1/runs", body)["job"]
    while job["status"] not in ("done", "failed", "cancelled"):
        time.sleep(POLL_SECONDS)
        job = server.ask("GET", f"/api/v1/jobs/{job['id']}")["job"]
    if job["status"] != "done":
        raise RuntimeError(f"The job {job['status']}: {job['error']}")
    run_id = str(job["result"]["run_id"])
    with closing(server.connect()) as connection:
        status, page = send(connection, server.cookie, "GET", f"/runs/{run_id}/label", None)
    if status != HTTPStatus.OK or b"this answer labels" not in page:
        raise RuntimeError(f"The first question was answered with {status}.")
    return run_id, time.perf_counter() - began


def any_answer(chance: random.Random, asked: dict[str, Any]) -> dict[str, Any]:
    """An operation that answers some question with some class."""
    question, named = chance.choice(asked["questions"]), chance.choice(asked["classes"])
    given = {"question_id": question["id"], "verdict": "class", "class_id": named["id"]}
    return {"op_id": token_hex(8), "answers": [given]}


def post_timed(
    server: Server, connection: http.client.HTTPConnection, run_id: str, body: dict[str, Any]
) -> float:
    """Milliseconds until the acknowledgement of one operation was read."""
    began = time.perf_counter()
    path = f"/api/v1/runs/{run_id}/operations"
    status, told = send(connection, server.cookie, "POST", path, body)
    if status != HTTPStatus.CREATED:
        raise RuntimeError(f"An answer was answered with {status}: {told!r}")
    return 1000 * (time.perf_counter() - began)


def longest_wait(server: Server, run_id: str) -> float:
    """Seconds that a steady annotator waits at most, while questions are chosen by the answers."""
    chance = random.Random(0)  # noqa: S311 - repeatable
    answered: set[int] = set()
    waited_since, longest = time.perf_counter(), 0.0
    while True:
        asked = server.ask("GET", f"/api/v1/runs/{run_id}/questions")
        still_open = [one for one in asked["questions"] if one["id"] not in answered]
        if not still_open and len(answered) >= asked["progress"]["n_total"]:
            return longest
        if not still_open:
            time.sleep(POLL_SECONDS)
            continue
        longest = max(longest, time.perf_counter() - waited_since)
        time.sleep(THINKING_SECONDS)
        one = {**asked, "questions": still_open[:1]}
        server.ask("POST", f"/api/v1/runs/{run_id}/operations", any_answer(chance, one))
        answered.add(still_open[0]["id"])
        waited_since = time.perf_counter()


def answer_alone(server: Server, run_id: str) -> list[float]:
    """One person's waits, one answer after the other."""
    chance = random.Random(0)  # noqa: S311 - repeatable
    asked = server.ask("GET", f"/api/v1/runs/{run_id}/questions")
    with closing(server.connect()) as connection:
        return [
            post_timed(server, connection, run_id, any_answer(chance, asked))
            for _ in range(PRESSES)
        ]


class Crowd:
    """Fifty annotators on one run, each on a connection of its own, while a training runs.

    Attributes
    ----------
    waits : list of float
        Milliseconds to the acknowledgement of each answer.
    errors : list of str
    share_training : float
        Of the looks taken at the queue, those that found a training under way.
    """

    def __init__(self, server: Server, run_id: str, seconds: float) -> None:
        self.server = server
        self.run_id = run_id
        self.seconds = seconds
        self.waits: list[float] = []
        self.errors: list[str] = []
        self.share_training = 0.0
        self._lock = Lock()
        self._until = 0.0

    def work(self) -> None:
        """Let them work for as long as was asked for."""
        asked = self.server.ask("GET", f"/api/v1/runs/{self.run_id}/questions")
        job = self._training()
        while job["status"] == "queued":
            time.sleep(POLL_SECONDS)
            job = self._look_at(job)
        self._until = time.perf_counter() + self.seconds
        people = [Thread(target=self._answer, args=[n, asked]) for n in range(ANNOTATORS)]
        for person in people:
            person.start()
        looks = [self._keep_training(job)]
        while time.perf_counter() < self._until:
            time.sleep(0.5)
            job = self._look_at(job)
            looks.append(self._keep_training(job))
            job = job if job["status"] in ("queued", "running") else self._training()
        for person in people:
            person.join()
        self.share_training = sum(looks) / len(looks)

    def _training(self) -> dict[str, Any]:
        body = {"fraction": 1.0, "comparisons": True}
        path = f"/api/v1/runs/{self.run_id}/training"
        job: dict[str, Any] = self.server.ask("POST", path, body)["job"]
        return job

    def _look_at(self, job: dict[str, Any]) -> dict[str, Any]:
        seen: dict[str, Any] = self.server.ask("GET", f"/api/v1/jobs/{job['id']}")["job"]
        return seen

    def _keep_training(self, job: dict[str, Any]) -> bool:
        if job["status"] == "failed":
            raise RuntimeError(f"The training failed: {job['error']}")
        return bool(job["status"] == "running")

    def _answer(self, number: int, asked: dict[str, Any]) -> None:
        chance = random.Random(number)  # noqa: S311 - repeatable
        time.sleep(chance.uniform(0, THINKING_SECONDS))
        with closing(self.server.connect()) as connection:
            while time.perf_counter() < self._until:
                try:
                    body = any_answer(chance, asked)
                    wait = post_timed(self.server, connection, self.run_id, body)
                except (RuntimeError, OSError, http.client.HTTPException) as error:
                    with self._lock:
                        self.errors.append(repr(error))
                    connection.close()
                else:
                    with self._lock:
                        self.waits.append(wait)
                time.sleep(chance.uniform(0.5, 1.5) * THINKING_SECONDS)


def page_weight(page: Page, server: Server, run_id: str) -> None:
    """Print what the label page brings along, for a browser that has nothing of it yet."""
    page.goto(f"{server.address}/runs/{run_id}/label", wait_until="networkidle")
    loaded = page.evaluate(LOADED)
    row("label page: first contentful paint", f"{loaded['first']:.0f} ms", "")
    row("  its scripts and styles, as sent", f"{loaded['sent'] / 1000:.1f} kB", "< 60 kB")
    row("  the same as they are", f"{loaded['bytes'] / 1000:.1f} kB", "")
    row("  requests to another origin", f"{loaded['foreign']}", "0")


def press_keys(page: Page, server: Server, run_id: str) -> list[float]:
    """Milliseconds from each key to the frame that shows the next image."""
    page.add_init_script(PAINTED)
    first = server.ask("GET", f"/api/v1/runs/{run_id}/questions")["questions"][0]["id"]
    page.goto(f"{server.address}/runs/{run_id}/label?q={first}")
    page.wait_for_selector("[data-ready=yes]")
    for number in range(PRESSES):
        page.wait_for_timeout(PRESS_EVERY_MS)
        page.keyboard.press(str(1 + number % 9))
    page.wait_for_selector("[data-sync][data-unsent='0']", timeout=60_000)
    painted: list[float] = page.evaluate("window.painted")
    if len(painted) < PRESSES - 1:
        raise RuntimeError(f"{PRESSES} keys, but {len(painted)} images.")
    return painted


def draw_sheet(page: Page, server: Server, run_id: str) -> float:
    """Milliseconds from asking for the contact sheet to all its images on the screen."""
    page.goto(f"{server.address}/runs/{run_id}/sheet", wait_until="load")
    drawn = float(page.evaluate(DRAWN))
    tiles = page.locator("[data-question]").count()
    if tiles != SHEET_QUESTIONS:
        raise RuntimeError(f"The sheet shows {tiles} questions.")
    return drawn


def peak_mb(pid: int) -> float:
    """The most memory that a process has had, in megabytes."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def children_of(pid: int) -> list[int]:
    """The processes that a process started."""
    lists = [task / "children" for task in Path(f"/proc/{pid}/task").iterdir()]
    return sorted(int(one) for file in lists for one in file.read_text("ascii").split())


if __name__ == "__main__":
    main()
