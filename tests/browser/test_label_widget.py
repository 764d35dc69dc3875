"""The widget's half in the browser, with a real kernel's half behind a model that is as slow."""

import json
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from labeler import FewLabels, LabelWidget
from labeler.notebook import label_widget
from tests.browser.conftest import LOOKS, close, faults_of, new_context

STATIC = Path(label_widget.__file__).parent / "static"
N_LABELS = 100
PAGE = """<!doctype html><html lang="en"><title>A notebook</title>
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="label_widget.css"><main><h1>A notebook</h1><div id="here"></div></main>
<script type="module">
import widget from "./label_widget.js";
const listeners = { "change:state": [], "msg:custom": [] };
let state = await window.kernelState();
let turn = Promise.resolve();
const model = {
  get: () => state,
  on: (name, listener) => listeners[name].push(listener),
  off: () => {},
  send: (content) => {
    turn = turn.then(async () => {
      await window.held;
      const told = JSON.parse(await window.kernelHears(JSON.stringify(content)));
      for (const message of told.messages)
        for (const listener of listeners["msg:custom"]) listener(message);
      state = told.state;
      for (const listener of listeners["change:state"]) listener();
    });
  },
};
widget.render({ model, el: document.querySelector("#here") });
document.body.dataset.loaded = "yes";
</script></html>"""


class Quiet(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path != "/":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=STATIC))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def digits() -> Any:
    return load_digits()


def shown(chromium: Any, address: str, widget: LabelWidget, **options: Any) -> Any:
    """A page with the widget; each message is answered by what the kernel's half says to it."""
    messages: list[Any] = []
    widget.widget.send = messages.append

    def hears(content: str) -> str:
        messages.clear()
        widget.widget._handle_custom_msg(json.loads(content), [])
        return json.dumps({"state": widget.widget.state, "messages": messages})

    page = new_context(chromium, **options).new_page()
    page.expose_function("kernelState", lambda: widget.widget.state)
    page.expose_function("kernelHears", hears)
    page.goto(address)
    page.wait_for_selector("body[data-loaded]")
    return page


def is_at_rest(page: Any) -> None:
    page.wait_for_selector(".labeler-widget[data-waiting='0'] .lw-image:not([hidden])")


def hold(page: Any) -> None:
    page.evaluate("() => { window.held = new Promise((go) => { window.letGo = go; }); }")


def test_a_hundred_images_are_named_by_keys(chromium: Any, address: str, digits: Any) -> None:
    few = FewLabels(N_LABELS, features="pixels").begin(digits.images[:600], classes=range(10))
    page = shown(chromium, address, LabelWidget(few))
    is_at_rest(page)
    page.locator(".lw-stage").click()
    # The kernel is busy: what is there is named on, one answer is taken back, nothing is lost.
    hold(page)
    for _ in range(5):
        row = int(page.locator(".labeler-widget").get_attribute("data-row"))
        page.keyboard.press(str(digits.target[row]))
    page.keyboard.press("1" if digits.target[row] else "2")
    page.keyboard.press("Backspace")
    assert "7 answers on their way" in page.locator(".lw-last").inner_text()
    assert len(few.queried_) == few.query().size  # nothing has arrived
    page.evaluate("window.letGo()")
    is_at_rest(page)
    for place in range(5, N_LABELS):
        page.wait_for_selector(".lw-image:not([hidden])")
        row = int(page.locator(".labeler-widget").get_attribute("data-row"))
        page.keyboard.press(str(digits.target[row]))
        page.wait_for_function("n => document.querySelector('.lw-bar').value === n", arg=place + 1)
    page.wait_for_selector("text=All is named")
    asked = few.queried_
    assert len(asked) == N_LABELS
    np.testing.assert_array_equal(few.labels_[asked], digits.target[asked])
    close(page.context)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_it_fits_and_can_be_read(
    chromium: Any, address: str, digits: Any, axe: Any, width: int, scheme: str
) -> None:
    few = FewLabels(20, features="pixels").begin(digits.images[:100], classes=range(10))
    look = {"viewport": {"width": width, "height": 860}, "color_scheme": scheme}
    widget = LabelWidget(few)
    page = shown(chromium, address, widget, **look)
    is_at_rest(page)
    page.get_by_role("button", name="0 0", exact=True).click()
    page.keyboard.press(" ")
    page.wait_for_selector(".labeler-widget[data-waiting='0'] >> text=Last: skipped")
    is_at_rest(page)
    assert list(widget.answers.values()) == [0, None]
    assert faults_of(axe, page) == {}
    close(page.context)
