"""One person, one run of digits, from the first key to the downloaded file."""

import csv
import io
from typing import Any

import pytest
from playwright.sync_api import expect

from labeler.config import RunConfig
from labeler.datasets import load_dataset
from labeler.pipeline.simulation import simulate
from labeler.storage.rows import OperationKind
from labeler.workflow import labeling
from labeler.workflow.run import open_run
from labeler.workflow.spread import spreading
from tests.browser.conftest import Server, all_recorded, close, new_context, new_digits_run, ready
from tests.history import history

pytestmark = pytest.mark.browser


def shown_question(page: Any) -> int:
    return int(page.locator("input[name=question_id]").input_value())


def standing(server: Server, run_id: str) -> dict[int, int | None]:
    questions = labeling.questions(open_run(server.workspace, run_id))
    return {one.id: one.class_id for one in questions if one.verdict is not None}


def press_right_keys(page: Any, truth: dict[int, tuple[str, int]], n: int) -> None:
    for _ in range(n):
        page.keyboard.press(truth[shown_question(page)][0])


def test_a_run_is_labeled_by_keyboard_through_cuts_and_reloads(page: Any, server: Server) -> None:
    run_id = new_digits_run(page)
    ready(page)
    truth = server.truth(run_id)
    first = shown_question(page)

    # A skip and a "mixed" that are both taken back, across a reload.
    page.keyboard.press("Space")
    page.keyboard.press("x")
    all_recorded(page)
    page.reload()
    ready(page)
    page.keyboard.press("Backspace")
    page.keyboard.press("Control+z")
    assert shown_question(page) == first
    all_recorded(page)
    assert standing(server, run_id) == {}

    press_right_keys(page, truth, 10)
    all_recorded(page)

    # The server records, but its replies get lost.
    lost: list[str] = []

    def lose_reply(route: Any) -> None:
        if route.request.method == "POST":
            route.fetch()
            lost.append(route.request.post_data)
            route.abort()
        else:
            route.continue_()

    page.route("**/operations", lose_reply)
    press_right_keys(page, truth, 5)
    page.wait_for_selector("[data-sync][data-state=trouble]")
    assert "recorded" not in page.locator("[data-sync]").inner_text()
    unsent = int(page.locator("[data-sync]").get_attribute("data-unsent"))
    assert unsent == 5
    page.reload()
    ready(page)
    assert int(page.locator("[data-sync]").get_attribute("data-unsent")) == 5
    assert page.locator("[data-given]").inner_text() == "15"
    page.unroute_all(behavior="wait")  # a reply that is being lost is lost to the end
    all_recorded(page)
    assert lost

    # For a while, there is no room for another answer.
    full = {"error": {"code": "no_room", "message": "full"}}
    page.route("**/operations", lambda route: route.fulfill(status=507, json=full))
    press_right_keys(page, truth, 1)
    page.wait_for_selector("[data-sync][data-state=trouble]")
    assert "disk is full" in page.locator("[data-sync]").inner_text()
    page.unroute_all(behavior="wait")
    all_recorded(page)

    press_right_keys(page, truth, 34)
    page.wait_for_selector("[data-finished]:not([hidden])")
    all_recorded(page)
    assert standing(server, run_id) == {one: right[1] for one, right in truth.items()}
    operations = history(server.workspace, run_id)
    assert len([one for one in operations if one.kind is OperationKind.ANSWER]) == 52
    assert len({one.op_id for one in operations}) == len(operations) == 54

    accuracies_are_those_of_a_simulation(page, run_id)
    the_download_is_what_the_database_says(page, server, run_id)


def accuracies_are_those_of_a_simulation(page: Any, run_id: str) -> None:
    page.goto(f"/runs/{run_id}/train")
    page.locator("#fraction").fill("0.7")
    page.wait_for_selector("[data-spread][data-shown='0.7']")
    page.get_by_role("button", name="Spread and train", exact=True).click()
    page.wait_for_url("**/report")
    shown = [
        float(cell.get_attribute("data-accuracy"))
        for cell in page.locator("td[data-accuracy]").all()
    ]
    config = RunConfig(n_labels=50, fractions=(0.7,))
    expected = simulate(load_dataset("digits"), config, budgets=[50], n_seeds=1)
    assert shown == [stage.test_accuracy.mean for stage in expected.stages]


