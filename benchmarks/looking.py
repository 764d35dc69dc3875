"""Photographs of 12 megapixels on the label page: from the key to the picture on the screen.

They are made here, as ``photographs.py`` makes them. A person answers, steps back, goes far by
holding an arrow down and comes to any question by its address.

A picture counts as shown when the file itself, or what the page drew from it at the size of the
room, not its small rendition, is decoded and opaque on the page, and the browser's main thread has
painted a frame with it. Of keys, time begins with the
key's event (held down: the last one's); of an address, when the browser leaves the page before.

    python benchmarks/looking.py [--n 240] [--presses 50] [--every 700] [--folder DIR]

A photograph takes about 3 MB of the folder.
"""

import argparse
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from photographs import make_photographs, make_run, work_folder
from playwright.sync_api import Page
from serving import Server, browsing, p95, row, serving

WIDTH, HEIGHT = 1366, 700
N_JUMPS = 20
N_HELD = 25
"""Questions that an arrow held down goes over."""
HELD_EVERY_MS = 33
POLL_MS = 50
SETTLING_MS = 5_000
TIMEOUT_SECONDS = 60

SHOWN = """
window.pressed = 0;
window.shown = [];
document.addEventListener("keydown", (event) => { window.pressed = event.timeStamp; }, true);
{
  const opaque = "[data-stage] :is(img.sharp, .photo.here canvas, .photo.sharp img.large)";
  let last = null;
  const look = async () => {
    const image = document.querySelector(opaque);
    const url = image?.closest("[data-url]")?.dataset.url ?? image?.getAttribute("src");
    if (!image || url === last) return;
    await image.decode?.().catch(() => {});
    if (!image.matches(opaque) || image.naturalWidth === 0 || url === last) return;
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => {
        if (url === last) return;
        last = url;
        window.shown.push({ url: last, at: performance.now(), since: window.pressed });
      };
      channel.port2.postMessage(null);
    });
  };
  const changes = { childList: true, subtree: true, attributeFilter: ["class"] };
  new MutationObserver(look).observe(document, changes);
}
"""
"""A message sent from a frame's callback arrives when that frame has been painted."""


def main() -> None:
    """Make photographs and a run of them, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=240, help="photographs, and labels")
    parser.add_argument("--presses", type=int, default=50)
    parser.add_argument("--every", type=int, default=700, help="milliseconds between keys")
    parser.add_argument("--folder", type=Path, help="where the photographs are made, and stay")
    options = parser.parse_args()
    with work_folder(options.folder) as folder:
        photographs = folder / f"photographs-{options.n}"
        make_photographs(photographs, options.n)
        ask_about_all(photographs, folder, options.n)
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start")
        with serving(folder / "whole") as server, browsing(server, WIDTH, HEIGHT) as context:
            measure(Looking(context.new_page(), server), options.presses, options.every)
        print(f"load {os.getloadavg()[0]:.1f} at the end")


def ask_about_all(photographs: Path, folder: Path, n: int) -> None:
    """A run with a question for each photograph: by features that make no two of them alike."""
    rows = folder / "rows.npy"
    np.save(rows, np.random.default_rng(0).normal(size=(n, 16)).astype(np.float32))
    options = ("--labels", str(n), "--preset", "classic", "--features", str(rows))
    make_run(photographs, folder / "whole", *options)


def measure(looking: "Looking", presses: int, every: int) -> None:
    """Print a line for each figure."""
    looking.open(0)
    tell("key to the next photograph", looking.press("1", presses, every), 50)
    tell("back to the one before, by arrow", looking.press("ArrowLeft", presses // 2, every), 50)
    jumps = [looking.open(place) for place in looking.unseen_places(presses)]
    tell("jump to any by its address", jumps, 250)
    tell(f"arrow held down over {N_HELD}, the last", looking.hold(N_JUMPS // 2), 250)


def tell(name: str, milliseconds: list[float], at_most: int) -> None:
    """Two lines: 95 % of them, and half."""
    row(f"{name}, 95 %", f"{p95(milliseconds):.0f} ms", f"≤ {at_most} ms")
    row(f"  half of {len(milliseconds)}", f"{np.median(milliseconds):.0f} ms", "")


class Looking:
    """One person before the only run's label page."""

    def __init__(self, page: Page, server: Server) -> None:
        page.add_init_script(SHOWN)
        run_id = server.ask("GET", "/api/v1/runs")["runs"][0]["id"]
        self._page = page
        self._label_page = f"{server.address}/runs/{run_id}/label"
        asked: list[dict[str, Any]] = server.ask("GET", f"/api/v1/runs/{run_id}/questions")[
            "questions"
        ]
        self._questions = asked

    def unseen_places(self, n_seen: int) -> list[int]:
        """Places of questions beyond the first ones and those that were loaded ahead."""
        unseen = np.arange(n_seen + 5, len(self._questions))
        return [int(place) for place in np.random.default_rng(0).permutation(unseen)[:N_JUMPS]]

    def open(self, place: int) -> float:
        """Milliseconds from asking for a question's address to its photograph on the screen."""
        self._page.goto("about:blank")
        self._page.goto(f"{self._label_page}?q={self._questions[place]['id']}", wait_until="commit")
        shown = self._wait_for(place, 0)
        self._page.wait_for_selector("[data-ready=yes]")
        return float(shown["at"])

    def press(self, key: str, times: int, every: int) -> list[float]:
        """Milliseconds from each of some keys to another photograph on the screen."""
        self._page.wait_for_timeout(2 * every)
        before = len(self._shown())
        for _ in range(times):
            self._page.keyboard.press(key)
            self._page.wait_for_timeout(every)
        self._page.wait_for_timeout(SETTLING_MS)
        shown = self._shown(before)
        if len(shown) != times:
            raise RuntimeError(f"{times} keys, but {len(shown)} photographs.")
        return [entry["at"] - entry["since"] for entry in shown]

    def hold(self, times: int) -> list[float]:
        """Milliseconds from an arrow's last event to the photograph that it stopped at."""
        waits = []
        for number in range(times):
            key, step = (("ArrowRight", 1), ("ArrowLeft", -1))[number % 2]
            start = (len(self._questions) - step * N_HELD) // 2
            self.open(start)
            self._page.wait_for_timeout(1000)
            before = len(self._shown())
            for _ in range(N_HELD):
                self._page.keyboard.press(key)
                self._page.wait_for_timeout(HELD_EVERY_MS)
            shown = self._wait_for(start + step * N_HELD, before)
            waits.append(shown["at"] - shown["since"])
        return waits

    def _shown(self, first: int = 0) -> list[dict[str, Any]]:
        # Asked each time: the page's own policy forbids that a function be waited for inside it.
        shown: list[dict[str, Any]] = self._page.evaluate(f"window.shown.slice({first})")
        return shown

    def _wait_for(self, place: int, before: int) -> dict[str, Any]:
        url = self._questions[place]["original"]["url"]
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            for entry in self._shown(before):
                if entry["url"].endswith(url):
                    return entry
            self._page.wait_for_timeout(POLL_MS)
        raise RuntimeError(f"The photograph {url} was not shown.")


if __name__ == "__main__":
    main()
