"""Own pictures brought to the page for a new run: dropped, looked at, put right, begun."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from labeler.workflow import datasets
from labeler.workflow.baskets import basket_folder, list_baskets, new_basket, put_file
from tests.browser.conftest import LOOKS, Server, close, faults_of, in_look
from tests.datasets.conftest import png  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser

DROP = """
(files) => {
  const entry = (path, data) => data === null ? null : ({
    isFile: true, fullPath: path,
    file: (give) => give(new File([Uint8Array.from(data)], path.split("/").pop())),
  });
  const folder = (path, inner) => ({
    isFile: false, fullPath: path,
    createReader: () => {
      const parts = [inner.slice(0, 2), inner.slice(2), []];
      return { readEntries: (give) => give(parts.shift()) };
    },
  });
  const tree = (prefix) => {
    const names = new Set(files.filter(([n]) => n.startsWith(prefix)).map(
      ([n]) => n.slice(prefix.length).split("/")[0]));
    return [...names].map((name) => {
      const file = files.find(([n]) => n === prefix + name);
      const path = "/" + prefix + name;
      return file ? entry(path, file[1]) : folder(path, tree(prefix + name + "/"));
    });
  };
  const items = tree("").map((one) => ({ kind: "file", webkitGetAsEntry: () => one }));
  for (const kind of ["dragenter", "drop"]) {
    const event = new Event(kind, { bubbles: true, cancelable: true });
    event.dataTransfer = { types: ["Files"], items, files: items };
    document.body.dispatchEvent(event);
  }
}
"""
"""A folder dropped onto the page, which no driver of browsers can do."""


@pytest.fixture
def pictures(png: Callable[..., bytes]) -> list[tuple[str, list[int]]]:  # noqa: F811
    names = [
        f"trip/{day}/{name}/{n}.png" for day in ("day1", "day2") for name in "ab" for n in range(3)
    ]
    drawn = [(name, list(png((40, 30), colour=5 * n))) for n, name in enumerate(names)]
    return [*drawn, ("trip/raw/1.png", list(png())), ("trip/.DS_Store", [0]), ("trip/a.mov", [1])]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_a_folder_is_dropped_looked_at_put_right_and_begun(
    server: Server,
    chromium: Any,
    axe: Any,
    state: Any,
    pictures: list[tuple[str, list[int]]],
    width: int,
    scheme: str,
) -> None:
    context = in_look(chromium, server, state, width, scheme)
    page = context.new_page()
    page.goto("/runs/new")
    page.evaluate(DROP, pictures)
    page.wait_for_selector("text=13 of 13 files, 1 other file passed over, all there")
    found = faults_of(axe, page)
    page.get_by_role("button", name="See what would be read").click()
    page.wait_for_selector("text=hold the same sub-folders")
    shown = page.locator(".samples img").first
    shown.scroll_into_view_if_needed()
    assert shown.evaluate("one => one.decode().then(() => one.naturalWidth)") == 40
    found |= faults_of(axe, page)
    page.get_by_label("/day1 ", exact=False).first.select_option("train")
    page.get_by_label("/day2 ", exact=False).first.select_option("train")
    page.get_by_label("/raw ", exact=False).first.select_option("ignore")
    page.get_by_role("button", name="Look again").click()
    page.wait_for_selector("text=What you said")
    assert page.locator(".classes-seen h3").all_text_contents() == ["a", "b"]
    found |= faults_of(axe, page)
    page.locator("summary", has_text="Put right").first.click()
    page.get_by_label("Called").first.fill("ant")
    page.locator("summary", has_text="Settings").click()
    page.fill("#budget", "4")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url(re.compile(r"/runs/[^/]+/label"))
    close(context)
    assert not found
    assert datasets.list_datasets(server.workspace)[0].classes == ("ant", "b")
    assert not list_baskets(server.workspace)


def test_enter_in_a_field_begins_and_takes_no_waiting_pictures_away(
    page: Any, server: Server, pictures: list[tuple[str, list[int]]]
) -> None:
    basket = new_basket(server.workspace)
    name, data = pictures[0]
    put_file(server.workspace, basket.id, name, len(data), [bytes(data)], 10**6)
    page.goto("/runs/new")
    expect(page.get_by_label("Choose this, then drop the same again")).not_to_be_checked()
    page.get_by_role("radio", name=re.compile("^digits")).check()
    page.get_by_text(
        "You are asked about 50 images, about 3 min at the keyboard, unless"
    ).wait_for()
    page.get_by_label("Pictures from this device").check()
    page.get_by_text("You are asked about 50 for digits, else a quarter").wait_for()
    page.locator("#classes").press("Enter")
    page.get_by_text("Choose pictures or a folder first").wait_for()
    assert [kept.id for kept in list_baskets(server.workspace)] == [basket.id]
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("button", name="Remove")).to_have_count(0)
    assert not list_baskets(server.workspace)


def test_an_upload_that_was_cut_off_goes_on_where_it_was(
    page: Any, server: Server, pictures: list[tuple[str, list[int]]]
) -> None:
    basket = new_basket(server.workspace)
    name, data = pictures[0]
    put_file(server.workspace, basket.id, name, len(data), [bytes(data)], 10**6)
    page.goto("/runs/new")
    page.get_by_label("Choose this, then drop the same again").check()
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.method == "PUT" else None)
    page.route("**/files?**2.png", lambda route: route.abort())
    page.evaluate(DROP, pictures[:6])
    page.wait_for_selector("text=trying again")
    page.goto(f"/runs/new?basket={basket.id}")
    page.unroute("**/files?**2.png")
    page.evaluate(DROP, pictures[:6])
    page.wait_for_selector("text=6 of 6 files, all there")
    page.get_by_text("some 6 images, about 18 s at the keyboard, unless Settings").wait_for()
    assert not [address for address in sent if "day1%2Fa%2F0.png" in address]
    folder = basket_folder(server.workspace, basket.id)
    kept = {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*.png")
    }
    assert kept == {name: bytes(data) for name, data in pictures[:6]}
    page.get_by_role("button", name="Remove").click()
    page.wait_for_url(re.compile("/runs/new$"))
    assert not list_baskets(server.workspace)


def test_pictures_are_chosen_where_nothing_can_be_dropped(
    page: Any,
    server: Server,
    tmp_path: Path,
    png: Callable[..., bytes],  # noqa: F811
) -> None:
    for number in range(4):
        (tmp_path / f"{number}.png").write_bytes(png(colour=number))
    page.goto("/runs/new")
    page.locator("input[name=dataset][value=basket]").check()
    page.set_input_files("#pictures", [tmp_path / f"{number}.png" for number in range(4)])
    page.wait_for_selector("text=4 of 4 files, all there")
    assert ("pictures", 4) in [(one.name, len(one.sizes)) for one in list_baskets(server.workspace)]
    page.get_by_role("button", name="See what would be read").click()
    page.wait_for_selector("text=No classes known")