def the_download_is_what_the_database_says(page: Any, server: Server, run_id: str) -> None:
    page.goto(f"/runs/{run_id}/export")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    with open(download.value.path(), encoding="utf-8") as file:
        rows = list(csv.DictReader(io.StringIO(file.read())))
    spread = spreading.spread(open_run(server.workspace, run_id))
    named = [int(label) for label in spread.label_set.labels if label >= 0]
    in_pool = [row for row in rows if row["split"] == "train"]
    assert [spread.classes.index(row["class_name"]) for row in in_pool] == named
    assert {row["source"] for row in rows if row not in in_pool} == {"dataset"}


def test_answers_wait_while_the_server_is_dead_and_arrive_when_it_is_back(
    page: Any, server: Server
) -> None:
    run_id = new_digits_run(page)
    ready(page)
    truth = server.truth(run_id)
    press_right_keys(page, truth, 3)
    all_recorded(page)
    server.kill()
    press_right_keys(page, truth, 7)
    page.wait_for_selector("[data-sync][data-unsent='7'][data-state=trouble]")
    expect(page.locator("[data-given]")).to_have_text("10")
    server.start_again()
    all_recorded(page)
    found = standing(server, run_id)
    assert len(found) == 10
    assert all(found[one] == truth[one][1] for one in found)


def test_a_reload_comes_back_to_the_image_and_the_address_follows(
    page: Any, server: Server
) -> None:
    run_id = new_digits_run(page)
    ready(page)
    press_right_keys(page, server.truth(run_id), 3)
    page.keyboard.press("ArrowLeft")
    place = shown_question(page)
    page.reload()
    ready(page)
    assert shown_question(page) == place
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**/label?q={shown_question(page)}")


def test_the_next_image_waits_for_no_reply(page: Any, server: Server) -> None:
    run_id = new_digits_run(page)
    ready(page)
    page.wait_for_load_state("networkidle")
    page.route("**/api/**", lambda route: None)
    truth = server.truth(run_id)
    press_right_keys(page, truth, 3)
    image = page.locator("[data-stage] img")
    assert image.get_attribute("alt").startswith("Question 4,")
    assert image.evaluate("(one) => one.complete && one.naturalWidth > 0")
    assert page.locator("[data-sync]").get_attribute("data-unsent") == "3"
    page.unroute_all(behavior="ignoreErrors")
    page.reload()
    all_recorded(page)
    assert len(standing(server, run_id)) == 3


def test_a_phone_has_picture_and_ten_classes_in_one_view_and_names_no_key(
    server: Server, chromium: Any, state: Any
) -> None:
    phone = {"width": 390, "height": 844}
    context = new_context(
        chromium,
        storage_state=state,
        base_url=server.base,
        viewport=phone,
        has_touch=True,
        is_mobile=True,
    )
    page = context.new_page()
    run_id = new_digits_run(page)
    page.goto(f"/runs/{run_id}/label")
    ready(page)
    boxes = [
        one.bounding_box() for one in page.locator("[data-stage], .class-buttons button").all()
    ]
    assert len(boxes) == 11
    assert max(box["y"] + box["height"] for box in boxes) <= phone["height"]
    assert not page.locator(".label-page kbd:visible").count()
    page.goto(f"/runs/{run_id}/sheet")
    assert "key" not in page.inner_text("main").lower()
    close(context)


def test_classes_are_typed_one_by_one_and_taken_back(page: Any) -> None:
    page.goto("/runs/new")
    typed = page.get_by_label("What are the classes?")
    for name in ("cat", "dog, emu", "cat"):
        typed.fill(name)
        typed.press("Enter")
    page.get_by_role("button", name="Remove dog").click()
    assert page.locator("textarea[name=classes]").input_value() == "cat\nemu"


def test_keys_typed_into_a_field_label_nothing(page: Any, server: Server) -> None:
    run_id = new_digits_run(page)
    ready(page)
    page.locator("#classes summary").click()
    page.locator("#new-class").press_sequentially("123 x")
    assert page.locator("#new-class").input_value() == "123 x"
    page.locator("body").press("Control+1")
    page.locator("#new-class").blur()
    page.locator("body").press("q")
    assert page.locator("[data-last]").inner_text() == "No class has the key Q; ? shows all keys."
    assert page.locator("[data-given]").inner_text() == "0"
    assert standing(server, run_id) == {}


