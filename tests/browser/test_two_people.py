"""Two people, two browsers, one run: neither erases the other, each sees what the other did."""

from collections.abc import Iterator
from typing import Any

import pytest

from labeler.storage.rows import OperationKind
from labeler.workflow import labeling
from labeler.workflow.run import open_run
from tests import history as recorded
from tests.browser.conftest import (
    PASSWORD,
    Server,
    all_recorded,
    close,
    new_context,
    new_digits_run,
    ready,
    serving,
)

pytestmark = pytest.mark.browser

N_EACH = 10


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory, chromium: Any) -> Iterator[Server]:
    """A server with a password, where everybody says who they are."""
    with serving(tmp_path_factory.mktemp("team"), PASSWORD) as served:
        yield served


@pytest.fixture
def ada(team: Server, chromium: Any) -> Iterator[Any]:
    yield from person(team, chromium, "Ada")


@pytest.fixture
def bob(team: Server, chromium: Any) -> Iterator[Any]:
    yield from person(team, chromium, "Bob")


def person(team: Server, chromium: Any, name: str) -> Iterator[Any]:
    """A page in a browser of its own, logged in under that name."""
    context = new_context(chromium, base_url=team.base, viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.goto("/login")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.locator("button.primary").click()
    page.wait_for_url("**/")
    yield page
    close(context)


def shown(page: Any) -> int:
    return int(page.locator("input[name=question_id]").input_value())


def both_begin(
    team: Server, ada: Any, bob: Any, apart: int = 0
) -> tuple[str, list[int], dict[int, tuple[str, int]]]:
    """A run that both look at: its id, its questions, and the key and class of each."""
    run_id = new_digits_run(ada)
    asked = [one.id for one in labeling.questions(open_run(team.workspace, run_id))]
    bob.goto(f"/runs/{run_id}/label?q={asked[apart]}")
    for page in (ada, bob):
        ready(page)
    return run_id, asked, team.truth(run_id)


def given(page: Any) -> str:
    return page.locator("[data-given]").inner_text()


def history(team: Server, run_id: str) -> list[tuple[str, OperationKind, tuple[int, ...]]]:
    lines = recorded.history(team.workspace, run_id)
    return [(one.annotator, one.kind, tuple(a.question_id for a in one.answers)) for one in lines]


def test_two_people_fill_one_run_without_erasing_each_other(
    team: Server, ada: Any, bob: Any
) -> None:
    run_id, asked, truth = both_begin(team, ada, bob, apart=N_EACH)

    # Key by key, in turns; each page knows only its own answers until it hears of a stranger's.
    for _ in range(N_EACH):
        for page in (ada, bob):
            page.keyboard.press(truth[shown(page)][0])
    for page in (ada, bob):
        all_recorded(page)

    found = {one.id: one for one in labeling.questions(open_run(team.workspace, run_id))}
    answered = {one for one in asked if found[one].verdict is not None}
    assert len(answered) == 2 * N_EACH
    assert all(found[one].class_id == truth[one][1] for one in answered)
    assert {found[one].annotator for one in answered} == {"Ada", "Bob"}
    for page in (ada, bob):
        page.goto(f"/runs/{run_id}/label?q={asked[0]}")
        ready(page)
        assert given(page) == str(2 * N_EACH)
    bob.wait_for_selector("[data-current]:has-text('by Ada')")
    bob.goto(f"/runs/{run_id}/sheet")
    ready(bob)
    assert bob.locator("[data-show=unanswered] [data-n]").inner_text() == str(
        len(asked) - 2 * N_EACH
    )


def test_who_comes_second_is_told_and_the_first_answer_stands(
    team: Server, ada: Any, bob: Any
) -> None:
    run_id, asked, truth = both_begin(team, ada, bob)
    for page in (ada, bob):
        assert shown(page) == asked[0]

    ada.keyboard.press(truth[asked[0]][0])
    all_recorded(ada)
    wrong = next(key for key, class_id in truth.values() if class_id != truth[asked[0]][1])
    bob.keyboard.press(wrong)
    bob.wait_for_selector("[data-trouble]:has-text('Ada answered it meanwhile')")
    assert history(team, run_id) == [("Ada", OperationKind.ANSWER, (asked[0],))]

    # Having seen it, he may still change it; hers stays in the history.
    bob.locator("[data-trouble] button").click()
    bob.goto(f"/runs/{run_id}/label?q={asked[0]}")
    ready(bob)
    bob.keyboard.press(wrong)
    all_recorded(bob)
    assert labeling.questions(open_run(team.workspace, run_id))[0].annotator == "Bob"
    bob.keyboard.press("Backspace")
    all_recorded(bob)
    assert labeling.questions(open_run(team.workspace, run_id))[0].annotator == "Ada"

    # Undo is one's own: he has nothing left to take back.
    bob.keyboard.press("Backspace")
    bob.wait_for_selector("[data-last]:has-text('There is nothing of yours')")
    ada.reload()
    ready(ada)
    assert given(ada) == "1"


def test_who_comes_second_goes_on_elsewhere(team: Server, ada: Any, bob: Any) -> None:
    _, asked, truth = both_begin(team, ada, bob)
    for page in (ada, bob):
        page.keyboard.press(truth[asked[0]][0])
        all_recorded(page)
    bob.wait_for_selector("[data-trouble]:has-text('Ada answered it meanwhile')")
    # What he looks at stays; the next one is far from hers.
    assert shown(bob) == asked[1]
    bob.keyboard.press(truth[asked[1]][0])
    all_recorded(bob)
    assert asked.index(shown(bob)) > len(asked) // 3


def test_who_answers_in_two_windows_is_not_told_of_somebody_else(team: Server, ada: Any) -> None:
    run_id = new_digits_run(ada)
    ready(ada)
    other = ada.context.new_page()
    other.goto(ada.url)
    ready(other)
    truth = team.truth(run_id)
    for page in (ada, other):
        page.keyboard.press(truth[shown(page)][0])
        all_recorded(page)
    told = other.locator("[data-trouble] p")
    told.wait_for()
    assert "it was answered in another window meanwhile" in told.inner_text()