def test_the_contact_sheet_names_a_selection_made_by_click_shift_drag_and_arrows(
    page: Any, server: Server
) -> None:
    run_id = new_digits_run(page)
    page.goto(f"/runs/{run_id}/sheet")
    ready(page)
    tiles = page.locator(".tile")
    ids = [int(one.get_attribute("data-question")) for one in tiles.all()]
    keys = {one.key: one.id for one in labeling_classes(server, run_id)}

    tiles.nth(0).click()
    tiles.nth(4).click(modifiers=["Shift"])
    assert page.locator("[data-selected]").inner_text() == "5 selected"
    page.keyboard.press("3")

    drag_over(page, tiles.nth(5), tiles.nth(7))
    assert page.locator("[data-selected]").inner_text() == "3 selected"
    page.keyboard.press("4")

    tiles.nth(8).locator("input").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+ArrowRight")
    assert page.locator("[data-selected]").inner_text() == "2 selected"
    page.keyboard.press("x")
    all_recorded(page)

    found = labeling.questions(open_run(server.workspace, run_id))
    named = {one.id: one.class_id for one in found if one.class_id is not None}
    assert named == dict.fromkeys(ids[:5], keys["3"]) | dict.fromkeys(ids[5:8], keys["4"])
    assert {one.id for one in found if one.verdict == "mixed"} == set(ids[8:10])

    page.locator("[data-show=mixed]").click()
    assert page.locator(".tile:visible").count() == 2
    page.keyboard.press("Backspace")
    all_recorded(page)
    assert page.locator(".tile:visible").count() == 0
    assert len(standing(server, run_id)) == 8


def labeling_classes(server: Server, run_id: str) -> Any:
    from labeler.workflow import runs

    return runs.get_run(server.workspace, run_id).classes


def drag_over(page: Any, first: Any, last: Any) -> None:
    start, end = first.bounding_box(), last.bounding_box()
    page.mouse.move(start["x"] + 20, start["y"] + 20)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=5)
    page.mouse.up()


def test_names_with_markup_run_nothing_anywhere(page: Any, server: Server) -> None:
    run_id = new_digits_run(page)
    evil = "<img src=x onerror=document.title='owned'>"
    labeling.add_class(server.workspace, run_id, evil)
    for screen in ("label", "sheet", "train", "export"):
        page.goto(f"/runs/{run_id}/{screen}")
        page.wait_for_load_state("networkidle")
        assert "owned" not in page.title()
        assert page.locator("img[src=x]").count() == 0
        assert evil in page.content().replace("&lt;", "<").replace("&gt;", ">")


def test_the_export_form_follows_the_format_and_counts(page: Any, server: Server) -> None:
    run_id = new_digits_run(page)
    ready(page)
    press_right_keys(page, server.truth(run_id), 3)
    all_recorded(page)
    page.goto(f"/runs/{run_id}/export")
    page.get_by_role("radio", name="Folders by class").check()
    expect(page.get_by_role("button", name="As a zip, with its manifest")).to_be_hidden()
    held_out = page.get_by_label("With what is held out to test on")
    expect(held_out).not_to_be_checked()
    page.get_by_role("radio", name="JSON lines").check()
    expect(held_out).to_be_checked()
    expect(page.locator("[data-test]")).to_contain_text("360 of them held out")
    held_out.uncheck()
    page.get_by_label("Least confidence").fill("1")
    sure = int(
        (spreading.spread(open_run(server.workspace, run_id)).label_set.confidences >= 1).sum()
    )
    expect(page.locator("[data-rows]")).to_have_text(str(sure))
    with page.expect_download() as download:
        page.get_by_role("button", name="Download JSON lines").click()
    assert len(download.value.path().read_text(encoding="utf-8").splitlines()) == sure
    page.get_by_text("Clusters, and a part to validate on").click()
    page.get_by_label("Clusters", exact=True).fill("999")
    expect(page.get_by_role("alert")).to_contain_text("cluster is 999")
    expect(page.get_by_role("button", name="Download JSON lines")).to_be_disabled()
